"""How many mutants of the analysis, the rewriter and the proof the tests kill.

``python benchmarks/mutation.py run`` draws a random sample of the mutants that cosmic-ray
(https://cosmic-ray.readthedocs.io) can make, stratified over the modules, and runs the tests on each of them in a
clone of this repository, so that nothing here is touched. ``report`` prints the table of a sample, ``show`` the
survivors with their changes.

For each mutant only the tests are run that reach its line, known from one run under coverage.py, and those first that
are likely to kill it: the module's own tests, fixture cases from every topic in turn, then the others, the quick ones
first. The first failure ends it. A mutant that survives so many of them (``--most``) counts as one that survives all.
"""

from __future__ import annotations

import argparse
import ast
import functools
import json
import math
import os
import random
import re
import resource
import subprocess
import sys
import tempfile
import time
import tomllib
from collections import defaultdict
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from cosmic_ray.work_item import MutationSpec

ROOT = Path(__file__).parent.parent
CONFIG = "benchmarks/mutation.toml"
SESSION = "mutation.sqlite"
MAP = Path("mutation-map")
CPU = 300
"""Seconds of processor time after which a mutant is taken for one that never ends."""
ASKED = (
    "answers",
    "arguments",
    "asking",
    "attacks",
    "borrowing",
    "cases",
    "classtests",
    "comments",
    "comparisons",
    "context_rows",
    "contexts",
    "differences",
    "edits",
    "file",
    "flow",
    "handouts",
    "import_usages",
    "imports",
    "knowledge",
    "lazy",
    "lookups",
    "names",
    "pieces",
    "plan",
    "questions",
    "rewrite",
    "rules",
    "scopes",
    "snippets",
    "standin",
    "steps",
    "strangers",
    "strings",
    "structure",
    "takers",
    "templates",
    "typecomments",
    "usages",
    "verify",
    "verify_faults",
)
"""The test modules that are asked about mutants, ``tests/test_*.py``; the others could only kill more."""
OWN = {
    "binder": ("scopes", "scopes_oracle"),
    "calls": ("steps",),
    "entrances": ("answers",),
    "given": ("answers", "comparisons"),
    "importing": ("plan", "rules"),
    "kept": ("answers", "comparisons"),
    "kinds": ("answers", "comparisons"),
    "making": ("answers", "comparisons"),
    "namesakes": ("comparisons", "answers"),
    "places": ("steps",),
    "contexts": ("contexts", "context_rows"),
    "outline": ("pieces",),
    "patching": ("plan", "rules"),
    "reach": ("plan", "rules"),
    "search": ("handouts",),
    "texts": ("snippets",),
    "verdicts": ("plan",),
}
"""By module the tests that are about it, where these are not called after it."""


# -- which tests reach a line ------------------------------------------------------------------------------------------


def draw_map() -> None:
    """Run the tests under coverage.py, and write down which of them reach which line and how long they take."""
    import coverage
    import pytest

    class Timer:
        """Writes down how long each test takes."""

        def __init__(self) -> None:
            self.seconds: dict[str, float] = defaultdict(float)

        def pytest_runtest_logreport(self, report: Any) -> None:
            self.seconds[report.nodeid] += report.duration

    timer = Timer()
    asked = [f"tests/test_{name}.py" for name in ASKED]
    settings = Path("mutation.coveragerc")
    paths = tomllib.loads(Path(CONFIG).read_text(encoding="utf-8"))["cosmic-ray"]["module-path"]
    mutated = ", ".join(path if path.endswith(".py") else f"{path}/*" for path in paths)
    settings.write_text(f"[run]\ninclude = {mutated}\ndata_file = mutation.coverage\n", encoding="utf-8")
    options = ["--cov", f"--cov-config={settings}", "--cov-context=test", "--cov-report="]
    done = pytest.main(["-q", "-m", "not slow", "-pno:randomly", "-pno:cacheprovider", *options, *asked], [timer])
    if done != 0:
        raise SystemExit("the tests do not pass without a mutation")
    data = coverage.CoverageData("mutation.coverage")
    data.read()
    MAP.mkdir()
    number = {test: index for index, test in enumerate(timer.seconds)}
    for path in data.measured_files():
        reached = {
            line: [number[test] for context in contexts if (test := context.rpartition("|")[0]) in number]
            for line, contexts in data.contexts_by_lineno(path).items()
        }
        place_of(os.path.relpath(path)).write_text(json.dumps(reached), encoding="utf-8")
    (MAP / "tests.json").write_text(json.dumps(timer.seconds), encoding="utf-8")


def place_of(path: str) -> Path:
    """Where it is written down which tests reach which line of a module: by their numbers."""
    return MAP / path.replace("/", ".").replace(".py", ".json")


def changed_lines() -> tuple[str, list[int]]:
    """The file that differs from the commit, and the old numbers of its lines that do."""
    command = ["git", "diff", "--unified=0", "--no-ext-diff", "--", "src"]
    text = subprocess.run(command, capture_output=True, check=True, text=True).stdout
    path = re.search(r"^--- a/(.+)$", text, re.MULTILINE)
    if path is None:
        raise SystemExit("nothing is mutated")
    lines: list[int] = []
    for start, count in re.findall(r"^@@ -(\d+)(?:,(\d+))? ", text, re.MULTILINE):
        lines += range(int(start), int(start) + int(count or 1))
    return path[1], lines


def killers(path: str, lines: Iterable[int]) -> list[str]:
    """The tests that reach one of the lines, likely killers first; all that there are where only an import does."""
    seconds: dict[str, float] = json.loads((MAP / "tests.json").read_text(encoding="utf-8"))
    reached: dict[str, list[int]] = json.loads(place_of(path).read_text(encoding="utf-8"))
    every = list(seconds)
    tests = {every[number] for line in lines for number in reached.get(str(line), ())} or set(every)
    own = own_tests(path)
    queues: dict[str, list[str]] = defaultdict(list)
    for test in sorted(tests, key=lambda test: (seconds[test], test)):
        topic = re.search(r"\[([\w-]+)/", test) if test.startswith("tests/test_cases.py") else None
        queues[topic[1] if topic else test.partition("::")[0]].append(test)
    first = [test for name in own for test in queues.pop(name, [])]
    return [*first, *_in_turn(list(queues.values()))]


def own_tests(path: str) -> list[str]:
    """The test modules that are about a module."""
    stem = Path(path).stem
    return [f"tests/test_{name}.py" for name in OWN.get(stem, (stem,))]


def _in_turn(queues: list[list[str]]) -> Iterator[str]:
    for number in range(max(map(len, queues), default=0)):
        for queue in queues:
            if number < len(queue):
                yield queue[number]


def kill(most: int) -> int:
    """Run the tests on what is mutated, the module's own first; 1 where one fails.

    The fixture cases run in this process, without pytest, which is slow.
    """
    resource.setrlimit(resource.RLIMIT_CPU, (CPU, CPU))
    path, lines = changed_lines()
    tests = killers(path, lines)[:most]
    own = own_tests(path)
    first = [test for test in tests if test.partition("::")[0] in own]
    if first and run_tests(first):
        return 1
    named = {f"tests/test_cases.py::test_case[{name}]": name for name in fixture_names()}
    if not all(map(case_holds, [named[test] for test in tests if test in named])):
        return 1
    others = [test for test in tests if test not in named and test not in first]
    return run_tests(others) if others else 0


def fixture_names() -> list[str]:
    """The names of all fixture cases."""
    return [f"{path.parent.parent.name}/{path.parent.name}" for path in Path("fixtures/cases").glob("*/*/expect.json")]


def case_holds(name: str) -> bool:
    """Whether a fixture case passes; the paths are as short as they are for the tests."""
    import cases

    folder = cases.CASES / name
    case = cases.Case(folder, json.loads((folder / "expect.json").read_text(encoding="utf-8")))
    with tempfile.TemporaryDirectory() as place:
        try:
            return not cases.judge(case, Path(place).resolve())
        except Exception:
            return False


def run_tests(tests: list[str]) -> int:
    """Run some tests in their order, to the first failure."""
    import pytest

    place = {test: number for number, test in enumerate(tests)}

    class Order:
        """Leaves the likely killers first, and nothing else."""

        def pytest_collection_modifyitems(self, items: list[Any]) -> None:
            items[:] = sorted((item for item in items if item.nodeid in place), key=lambda item: place[item.nodeid])

    files = sorted({test.partition("::")[0] for test in tests})
    without = [f"-pno:{plugin}" for plugin in ("randomly", "cacheprovider", "hypothesispytest", "xdist", "pytest_cov")]
    return int(pytest.main(["-q", "-x", "--assert=plain", "--tb=no", *without, *files], [Order()]))


# -- the sample --------------------------------------------------------------------------------------------------------


def is_worth_it(spec: MutationSpec, spans: dict[str, list[tuple[tuple[int, int], tuple[int, int]]]]) -> bool:
    """Whether a mutation is of a wanted kind and can show.

    Left out is what annotations say, which are never evaluated here, and what ``_guards`` finds.
    """
    if any(re.match(pattern, spec.operator_name) for pattern in _excluded()):
        return False
    path = str(spec.module_path)
    if path not in spans:
        tree = ast.parse(Path(path).read_text(encoding="utf-8"))
        notes = [getattr(node, field, None) for node in ast.walk(tree) for field in ("annotation", "returns")]
        spans[path] = [
            ((note.lineno, note.col_offset), (note.end_lineno or 0, note.end_col_offset or 0))
            for note in [*notes, *_guards(tree)]
            if note is not None
        ]
    return not any(start <= spec.start_pos and spec.end_pos <= end for start, end in spans[path])


def _guards(tree: ast.Module) -> Iterator[ast.expr]:
    """What only guards against mistakes or saves memory, so that a program without mistakes runs the same without it.

    These are ``frozen=True``, ``slots=True`` and ``kw_only=True`` of a dataclass, ``strict=True`` of ``zip``, and the
    test of ``if TYPE_CHECKING:``. Their opposites can show, and stay in the draw, as does ``eq``. A class without
    ``frozen`` has no hash, so some that are left out would be killed.
    """
    for node in ast.walk(tree):
        if isinstance(node, ast.If) and isinstance(node.test, ast.Name) and node.test.id == "TYPE_CHECKING":
            yield node.test
        elif isinstance(node, ast.ClassDef):
            for decorator in node.decorator_list:
                yield from _true_flags(decorator, "dataclass", "frozen", "slots", "kw_only")
        elif isinstance(node, ast.Call):
            yield from _true_flags(node, "zip", "strict")


def _true_flags(call: ast.expr, name: str, *flags: str) -> Iterator[ast.expr]:
    if isinstance(call, ast.Call) and isinstance(call.func, ast.Name) and call.func.id == name:
        values = [keyword.value for keyword in call.keywords if keyword.arg in flags]
        yield from (value for value in values if isinstance(value, ast.Constant) and value.value is True)


@functools.cache
def _excluded() -> tuple[str, ...]:
    """The operators that are left out, as cosmic-ray's own filter reads them, which takes an hour for a session."""
    filters = tomllib.loads(Path(CONFIG).read_text(encoding="utf-8"))["cosmic-ray"]["filters"]
    return tuple(filters["operators-filter"]["exclude-operators"])


def sample(size: int, seed: int, only: str | None) -> None:
    """Leave ``size`` random mutants of the session to be run, from each module in proportion to what it has."""
    from cosmic_ray.work_db import use_db
    from cosmic_ray.work_item import WorkerOutcome, WorkResult

    skipped = WorkResult(output="not drawn", worker_outcome=WorkerOutcome.SKIPPED)
    spans: dict[str, list[tuple[tuple[int, int], tuple[int, int]]]] = {}
    strata: dict[str, list[tuple[str, str]]] = defaultdict(list)
    out: list[str] = []
    with use_db(SESSION) as database:
        for item in database.pending_work_items:
            spec = item.mutations[0]
            path = str(spec.module_path)
            if is_worth_it(spec, spans) and (only is None or re.search(only, path)):
                key = f"{spec.operator_name} {spec.occurrence:06}"
                strata[path].append((key, item.job_id))
            else:
                out.append(item.job_id)
        total = sum(map(len, strata.values()))
        drawn = random.Random(seed)
        for path in sorted(strata):
            items = [job for _, job in sorted(strata[path])]
            number = min(len(items), max(2, round(size * len(items) / total)))
            chosen = set(drawn.sample(items, number))
            out += [job for job in items if job not in chosen]
            print(f"{path}: {number} of {len(items)}")
        database.set_multiple_results(out, skipped)
    print(f"{total} mutants in all")


def run(work: Path, size: int, seed: int, only: str | None) -> None:
    """Clone the repository, draw a sample, and run the tests on each of its mutants."""
    work = work.resolve()
    tree = work / "tree"
    if not tree.is_dir():
        subprocess.run(["git", "clone", "--quiet", str(ROOT), str(tree)], check=True)
    elsewhere = {
        **os.environ,
        "PYTHONPATH": f"{tree / 'src'}{os.pathsep}{tree / 'tests'}",
        "PYTHONDONTWRITEBYTECODE": "1",
        "PYTHONHASHSEED": "0",
    }

    def do(*command: str) -> None:
        subprocess.run([sys.executable, *command], cwd=tree, env=elsewhere, check=True)

    # A mutant can have the size and the time of the module: only its content tells.
    do("-m", "compileall", "-q", "--invalidation-mode", "checked-hash", "src", "tests")
    if not (tree / MAP).exists():
        do("benchmarks/mutation.py", "map")
    if not (tree / SESSION).exists():
        do("-m", "cosmic_ray.cli", "init", CONFIG, SESSION)
        limit = ["--only", only] if only else []
        do("benchmarks/mutation.py", "sample", "--size", str(size), "--seed", str(seed), *limit)
    started = time.monotonic()
    do("-m", "cosmic_ray.cli", "exec", CONFIG, SESSION)
    print(f"{time.monotonic() - started:.0f} s")
    report(tree)


# -- the report --------------------------------------------------------------------------------------------------------


def interval(killed: int, number: int) -> tuple[float, float]:
    """Wilson's 95 % confidence interval of a share."""
    if not number:
        return 0.0, 1.0
    z = 1.96
    share = killed / number
    middle = (share + z * z / (2 * number)) / (1 + z * z / number)
    half = z * math.sqrt(share * (1 - share) / number + z * z / (4 * number * number)) / (1 + z * z / number)
    return middle - half, middle + half


def results(tree: Path) -> Iterator[tuple[str, Any, Any]]:
    """Path, work item and result of every mutant that was run."""
    from cosmic_ray.work_db import use_db
    from cosmic_ray.work_item import WorkerOutcome

    with use_db(str(tree / SESSION)) as database:
        for item, result in database.completed_work_items:
            if result.worker_outcome == WorkerOutcome.NORMAL:
                yield str(item.mutations[0].module_path), item, result


def report(tree: Path) -> None:
    """Print how many mutants of each module were killed."""
    from cosmic_ray.work_item import TestOutcome

    counts: dict[str, list[int]] = defaultdict(lambda: [0, 0])
    for path, _, result in results(tree):
        for key in (path.removeprefix("src/cachelift/"), "all"):
            counts[key][0] += result.test_outcome != TestOutcome.SURVIVED
            counts[key][1] += 1
    print("| module | mutants | killed | share | 95 % interval |\n|---|---|---|---|---|")
    for path in sorted(counts, key=lambda path: (path == "all", path)):
        killed, number = counts[path]
        low, high = interval(killed, number)
        print(f"| {path} | {number} | {killed} | {killed / number:.0%} | {low:.0%} to {high:.0%} |")


def show(tree: Path) -> None:
    """Print the survivors."""
    from cosmic_ray.work_item import TestOutcome

    for path, item, result in sorted(results(tree), key=lambda row: (row[0], row[1].mutations[0].start_pos)):
        if result.test_outcome == TestOutcome.SURVIVED:
            spec = item.mutations[0]
            print(f"== {item.job_id[:8]} {path}:{spec.start_pos[0]} {spec.operator_name} in {spec.definition_name}")
            print("\n".join(line for line in result.diff.splitlines()[2:] if line[:1] in "+-@"))


def main() -> None:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("command", choices=["run", "report", "show", "map", "sample", "kill"])
    parser.add_argument("--work", type=Path, default=Path("/tmp/cachelift-mutation"), help="where the clone is")
    parser.add_argument("--size", type=int, default=450, help="how many mutants are drawn")
    parser.add_argument("--seed", type=int, default=4)
    parser.add_argument("--only", help="a regular expression: only modules whose path it matches")
    parser.add_argument("--most", type=int, default=300, help="how many tests a mutant has to survive")
    given = parser.parse_args()
    match given.command:
        case "run":
            run(given.work, given.size, given.seed, given.only)
        case "report":
            report(given.work / "tree")
        case "show":
            show(given.work / "tree")
        case "map":
            draw_map()
        case "sample":
            sample(given.size, given.seed, given.only)
        case "kill":
            sys.exit(kill(given.most))


if __name__ == "__main__":
    main()
