"""The tools that are measured: this one and those that people would take instead, each set to do the same."""

from __future__ import annotations

import importlib.util
import json
import os
import shutil
import subprocess
import sys
import sysconfig
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import corpus
from measure import Contender

Report = dict[str, Any]


def tool(name: str) -> str | None:
    """Where a tool is: beside this Python, else on the path."""
    beside = Path(sysconfig.get_path("scripts")) / name
    return str(beside) if beside.exists() else shutil.which(name)


def lift(tree: Path, *arguments: str) -> tuple[bytes, int]:
    """Run cachelift and return its standard output and exit code."""
    done = subprocess.run([str(tool("cachelift")), *arguments], cwd=tree, capture_output=True, check=False)
    return done.stdout, done.returncode


def lift_json(tree: Path, *arguments: str) -> Report:
    """Run cachelift and return its report."""
    report: Report = json.loads(lift(tree, *arguments, "--format", "json")[0])
    return report


def cachelift_contenders(tree: Path) -> list[Contender]:
    """The two commands; ``fix`` starts from the committed files each time."""
    command = str(tool("cachelift"))
    return [
        Contender("check", [command, "check", "--format", "json"]),
        Contender("check --jobs 1", [command, "check", "--format", "json", "--jobs", "1"]),
        Contender("fix", [command, "fix", "--format", "json"], prepare=lambda: corpus.restore(tree)),
        Contender("fix --diff", [command, "fix", "--diff"], prepare=lambda: corpus.restore(tree)),
    ]


CODEMOD = "LibCST codemod"


def codemod(tree: Path, paths: Sequence[str], *, slow: bool) -> Contender:
    """The ordinary codemod on just the files with usages, in as many processes as there are CPUs."""
    command = [sys.executable, "-m", "libcst.tool", "codemod", "--no-format", "--hide-progress"]
    command += ["-x", "libcst_codemod.MigrateCache", *paths]
    prepare = lambda: corpus.restore(tree)  # noqa: E731
    missing = "" if slow else "takes minutes, see --slow"
    environment = {"PYTHONPATH": str(Path(__file__).parent)}
    return Contender(CODEMOD, None if missing else command, (0,), missing, prepare, once=True, environment=environment)


def others(tree: Path, paths: Sequence[str], *, slow: bool) -> list[Contender]:
    """The other tools, each set to look for just the deprecated class; ``paths`` are the files that have it."""
    found = []
    for name, program, rest, accepts, minutes in _OTHERS:
        executable = tool(program)
        missing = "" if executable is not None and (slow or not minutes) else "takes minutes, see --slow"
        if executable is None:
            missing = "not installed"
        command = None if missing or executable is None else [executable, *rest]
        found.append(Contender(name, command, accepts, missing, once=minutes))
    if importlib.util.find_spec("libcst") is not None:
        found.append(codemod(tree, paths, slow=slow))
    (tree / ".git" / "ruff.toml").write_text(_RUFF, encoding="utf-8")
    (tree / ".git" / "semgrep.yaml").write_text(_SEMGREP, encoding="utf-8")
    return found


_RUFF = """\
[lint]
select = ["TID251"]
[lint.flake8-tidy-imports.banned-api]
"app.services.cache_service.CacheService".msg = "Use get_unified_cache."
"""

_SEMGREP = """\
rules:
  - id: legacy-cache
    languages: [python]
    severity: WARNING
    message: Use get_unified_cache.
    pattern: app.services.cache_service.CacheService
"""

_OTHERS: tuple[tuple[str, str, tuple[str, ...], tuple[int, ...], bool], ...] = (
    ("ruff", "ruff", ("check", "--no-cache", "--config", ".git/ruff.toml", "--output-format", "json"), (1,), False),
    ("ripgrep", "rg", ("-l", "-F", "-e", "CacheService", "-e", "cache_service", "."), (0,), False),
    (
        "ast-grep",
        "ast-grep",
        ("run", "--lang", "python", "--pattern", "CacheService($$$A)", "--json=stream"),
        (0,),
        False,
    ),
    ("semgrep", "semgrep", ("scan", "--metrics=off", "--config", ".git/semgrep.yaml", "--json", "."), (0, 1), True),
    (
        "flake8-tidy-imports",
        "flake8",
        (
            "--isolated", "--select=I251",
            "--banned-modules=app.services.cache_service.CacheService = Use get_unified_cache.", "homeassistant",
        ),
        (1,),
        True,
    ),
)  # fmt: skip


def agreement(contenders: Sequence[Contender], outputs: Path, paths: Sequence[str]) -> list[str]:
    """Say which of the tools that claim to find the usages found them in other files."""
    expected = set(paths)
    problems = []
    for contender in contenders:
        reader = _READERS.get(contender.name)
        if not contender.samples or reader is None:
            continue
        found = reader((outputs / f"{contender.name}.out").read_text(encoding="utf-8"))
        found = {os.path.normpath(path) for path in found} - {"app/services/cache_service.py"}
        if found != expected:
            problems.append(
                f"{contender.name} finds {len(found - expected)} other files and misses {len(expected - found)}"
            )
    return problems


def _ruff_paths(text: str) -> set[str]:
    paths = [item["filename"] for item in json.loads(text)]
    root = os.path.commonpath(paths)
    return {os.path.relpath(path, root.partition("/homeassistant")[0]) for path in paths}


_READERS: dict[str, Callable[[str], set[str]]] = {
    "check": lambda text: {finding["path"] for finding in json.loads(text)["findings"]},
    "ruff": _ruff_paths,
    "ripgrep": lambda text: set(text.splitlines()),
    "ast-grep": lambda text: {json.loads(line)["file"] for line in text.splitlines()},
    "semgrep": lambda text: {item["path"] for item in json.loads(text)["results"]},
    "flake8-tidy-imports": lambda text: {line.partition(":")[0] for line in text.splitlines()},
}
