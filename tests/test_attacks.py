"""Programs that attacks wrote run the same before and after ``fix``, and no more is left than was.

``CACHELIFT_ATTACKS=all`` runs all of them; else one of three, the last ones, and those that are known not to run the
same.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from attacks import Attack, Runner, attacks, judge, runner

pytestmark = pytest.mark.slow

ALL = os.environ.get("CACHELIFT_ATTACKS") == "all"
KEPT = [
    attack
    for number, attack in enumerate(attacks())
    if ALL or attack.differs or attack.topic == "names" or number % 3 == 0
]


@pytest.fixture(scope="module")
def runs() -> Iterator[Runner]:
    with runner() as found:
        yield found


@pytest.mark.parametrize(
    "attack",
    [
        pytest.param(
            each,
            id=f"{each.topic}-{each.name}",
            marks=[pytest.mark.xfail(reason=each.differs, strict=True)] if each.differs else [],
        )
        for each in KEPT
    ],
)
def test_the_program_does_the_same(attack: Attack, tmp_path: Path, runs: Runner) -> None:
    outcome = judge(attack, tmp_path / "root", runs)

    assert outcome.problems == []
    assert outcome.left == attack.left
