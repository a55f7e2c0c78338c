"""A report in parts, each made by a machine of its own, and the parts put together again.

Which part a file belongs to depends on its path alone. The verdicts of every part are those of the whole repository,
so the parts put together are what one run reports.
"""

from __future__ import annotations

import json
import zlib
from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

from cachelift.outcomes import (
    Applicability,
    Change,
    Failure,
    FileOutcome,
    Finding,
    RunResult,
    UnusedSuppression,
)


class ShardError(ValueError):
    """What a person wrote as a part, or handed in as reports, does not make sense; the message says why."""


class Shard(NamedTuple):
    """Part ``number`` of ``of``, from 1."""

    number: int
    of: int

    @classmethod
    def parse(cls, text: str) -> Shard:
        """Read ``K/N``.

        Raises:
            ShardError: it is not that, or K is not one of 1 to N.
        """
        number, slash, count = text.partition("/")
        if not (slash and number.isascii() and number.isdigit() and count.isascii() and count.isdigit()):
            raise ShardError(f"{text!r} is not K/N, such as 2/4")
        shard = cls(int(number), int(count))
        if not 1 <= shard.number <= shard.of:
            raise ShardError(f"{text}: K has to be one of 1 to {shard.of or 'N, and N at least 1'}")
        return shard

    def holds(self, path: str) -> bool:
        """Whether a file belongs to this part; the same on every machine and in every version of Python."""
        return zlib.crc32(path.encode("utf-8", "surrogateescape")) % self.of == self.number - 1


def part(result: RunResult, shard: Shard) -> RunResult:
    """What a run came to in the files of one part. Failures of the run itself, and its notes, are in every part."""
    given = frozenset(filter(shard.holds, result.given))
    outcomes = tuple(outcome for outcome in result.outcomes if shard.holds(outcome.path))
    shown = {outcome.path for outcome in outcomes}
    return result._replace(
        outcomes=outcomes,
        files_seen=len(given),
        sources={path: text for path, text in result.sources.items() if path in shown},
        unused=tuple(each for each in result.unused if shard.holds(each.path)),
        fixes={path: changes for path, changes in result.fixes.items() if path in shown},
        given=given,
    )


def write(result: RunResult, shard: Shard, report: str) -> str:
    """Add to the JSON report of a part what it takes to make every other format of it.

    Args:
        result: what the report is of.
        shard: which part it is.
        report: the JSON report.
    """
    document = json.loads(report)
    document["shard"] = {
        "number": shard.number,
        "of": shard.of,
        "outcomes": [[each.path, each.findings, each.failure] for each in result.outcomes],
        "failures": result.failures,
        "sources": result.sources,
        "notes": result.notes,
        "unused": result.unused,
        "fixes": result.fixes,
        "given": sorted(result.given),
    }
    return json.dumps(document, indent=2) + "\n"


def merge(reports: Iterable[tuple[str, bytes]]) -> RunResult:
    """Put the parts of a report together.

    Args:
        reports: the name of each file, for messages, and what is in it.

    Raises:
        ShardError: one is no part of a report, one is missing, or they are not parts of the same one.
    """
    parts: dict[int, tuple[str, RunResult]] = {}
    count = 0
    for name, raw in reports:
        shard, result = _read(name, raw)
        if parts and shard.of != count:
            raise ShardError(f"{name} is one of {shard.of} parts, the first report one of {count}")
        count = shard.of
        if shard.number in parts:
            raise ShardError(f"{name} and {parts[shard.number][0]} are both part {shard.number} of {count}")
        parts[shard.number] = (name, result)
    missing = [str(number) for number in range(1, count + 1) if number not in parts]
    if missing:
        raise ShardError(f"of {count} parts these are missing: {', '.join(missing)}")
    return _joined([parts[number][1] for number in sorted(parts)])


def _joined(results: Sequence[RunResult]) -> RunResult:
    return RunResult(
        tuple(sorted((outcome for result in results for outcome in result.outcomes), key=lambda outcome: outcome.path)),
        tuple(dict.fromkeys(failure for result in results for failure in result.failures)),
        sum(result.files_seen for result in results),
        {path: text for result in results for path, text in result.sources.items()},
        tuple(dict.fromkeys(note for result in results for note in result.notes)),
        tuple(sorted(each for result in results for each in result.unused)),
        {path: changes for result in results for path, changes in result.fixes.items()},
        frozenset().union(*(result.given for result in results)),
    )


def _read(name: str, raw: bytes) -> tuple[Shard, RunResult]:
    try:
        document = json.loads(raw)
        block = document["shard"]
    except (ValueError, RecursionError):
        raise ShardError(f"{name} is not JSON") from None
    except (KeyError, TypeError):
        raise ShardError(
            f"{name} is not part of a report: make one with `cachelift check --shard K/N --format json`"
        ) from None
    try:
        shard = Shard.parse(f"{block['number']}/{block['of']}")
        return shard, _result(block)
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise ShardError(f"{name} is damaged: {type(error).__name__}: {error}") from None


def _result(block: dict[str, Any]) -> RunResult:
    given = frozenset(block["given"])
    return RunResult(
        tuple(
            FileOutcome(path, tuple(map(_finding, findings)), failure=None if failure is None else Failure(*failure))
            for path, findings, failure in block["outcomes"]
        ),
        tuple(Failure(*failure) for failure in block["failures"]),
        len(given),
        dict(block["sources"]),
        tuple(block["notes"]),
        tuple(UnusedSuppression(*each) for each in block["unused"]),
        {path: tuple(Change(*change) for change in changes) for path, changes in block["fixes"].items()},
        given,
    )


def _finding(values: Sequence[Any]) -> Finding:
    finding = Finding(*values)
    return finding._replace(applicability=Applicability(finding.applicability))
