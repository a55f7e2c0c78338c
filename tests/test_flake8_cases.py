"""Over every fixture the plugin, run by the real flake8, and ``check --format json`` give the same findings."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from cases import CASES, Case, all_cases
from stub import Place, places

from cachelift.cli import main

RUNS = Path(__file__).with_name("flake8_runs.py")
TOPICS = sorted(path.name for path in CASES.iterdir())


def checked(root: Path, report: Path) -> set[Place]:
    """What ``check`` finds in the files that flake8 looks at."""
    main(["check", "--format", "json", "--output", str(report), str(root)])
    found = json.loads(report.read_text())["findings"]
    return {
        (each["path"], each["line"], each["column"], each["code"]) for each in found if each["path"].endswith(".py")
    }


@pytest.mark.parametrize("topic", TOPICS)
def test_flake8_and_check_find_the_same(topic: str, tmp_path: Path) -> None:
    roots: dict[Path, Case] = {}
    for number, case in enumerate(
        case for case in all_cases() if case.folder.parent.name == topic and case.is_readable
    ):
        roots[tmp_path / str(number)] = case
        case.lay_out(tmp_path / str(number))
    command = [sys.executable, str(RUNS), *map(str, roots), "--", "--isolated", "--select=CLF", "--jobs=1", "."]
    subprocess.run(command, check=True, timeout=600)

    differing = {}
    for root, case in roots.items():
        shown = places(Path(f"{root}.flake8.txt").read_text())
        expected = checked(root, tmp_path / "report.json")
        if shown != expected:
            differing[case.name] = shown ^ expected
    assert differing == {}
