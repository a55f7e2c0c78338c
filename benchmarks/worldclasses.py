"""Migrate a widely used class of a package to a factory that calls it, and prove what comes out."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
import tarfile
import zipfile
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import corpus
import worldtree

Report = dict[str, Any]

RUNS = ("before", "fix", "unsafe")
"""When the tests are run: on the text as it is, as ``fix`` leaves it, as ``fix --unsafe-fixes`` leaves it."""


def study(migration: Report, work: Path) -> Report:
    """Migrate one class: ``check``, ``fix``, ``fix --unsafe-fixes``, and the package's tests before and after each."""
    tree = prepare(migration, work)
    python = environment(migration, work)
    name, _, version = migration["requirement"].partition("==")
    check, _ = lift(tree, "check")
    report: Report = {
        "name": name,
        "version": version,
        "legacy": migration["legacy"],
        "commit": commit(),
        "files": check["summary"]["files"],
        "found": tally(check["findings"]),
        "failures": [f"{f['path']}: {f['message']}" for f in check["failures"]],
    }
    logs = work / "tests"
    run_tests(migration, tree, python, logs / f"{migration['name']}-before.txt")
    for key, options in (("fix", ()), ("unsafe", ("--unsafe-fixes",))):
        report[key] = rewritten(tree, check, work / "diffs" / f"{migration['name']}-{key}.diff", options)
        run_tests(migration, tree, python, logs / f"{migration['name']}-{key}.txt")
        corpus.restore(tree)
    report["tests"] = compare_tests(migration, logs)
    return report


def commit() -> str:
    """The commit of the tool that is measured."""
    command = ["git", "-C", str(Path(__file__).parent), "rev-parse", "--short=7", "HEAD"]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()


def prepare(migration: Report, work: Path) -> Path:
    """Return a fresh git checkout of the package with the factory and the configuration in it."""
    name, _, version = migration["requirement"].partition("==")
    archive = worldtree.download(worldtree.Entry(name, version, migration["kind"]), work / "downloads")
    target = work / "classes" / migration["name"]
    shutil.rmtree(target, ignore_errors=True)
    if archive.suffix == ".whl":
        with zipfile.ZipFile(archive) as wheel:
            wheel.extractall(target)
    else:
        with tarfile.open(archive) as tar:
            tar.extractall(target, filter="data")
    tree = target / migration["root"]
    (tree / migration["target"]).write_text(migration["shim"], encoding="utf-8")
    for path, old, new in migration.get("by_hand", ()):
        place = tree / path
        text = place.read_text(encoding="utf-8")
        if text.count(old) != 1:
            raise ValueError(f"{path} does not hold once: {old}")
        place.write_text(text.replace(old, new), encoding="utf-8")
    with (tree / "pyproject.toml").open("a", encoding="utf-8") as file:
        file.write(settings(migration))
    corpus.commit(tree)
    return tree


def settings(migration: Report) -> str:
    """The configuration of a migration."""
    lines = ["", "[tool.cachelift]", f"src = {json.dumps(migration['src'])}", "", "[[tool.cachelift.migrations]]"]
    keys = ("legacy", "factory", "type", "arguments", "drop", "signature")
    lines += [f"{key} = {json.dumps(migration[key])}" for key in keys if key in migration]
    return "\n".join([*lines, ""])


def environment(migration: Report, work: Path) -> Path:
    """Return the Python of a virtual environment with what the package's tests need."""
    folder = work / "environments" / migration["name"]
    python = folder / "bin" / "python"
    if not python.exists():
        subprocess.run([migration.get("python", "python3.11"), "-m", "venv", str(folder)], check=True)
        subprocess.run([str(python), "-m", "pip", "install", "--quiet", *migration["requires"]], check=True)
    return python


def lift(tree: Path, *arguments: str) -> tuple[Report, int]:
    """Run cachelift and return its report and its exit code."""
    command = [sys.executable, "-P", "-m", "cachelift", *arguments, "--format", "json"]
    done = subprocess.run(command, cwd=tree, capture_output=True, check=False)
    report: Report = json.loads(done.stdout)
    return report, done.returncode


def tally(findings: Sequence[Report]) -> dict[str, int]:
    """How many findings there are by code, applicability and reason."""
    keys = (f"{f['code']} {f['name']}: {f['applicability']} {f['reason'] or ''}".strip() for f in findings)
    return dict(sorted(Counter(keys).items()))


def rewritten(tree: Path, check: Report, diff: Path, options: Sequence[str]) -> Report:
    """Run ``fix`` and say where its output is not what it has to be."""
    problems = []
    first, status = lift(tree, "fix", *options)
    problems += [f"{failure['path']}: {failure['message']}" for failure in first["failures"]]
    paths = corpus.changed(tree)
    after = corpus.contents(tree, paths)
    for path, raw in after.items():
        try:
            compile(raw, path, "exec", dont_inherit=True)
        except (SyntaxError, ValueError) as error:
            problems.append(f"{path}: does not compile: {error}")
    rest, _ = lift(tree, "check")
    if places(rest) != places(first):
        problems.append("`check` afterwards does not find what `fix` says is left")
    second, _ = lift(tree, "fix", *options)
    if second["fixed"] or corpus.changed(tree) != paths or corpus.contents(tree, paths) != after:
        problems.append("a second run changes something")
    wanted = {"safe", "unsafe"} if options else {"safe"}
    promised = sum(f["applicability"] in wanted for f in check["findings"])
    if not options and len(first["fixed"]) != promised:
        problems.append(f"`check` calls {promised} safe, `fix` rewrites {len(first['fixed'])}")
    text = subprocess.run(["git", "diff"], cwd=tree, capture_output=True, check=True).stdout
    diff.parent.mkdir(parents=True, exist_ok=True)
    diff.write_bytes(text)
    return {
        "exit": status,
        "changed_files": len(paths),
        "changed_lines": len(re.findall(rb"^[-+](?![-+])", text, re.MULTILINE)),
        "fixed": tally(first["fixed"]),
        "left": tally(first["findings"]),
        "problems": problems,
    }


def places(report: Report) -> list[tuple[str, int, int, str, str]]:
    """Where findings are and why."""
    return sorted((f["path"], f["line"], f["column"], f["code"], f["reason"] or "") for f in report["findings"])


# -- the package's own tests -----------------------------------------------------------------------------------------


def run_tests(migration: Report, tree: Path, python: Path, log: Path) -> None:
    """Run the package's tests, with what they print in a file."""
    words = [word.replace("{python}", str(python)) for word in migration["tests"]]
    environment = {"PATH": "/usr/bin:/bin", "HOME": str(log.parent), "LANG": "C.UTF-8", "PYTHONDONTWRITEBYTECODE": "1"}
    environment |= {key: value.replace("{tree}", str(tree)) for key, value in migration.get("environment", {}).items()}
    folder = tree / migration.get("tests_in", ".")
    log.parent.mkdir(exist_ok=True)
    with log.open("wb") as file:
        subprocess.run(words, cwd=folder, env=environment, stdout=file, stderr=subprocess.STDOUT, check=False)


def compare_tests(migration: Report, logs: Path) -> Report:
    """What became of each test before and after, read from what was printed."""
    texts = {key: (logs / f"{migration['name']}-{key}.txt").read_text("utf-8", "replace") for key in RUNS}
    found = {key: read_outcomes(text, migration["outcome"]) for key, text in texts.items()}
    report: Report = {"command": migration["tests"], **{key: counted(each) for key, each in found.items()}}
    before = found["before"]
    for key in RUNS[1:]:
        pairs = {name: (before.get(name), found[key].get(name)) for name in sorted(before.keys() | found[key].keys())}
        report[f"{key}_differs"] = [
            f"{name}: {old or 'not there'}, then {new or 'not there'}"
            for name, (old, new) in pairs.items()
            if old != new
        ]
    return report


def read_outcomes(text: str, pattern: str) -> dict[str, str]:
    """Find ``test`` and ``outcome`` of the pattern's lines; tests of one name count by all their outcomes."""
    found: dict[str, list[str]] = {}
    for match in re.finditer(pattern, text, re.MULTILINE):
        found.setdefault(match["test"].strip(), []).append(match["outcome"].lower())
    return {name: " ".join(sorted(outcomes)) for name, outcomes in found.items()}


def counted(found: dict[str, str]) -> dict[str, int]:
    """How many tests had which outcome."""
    return dict(Counter(outcome for outcomes in found.values() for outcome in outcomes.split(" ")))
