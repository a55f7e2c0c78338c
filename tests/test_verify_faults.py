"""Faults put into the edits of the fixtures: the proof of the pieces refuses what a proof of the whole file refuses."""

from __future__ import annotations

import random
import re
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import cases
import pytest
from subjects import subjects

from cachelift import verify as proof
from cachelift.model import Edit
from cachelift.pieces import Piece, whole

_WORD = re.compile(r"[^\W\d]\w*")
_INSIDE = (
    "; ",
    "\n",
    " as x",
    "(",
    ")",
    ",",
    ", x",
    ".x",
    '"',
    "#",
    "\\",
    "\n    ",
    ":",
    "[0]",
    " := ",
    "lambda: ",
    "*",
)
_BEHIND = ("\nimport json", "; import os", "\nfrom app import recorder as get_unified_cache", "\nx = 1", " + x")
_FAULTS = 10


def spoilt(edits: list[Edit], text: str, chance: random.Random) -> list[Edit]:
    """The edits with a fault in one of them."""
    words = [*_WORD.findall(text), "get_unified_cache", "UnifiedCache", "CacheService", "print", "x"]
    index = chance.randrange(len(edits))
    edit = edits[index]
    new = edit.replacement
    at = chance.randint(0, len(new))
    written = list(_WORD.finditer(new))
    fault = chance.choice(("lost", "undone", "word", "cut", "inside", "behind", "swapped"))
    if fault == "lost":
        return [*edits[:index], *edits[index + 1 :]]
    if fault == "undone":
        new = text[edit.span.start : edit.span.end]
    elif fault == "word" and written:
        match = chance.choice(written)
        new = new[: match.start()] + chance.choice(words) + new[match.end() :]
    elif fault == "cut":
        new = new[:at] + new[at + 1 :]
    elif fault == "inside":
        new = new[:at] + chance.choice(_INSIDE) + new[at:]
    elif fault == "behind":
        new += chance.choice(_BEHIND)
    else:
        new = chance.choice(edits).replacement
    return [*edits[:index], edit._replace(replacement=new), *edits[index + 1 :]]


def all_of_it(outline: Sequence[int], before: str, after: str, edits: Sequence[Edit]) -> list[Piece]:
    return whole(before, after)


@pytest.mark.parametrize("start", range(2))
def test_no_fault_gets_through_between_the_pieces(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, start: int) -> None:
    chance = random.Random(start)
    refused: Counter[bool] = Counter()
    holes: list[tuple[str, str, list[Edit]]] = []
    for number, case in enumerate(cases.all_cases()[start::40]):
        for subject in subjects(case, tmp_path / str(number)) if case.is_readable else ():
            assert subject.refusal(subject.edits) == ""
            for _ in range(_FAULTS):
                edits = spoilt(subject.edits, subject.text, chance)
                found = subject.refusal(edits)
                with monkeypatch.context() as patch:
                    patch.setattr(proof, "pieces", all_of_it)
                    patch.setattr(proof, "_may_hold_usages", lambda *_: True)
                    expected = subject.refusal(edits)
                refused[bool(expected)] += 1
                holes += [(case.name, expected, edits)] if expected and not found else []
    assert holes == []
    assert min(refused[True], refused[False]) > 0
