"""Findings, outcomes and results made by hand, for the tests of reports and of the command line."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import cachelift
from cachelift.model import Applicability, Failure, FileOutcome, Finding, RunResult

SAFE, UNSAFE, MANUAL = Applicability.SAFE, Applicability.UNSAFE, Applicability.MANUAL

TEXT = 'from app.services.cache_service import CacheService\n\ncache = CacheService("d")\n'
AFTER = 'from app.services.unified_cache import get_unified_cache\n\ncache = get_unified_cache("d")\n'


def finding(
    path: str = "src/a.py",
    start: tuple[int, int] = (3, 9),
    end: tuple[int, int] | None = None,
    *,
    code: str = "CLF002",
    message: str = "a call of the legacy class",
    applicability: Applicability = SAFE,
    reason: str | None = None,
) -> Finding:
    end = end or (start[0], start[1] + 17)
    return Finding(path, *start, *end, code, message, applicability, reason)


def checked(*findings: Finding, text: str = TEXT, failures: tuple[Failure, ...] = (), seen: int = 1) -> RunResult:
    """What ``check`` gives for files with these findings; all have the same text."""
    paths = sorted({item.path for item in findings})
    outcomes = [
        FileOutcome(path, findings=tuple(item for item in findings if item.path == path), before=text.encode())
        for path in paths
    ]
    return RunResult(tuple(outcomes), failures, seen, dict.fromkeys(paths, text))


def rewritten(
    path: str = "src/a.py",
    *,
    fixed: tuple[Finding, ...] = (),
    left: tuple[Finding, ...] = (),
    before: bytes = TEXT.encode(),
    after: bytes | None = AFTER.encode(),
    failures: tuple[Failure, ...] = (),
) -> RunResult:
    """What ``fix`` gives for one file."""
    fixed = fixed or ((finding(path),) if after is not None else ())
    outcome = FileOutcome(path, (*fixed, *left), fixed, left, before, after)
    shown = before if after is None else after
    return RunResult((outcome,), failures, 1, {path: shown.decode("utf-8", "replace")})


def python(*arguments: str, **options: Any) -> subprocess.CompletedProcess[bytes]:
    """Run a new interpreter that finds the package under test where this one does."""
    source = str(Path(cachelift.__file__).parent.parent)
    search = os.pathsep.join(filter(None, (source, os.environ.get("PYTHONPATH"))))
    environment = {**os.environ, "PYTHONPATH": search, **options.pop("environment", {})}
    options.setdefault("capture_output", True)
    return subprocess.run([sys.executable, *arguments], env=environment, check=False, **options)
