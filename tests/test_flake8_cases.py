"""Over every fixture the plugin, run by the real flake8, and ``check --format json`` give the same findings."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path

import pytest
from cases import CASES, Case, all_cases, snapshot
from stub import Place, places

from cachelift.cli import main

pytestmark = pytest.mark.slow

RUNS = """
import os, sys
from pathlib import Path
from flake8.main.cli import main
import cachelift.engine  # a fork need not import it again

arguments = ["--isolated", "--select=CLF", "--jobs=1", "."]
for folder in sys.argv[1:]:
    child = os.fork()
    if not child:
        output = os.open(f"{folder}.flake8.txt", os.O_WRONLY | os.O_CREAT)
        os.dup2(output, 1)
        os.dup2(output, 2)
        os.chdir(folder)
        main(arguments)
        sys.stdout.flush()
        os._exit(0)
    if os.waitpid(child, 0)[1]:
        raise SystemExit(f"flake8 failed in {folder}")
"""
"""Each run is a process of its own that flake8's ``main`` fills, forked from one that has imported flake8: that is what
takes the time. What a run prints goes to a file beside its folder."""

TOPICS = sorted(path.name for path in CASES.iterdir())


def checked(root: Path, report: Path) -> set[Place]:
    """What ``check`` finds in the files that flake8 looks at."""
    main(["check", "--format", "json", "--output", str(report), str(root)])
    found = json.loads(report.read_text())["findings"]
    return {
        (each["path"], each["line"], each["column"], each["code"]) for each in found if each["path"].endswith(".py")
    }


def lay_out(topic: str, folder: Path) -> dict[Path, Case]:
    """Put the cases of a topic into folders of their own."""
    cases = [case for case in all_cases() if case.folder.parent.name == topic and case.is_readable]
    roots = {folder / str(number): case for number, case in enumerate(cases)}
    for root, case in roots.items():
        case.lay_out(root)
    return roots


def shown(roots: Iterable[Path]) -> list[set[Place]]:
    """What flake8 shows in each folder."""
    subprocess.run([sys.executable, "-c", RUNS, *map(str, roots)], check=True, timeout=600)
    return [places(Path(f"{root}.flake8.txt").read_text()) for root in roots]


@pytest.mark.parametrize("topic", TOPICS)
def test_flake8_and_check_find_the_same(topic: str, tmp_path: Path) -> None:
    roots = lay_out(topic, tmp_path)
    found = {case.name: checked(root, tmp_path / "report.json") for root, case in roots.items()}

    assert dict(zip(found, shown(roots), strict=True)) == found


@pytest.mark.parametrize("topic", ["formatting", "strings", "types"])
def test_what_is_left_is_silenced_for_flake8(topic: str, tmp_path: Path) -> None:
    roots = lay_out(topic, tmp_path)
    for root in roots:
        main(["fix", "--add-noqa", str(root)])
    texts = {root: snapshot(root) for root in roots}

    assert [checked(root, tmp_path / "report.json") for root in roots] == [set() for _ in roots]
    assert shown(roots) == [set() for _ in roots]
    for root in roots:
        main(["fix", "--add-noqa", str(root)])
    assert {root: snapshot(root) for root in roots} == texts
