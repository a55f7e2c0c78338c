"""Measure how long it takes, beside the other tools: ``python benchmarks/speed.py``.

On Home Assistant 2024.3.3 from the package registry: the tree with the default migration's usage in every 50th file,
the tree without any, one file as pre-commit calls it, and trees of 1,000 to ten times its files. All contenders of a
table run in turn. The tables, the numbers and a plot are written to ``docs/benchmarks``.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import statistics
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import contenders
import corpus
import measure
from contenders import Report, cachelift_contenders, lift_json, tool
from measure import Contender

RESULTS = Path(__file__).parent.parent / "docs" / "benchmarks"
_TOKENS = ("-e", "CacheService", "-e", "cache_service")
_SIZES = (1000, 3000, 6725, 20000, 67250)
_BUDGET_MIB = 150


def main() -> int:
    """Read the command line and run the studies."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--tree", type=Path, help="an unpacked wheel, read only; left out: it is downloaded")
    parser.add_argument("--work", type=Path, default=Path("build/benchmarks"), help="where the trees are copied to")
    parser.add_argument("--results", type=Path, default=RESULTS)
    parser.add_argument("--runs", type=int, default=5, help="how many runs the medians are of")
    parser.add_argument("--slow", action="store_true", help="also the contenders that take minutes, once")
    parser.add_argument("--only", choices=tuple(STUDIES), action="append", help="just these studies")
    arguments = parser.parse_args()
    # A Python program that may not keep its bytecode compiles itself anew in every run.
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    work, results = arguments.work.resolve(), arguments.results.resolve()
    for folder in (work / "outputs", results):
        folder.mkdir(parents=True, exist_ok=True)
    tree = corpus.fetch(work, arguments.tree)
    known = results / "speed.json"
    report: Report = json.loads(known.read_text(encoding="utf-8")) if known.exists() and arguments.only else {}
    for name in arguments.only or STUDIES:
        print(f"== {name}", file=sys.stderr, flush=True)
        report[name] = STUDIES[name](tree, work, arguments)
        known.write_text(json.dumps(report, indent=1) + "\n", encoding="utf-8")
    text = page(report)
    (results / "speed.md").write_text(text, encoding="utf-8")
    plot(report, results / "speed.png")
    print(text)
    return 1 if any(study["problems"] for study in report.values()) else 0


# -- the studies -----------------------------------------------------------------------------------------------------


def usages(tree: Path, work: Path, arguments: argparse.Namespace) -> Report:
    """``check`` and ``fix`` of the tree with usages, beside the other tools."""
    copy = corpus.copy(tree, work / "usages")
    paths = corpus.inject(copy)
    corpus.commit(copy)
    check = lift_json(copy, "check")
    problems = [f"{failure['path']}: {failure['message']}" for failure in check["failures"]]
    problems += inject_problems(copy, paths, check["findings"])
    rivals = [*cachelift_contenders(copy), *contenders.others(copy, paths, slow=arguments.slow)]
    outputs = work / "outputs"
    measure.interleave(rivals, copy, outputs, arguments.runs)
    corpus.restore(copy)
    problems += contenders.agreement(rivals, outputs, paths)
    return study(rivals, problems, files=check["summary"]["files"], used_in=len(paths))


def inject_problems(tree: Path, paths: Sequence[str], findings: Sequence[Report]) -> list[str]:
    """Say where not exactly the injected usage is found, or ``fix`` leaves something or writes something else."""
    problems = []
    expected = {(path, code) for path in paths for code in ("CLF001", "CLF002")}
    if {(f["path"], f["code"]) for f in findings} != expected or len(findings) != len(expected):
        problems.append("the findings are not the injected usages")
    before = corpus.contents(tree, list(paths))
    left = lift_json(tree, "fix")["findings"]
    if left:
        problems.append(f"{len(left)} usages are left")
    for path, raw in corpus.contents(tree, list(paths)).items():
        wanted = before[path].replace(
            corpus.IMPORT.encode(), b"from app.services.unified_cache import get_unified_cache\n"
        ).replace(b'CacheService(system="KP")', b'get_unified_cache("KP")')  # fmt: skip
        if raw != wanted:
            problems.append(f"{path}: not the expected text")
    corpus.restore(tree)
    return problems


def nothing(tree: Path, work: Path, arguments: argparse.Namespace) -> Report:
    """``check`` of a tree without a usage, beside a search for the same words and a Python that does nothing."""
    copy = corpus.copy(tree, work / "nothing")
    corpus.commit(copy)
    rivals = [
        Contender("check", [str(tool("cachelift")), "check"], (0,)),
        Contender("ripgrep", search() and [*search(), "."], (1,), "not installed"),
        Contender("python -c pass", [sys.executable, "-c", "pass"], (0,)),
    ]
    measure.interleave(rivals, copy, work / "outputs", arguments.runs)
    return study(rivals, [], files=len(corpus.python_files(copy)), used_in=0)


def search() -> list[str]:
    """The command of ripgrep that lists the files with one of the words; empty where it is not installed."""
    program = tool("rg")
    return [program, "-l", "-F", *_TOKENS] if program is not None else []


def one_file(tree: Path, work: Path, arguments: argparse.Namespace) -> Report:
    """``check`` of one file without a usage in the repository with usages, beside ``import click``."""
    copy = work / "usages"
    if not copy.exists():
        corpus.copy(tree, copy)
        corpus.inject(copy)
        corpus.commit(copy)
    path = "homeassistant/components/light/__init__.py"
    rivals = [
        Contender("check of one file", [str(tool("cachelift")), "check", path], (0,)),
        Contender("import click", [sys.executable, "-c", "import click"], (0,)),
        Contender("python -c pass", [sys.executable, "-c", "pass"], (0,)),
    ]
    measure.interleave(rivals, copy, work / "outputs", 4 * arguments.runs)
    return study(rivals, [], files=1, used_in=0)


def growth(tree: Path, work: Path, arguments: argparse.Namespace) -> Report:
    """``check`` of 1,000 to 67,250 files of which every 50th has a usage: time against bytes, and memory."""
    command = [str(tool("cachelift")), "check", "--format", "json"]
    points: list[dict[str, Any]] = []
    copies = [(count, *grown(tree, work / f"growth-{count}", count)) for count in _SIZES]
    measured = [Contender(f"check of {count:,} files", command) for count, _, _ in copies]
    for contender, (count, copy, size) in zip(measured, copies, strict=True):
        measure.interleave([contender], copy, work / "outputs", arguments.runs)
        row = measure.summary(contender)
        points.append({"files": count, "bytes": size, "wall": row["wall"], "cpu": row["cpu"], "memory": row["memory"]})
        shutil.rmtree(copy)
    line = statistics.linear_regression([p["bytes"] for p in points], [p["wall"] for p in points])
    correlation = statistics.correlation([p["bytes"] for p in points], [p["wall"] for p in points])
    result = study(measured, [], files=_SIZES[-1], used_in=_SIZES[-1] // corpus.EVERY)
    result["points"] = points
    result["fit"] = {
        "seconds_per_megabyte": round(line.slope * 1e6, 5),
        "seconds_at_nothing": round(line.intercept, 3),
        "r_squared": round(correlation**2, 5),
    }
    return result


def grown(tree: Path, folder: Path, count: int) -> tuple[Path, int]:
    """Make a tree of so many files from copies of the tree, beside one another; return it and its size in bytes."""
    shutil.rmtree(folder, ignore_errors=True)
    files = corpus.python_files(tree)
    chosen = []
    for index in range(count):
        turn, which = divmod(index, len(files))
        path = files[which * (len(files) // count) if count < len(files) else which]
        place = folder / f"copy{turn}" / path.relative_to(tree)
        place.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(path, place)
        if index % corpus.EVERY == 0:
            chosen.append(place)
    corpus.write_application(folder)
    for place in chosen:
        place.write_text(corpus.injected(place.read_text(encoding="utf-8")), encoding="utf-8")
    corpus.commit(folder)
    return folder, sum(path.stat().st_size for path in folder.rglob("*.py"))


STUDIES = {"usages": usages, "nothing": nothing, "one_file": one_file, "growth": growth}


def study(rivals: Sequence[Contender], problems: list[str], *, files: int, used_in: int) -> Report:
    """What a study came to, ready for JSON."""
    return {
        "machine": measure.machine(),
        "files": files,
        "used_in": used_in,
        "measured": [measure.summary(contender) for contender in rivals],
        "problems": problems,
    }


# -- what is shown ---------------------------------------------------------------------------------------------------

_TITLES = {
    "usages": ("A tree with usages", "ruff"),
    "nothing": ("A tree without any", "ripgrep"),
    "one_file": ("One file, as pre-commit calls it", "import click"),
    "growth": ("Growth", ""),
}


def page(report: Report) -> str:
    """All studies as markdown, the targets first."""
    lines = [
        "# Speed",
        "",
        "Made by `python benchmarks/speed.py`; every table's commands ran in turn on one machine.",
        "",
    ]
    lines += ["| target | measured | of | met |", "|---|---:|---:|---|"]
    lines += [
        f"| {name} | {value} | {limit} | {'yes' if met else 'no'} |" for name, value, limit, met in targets(report)
    ]
    for name, (title, base) in _TITLES.items():
        if name not in report:
            continue
        found = report[name]
        lines += ["", f"## {title}", "", f"{found['files']:,} files, {found['used_in']:,} with a usage."]
        lines += [f"Measured on {found['machine']}. Problems: {found['problems'] or 'none'}.", ""]
        lines += [measure.table_of(found["measured"], base)]
        if "fit" in found:
            fit = found["fit"]
            start, slope = fit["seconds_at_nothing"], fit["seconds_per_megabyte"]
            lines += [f"Wall time = {start} s + {slope} s per megabyte, R² = {fit['r_squared']}.", ""]
            lines += ["![Time and memory against the size of the tree](speed.png)"]
    return "\n".join(lines).rstrip() + "\n"


def targets(report: Report) -> list[tuple[str, str, str, bool]]:
    """What was wanted, what was measured, and whether it is reached; what was not run is left out."""
    rows = []

    def ratio(name: str, study: str, one: str, other: str, limit: float, key: str = "wall", plus: str = "") -> None:
        found = {row["name"]: row for row in report.get(study, {}).get("measured", ())}
        if key not in found.get(one, {}) or key not in found.get(other, {}):
            return
        allowed = found[other][key] * limit + (found[plus][key] if plus else 0)
        value = found[one][key] / found[other][key]
        rows.append((name, f"{value:.2f}", f"{allowed / found[other][key]:.2f}", found[one][key] <= allowed))

    ratio("`check` against ruff", "usages", "check", "ruff", 0.8)
    ratio("`fix` against ruff's check", "usages", "fix", "ruff", 1.2)
    ratio("CPU of `fix` against the LibCST codemod's", "usages", "fix", contenders.CODEMOD, 1 / 50, "cpu")
    ratio("`check` of nothing against ripgrep, plus Python", "nothing", "check", "ripgrep", 2, plus="python -c pass")
    ratio("one file against `import click`", "one_file", "check of one file", "import click", 1.5)
    for point in report.get("growth", {}).get("points", ()):
        if point["files"] in (6725, 67250):
            name = f"MiB at {point['files']:,} files, largest process"
            rows.append((name, str(point["memory"]), str(_BUDGET_MIB), point["memory"] < _BUDGET_MIB))
    return rows


def plot(report: Report, path: Path) -> None:
    """Draw time and memory against the size of the tree, and the contenders' times."""
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot

    figure, (left, right) = pyplot.subplots(1, 2, figsize=(12, 4.5), layout="constrained")
    rows = [row for row in report.get("usages", {}).get("measured", ()) if "wall" in row]
    left.barh([row["name"] for row in rows][::-1], [row["wall"] for row in rows][::-1], color="#4878a8")
    left.set(xscale="log", xlabel="seconds (log)", title="6,725 files, 135 with a usage: wall time")
    points = report.get("growth", {}).get("points", ())
    megabytes = [point["bytes"] / 1e6 for point in points]
    right.plot(megabytes, [point["wall"] for point in points], "o-", color="#4878a8", label="seconds")
    right.set(xlabel="megabytes of Python", ylabel="seconds", title="check, every 50th file with a usage")
    memory = right.twinx()
    memory.plot(megabytes, [point["memory"] for point in points], "s--", color="#b06030", label="MiB, largest process")
    memory.set(ylabel="MiB, largest process")
    memory.set_ylim(bottom=0)
    figure.savefig(path, dpi=120)


if __name__ == "__main__":
    sys.exit(main())
