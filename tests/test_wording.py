"""Edits that say something else than was planned: what is wrong with each is named."""

from __future__ import annotations

from pathlib import Path

import pytest
from helpers import CONSUMER, LEGACY, TARGET, lay_out

from cachelift import wording
from cachelift.analysis.facts import FileFacts, Usage
from cachelift.analysis.plan import rewritten
from cachelift.config import load_settings
from cachelift.discover import discover
from cachelift.edits import file_edits
from cachelift.model import Edit, Span
from cachelift.run import Run

CALL = 'cache = CacheService(system="A")\n'
NEW = 'get_unified_cache("A")'


def planned(root: Path, text: str) -> tuple[FileFacts, list[Usage], list[Edit]]:
    """What is found in a file, what of it is rewritten, and the edits for that."""
    lay_out(root, {CONSUMER: text})
    run = Run(load_settings(str(root)), discover(str(root), [str(root)]))
    run.loaded.load()
    program = run.decide(run.loaded)
    facts = run.facts[CONSUMER]
    return facts, list(rewritten(program, facts)), file_edits(program, facts, text)


def problems(root: Path, text: str, old: str, new: str) -> list[str]:
    """What is wrong with the edits of a text in which one replacement is another one."""
    facts, going, edits = planned(root, text)
    assert not list(wording.problems(facts, text, edits, going, {}))
    assert [edit.replacement for edit in edits].count(old) == 1
    spoilt = [edit._replace(replacement=new) if edit.replacement == old else edit for edit in edits]
    return list(wording.problems(facts, text, spoilt, going, {}))


@pytest.mark.parametrize(
    ("new", "problem"),
    [
        ("get_unified_cache", "the call is none any more"),
        ('get_unified_cache("A"', "the call is none any more"),
        ("get_unified_cache()", "the call has 0 arguments instead of 1"),
        ('get_unified_cache("A", "A")', "the call has 2 arguments instead of 1"),
        ('get_unified_cache("B")', "an argument of the call is not the one that it was"),
        ('get_unified_cache(system="A")', "an argument of the call is not the one that it was"),
    ],
)
def test_another_call(new: str, problem: str, tmp_path: Path) -> None:
    assert problems(tmp_path, LEGACY + CALL, NEW, new) == [f"line 2: {problem}"]


@pytest.mark.parametrize(
    "new",
    [
        "from app.services.unified_cache import",
        "from app.services.unified_cache import get_unified_cach",
        "import app.services.unified_cache as get_unified",
        "pass  # import get_unified_cache",
        'get_unified_cache = "import"',
    ],
)
def test_another_import(new: str, tmp_path: Path) -> None:
    expected = ["line 1: nothing binds `get_unified_cache` in the place of `CacheService`"]
    assert problems(tmp_path, LEGACY + CALL, TARGET.strip(), new) == expected


def test_what_stands_beside_an_import_does_not_hide_it(tmp_path: Path) -> None:
    assert problems(tmp_path, LEGACY + CALL, TARGET.strip(), f"pass\n{TARGET}") == []


@pytest.mark.parametrize("text", ["x = (1,  # why\n     2)\n", "x = [\n    1,  # why\n]\n"])
def test_a_comment_is_found_where_the_code_around_it_cannot_be_read(text: str, tmp_path: Path) -> None:
    """An edit that ends in the middle of a line or a bracket is wrong, but has not lost the comment for that."""
    before = LEGACY + CALL + text
    facts, going, edits = planned(tmp_path, before)
    start = before.index("x = ")
    span = Span(start, before.index("why") + len("why "))

    for new, expected in (("y = [  # why", []), ("y = [", ["the comment `# why` is lost"])):
        wrong = Edit(span, new)
        assert list(wording.problems(facts, before, [*edits, wrong], going, {})) == expected
