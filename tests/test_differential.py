"""Differential execution: programs that Hypothesis composes run the same before and after ``fix``.

``CACHELIFT_EXAMPLES=50000`` is the long profile; what it finds is kept under ``fixtures/cases/differential``.
"""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, given, settings
from programs import Tree, judge, tree
from strategies import Program, programs

pytestmark = pytest.mark.slow

EXAMPLES = int(os.environ.get("CACHELIFT_EXAMPLES", "300"))

profile = settings(
    max_examples=EXAMPLES,
    derandomize="CACHELIFT_EXAMPLES" not in os.environ,
    database=None,
    deadline=None,
    suppress_health_check=list(HealthCheck),
)


@pytest.fixture(scope="module")
def place() -> Iterator[Tree]:
    with tree() as found:
        yield found


@profile
@given(programs())
def test_fix_keeps_what_a_program_does(place: Tree, program: Program) -> None:
    assert judge(place, program.files, (program.preload, program.main)) == []
