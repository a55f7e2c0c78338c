"""What was measured on the world's code, as one JSON document and as tables."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

Report = dict[str, Any]


def gather(kept: Path, machine: Report) -> Report:
    """All results in a folder, with what they were measured on."""
    report: Report = {"machine": machine}
    for study in ("nothing", "every", "classes"):
        places = sorted(kept.glob(f"{study}-*.json"))
        report[study] = [json.loads(place.read_text(encoding="utf-8")) for place in places]
    return report


def problems(report: Report) -> list[str]:
    """Everything that must not be: a file changed or failed that Python compiles, an output that does not hold."""
    found = []
    for row in report["nothing"]:
        for command in ("check", "fix"):
            found += _run_problems(f"{row['name']}: {command}", row[command])
        found += [f"{row['name']}: changed: {path}" for path in row["changed"]]
    for row in report["every"]:
        found += _run_problems(f"{row['name']}: every file", row["fix"])
        found += [f"{row['name']}: changed: {path}" for path in row["changed"]]
    for row in report["classes"]:
        found += [f"{row['name']}: {failure}" for failure in row["failures"]]
        for key in ("fix", "unsafe"):
            found += [f"{row['name']}: {key}: {problem}" for problem in row[key]["problems"]]
        found += [f"{row['name']}: test differs after a safe fix: {line}" for line in row["tests"]["fix_differs"]]
    return found


def _run_problems(where: str, run: Report) -> list[str]:
    found = [f"{where}: {failure}" for failure in run["failures"].get("defect", ())]
    found += [f"{where}: finding: {finding}" for finding in run["findings"]]
    if run["fixed"] or run["exit"] not in (0, 2) or "Traceback" in run["stderr"]:
        found.append(f"{where}: exit {run['exit']}, {run['fixed']} rewritten: {run['stderr'][-300:]}")
    return found


def text(report: Report) -> str:
    """The report as markdown."""
    machine = report["machine"]
    lines = [
        "# The world's code",
        "",
        "Made by `python benchmarks/world.py`; the packages and their versions are in `benchmarks/world.toml`, and all",
        "that was measured is in `world.json`. Times are those of a machine that did other work as well; the memory of",
        "a run cannot be seen below that of the process that measures it, up to 49 MiB.",
        "",
        f"Measured with Python {machine['python']} on {machine['system']}, {machine['cpus']} processors.",
        "",
        f"Problems: {len(problems(report)) or 'none'}.",
        "",
        *(f"- {problem}" for problem in problems(report)),
    ]
    lines += _nothing(report["nothing"])
    lines += _every(report["every"])
    lines += _failures(report["every"])
    for row in report["classes"]:
        lines += _class(row)
    return "\n".join([*lines, ""]).replace("\n\n\n", "\n\n")


def _nothing(rows: Sequence[Report]) -> list[str]:
    total = sum(row["files"] for row in rows)
    size = sum(row["bytes"] for row in rows) / 1e6
    lines = ["", "## The default migration: nothing to do", ""]
    lines += [f"{len(rows)} packages, {total:,} files, {size:,.0f} MB.", ""]
    lines += ["| package | files | MB | `check` CPU s | `fix` CPU s | peak MiB | found | failed | changed |"]
    lines += ["|---|---:|---:|---:|---:|---:|---:|---:|---:|"]
    for row in sorted(rows, key=lambda row: -row["files"]):
        memory = max(row["check"]["memory"], row["fix"]["memory"])
        cells = [f"{row['name']} {row['version']}", f"{row['files']:,}", f"{row['bytes'] / 1e6:.1f}"]
        cells += [row["check"]["cpu"], row["fix"]["cpu"], f"{memory:.0f}", len(row["check"]["findings"])]
        cells += [_failed(row["check"]), len(row["changed"])]
        lines.append(_row(cells))
    return lines


def _every(rows: Sequence[Report]) -> list[str]:
    lines = ["", "## Every file analysed", ""]
    lines += [
        "Migrations of classes that are nowhere, in modules whose names nearly every file holds: `self`, `the`, `of`,",
        "`a`, `name`, `value`.",
    ]
    lines += [f"{len(rows)} packages, {sum(row['analysed'] for row in rows):,} files analysed.", ""]
    lines += ["| package | files | analysed | CPU s | peak MiB | found | failed | changed |"]
    lines += ["|---|---:|---:|---:|---:|---:|---:|---:|"]
    for row in sorted(rows, key=lambda row: -row["analysed"]):
        run = row["fix"]
        cells = [f"{row['name']} {row['version']}", f"{row['files']:,}", f"{row['analysed']:,}", run["cpu"]]
        cells += [f"{run['memory']:.0f}", len(run["findings"]), _failed(run), len(row["changed"])]
        lines.append(_row(cells))
    return lines


def _failures(rows: Sequence[Report]) -> list[str]:
    kinds: Counter[str] = Counter()
    packages: dict[str, Counter[str]] = {}
    for row in rows:
        for kind, failures in row["fix"]["failures"].items():
            kinds[kind] += len(failures)
            packages.setdefault(kind, Counter())[row["name"]] += len(failures)
    lines = ["", "Files that Python itself cannot compile:", "", "| kind | files | where |", "|---|---:|---|"]
    for kind, number in kinds.most_common():
        where = ", ".join(f"{name} {n}" for name, n in packages[kind].most_common())
        lines.append(_row([kind, number, where]))
    return lines


def _class(row: Report) -> list[str]:
    lines = ["", f"## `{row['legacy']}` of {row['name']} {row['version']}", ""]
    lines += [f"With {row['commit']}. {row['files']:,} files. `fix` changes {row['fix']['changed_files']} of them"]
    lines[-1] += (
        f" ({row['fix']['changed_lines']} changed lines), `fix --unsafe-fixes` {row['unsafe']['changed_files']}"
    )
    lines[-1] += f" ({row['unsafe']['changed_lines']})."
    lines += ["", "| usage | found | rewritten by `fix` | with `--unsafe-fixes` | left by `fix` |"]
    lines += ["|---|---:|---:|---:|---:|"]
    keys = sorted(row["found"].keys() | row["fix"]["left"].keys())
    for key in keys:
        cells = [row["found"].get(key, 0), row["fix"]["fixed"].get(key, 0), row["unsafe"]["fixed"].get(key, 0)]
        lines.append(_row([key, *cells, row["fix"]["left"].get(key, 0)]))
    tests = row["tests"]
    lines += [
        "",
        f"Tests: `{' '.join(tests['command'])}`",
        "",
        "| | results | other results than before |",
        "|---|---|---:|",
    ]
    lines += [_row(["before", _counts(tests["before"]), ""])]
    for key, title in (("fix", "after `fix`"), ("unsafe", "after `fix --unsafe-fixes`")):
        lines.append(_row([title, _counts(tests[key]), len(tests[f"{key}_differs"])]))
    lines += ["", *(f"- {line}" for key in ("fix_differs", "unsafe_differs") for line in tests[key][:20])]
    return lines


def _failed(run: Report) -> int:
    return sum(len(failures) for failures in run["failures"].values())


def _counts(counts: dict[str, int]) -> str:
    return ", ".join(f"{number:,} {name}" for name, number in sorted(counts.items(), key=lambda item: -item[1]))


def _row(cells: Iterable[object]) -> str:
    return f"| {' | '.join(str(cell) for cell in cells)} |"
