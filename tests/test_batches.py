"""What pre-commit hands over in several batches: each changes its own files, knows all, and the rest follows later."""

from __future__ import annotations

from pathlib import Path

import cases
import pytest

TOGETHER = [
    "program/reexport-renamed",
    "references/isinstance-alone-across-files",
    "references/isinstance-both-for-a-manual-call-elsewhere",
    "strings/conftest-yields-the-object",
    "strings/patch-object",
    "strings/patches-of-two-modules",
]


def _case(name: str) -> cases.Case:
    return next(case for case in cases.all_cases() if case.name == name)


def _one_by_one(case: cases.Case, root: Path, paths: list[str]) -> dict[str, bytes]:
    case.lay_out(root)
    for path in paths:
        cases.fix(root, paths=[path])
    return cases.snapshot(root)


@pytest.mark.parametrize("backwards", [False, True], ids=["forwards", "backwards"])
@pytest.mark.parametrize("name", TOGETHER)
def test_batches_break_nothing_and_a_whole_run_ends_as_one_run(name: str, backwards: bool, tmp_path: Path) -> None:
    case = _case(name)
    case.lay_out(tmp_path / "one")
    printed = cases.run_program(tmp_path / "one", case.path)
    cases.fix(tmp_path / "one")

    _one_by_one(case, tmp_path / "many", sorted(case.files("before"), reverse=backwards))

    assert cases.run_program(tmp_path / "many", case.path) == printed
    cases.fix(tmp_path / "many")
    assert cases.snapshot(tmp_path / "many") == cases.snapshot(tmp_path / "one")


def test_who_takes_a_name_from_a_module_may_come_before_it(tmp_path: Path) -> None:
    case = _case("program/implicit-reexport")
    case.lay_out(tmp_path / "one")
    cases.fix(tmp_path / "one")
    batches = [path for path in sorted(case.files("before")) if path != "app/session.py"] + ["app/session.py"]

    assert _one_by_one(case, tmp_path / "many", batches) == cases.snapshot(tmp_path / "one")


def test_an_import_that_was_kept_for_a_later_batch_is_reported(tmp_path: Path) -> None:
    """Nothing in the file tells any more that it was not meant for others from the start."""
    case = _case("program/implicit-reexport")
    batches = ["app/session.py"] + [path for path in sorted(case.files("before")) if path != "app/session.py"]
    printed = _printed(case, tmp_path / "before")

    root = tmp_path / "many"
    _one_by_one(case, root, batches)

    assert cases.run_program(root, case.path) == printed
    left = [cases.spelled(finding, tree=True) for finding in cases.findings(cases.check(root))]
    assert left == ["app/session.py:1:1 CLF001 unsafe unused-import"]
    cases.fix(root, unsafe=True)
    assert not cases.findings(cases.check(root))
    assert cases.run_program(root, case.path) == printed


def _printed(case: cases.Case, root: Path) -> str:
    case.lay_out(root)
    return cases.run_program(root, case.path)
