"""The baseline: today's findings in a file, so that only new ones count.

An entry says where usages live and what they are, with their number, and never a line: see :mod:`cachelift.identity`.
The file has one JSON object in each line, sorted, so that it can be read, compared and merged line by line.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

from cachelift.config import ConfigError
from cachelift.identity import Identity, identities
from cachelift.reading import read_file

if TYPE_CHECKING:
    from cachelift.config import Settings
    from cachelift.model import FileOutcome, Finding, RunResult, Survey

VERSION = 1
_HEADER = "cachelift-baseline"
_CONFLICT = (b"<<<<<<<", b"=======", b">>>>>>>", b"|||||||")
_SHOWN = 20
"""How many stale entries are listed."""

Entries = Mapping[Identity, int]
"""How many usages of each identity are known."""


class BaselineError(ConfigError):
    """A baseline that cannot be used; the message names the file and, where there is one, the line."""


class Stale(NamedTuple):
    """An entry that promises more than there is."""

    identity: Identity
    known: int
    """What the file says."""
    left: int


class Comparison(NamedTuple):
    """A run beside a baseline."""

    result: RunResult
    """The run without what is known."""
    known: int
    """How many findings the baseline knows."""
    stale: tuple[Stale, ...]
    pruned: Entries
    """The entries without what is stale."""


def load(path: str) -> Entries:
    """Read a baseline.

    Raises:
        BaselineError: there is none, or it is none.
    """
    try:
        data = read_file(path)
    except FileNotFoundError:
        raise BaselineError(
            f"{path}: there is no such baseline; `cachelift check --write-baseline {path}` makes it"
        ) from None
    except OSError as error:
        raise BaselineError(f"{path}: {error.strerror}") from error
    entries: dict[Identity, int] = {}
    header = False
    for number, line in enumerate(data.split(b"\n"), 1):
        if line.strip():
            row = _row(line, f"{path}:{number}")
            if _HEADER in row:
                header = _is_known(row[_HEADER], path)
            elif not header:
                break
            else:
                identity, count = _entry(row, f"{path}:{number}")
                # Two branches may have changed the same entry: the smaller number never lets a new usage pass.
                entries[identity] = min(count, entries.get(identity, count))
    if not header:
        raise BaselineError(f'{path}: this is no baseline: the first line must be {{"{_HEADER}": {VERSION}}}')
    return entries


def _row(line: bytes, place: str) -> dict[str, Any]:
    try:
        row = json.loads(line.decode("utf-8", "strict"))
    except (ValueError, RecursionError):
        row = None
    if isinstance(row, dict):
        return row
    if line.startswith(_CONFLICT):
        raise BaselineError(f"{place}: a merge conflict is left; keep the entries of both sides")
    raise BaselineError(f"{place}: the line is no JSON object")


def _is_known(version: object, path: str) -> bool:
    if version != VERSION:
        raise BaselineError(
            f"{path}: version {version!r} of the format is not known here, only {VERSION}; write the baseline again, "
            "or use the cachelift that wrote it"
        )
    return True


def _entry(row: dict[str, Any], place: str) -> tuple[Identity, int]:
    count = row.get("count")
    texts = [row.get(field) for field in Identity._fields]
    is_entry = row.keys() == {*Identity._fields, "count"} and all(isinstance(text, str) for text in texts)
    if not is_entry or type(count) is not int or count < 1:
        raise BaselineError(f"{place}: an entry has the texts {', '.join(Identity._fields)} and a count, nothing else")
    return Identity(**{field: row[field] for field in Identity._fields}), count


def render(entries: Entries) -> bytes:
    """Write a baseline: a header with the version, then one entry in a line, sorted."""
    rows: list[dict[str, Any]] = [{_HEADER: VERSION}]
    rows += ({**identity._asdict(), "count": count} for identity, count in sorted(entries.items()))
    return b"".join(_line(row) + b"\n" for row in rows)


def _line(row: dict[str, Any]) -> bytes:
    try:
        return json.dumps(row, ensure_ascii=False).encode()
    except UnicodeEncodeError:  # the name of a file that is not UTF-8
        return json.dumps(row).encode()


def new_findings(entries: Entries, findings: Iterable[Finding], sources: Mapping[str, str]) -> tuple[Finding, ...]:
    """Give the findings that the baseline does not know: of equal ones the last.

    Args:
        entries: the baseline.
        findings: in the order of their places.
        sources: the texts that the places are in, by path.
    """
    listed = tuple(findings)
    numbered = zip(listed, identities(listed, sources), strict=True)
    return tuple(finding for finding, (identity, number) in numbered if number > entries.get(identity, 0))


def compare(entries: Entries, result: RunResult, settings: Settings, *, after: bool) -> Comparison:
    """Leave what is known out of a run.

    Args:
        entries: the baseline.
        result: what the run came to.
        settings: those of the run: what was not looked for is not stale.
        after: whether what is left counts (``fix``), else what was found (``check``).
    """
    there = _counts(result, after=after)
    judges = _judge(result, settings)
    stale = tuple(
        Stale(identity, count, there.get(identity, 0))
        for identity, count in sorted(entries.items())
        if there.get(identity, 0) < count and judges(identity)
    )
    pruned = dict(entries)
    for each in stale:
        pruned[each.identity] = each.left
    known = sum(min(count, entries.get(identity, 0)) for identity, count in there.items())
    outcomes = tuple(_without(entries, outcome, result.sources, after=after) for outcome in result.outcomes)
    return Comparison(
        result._replace(outcomes=outcomes), known, stale, {key: count for key, count in pruned.items() if count}
    )


def renewed(entries: Entries, result: RunResult, settings: Settings) -> Entries:
    """Give the baseline of what ``check`` found; of the old one only the files and codes that were not looked at."""
    judges = _judge(result, settings)
    kept = {identity: count for identity, count in entries.items() if not judges(identity)}
    return kept | _counts(result, after=False)


def _counts(result: RunResult, *, after: bool) -> dict[Identity, int]:
    counts: dict[Identity, int] = {}
    for outcome in result.outcomes:
        counts |= dict(identities(outcome.left if after else outcome.findings, result.sources))
    return counts


def _without(entries: Entries, outcome: FileOutcome, sources: Mapping[str, str], *, after: bool) -> FileOutcome:
    if after:
        return outcome._replace(left=new_findings(entries, outcome.left, sources))
    return outcome._replace(findings=new_findings(entries, outcome.findings, sources))


def _judge(result: RunResult, settings: Settings) -> Callable[[Identity], bool]:
    """Tell whether the run looked for the usages of an entry; for those of a file that is gone it need not."""
    failed = {outcome.path for outcome in result.outcomes if outcome.failure is not None}
    legacy = {migration.legacy for migration in settings.migrations}
    gone: dict[str, bool] = {}

    def judges(identity: Identity) -> bool:
        path, _, code, name = identity
        if not settings.is_selected(code) or path in failed:
            return False
        if path not in gone:
            gone[path] = not os.path.lexists(os.path.join(settings.root, path))
        return path in result.given or gone[path] or name not in legacy

    return judges


def remarks(path: str, compared: Comparison, *, written: bool, pruned: bool) -> list[str]:
    """Say what became of a baseline, or what is stale in it.

    Args:
        path: the file as a reader finds it.
        compared: the run beside it.
        written: whether it was just written.
        pruned: whether what is stale was just taken out.
    """
    left = f"{_number(sum(compared.pruned.values()), 'usage')} in {_number(len(compared.pruned), 'entry')}"
    if written:
        return [f"baseline {path}: {left} written"]
    gone = sum(each.known - each.left for each in compared.stale)
    if pruned:
        return [f"baseline {path}: {_number(gone, 'usage')} taken out, {left} kept"]
    lines = [f"note: baseline {path}: {_number(compared.known, 'usage')} known and not shown"] if compared.known else []
    if not gone:
        return lines
    lines += [
        f"warning: baseline {path}: {_number(gone, 'usage')} gone; `cachelift check --prune-baseline` takes them out"
    ]
    for (name, scope, code, legacy), known, there in compared.stale[:_SHOWN]:
        place = f"{name}: {scope}" if scope else name
        lines.append(f"warning:   {place}: {code} {legacy}: {there} of {known} left")
    if len(compared.stale) > _SHOWN:
        lines.append(f"warning:   and {_number(len(compared.stale) - _SHOWN, 'entry')} more")
    return lines


def of_survey(entries: Entries, found: Survey) -> Survey:
    """Leave what is known out of what a linter shows; what ``# noqa`` silences stays and does not count.

    Args:
        entries: the baseline.
        found: what there is, with what is silenced.
    """
    from cachelift.suppression import Suppressions

    findings = {}
    for path, listed in found.findings.items():
        comments = Suppressions(found.sources[path])
        heard = [each for each in listed if not comments.silences(each.code, each.line, each.end_line)]
        known = set(heard) - set(new_findings(entries, heard, found.sources))
        findings[path] = tuple(each for each in listed if each not in known)
    return found._replace(findings=findings)


def _number(count: int, noun: str) -> str:
    if count == 1:
        return f"1 {noun}"
    return f"{count} {noun.removesuffix('y')}ies" if noun.endswith("y") else f"{count} {noun}s"
