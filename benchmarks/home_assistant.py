"""Run cachelift on Home Assistant 2024.3.3: ``python benchmarks/home_assistant.py store`` or ``... inject``.

``store`` migrates its class ``homeassistant.helpers.storage.Store`` by configuration alone and compares what was found
with an independent list. ``inject`` puts the default migration's usage into every 50th file and measures ``check`` and
``fix`` beside other tools. The results are written to ``benchmarks/results`` as JSON and as a table.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
import sysconfig
from collections import Counter, defaultdict
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import corpus
import measure
import references
from measure import Contender

RESULTS = Path(__file__).parent / "results"

Report = dict[str, Any]


def main() -> int:
    """Read the command line and run one study."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("study", choices=("store", "inject"))
    parser.add_argument("--tree", type=Path, help="an unpacked wheel, read only; left out: it is downloaded")
    parser.add_argument("--work", type=Path, default=Path("build/benchmarks"), help="where the tree is copied to")
    parser.add_argument("--results", type=Path, default=RESULTS)
    parser.add_argument("--runs", type=int, default=5, help="how many runs the medians are of")
    parser.add_argument("--slow", action="store_true", help="also the contenders that take minutes, once")
    arguments = parser.parse_args()
    # A Python program that may not keep its bytecode compiles itself anew in every run.
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    work = arguments.work.resolve()
    results = arguments.results.resolve()
    for folder in (work, results):
        folder.mkdir(parents=True, exist_ok=True)
    tree = corpus.fetch(work, arguments.tree)
    if arguments.study == "store":
        report, text = study_store(tree, work, arguments.runs)
    else:
        report, text = study_inject(tree, work, arguments.runs, slow=arguments.slow)
    (results / f"{arguments.study}.json").write_text(json.dumps(report, indent=1) + "\n", encoding="utf-8")
    (results / f"{arguments.study}.md").write_text(text, encoding="utf-8")
    print(text)
    return 1 if report["problems"] else 0


# -- tools -----------------------------------------------------------------------------------------------------------


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


def cachelift_contenders(tree: Path) -> list[Contender]:
    """The two commands; ``fix`` starts from the committed files each time."""
    command = str(tool("cachelift"))
    return [
        Contender("check", [command, "check", "--format", "json"]),
        Contender("fix", [command, "fix", "--format", "json"], prepare=lambda: corpus.restore(tree)),
        Contender("fix --diff", [command, "fix", "--diff"], prepare=lambda: corpus.restore(tree)),
    ]


# -- inject ----------------------------------------------------------------------------------------------------------


def study_inject(tree: Path, work: Path, runs: int, *, slow: bool) -> tuple[Report, str]:
    """Migrate the default migration's usage out of every 50th file, beside other tools."""
    copy = corpus.copy(tree, work / "inject")
    paths = corpus.inject(copy)
    corpus.commit(copy)
    check = lift_json(copy, "check")
    problems = [f"{failure['path']}: {failure['message']}" for failure in check["failures"]]
    problems += apply_problems(copy)
    problems += inject_problems(copy, paths, check["findings"])
    outputs = work / "outputs"
    outputs.mkdir(exist_ok=True)
    contenders = [*cachelift_contenders(copy), *others(copy, slow=slow)]
    measure.interleave(contenders, copy, outputs, runs)
    corpus.restore(copy)
    problems += agreement(contenders, outputs, paths)
    report: Report = {
        "machine": measure.machine(),
        "files": check["summary"]["files"],
        "injected": len(paths),
        "found": tally(check["findings"]),
        "measured": [measure.summary(contender) for contender in contenders],
        "problems": problems,
    }
    lines = ["# The default migration in every 50th file of Home Assistant 2024.3.3", ""]
    lines += [f"{report['files']} files, {len(paths)} with a usage. Measured on {report['machine']}.", ""]
    lines += [f"Found: {report['found']}. Problems: {problems or 'none'}.", "", measure.table(contenders, "ruff")]
    return report, "\n".join(lines)


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


def others(tree: Path, *, slow: bool) -> list[Contender]:
    """The other tools, each set to look for just the deprecated class."""
    found = []
    for name, program, rest, accepts, minutes in _OTHERS:
        executable = tool(program)
        missing = "" if executable is not None and (slow or not minutes) else "takes minutes, see --slow"
        if executable is None:
            missing = "not installed"
        command = None if missing or executable is None else [executable, *rest]
        found.append(Contender(name, command, accepts, missing, once=minutes))
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


if __name__ == "__main__":
    sys.exit(main())
