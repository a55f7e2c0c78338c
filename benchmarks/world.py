"""Run cachelift on the world's code: ``python benchmarks/world.py nothing`` or ``... classes [NAME...]``.

``nothing`` takes the standard libraries and the packages that ``world.toml`` lists. With the default migration nothing
may change and nothing may fail but what Python itself cannot compile. A second run has names that nearly every file
holds, so that every file is not only searched but parsed and analysed.

``classes`` migrates a widely used class of some packages, each to a factory that calls it, and compares what the
package's own tests say before and after.

What was measured is kept in the work folder, one file for each package, and taken up again by the next run. The results
are written to ``docs/benchmarks/world.json`` and ``world.md``.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import tomllib
from pathlib import Path
from typing import Any

import measure
import worldclasses
import worldtables
import worldtree

HERE = Path(__file__).parent
DATA = HERE / "world.toml"
RESULTS = HERE.parent / "docs" / "benchmarks"

Report = dict[str, Any]


def main() -> int:
    """Read the command line, run one study, and write the results of all that was measured so far."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("study", choices=("nothing", "classes", "report"))
    parser.add_argument("names", nargs="*", help="only these packages or migrations")
    parser.add_argument("--work", type=Path, default=_cache(), help="where packages are kept and changed")
    parser.add_argument("--results", type=Path, default=RESULTS)
    parser.add_argument("--python", nargs="*", default=["python3.11", "python3.12", "python3.13"], metavar="PYTHON",
                        help="the interpreters whose standard libraries are taken")  # fmt: skip
    parser.add_argument("--every", choices=("yes", "no"), default="yes", help="also analyse every file")
    parser.add_argument("--again", action="store_true", help="measure anew what was measured already")
    arguments = parser.parse_intermixed_args()
    data = tomllib.loads(DATA.read_text(encoding="utf-8"))
    work: Path = arguments.work.resolve()
    kept = work / "measured"
    kept.mkdir(parents=True, exist_ok=True)
    names = frozenset(arguments.names)
    if arguments.study == "nothing":
        for entry in worldtree.entries(data, arguments.python):
            if not names or entry.name in names:
                _once(kept / f"nothing-{entry.name}.json", lambda e=entry: nothing(e, work), again=arguments.again)
                if arguments.every == "yes" and entry.every:
                    _once(kept / f"every-{entry.name}.json", lambda e=entry: every(e, work), again=arguments.again)
    if arguments.study == "classes":
        for migration in data["migration"]:
            if not names or migration["name"] in names:
                _once(
                    kept / f"classes-{migration['name']}.json",
                    lambda m=migration: worldclasses.study(m, work),
                    again=arguments.again,
                )
    report = worldtables.gather(kept, measure.machine())
    arguments.results.mkdir(parents=True, exist_ok=True)
    (arguments.results / "world.json").write_text(json.dumps(report, indent=1) + "\n", encoding="utf-8")
    (arguments.results / "world.md").write_text(worldtables.text(report), encoding="utf-8")
    return 1 if worldtables.problems(report) else 0


def _cache() -> Path:
    """Where packages are kept by default (XDG base directory specification)."""
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "cachelift-world"


def _once(place: Path, study: Any, *, again: bool) -> None:
    """Run a study unless its result is there already."""
    if again or not place.exists():
        print(place.stem, flush=True)
        place.write_text(json.dumps(study(), indent=1) + "\n", encoding="utf-8")


EVERY_WORDS = ("self", "the", "of", "a", "name", "value")
EVERY = "[tool.cachelift]\n" + "".join(
    f"""
[[tool.cachelift.migrations]]
legacy = "{word}.NowhereDefined"
factory = "unified_{word}.get"
"""
    for word in EVERY_WORDS
)
"""Migrations of classes that are nowhere, in modules of names that nearly every file holds, be it in a comment."""


def nothing(entry: worldtree.Entry, work: Path) -> Report:
    """Run the default migration on one package: ``check``, then ``fix``."""
    tree = worldtree.fetch(entry, work)
    files = worldtree.python_files(tree)
    before = worldtree.digest(tree, files)
    report: Report = {"name": entry.name, "version": entry.version, "files": len(files)}
    report["bytes"] = sum((tree / path).stat().st_size for path in files)
    for command in ("check", "fix"):
        report[command] = run(tree, work, command)
    report["changed"] = worldtree.differing(tree, before)
    return report


def every(entry: worldtree.Entry, work: Path) -> Report:
    """Analyse every file of one package: ``fix`` has to find nothing to do."""
    tree = worldtree.fetch(entry, work)
    files = worldtree.python_files(tree)
    before = worldtree.digest(tree, files)
    config = work / "every.toml"
    config.write_text(EVERY, encoding="utf-8")
    report: Report = {"name": entry.name, "version": entry.version, "files": len(files)}
    report["analysed"] = worldtree.holding(tree, files, EVERY_WORDS)
    report["fix"] = run(tree, work, "fix", "--config", str(config))
    report["changed"] = worldtree.differing(tree, before)
    return report


def run(tree: Path, work: Path, *arguments: str) -> Report:
    """Run one command; what it says, what it took, and what each failure is."""
    output = work / f"output-{os.getpid()}.json"
    command = [sys.executable, "-P", "-m", "cachelift", *arguments, "--format", "json", "."]
    sample = measure.run(command, tree, output)
    said = json.loads(output.read_text(encoding="utf-8"))
    errors = output.with_suffix(".json.err")
    stderr = errors.read_text(encoding="utf-8")[-2000:]
    output.unlink()
    errors.unlink()
    failures = [f for f in said["failures"] if not f["path"].endswith(".toml") and f["path"] != "."]
    kinds: dict[str, list[str]] = {}
    for failure in failures:
        kind = worldtree.kind_of_failure(tree / failure["path"], failure["message"])
        kinds.setdefault(kind, []).append(f"{failure['path']}: {failure['message']}")
    return {
        "seconds": round(sample.wall, 2),
        "cpu": round(sample.cpu, 2),
        "memory": round(sample.memory, 1),
        "exit": sample.exit,
        "findings": [
            f"{f['path']}:{f['line']} {f['code']} {f['applicability']} {f['reason']}" for f in said["findings"]
        ],
        "fixed": len(said.get("fixed", ())),
        "failures": kinds,
        "stderr": stderr,
    }


if __name__ == "__main__":
    sys.exit(main())
