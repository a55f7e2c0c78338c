"""Count the instructions that small runs take, for regressions: ``python benchmarks/instructions.py``.

Times differ from run to run and from machine to machine; the instructions that valgrind's callgrind counts for one
build of Python hardly do. The counts are compared with those that were written down with ``--write``
(``docs/benchmarks/instructions.json``), and more than 5 % above them is a failure. Valgrind has to be installed.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import corpus

ROOT = Path(__file__).parent.parent
KNOWN = ROOT / "docs" / "benchmarks" / "instructions.json"
TOLERANCE = 0.05
RUNS = {
    "check of one file without usages": ["check", "src/app/core/session.py"],
    "check of the reference application": ["check", "--jobs", "1"],
    "fix of the reference application": ["fix", "--jobs", "1", "--quiet"],
}


def main() -> int:
    """Read the command line, count and compare."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--write", action="store_true", help="write the counts down as the ones to compare with")
    arguments = parser.parse_args()
    valgrind = shutil.which("valgrind")
    if valgrind is None:
        print("not run: valgrind is not installed")
        return 1
    found = {name: count(valgrind, command) for name, command in RUNS.items()}
    build = f"{platform.python_implementation()} {platform.python_version()} {platform.machine()}"
    if arguments.write:
        KNOWN.write_text(json.dumps({"build": build, "instructions": found}, indent=1) + "\n", encoding="utf-8")
    known = json.loads(KNOWN.read_text(encoding="utf-8")) if KNOWN.exists() else {"build": None, "instructions": {}}
    is_comparable = known["build"] == build
    worse = []
    for name, number in found.items():
        before = known["instructions"].get(name) if is_comparable else None
        change = f"{number / before - 1:+.1%}" if before else f"nothing to compare with ({known['build']})"
        print(f"{name}: {number:,} instructions, {change}")
        if before and number > before * (1 + TOLERANCE):
            worse.append(name)
    print(f"more than {TOLERANCE:.0%} above what was written down: {', '.join(worse) or 'none'}")
    return 1 if worse else 0


def count(valgrind: str, command: list[str]) -> int:
    """The instructions of one run in a fresh copy of the reference application, after one that writes bytecode."""
    environment = {**os.environ, "PYTHONHASHSEED": "0"}
    environment.pop("PYTHONDONTWRITEBYTECODE", None)
    program = [sys.executable, "-m", "cachelift", *command]
    with tempfile.TemporaryDirectory() as name:
        tree = Path(name) / "application"
        ignored = shutil.ignore_patterns("__pycache__")
        shutil.copytree(ROOT / "fixtures" / "reference_app", tree, ignore=ignored)
        corpus.commit(tree)
        subprocess.run(program, cwd=tree, env=environment, capture_output=True, check=False)
        corpus.restore(tree)
        tool = [valgrind, "--tool=callgrind", f"--callgrind-out-file={name}/callgrind.out"]
        done = subprocess.run([*tool, *program], cwd=tree, env=environment, capture_output=True, check=False)
    match = re.search(rb"Collected : (\d+)", done.stderr)
    if match is None or done.returncode not in (0, 1):
        raise RuntimeError(f"{' '.join(command)} ended with {done.returncode}: {done.stderr.decode(errors='replace')}")
    return int(match[1])


if __name__ == "__main__":
    sys.exit(main())
