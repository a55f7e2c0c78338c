"""The fixture cases: reading them, laying them out as a repository, and judging what the tool does with them."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from environment import environment

from cachelift import engine
from cachelift.config import load_settings
from cachelift.explanations import EXPLANATIONS
from cachelift.model import CODES, REASONS, Applicability, Finding, RunResult

FIXTURES = Path(__file__).parent.parent / "fixtures"
CASES = FIXTURES / "cases"
_FINDING = re.compile(r"(\??)(?:([^:]+):)?(\d+):(\d+) (\S+) (\S+) (\S+)")


@dataclass(frozen=True)
class Case:
    """One fixture case."""

    folder: Path
    expect: dict[str, Any]

    @property
    def name(self) -> str:
        return f"{self.folder.parent.name}/{self.folder.name}"

    @property
    def path(self) -> str:
        return str(self.expect.get("path", "app/consumer.py"))

    @property
    def is_readable(self) -> bool:
        """Whether the running Python can parse it."""
        needed = tuple(int(part) for part in str(self.expect.get("python", "3.11")).split("."))
        return sys.version_info >= needed

    def files(self, side: str) -> dict[str, bytes]:
        """The files of one side by path; those of the other side are not among them."""
        single = self.folder / f"{side}.py"
        if single.exists():
            return {self.path: single.read_bytes()}
        root = self.folder / side
        return {p.relative_to(root).as_posix(): p.read_bytes() for p in sorted(root.rglob("*")) if p.is_file()}

    def lay_out(self, root: Path) -> None:
        """Put the stub and the files before into a folder."""
        stub = root / self.expect.get("stub", ".")
        shutil.copytree(FIXTURES / "stub", stub, dirs_exist_ok=True, ignore=shutil.ignore_patterns("__pycache__"))
        for path, data in self.files("before").items():
            target = root / path
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(data)
        config = root / "pyproject.toml"
        if "config" in self.expect or not config.exists():
            config.write_text(f"[tool.cachelift]\n{self.expect.get('config', '')}\n", encoding="utf-8")

    def expected_after(self) -> dict[str, bytes]:
        """The files after ``fix``."""
        return {**self.files("before"), **self.files("after")}


def all_cases() -> list[Case]:
    """Every case, sorted by topic and name."""
    return [Case(p.parent, json.loads(p.read_text(encoding="utf-8"))) for p in sorted(CASES.glob("*/*/expect.json"))]


def snapshot(root: Path) -> dict[str, bytes]:
    """All Python files of a tree."""
    return {
        p.relative_to(root).as_posix(): p.read_bytes()
        for p in sorted(root.rglob("*.py*"))
        if p.is_file() and "__pycache__" not in p.parts and p.suffix in (".py", ".pyi")
    }


def check(root: Path, paths: list[str] | None = None) -> RunResult:
    return engine.check_paths(load_settings(str(root)), _absolute(root, paths))


def fix(root: Path, *, unsafe: bool = False, paths: list[str] | None = None) -> RunResult:
    return engine.fix_paths(load_settings(str(root)), _absolute(root, paths), unsafe=unsafe)


def _absolute(root: Path, paths: list[str] | None) -> list[str]:
    return [str(root / path) for path in paths] if paths else [str(root)]


def findings(result: RunResult) -> list[Finding]:
    """All findings; what a code can have for a reason is what ``cachelift explain`` says of it."""
    found = [finding for outcome in result.outcomes for finding in outcome.findings]
    unexplained = [f"{f.code} {f.reason}" for f in found if f.reason not in (None, *EXPLANATIONS[f.code].reasons)]
    assert unexplained == []
    return found


def left(result: RunResult) -> list[Finding]:
    return [finding for outcome in result.outcomes for finding in outcome.left]


def spelled(finding: Finding, *, tree: bool) -> str:
    path = f"{finding.path}:" if tree else ""
    place = f"{path}{finding.line}:{finding.column}"
    return f"{place} {finding.code} {finding.applicability} {finding.reason or '-'}"


def mismatch(expected: list[str], found: list[Finding], default_path: str, *, loose: bool = False) -> list[str]:
    """What is expected and not found, or found and not expected, in words."""
    problems = []
    rest = list(found)
    for text in expected:
        match = _FINDING.fullmatch(text)
        assert match is not None, text
        optional, path, line, column, code, applicability, reason = match.groups()
        for finding in rest:
            if (finding.path, finding.line, finding.column) != (path or default_path, int(line), int(column)):
                continue
            if not _is_one_of(code, finding.code):
                continue
            if not loose and not (
                _is_one_of(applicability, finding.applicability) and _is_one_of(reason, finding.reason or "-")
            ):
                continue
            rest.remove(finding)
            break
        else:
            if not optional:
                problems.append(f"missing: {text}")
    return problems + [f"unexpected: {spelled(finding, tree=True)} {finding.message}" for finding in rest]


def _is_one_of(pattern: str, word: str) -> bool:
    return pattern == "*" or word in pattern.split("|")


def run_program(root: Path, path: str) -> str:
    """What the program prints, with its exit code."""
    module = path.removesuffix(".py").replace("/", ".")
    done = subprocess.run(
        [sys.executable, "-m", module],
        cwd=root,
        env=environment(PYTHONPATH=os.pathsep.join(("src", "."))),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    return f"{done.returncode}\n{done.stdout}\n{done.stderr if done.returncode else ''}"


def judge(case: Case, root: Path, *, always_run: bool = False) -> list[str]:
    """Everything that is wrong with what the tool does to a case."""
    case.lay_out(root)
    before = snapshot(root)
    found = check(root)
    problems = [f"failure: {o.failure}" for o in found.outcomes if o.failure]
    wrong = mismatch(case.expect["findings"], findings(found), case.path)
    if wrong and case.expect.get("refusal_allowed"):
        refused = all(f.applicability is not Applicability.SAFE for f in findings(found))
        if refused:
            wrong = mismatch(case.expect["findings"], findings(found), case.path, loose=True)
    problems += wrong
    paths = case.expect.get("paths")
    if "subset" in case.expect:
        problems += mismatch(case.expect["subset"], findings(check(root, paths)), case.path)
    result = fix(root, unsafe=case.expect.get("unsafe", False), paths=paths)
    problems += [f"failure: {o.failure}" for o in result.outcomes if o.failure]
    after = snapshot(root)
    problems += _texts(case, before, after)
    if "left" in case.expect and not case.expect.get("refusal_allowed"):
        problems += [f"left {p}" for p in mismatch(case.expect["left"], left(result), case.path)]
    again = check(root, paths)
    if findings(again) != left(result):
        problems.append("check afterwards differs from what fix says is left:")
        problems += [f"   check {spelled(f, tree=True)}" for f in findings(again) if f not in left(result)]
        problems += [f"   fix   {spelled(f, tree=True)}" for f in left(result) if f not in findings(again)]
    fix(root, unsafe=case.expect.get("unsafe", False), paths=paths)
    if snapshot(root) != after:
        problems.append("a second fix changes something")
    exact = case.expect.get("text") != "any" and not case.expect.get("refusal_allowed")
    if case.expect.get("run", True) and after != before and (always_run or not exact):
        new = run_program(root, case.path)
        for path, data in before.items():
            (root / path).write_bytes(data)
        old = run_program(root, case.path)
        if old != new:
            problems.append(f"the program does not run the same:\n{old}\n---\n{new}")
    return problems


def _texts(case: Case, before: dict[str, bytes], after: dict[str, bytes]) -> list[str]:
    if case.expect.get("text") == "any":
        return []
    expected = {**before, **{path: data for path, data in case.expected_after().items() if path in before}}
    if after == expected or (case.expect.get("refusal_allowed") and after == before):
        return []
    return [
        f"text of {path}:\n{after[path].decode('utf-8', 'replace')}\n--- expected:\n{data.decode('utf-8', 'replace')}"
        for path, data in expected.items()
        if after[path] != data
    ]


_KEYS = frozenset(
    {"config", "findings", "left", "path", "paths", "python", "refusal_allowed", "run", "stub", "subset", "text",
     "unsafe", "why"}
)  # fmt: skip
_WORDS = frozenset({*Applicability, "*"})


def misshapen(case: Case) -> list[str]:
    """What is wrong with a case as it is written, whatever the tool does to it."""
    problems = [f"unknown key {key}" for key in set(case.expect) - _KEYS]
    before, after = case.files("before"), case.files("after")
    if len(case.expect.get("why", "")) < 10:
        problems.append("no why")
    if after and all(before.get(path) == data for path, data in after.items()):
        problems.append("after is the same as before: leave it out")
    for key in ("findings", "left", "subset"):
        places = []
        for text in case.expect.get(key, []):
            match = _FINDING.fullmatch(text)
            if match is None:
                problems.append(f"no finding: {text}")
                continue
            optional, path, line, column, code, applicability, reason = match.groups()
            places += [(path or case.path, int(line), int(column))] if not optional else []
            if code != "*" and not set(code.split("|")) <= set(CODES):
                problems.append(f"no code: {text}")
            if not set(applicability.split("|")) <= _WORDS or not set(reason.split("|")) <= {"-", "*", *REASONS}:
                problems.append(f"no such word: {text}")
            if (reason == "-") != (applicability == "safe" or code == "CLF010"):
                problems.append(f"safe and mentions have no reason, all others have one: {text}")
        if places != sorted(places):
            problems.append(f"not sorted: {key}")
    return problems


def prints_otherwise(case: Case, root: Path) -> str:
    """How the program of a case that prescribes the text runs before and after, where that is not the same."""
    case.lay_out(root)
    old = run_program(root, case.path)
    for path, data in case.files("after").items():
        (root / path).write_bytes(data)
    new = run_program(root, case.path)
    return "" if old == new and old.startswith("0\n") else f"{case.name} before:\n{old}\n--- after:\n{new}"
