"""Run commands and measure them: wall time, processor time of all their processes, peak memory."""

from __future__ import annotations

import os
import platform
import resource
import statistics
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Sample:
    """One run: seconds of wall and processor time, peak memory in MiB of the largest process, exit code."""

    wall: float
    cpu: float
    memory: float
    exit: int


@dataclass(slots=True)
class Contender:
    """A command that is measured.

    ``command`` is None where the tool is not there, and ``missing`` says why. ``prepare`` runs before every run and is
    not measured; ``once`` is for commands that take minutes.
    """

    name: str
    command: Sequence[str] | None
    accepts: tuple[int, ...] = (0, 1)
    missing: str = ""
    prepare: Callable[[], None] | None = None
    once: bool = False
    environment: Mapping[str, str] = field(default_factory=dict)
    samples: list[Sample] = field(default_factory=list)


def run(command: Sequence[str], folder: Path, output: Path, environment: Mapping[str, str] | None = None) -> Sample:
    """Run a command to its end with its standard output in a file, and its standard error beside that.

    The memory is what ``getrusage(2)`` calls ``ru_maxrss``: it starts from that of this process, so this process has
    to stay small.
    """
    errors = output.with_suffix(output.suffix + ".err")
    with output.open("wb") as out, errors.open("wb") as err:
        started = time.perf_counter()
        variables = {**os.environ, **(environment or {})}
        process = subprocess.Popen(command, cwd=folder, stdin=subprocess.DEVNULL, stdout=out, stderr=err, env=variables)
        _, status, usage = os.wait4(process.pid, 0)
        wall = time.perf_counter() - started
    process.returncode = os.waitstatus_to_exitcode(status)
    return Sample(wall, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024, process.returncode)


def interleave(contenders: Sequence[Contender], folder: Path, results: Path, times: int) -> None:
    """Run all contenders one after the other, ``times`` times round, after one round that warms the file cache.

    Raises:
        RuntimeError: a command ended with an exit code that is not among those it accepts.
    """
    for turn in range(times + 1):
        for contender in contenders:
            if contender.command is None or (contender.once and turn != 1):
                continue
            if contender.prepare is not None:
                contender.prepare()
            output = results / f"{contender.name.replace(' ', '-')}.out"
            sample = run(contender.command, folder, output, contender.environment)
            if sample.exit not in contender.accepts:
                raise RuntimeError(f"{contender.name} ended with {sample.exit}: see {output} and {output}.err")
            if turn:
                contender.samples.append(sample)


def summary(contender: Contender) -> dict[str, object]:
    """The medians and all samples of one contender, ready for JSON."""
    if not contender.samples:
        return {"name": contender.name, "not_run": contender.missing or "not installed"}
    return {
        "name": contender.name,
        "command": list(contender.command or ()),
        "runs": len(contender.samples),
        "wall": round(statistics.median(s.wall for s in contender.samples), 3),
        "cpu": round(statistics.median(s.cpu for s in contender.samples), 3),
        "memory": round(statistics.median(s.memory for s in contender.samples), 1),
        "samples": [asdict(sample) for sample in contender.samples],
    }


def table(contenders: Sequence[Contender], base: str) -> str:
    """A markdown table of the medians; ``base`` is the contender that the wall times are compared with."""
    return table_of([summary(contender) for contender in contenders], base)


def table_of(rows: Sequence[Mapping[str, object]], base: str) -> str:
    """The same of summaries."""
    reference = next((row["wall"] for row in rows if row["name"] == base and "wall" in row), None)
    lines = [
        f"| contender | wall s | times {base} | CPU s | peak MiB | runs |",
        "|---|---:|---:|---:|---:|---:|",
    ]
    for row in rows:
        if "wall" not in row:
            lines.append(f"| {row['name']} | not run: {row['not_run']} | | | | |")
            continue
        wall = row["wall"]
        ratio = f"{wall / reference:.2f}" if isinstance(wall, float) and isinstance(reference, float) else ""
        lines.append(f"| {row['name']} | {wall} | {ratio} | {row['cpu']} | {row['memory']} | {row['runs']} |")
    floor = f"The memory of a run cannot be seen below that of the process that measures, {_own_memory():.0f} MiB."
    return "\n".join([*lines, "", floor, ""])


def _own_memory() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def machine() -> dict[str, object]:
    """What the numbers were measured on."""
    return {
        "python": platform.python_version(),
        "system": f"{platform.system()} {platform.machine()}",
        "cpus": len(os.sched_getaffinity(0)),
        "load_before": os.getloadavg()[0],
    }
