"""Runs that are killed at any moment, and what they may leave: the old or the new text of each file, and no more.

``python tests/killing.py RUNS`` is the long profile; the tests do a few dozen runs of the same.
"""

from __future__ import annotations

import os
import random
import shutil
import signal
import sys
import time
from collections import Counter
from pathlib import Path
from typing import NamedTuple

import cases

# Everything that a run loads, once for all runs.
from cachelift.cli import main

CALL = "from app.services.cache_service import CacheService\n\ncache = CacheService(system='KP')\n"
HANDED_ON = "from app.facade import CacheService\n\ncache = CacheService(system='KP')\n"
FACADE = "from app.services.cache_service import CacheService\n"
PATCH = (
    "from unittest import mock\n\n\ndef test_it():\n"
    "    with mock.patch('app.user_{0}.CacheService'):\n        import app.user_{0}\n"
)


class Tally(NamedTuple):
    """What was seen in some runs."""

    runs: int
    killed: int
    """Runs that did not end by themselves."""
    partial: int
    """Runs after which some files were old and others new."""
    littered: int
    """Runs that left temporary files, which the next one removed."""


def lay_out(root: Path, users: int = 4) -> None:
    """A tree whose files depend on one another: users of a facade, the facade, patches of the users."""
    shutil.copytree(cases.FIXTURES / "stub", root, ignore=shutil.ignore_patterns("__pycache__"))
    (root / "pyproject.toml").write_text("[tool.cachelift]\n")
    (root / "app/facade.py").write_text(FACADE)
    (root / "tests").mkdir()
    for number in range(users):
        (root / f"app/user_{number}.py").write_text(CALL if number % 2 else HANDED_ON)
        (root / f"tests/test_user_{number}.py").write_text(PATCH.format(number))


def texts(root: Path) -> dict[str, bytes]:
    """Every file of a tree, temporary ones too."""
    return {path.relative_to(root).as_posix(): path.read_bytes() for path in root.rglob("*") if path.is_file()}


def start(root: Path) -> int:
    """Begin a run that rewrites the tree, in a process that has everything loaded already; its number."""
    child = os.fork()
    if child:
        return child
    os.chdir(root)
    status = 1
    try:
        status = main(["fix", "--unsafe-fixes", "--quiet"])
    finally:
        os._exit(status)


def ended(child: int) -> int:
    """Wait for a run; its exit code, or minus the number of the signal that ended it."""
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def torture(folder: Path, runs: int, seed: int) -> Tally:
    """Kill runs at random moments of their whole length, most of them while they write.

    Raises:
        AssertionError: a file is neither the old nor the new one, or the next run does not complete the work.
    """
    chance = random.Random(seed)
    folder.mkdir()
    pristine = folder / "pristine"
    lay_out(pristine)
    old = texts(pristine)
    done = folder / "done"
    shutil.copytree(pristine, done)
    assert ended(start(done)) == 0
    new = texts(done)
    assert {path for path in old if old[path] != new[path]} >= {"app/facade.py", "app/user_0.py", "app/user_1.py"}
    seen: Counter[str] = Counter()
    for number in range(runs):
        root = folder / f"run_{number}"
        shutil.copytree(pristine, root)
        seen.update(_one(root, chance, old, new))
        shutil.rmtree(root)
    return Tally(runs, seen["killed"], seen["partial"], seen["littered"])


def _one(root: Path, chance: random.Random, old: dict[str, bytes], new: dict[str, bytes]) -> list[str]:
    """One run that is killed, and one that completes it."""
    child = start(root)
    moment = chance.random()
    if moment < 0.2:
        time.sleep(chance.random() * 0.1)
    else:
        # What can be caught half-way is the moment in which the files are put beside their places, and that in which
        # they take them.
        until = _is_staging if moment < 0.6 else _is_committing
        while os.waitid(os.P_PID, child, os.WEXITED | os.WNOHANG | os.WNOWAIT) is None and not until(root):
            pass
        time.sleep(chance.random() ** 2 * 0.01)
    os.kill(child, signal.SIGKILL)
    killed = ended(child) != 0
    litter = _litter(root)
    now = {path: data for path, data in texts(root).items() if path not in litter}
    assert now.keys() == old.keys()
    changed = {path for path in now if now[path] != old[path]}
    assert all(now[path] == new[path] for path in changed), f"neither old nor new: {changed}"
    assert ended(start(root)) == 0
    assert texts(root) == new
    partial = 0 < len(changed) < sum(old[path] != new[path] for path in old)
    return ["killed"] * killed + ["partial"] * partial + ["littered"] * bool(litter)


def _is_staging(root: Path) -> bool:
    return bool(_litter(root))


def _is_committing(root: Path) -> bool:
    """The users come first."""
    return (root / "app/user_1.py").stat().st_size != len(CALL)


def _litter(root: Path) -> set[str]:
    return {
        f"{folder}/{entry.name}"
        for folder in ("app", "tests")
        for entry in os.scandir(root / folder)
        if ".tmp" in entry.name
    }


if __name__ == "__main__":
    import tempfile

    with tempfile.TemporaryDirectory() as made:
        wanted, seed = int(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else 1
        began = time.monotonic()
        total = Tally(0, 0, 0, 0)
        while total.runs < wanted:
            tally = torture(Path(made) / str(total.runs), min(100, wanted - total.runs), seed + total.runs)
            total = Tally(*map(sum, zip(total, tally, strict=True)))
            sys.stdout.write(f"{total} in {time.monotonic() - began:.0f} s\n")
            sys.stdout.flush()
