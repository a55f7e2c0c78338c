import ast

import pytest

from cachelift.explain import UnknownCodeError, explain, overview
from cachelift.explanations import ADVICE, EXPLANATIONS
from cachelift.model import CODES, REASONS


def test_every_code_is_explained() -> None:
    assert list(EXPLANATIONS) == list(CODES)


def test_every_reason_has_advice_and_goes_with_a_code() -> None:
    assert list(ADVICE) == list(REASONS)
    assert {slug for text in EXPLANATIONS.values() for slug in text.reasons} == set(REASONS)


@pytest.mark.parametrize("code", EXPLANATIONS)
def test_reasons_are_named_once(code: str) -> None:
    reasons = EXPLANATIONS[code].reasons
    assert len(set(reasons)) == len(reasons)


@pytest.mark.parametrize("code", EXPLANATIONS)
def test_examples_are_python_and_differ(code: str) -> None:
    text = EXPLANATIONS[code]
    ast.parse(text.before)
    ast.parse(text.after)
    assert text.before != text.after
    assert text.before.endswith("\n")
    assert text.after.endswith("\n")


@pytest.mark.parametrize("code", EXPLANATIONS)
def test_a_code_has_all_its_parts(code: str) -> None:
    page = explain(code)
    parts = ["\nWhy it matters\n", "\nBefore\n", "\nAfter"]
    assert page.startswith(f"{code} {CODES[code].name}: {CODES[code].usage}\n\n")
    assert [page.count(part) for part in parts] == [1, 1, 1]
    assert [line for line in page.splitlines() if len(line) > 79] == []
    assert all(f"\n  {slug}\n" in page for slug in EXPLANATIONS[code].reasons)


def test_a_page_as_it_is_shown() -> None:
    assert explain("CLF010") == (
        "CLF010 legacy-mention: a docstring or comment (off by default)\n"
        "\n"
        "A docstring or comment that mentions the class. It is off by default. Nothing\n"
        "that runs depends on it, so it is never rewritten.\n"
        "\n"
        "Why it matters\n"
        "\n"
        "  A text that still names the old class teaches it to the next reader.\n"
        "\n"
        "Before\n"
        "\n"
        "    def load():\n"
        '        """Read through a CacheService."""\n'
        "\n"
        "After, by hand\n"
        "\n"
        "    def load():\n"
        '        """Read through the unified cache."""\n'
    )


@pytest.mark.parametrize("query", ["CLF002", "clf002", " CLF002 ", "legacy-call", "Legacy-Call"])
def test_a_code_is_found_by_number_and_name(query: str) -> None:
    assert explain(query) == explain("CLF002")


@pytest.mark.parametrize("slug", [slug for slug in REASONS if slug not in {code.name for code in CODES.values()}])
def test_a_reason_is_explained(slug: str) -> None:
    page = explain(slug.upper())
    assert page.startswith(f"{slug}\n\n{REASONS[slug][0].upper()}")
    assert "\n\nGoes with\n\n  CLF0" in page


def test_a_reason_that_is_a_code_as_well_gives_the_code() -> None:
    page = explain("missing-member")
    assert page.startswith("CLF009 missing-member: ")
    assert "\n  missing-member\n" in page


@pytest.mark.parametrize(
    ("query", "hint"),
    [
        ("CLF011", "the nearest is CLF010; "),
        ("clf02", "the nearest is CLF002; "),
        ("legacy-cal", "the nearest is legacy-call; "),
        ("unmaped-argument", "the nearest is unmapped-argument; "),
        ("E501", ""),
        ("", ""),
        ("CLF", ""),
    ],
)
def test_an_unknown_code(query: str, hint: str) -> None:
    with pytest.raises(UnknownCodeError) as caught:
        explain(query)
    assert str(caught.value) == f"unknown code {query!r}; {hint}the codes are {', '.join(CODES)}"


def test_the_overview_lists_everything() -> None:
    page = overview()
    assert all(f"  {code.code}  {code.name} " in page for code in CODES.values())
    assert all(f"  {slug} " in page for slug in REASONS)
    assert page.isascii()
