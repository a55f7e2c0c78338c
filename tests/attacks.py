"""Programs that were written to be broken, and ordinary ones that should be rewritten: reading, running, judging them.

Each of ``data/attacks/*.json`` holds the programs of one attack. A text is a list of lines, or the name of one of those
in ``shared``. ``left`` is what ``fix`` leaves; ``python tests/attacks.py`` writes it down anew, to be read in the diff.
A program with ``differs`` does not run the same, for that reason.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from environment import environment
from programs import left, spelled

from cachelift import engine
from cachelift.config import ConfigError, load_settings
from cachelift.model import Finding

FOLDER = Path(__file__).resolve().parent / "data" / "attacks"
_ADDRESS = re.compile(r"0x[0-9a-f]{8,}|(?<=id=')\d+|in \d+\.\d+s")


@dataclass
class Attack:
    """One program."""

    topic: str
    name: str
    files: dict[str, str]
    main: list[str]
    unsafe: bool
    left: list[str]
    differs: str | None


@dataclass
class Outcome:
    """What became of a program: what ``fix`` left, and all that is wrong."""

    left: list[str]
    problems: list[str] = field(default_factory=list)


def attacks() -> Iterator[Attack]:
    """Every program that is kept."""
    for path in sorted(FOLDER.glob("*.json")):
        kept = json.loads(path.read_text(encoding="utf-8"))
        shared = {name: "".join(lines) for name, lines in kept["shared"].items()}
        common = {name: shared[text] for name, text in kept["common"].items()}
        for each in kept["programs"]:
            files = {
                name: shared[text] if isinstance(text, str) else "".join(text) for name, text in each["files"].items()
            }
            yield Attack(
                path.stem,
                each["name"],
                {**common, **files},
                each.get("main", ["main.py"]),
                each.get("unsafe", False),
                each["left"],
                each.get("differs"),
            )


class Runner:
    """Runs programs in processes of their own."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process

    def run(self, root: Path, arguments: Sequence[str]) -> str:
        """What a program prints, without addresses and places in lines, and its exit status."""
        output = root.parent / f"{root.name}.output"
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps([str(root), arguments, str(output)]) + "\n")
        self._process.stdin.flush()
        status = self._process.stdout.readline()
        printed = output.read_text(encoding="utf-8", errors="backslashreplace")
        output.unlink()
        ended, _, kept = printed.partition("Traceback (most recent call last)")
        last = kept.rstrip().rpartition("\n")[2]
        return f"{_ADDRESS.sub('0x', ended + last)}\nexit {status}"


@contextmanager
def runner() -> Iterator[Runner]:
    """A process that runs programs."""
    script = str(Path(__file__).with_name("runner.py"))
    with subprocess.Popen(
        [sys.executable, script],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env=environment(PYTHONHASHSEED="0"),
    ) as process:
        yield Runner(process)


def lay_out(root: Path, files: Mapping[str, str]) -> None:
    """Write the files of a program."""
    for name, text in files.items():
        target = root / name
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(text.encode())


def row(finding: Finding) -> str:
    """A finding that is left, in one line."""
    return f"{finding.path}:{finding.line}:{finding.column} {finding.code} {finding.applicability} {finding.reason}"


def judge(attack: Attack, root: Path, runs: Runner) -> Outcome:
    """Fix a program in a folder, and compare what it does before and after."""
    lay_out(root, attack.files)
    before = runs.run(root, attack.main)
    for path in set(root.rglob("*")) - {root / name for name in attack.files}:  # what the program wrote
        if path.is_file():
            path.unlink()
    try:
        first = engine.fix_paths(load_settings(str(root)), [str(root)], unsafe=attack.unsafe)
    except ConfigError as error:  # nothing is done
        return Outcome([str(error).partition(": ")[2]])
    outcome = Outcome([row(each) for each in left(first)])
    outcome.problems += [f"{each.path}: {each.failure}" for each in first.outcomes if each.failure]
    second = engine.fix_paths(load_settings(str(root)), [str(root)], unsafe=attack.unsafe)
    outcome.problems += [f"a second run fixes:\n{spelled(each.fixed)}" for each in second.outcomes if each.fixed]
    if left(second) != left(first):
        outcome.problems.append(f"left by the first:\n{spelled(left(first))}\nby a second:\n{spelled(left(second))}")
    after = runs.run(root, attack.main)
    if after != before:
        outcome.problems.append(f"before:\n{before}\nafter:\n{after}")
    return outcome


def rewrite() -> None:
    """Write down what ``fix`` leaves in each program."""
    found: dict[tuple[str, str], Outcome] = {}
    with runner() as runs:
        for attack in attacks():
            with tempfile.TemporaryDirectory() as folder:
                outcome = judge(attack, Path(folder).resolve() / "root", runs)
            found[attack.topic, attack.name] = outcome
            if bool(outcome.problems) != bool(attack.differs):
                sys.stdout.write(f"{attack.topic} {attack.name}: {' '.join(outcome.problems) or 'runs the same'}\n")
    for path in sorted(FOLDER.glob("*.json")):
        kept: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        for each in kept["programs"]:
            each["left"] = found[path.stem, each["name"]].left
        path.write_text(json.dumps(kept, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


if __name__ == "__main__":
    rewrite()
