"""Small programs beside the stub application: what is reported about them, and what becomes of their text."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from pathlib import Path

import cases

from cachelift.config import load_settings
from cachelift.discover import discover
from cachelift.knowledge import ProgramKnowledge
from cachelift.model import FileOutcome, Finding, RunResult
from cachelift.run import Run

CONSUMER = "app/consumer.py"
LEGACY = "from app.services.cache_service import CacheService\n"
TARGET = "from app.services.unified_cache import get_unified_cache\n"


def lay_out(root: Path, files: Mapping[str, str], *, config: str = "") -> None:
    """Put the stub and these files into a folder."""
    shutil.copytree(cases.FIXTURES / "stub", root, dirs_exist_ok=True, ignore=shutil.ignore_patterns("__pycache__"))
    (root / "pyproject.toml").write_text(f"[tool.cachelift]\n{config}\n", encoding="utf-8")
    for path, text in files.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(text, encoding="utf-8")


def reported(root: Path, text: str, *, files: Mapping[str, str] | None = None, config: str = "") -> list[str]:
    """What ``check`` says of one file: ``LINE:COLUMN CODE applicability reason``."""
    lay_out(root, {**(files or {}), CONSUMER: text}, config=config)
    return _spelled(cases.check(root), before=True)


def fixed(
    root: Path, text: str, *, files: Mapping[str, str] | None = None, config: str = "", unsafe: bool = False
) -> tuple[str, list[str]]:
    """What ``fix`` makes of one file and what it leaves there; a second run must find the same and change nothing."""
    lay_out(root, {**(files or {}), CONSUMER: text}, config=config)
    left = _spelled(cases.fix(root, unsafe=unsafe), before=False)
    after = cases.snapshot(root)
    assert _spelled(cases.fix(root, unsafe=unsafe), before=True) == left
    assert cases.snapshot(root) == after
    return after[CONSUMER].decode("utf-8"), left


def _spelled(result: RunResult, *, before: bool) -> list[str]:
    assert not result.failures
    assert not [outcome.failure for outcome in result.outcomes if outcome.failure]
    return [
        cases.spelled(finding, tree=False)
        for outcome in result.outcomes
        if outcome.path == CONSUMER
        for finding in _findings(outcome, before=before)
    ]


def _findings(outcome: FileOutcome, *, before: bool) -> list[Finding]:
    return list(outcome.findings if before else outcome.left)


def knowledge(root: Path, files: Mapping[str, str], *, config: str = "") -> ProgramKnowledge:
    """What is known of the stub with these files."""
    lay_out(root, files, config=config)
    settings = load_settings(str(root))
    return Run(settings, discover(str(root), [str(root)])).knowledge
