"""One fault of a kind at a time, at every place of every fixture that changes: the proof refuses each.

A fault that gives the text of another right output is none: what cannot be told from right by reading it is left out
where it is made.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable, Iterator

import cases
import pytest
from subjects import Subject, subjects

from cachelift.analysis.facts import Statement
from cachelift.model import Edit, Span

Faults = Iterator[list[Edit]]
_COMMENT = re.compile(r"[ \t]*#[^\r\n]*")
_ALIAS = re.compile(r" as \w+")
_NEW = re.compile(r"(?<![\w.])(?:get_unified_cache|UnifiedCache)(?!\w)")


def _with(subject: Subject, index: int, edit: Edit) -> list[Edit]:
    return sorted([*subject.edits[:index], edit, *subject.edits[index + 1 :]], key=lambda edit: edit.span)


def _overlap(edits: list[Edit]) -> bool:
    return any(a.span.end > b.span.start for a, b in itertools.pairwise(edits))


def off_by_one(subject: Subject) -> Faults:
    """Every span begins, ends, or lies one character too early or too late."""
    for index, (span, new) in enumerate(subject.edits):
        for start, end in ((-1, 0), (1, 0), (0, -1), (0, 1), (-1, -1), (1, 1)):
            moved = Span(span.start + start, span.end + end)
            edits = _with(subject, index, Edit(moved, new))
            if 0 <= moved.start <= moved.end <= len(subject.text) and not _overlap(edits):
                yield edits


def wrong_name(subject: Subject) -> Faults:
    """A new name is misspelt, that of the other symbol, or the old one."""
    for index, edit in enumerate(subject.edits):
        for match in _NEW.finditer(edit.replacement):
            other = {"get_unified_cache": "UnifiedCache", "UnifiedCache": "get_unified_cache"}[match[0]]
            for name in (f"{match[0]}_", match[0][:-1], other, "CacheService", "print"):
                new = edit.replacement[: match.start()] + name + edit.replacement[match.end() :]
                yield _with(subject, index, edit._replace(replacement=new))


def dropped_edit(subject: Subject) -> Faults:
    """An import is not written, or a usage not rewritten."""
    for index in range(len(subject.edits)):
        yield [*subject.edits[:index], *subject.edits[index + 1 :]]


def dropped_import(subject: Subject) -> Faults:
    """The new import is left out of what takes the old one's place."""
    for index, edit in enumerate(subject.edits):
        if "import" in edit.replacement:
            yield _with(subject, index, edit._replace(replacement="pass" if edit.span.start < edit.span.end else ""))


def another_import(subject: Subject) -> Faults:
    """Something that nobody asked for is imported as well."""
    for index, edit in enumerate(subject.edits):
        for match in re.finditer(r"(?<![\w.])(?:from|import)(?= )", edit.replacement):
            for more in (
                "import json",
                "from json import *",
                "from app.services.cache_service import CacheService as x",
            ):
                if edit.replacement[match.start() - 1 : match.start()] in ("", "\n", " "):
                    new = f"{edit.replacement[: match.start()]}{more}; {edit.replacement[match.start() :]}"
                    yield _with(subject, index, edit._replace(replacement=new))


def lost_neighbour(subject: Subject) -> Faults:
    """Another name of the same import statement is lost."""
    for index, edit in enumerate(subject.edits):
        if "import" in edit.replacement:
            for match in re.finditer(r"\b\w+(?: as \w+)?, *|, *\w+(?: as \w+)?", edit.replacement):
                new = edit.replacement[: match.start()] + edit.replacement[match.end() :]
                yield _with(subject, index, edit._replace(replacement=new))


def lost_comment(subject: Subject) -> Faults:
    """A comment inside of what is rewritten is lost."""
    for index, edit in enumerate(subject.edits):
        for match in _COMMENT.finditer(edit.replacement):
            if match[0].strip() in subject.text[edit.span.start : edit.span.end]:
                new = edit.replacement[: match.start()] + edit.replacement[match.end() :]
                yield _with(subject, index, edit._replace(replacement=new))


def _is_at_top(subject: Subject, statement: Statement) -> bool:
    before = subject.text[statement.line_start : statement.span.start]
    return not statement.indent and "TYPE_CHECKING" not in before


def wrong_block(subject: Subject) -> Faults:
    """An import of a file's top level goes to a function, or behind the last line."""
    for index, edit in enumerate(subject.edits):
        if not edit.replacement.lstrip().startswith(("from", "import")) or "unified_cache" not in edit.replacement:
            continue
        at = [s for s in subject.facts.statements if s.span.start <= edit.span.start <= s.line_end]
        for statement in subject.facts.statements if at and _is_at_top(subject, at[0]) else ():
            if statement.indent and len(statement.indent) > len(at[0].indent):
                left = _with(
                    subject, index, edit._replace(replacement="pass" if edit.span.start < edit.span.end else "")
                )
                line = statement.indent + edit.replacement.strip() + statement.newline
                place = Span(statement.line_end, statement.line_end)
                yield sorted([*left, Edit(place, line)], key=lambda edit: edit.span)
        end = Span(len(subject.text), len(subject.text))
        if edit.span != end:
            yield [*subject.edits[:index], *subject.edits[index + 1 :], Edit(end, f"\n{edit.replacement.strip()}\n")]


def wrong_alias(subject: Subject) -> Faults:
    """An alias is forgotten, or there is one that nothing uses."""
    for index, edit in enumerate(subject.edits):
        for match in _ALIAS.finditer(edit.replacement):
            new = edit.replacement[: match.start()] + edit.replacement[match.end() :]
            yield _with(subject, index, edit._replace(replacement=new))
        if "import" in edit.replacement and " as " not in edit.replacement:
            for match in _NEW.finditer(edit.replacement):
                new = f"{edit.replacement[: match.end()]} as other{edit.replacement[match.end() :]}"
                yield _with(subject, index, edit._replace(replacement=new))


def exchanged(subject: Subject) -> Faults:
    """Two edits have got each other's text; imports may stand in any order."""
    for index, (one, two) in enumerate(itertools.pairwise(subject.edits)):
        imports = "import" in one.replacement and "import" in two.replacement
        if one.replacement != two.replacement and not imports:
            yield [
                *subject.edits[:index],
                one._replace(replacement=two.replacement),
                two._replace(replacement=one.replacement),
                *subject.edits[index + 2 :],
            ]


def lost_argument(subject: Subject) -> Faults:
    """A call of the factory has another argument, none, or one more."""
    for index, edit in enumerate(subject.edits):
        match = re.fullmatch(r"([\w.]+)\((['\"]?\w+['\"]?)\)", edit.replacement)
        if match is not None:
            for arguments in ("", "'other'", f"{match[2]}, {match[2]}", f"*{match[2]}", f"other={match[2]}"):
                yield _with(subject, index, edit._replace(replacement=f"{match[1]}({arguments})"))


KINDS: list[Callable[[Subject], Faults]] = [
    off_by_one,
    wrong_name,
    dropped_edit,
    dropped_import,
    another_import,
    lost_neighbour,
    lost_comment,
    wrong_block,
    wrong_alias,
    exchanged,
    lost_argument,
]


@pytest.fixture(scope="module")
def changing(tmp_path_factory: pytest.TempPathFactory) -> list[tuple[str, Subject]]:
    every = [case for case in cases.all_cases() if case.is_readable and case.files("after")]
    found = []
    for case in every:
        root = tmp_path_factory.mktemp("case").resolve()
        found += [(case.name, subject) for subject in subjects(case, root)]
    return found


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: str(kind.__name__))
def test_every_fault_of_a_kind_is_refused(
    changing: list[tuple[str, Subject]], kind: Callable[[Subject], Faults]
) -> None:
    number = 0
    missed = []
    for name, subject in changing:
        for edits in kind(subject):
            number += 1
            if not subject.refusal(edits):
                missed.append((name, [edit for edit in edits if edit not in subject.edits]))
    assert missed == []
    assert number > 0
