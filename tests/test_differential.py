"""Differential execution: programs that Hypothesis composes run the same before and after ``fix``.

``CACHELIFT_EXAMPLES=1500`` draws more, at random; what they find is kept under ``fixtures/cases/differential``. With
``CACHELIFT_FAILURES=FOLDER`` it goes on past a failure and writes each failing program there, with what is wrong.
``--hypothesis-seed`` draws other programs.

Every example is a program of its own. Hypothesis would make most of them by repeating parts of another example, which
for programs drawn from so many small numbers nearly always gives the same program again (57 of 100, counted). It does
that for its own backend only: the one here is the same under another name, see "Alternative backends" in its manual.
What it draws does not depend on anything but the seed, so a change of the tool or of another test draws no others.
"""

from __future__ import annotations

import gc
import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis.internal.conjecture.providers import AVAILABLE_PROVIDERS
from programs import Tree, judge, tree
from strategies import Distinct, Program, programs

pytestmark = pytest.mark.slow

EXAMPLES = int(os.environ.get("CACHELIFT_EXAMPLES", "300"))
FAILURES = os.environ.get("CACHELIFT_FAILURES")

AVAILABLE_PROVIDERS["distinct"] = f"{Distinct.__module__}.{Distinct.__qualname__}"
profile = settings(
    backend="distinct",
    max_examples=EXAMPLES,
    derandomize="CACHELIFT_EXAMPLES" not in os.environ,
    database=None,
    deadline=None,
    suppress_health_check=list(HealthCheck),
    phases=[Phase.generate] if FAILURES else list(Phase),
)


@pytest.fixture(scope="module")
def place() -> Iterator[Tree]:
    usual = gc.get_threshold()
    gc.freeze()
    gc.set_threshold(100_000, 50, 100)  # a sixth of the time, measured
    with tree() as found:
        yield found
    gc.set_threshold(*usual)
    gc.unfreeze()


@profile
@given(programs())
def test_fix_keeps_what_a_program_does(place: Tree, program: Program) -> None:
    files = {**program.stub, **program.files}
    modules = (program.preload, program.main)
    found = judge(place, files, modules, paths=program.paths, unsafe=program.unsafe, config=program.config)
    if found and FAILURES:
        problems = "\n".join(found)
        name = f"{len(repr(program)):06}-{hash(repr(program)) & 0xFFFFFF:06x}"
        Path(FAILURES, name).write_text(f"{program!r}\n{problems}\n", encoding="utf-8")
    else:
        assert found == []
