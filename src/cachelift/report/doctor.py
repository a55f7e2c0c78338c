"""What ``cachelift doctor`` prints: the report for people, and the same for programs.

Paths are relative to the repository root, which the report begins with.
"""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

from cachelift.report.excerpt import neutral, neutral_json, visible

if TYPE_CHECKING:
    from cachelift.model import (
        DoctorReport,
        Failure,
        MemberReport,
        MigrationReport,
        ParameterRow,
        SideReport,
        SourceRoot,
    )

_LABEL = 15
"""Columns of the labels, two of them the margin's."""
_WIDTH = 100
_NONE = "none"


def render(report: DoctorReport, encoding: str = "utf-8") -> str:
    """Give the report for people.

    Args:
        report: what the tool knows.
        encoding: of the stream that the report goes to; what it cannot carry is shown escaped.
    """
    lines = ["Repository", *_repository(report)]
    for migration in report.migrations:
        lines += ["", f"Migration of {migration.legacy.name}", *_migration(migration)]
    lines += ["", *_in_the_way(report)]
    return neutral("".join(f"{visible(line, encoding)}\n" for line in lines))


def render_json(report: DoctorReport) -> str:
    """Give the report for programs: one JSON object in ASCII, its keys those of the report's own words."""
    import json

    document: dict[str, Any] = {"version": 1, **_plain(report)}
    for migration, plain in zip(report.migrations, document["migrations"], strict=True):
        plain["reexports"] = [{"name": name, "path": path} for name, path in migration.reexports]
        if migration.members is not None:
            plain["members"]["differing"] = [
                {"name": name, "legacy": old, "type": new} for name, old, new in migration.members.differing
            ]
    return neutral_json(json.dumps(document, indent=2)) + "\n"


def _plain(value: Any) -> Any:
    """Turn named tuples into what JSON has: objects with the names as keys."""
    if not isinstance(value, tuple):
        return value
    names = getattr(value, "_fields", None)
    return [*map(_plain, value)] if names is None else dict(zip(names, map(_plain, value), strict=True))


def _repository(report: DoctorReport) -> list[str]:
    lines = [
        *_entry("root", [report.root]),
        *_entry("configuration", [report.config or "none, the defaults"]),
        *_entry("import roots", [_root(root) for root in report.src] or [_NONE]),
        *_entry("files", [f"{report.files} known, {report.given} in the given paths, {report.used_in} with usages"]),
    ]
    for label, values in (("exclude", report.exclude), ("select", report.select), ("ignore", report.ignore)):
        if values:
            lines += _entry(label, [", ".join(values)])
    return lines


def _root(root: SourceRoot) -> str:
    files = f"{root.files} Python file{'' if root.files == 1 else 's'}"
    return f"{root.entry} ({files if root.exists else 'no such folder'})"


def _migration(migration: MigrationReport) -> list[str]:
    return [
        *_entry("legacy class", [migration.legacy.place or "not found"]),
        *_entry("constructor", _signature(migration.legacy)),
        "",
        *_entry("factory", [migration.factory.name, *_factory(migration.factory)]),
        *_entry("type", _type(migration.type)),
        "",
        *_entry("arguments", _table(migration)),
        "",
        *_entry("members", _members(migration.members)),
        "",
        *_entry("re-exports", [f"{name}  {path}" for name, path in migration.reexports] or [_NONE]),
        *_entry("own tests", migration.own_tests or [_NONE]),
        *_entry("import cycle", migration.cycles or [_NONE]),
    ]


def _signature(side: SideReport) -> list[str]:
    """What a call must fit, and where that was read."""
    return [side.signature, side.origin] if side.signature is not None else ["signature not known"]


def _factory(side: SideReport) -> list[str]:
    if side.signature is not None:
        return _signature(side)
    return [f"signature not known, {side.place}" if side.place else "not found"]


def _type(side: SideReport) -> list[str]:
    return [side.name, f"{side.origin}, {side.place or 'source not found'}"] if side.name else ["not known"]


def _table(migration: MigrationReport) -> list[str]:
    """The parameters of both sides beside each other, and the call without any."""
    name, factory = (side.name.rpartition(".")[2] for side in (migration.legacy, migration.factory))
    rows = [(name, factory, "")] + [_row(row) for row in migration.rows] + [(f"{name}()", migration.empty_call, "")]
    left = max(len(row[0]) for row in rows)
    middle = max(len(row[1]) for row in rows[:-1])
    return [f"{old:<{left}}  {new:<{middle}}  {meaning}".rstrip() for old, new, meaning in rows]


def _row(row: ParameterRow) -> tuple[str, str, str]:
    return _with_default(row.legacy, row.legacy_default), _with_default(row.factory, row.factory_default), row.meaning


def _with_default(name: str | None, default: str | None) -> str:
    if name is None:
        return "-"
    return name if default is None else f"{name}={' '.join(default.split())}"


def _members(members: MemberReport | None) -> list[str]:
    if members is None:
        return ["not known: one of the classes could not be read"]
    differing = [f"{name} ({old}, now {new})" for name, old, new in members.differing]
    lines = []
    for label, names in (("in both", members.common), ("missing", members.missing), ("other kind", differing)):
        lines += _wrapped(f"{label:<11} ", ", ".join(names) or _NONE)
    return lines + [f"{name} may have more members than its source shows" for name in members.unknown]


def _wrapped(label: str, text: str) -> list[str]:
    return textwrap.wrap(
        text, _WIDTH - _LABEL, initial_indent=label, subsequent_indent=" " * len(label), break_long_words=False
    )


def _in_the_way(report: DoctorReport) -> list[str]:
    if not report.problems and not report.failures:
        return ["Nothing is in the way."]
    lines = ["In the way"]
    lines += [f"  {problem.severity}: {problem.message}" for problem in report.problems]
    return lines + [f"  error: {_place(failure)}: {failure.message}" for failure in report.failures]


def _place(failure: Failure) -> str:
    return ":".join(str(part) for part in (failure.path, failure.line, failure.column) if part is not None)


def _entry(label: str, values: Iterable[str] | Sequence[str]) -> list[str]:
    """A label with its values, one in each line."""
    return [f"  {'' if number else label:<{_LABEL}}{value}" for number, value in enumerate(values)]
