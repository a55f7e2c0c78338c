"""Migrate a real class of Home Assistant 2024.3.3: ``python benchmarks/home_assistant.py``.

Its class ``homeassistant.helpers.storage.Store`` is migrated by configuration alone, and what was found is compared
with an independent list. The results are written to ``benchmarks/results`` as JSON and as a table.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
from collections import Counter, defaultdict
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import corpus
import measure
import references
from contenders import cachelift_contenders, lift, lift_json, tool
from measure import Contender

RESULTS = Path(__file__).parent / "results"

Report = dict[str, Any]


def main() -> int:
    """Read the command line and run the study."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--tree", type=Path, help="an unpacked wheel, read only; left out: it is downloaded")
    parser.add_argument("--work", type=Path, default=Path("build/benchmarks"), help="where the tree is copied to")
    parser.add_argument("--results", type=Path, default=RESULTS)
    parser.add_argument("--runs", type=int, default=5, help="how many runs the medians are of")
    arguments = parser.parse_args()
    # A Python program that may not keep its bytecode compiles itself anew in every run.
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    work = arguments.work.resolve()
    results = arguments.results.resolve()
    for folder in (work, results):
        folder.mkdir(parents=True, exist_ok=True)
    tree = corpus.fetch(work, arguments.tree)
    report, text = study_store(tree, work, arguments.runs)
    (results / "store.json").write_text(json.dumps(report, indent=1) + "\n", encoding="utf-8")
    (results / "store.md").write_text(text, encoding="utf-8")
    print(text)
    return 1 if report["problems"] else 0


# -- tools -----------------------------------------------------------------------------------------------------------


# -- the proof that an output is right -------------------------------------------------------------------------------


def apply_problems(tree: Path, *options: str) -> list[str]:
    """Run ``fix``; say where its result is not that of its diff, does not compile, or changes in a second run."""
    problems = []
    diff, _ = lift(tree, "fix", "--diff", *options)
    lift(tree, "fix", *options)
    paths = corpus.changed(tree)
    fixed = corpus.contents(tree, paths)
    for path, raw in fixed.items():
        try:
            compile(raw, path, "exec", dont_inherit=True)
        except (SyntaxError, ValueError) as error:
            problems.append(f"{path}: does not compile: {error}")
    lift(tree, "fix", *options)
    if corpus.changed(tree) != paths or corpus.contents(tree, paths) != fixed:
        problems.append("a second run changes something")
    for command in (["git", "apply"], ["patch", "-p1", "--silent"]):
        corpus.restore(tree)
        done = subprocess.run(command, cwd=tree, input=diff, capture_output=True, check=False)
        if done.returncode:
            problems.append(f"`{' '.join(command)}` refuses the diff: {done.stderr.decode().strip()}")
        elif corpus.changed(tree) != paths or corpus.contents(tree, paths) != fixed:
            problems.append(f"`{' '.join(command)}` of the diff leads elsewhere")
    corpus.restore(tree)
    return problems


def tally(findings: Sequence[Report]) -> dict[str, int]:
    """How many findings there are by code, applicability and reason."""
    keys = (f"{f['code']} {f['name']}: {f['applicability']} {f['reason'] or ''}".strip() for f in findings)
    return dict(sorted(Counter(keys).items()))


# -- store -----------------------------------------------------------------------------------------------------------


def study_store(tree: Path, work: Path, runs: int) -> tuple[Report, str]:
    """Migrate ``Store`` in a copy of the tree."""
    copy = corpus.copy(tree, work / "store")
    corpus.add_store_migration(copy)
    corpus.commit(copy)
    check = lift_json(copy, "check")
    report: Report = {"machine": measure.machine(), "check": check["summary"], "found": tally(check["findings"])}
    missed, listed = compare(copy, check["findings"])
    report["references"] = {"listed": listed, "not_found": missed}
    problems = [f"{failure['path']}: {failure['message']}" for failure in check["failures"]]
    for name, options in (("fix", ()), ("unsafe", ("--unsafe-fixes",))):
        problems += [f"{name}: {problem}" for problem in apply_problems(copy, *options)]
        done = lift_json(copy, "fix", *options)
        report[name] = {"summary": done["summary"], "fixed": tally(done["fixed"]), "left": tally(done["findings"])}
        problems += [f"{name}: {failure['path']}: {failure['message']}" for failure in done["failures"]]
        problems += [f"{name}: {line}" for line in name_problems(copy)]
        corpus.restore(copy)
    report["usages"] = [list_usage(copy, finding) for finding in check["findings"]]
    contenders = cachelift_contenders(copy)
    outputs = work / "outputs"
    outputs.mkdir(exist_ok=True)
    measure.interleave(contenders, copy, outputs, runs)
    report["measured"] = [measure.summary(contender) for contender in contenders]
    report["problems"] = problems
    return report, store_text(report, contenders)


def compare(tree: Path, findings: Sequence[Report]) -> tuple[list[str], int]:
    """The listed references that no finding covers, and how many are listed; the legacy module's own are left out."""
    by_path: dict[str, list[Report]] = defaultdict(list)
    for finding in findings:
        by_path[finding["path"]].append(finding)
    home = f"{references.MODULE.replace('.', '/')}.py"
    listed = [
        reference
        for path in corpus.python_files(tree)
        for reference in references.references(tree, path)
        if reference.path != home
    ]
    missed = [r for r in listed if not references.covered(r, by_path[r.path])]
    return [f"{r.path}:{r.line}:{r.column} {r.kind}" for r in missed], len(listed)


def name_problems(tree: Path) -> list[str]:
    """What ruff says of the migrated names in changed files: an unused import, a name not bound or bound twice."""
    ruff = tool("ruff")
    paths = corpus.changed(tree)
    if ruff is None or not paths:
        return []
    command = [ruff, "check", "--isolated", "--no-cache", "--select", "F401,F811,F821", "--output-format", "concise"]
    after = subprocess.run([*command, *paths], cwd=tree, capture_output=True, text=True, check=False).stdout
    return sorted({line for line in after.splitlines() if "unified_store" in line or "`Store`" in line})


def list_usage(tree: Path, finding: Report) -> str:
    """One usage on one line, to be read by eye."""
    line = (tree / finding["path"]).read_text(encoding="utf-8").split("\n")[finding["line"] - 1].strip()
    verdict = f"{finding['applicability']} {finding['reason'] or ''}".strip()
    return f"{finding['path']}:{finding['line']}:{finding['column']} {finding['code']} {verdict} | {line}"


def store_text(report: Report, contenders: Sequence[Contender]) -> str:
    """The study as markdown."""
    lines = ["# `Store` of Home Assistant 2024.3.3", "", f"Measured on {report['machine']}.", ""]
    lines += [f"`check`: {report['check']}", "", "| usage | found | rewritten by `fix` | with `--unsafe-fixes` |"]
    lines += ["|---|---:|---:|---:|"]
    fixed, unsafe = report["fix"]["fixed"], report["unsafe"]["fixed"]
    lines += [f"| {key} | {n} | {fixed.get(key, 0)} | {unsafe.get(key, 0)} |" for key, n in report["found"].items()]
    listed = report["references"]
    lines += ["", f"An independent list has {listed['listed']} references; not found: {listed['not_found'] or 'none'}."]
    lines += ["", f"Problems: {report['problems'] or 'none'}.", "", measure.table(contenders, "check")]
    return "\n".join(lines)


if __name__ == "__main__":
    sys.exit(main())
