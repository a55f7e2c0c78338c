"""``cachelift explain``: a code or a reason in words, with an example."""

from __future__ import annotations

import textwrap

from cachelift.explanations import ADVICE, EXPLANATIONS
from cachelift.model import CODES, REASONS

_WIDTH = 79


class UnknownCodeError(Exception):
    """There is no such code; the message names the nearest and all there are."""


def explain(query: str) -> str:
    """Explain a code (``CLF002``), its name (``legacy-call``) or a reason (``unmapped-argument``); any case.

    Raises:
        UnknownCodeError: it is none of these.
    """
    wanted = query.strip().lower()
    for code in CODES.values():
        if wanted in {code.code.lower(), code.name}:
            return _code(code.code)
    if wanted in REASONS:
        return _reason(wanted)
    raise UnknownCodeError(_unknown(query, wanted))


def overview() -> str:
    """List all codes and all reasons."""
    lines = ["Codes", ""]
    lines += [f"  {code.code}  {code.name:<18}  {code.usage}" for code in CODES.values()]
    lines += ["", "Reasons why a usage is unsafe or manual", ""]
    lines += [f"  {slug:<19}  {meaning}" for slug, meaning in REASONS.items()]
    lines += ["", "`cachelift explain CODE` says more about a code or a reason."]
    return "\n".join(lines) + "\n"


def _code(code: str) -> str:
    """Write the page of a code."""
    row, text = CODES[code], EXPLANATIONS[code]
    parts = [f"{row.code} {row.name}: {row.usage}", _wrapped(text.meaning)]
    parts += ["Why it matters", _wrapped(text.why, "  ")]
    parts += ["Before", _indented(text.before)]
    parts += ["After, by hand" if text.by_hand else "After", _indented(text.after)]
    if text.reasons:
        parts.append("What can stand in the way")
        parts += [f"  {slug}\n{_wrapped(_meaning(slug), '      ')}" for slug in text.reasons]
    return "\n\n".join(parts) + "\n"


def _reason(slug: str) -> str:
    """Write the page of a reason."""
    codes = [f"  {code}  {CODES[code].name}" for code, text in EXPLANATIONS.items() if slug in text.reasons]
    return "\n\n".join([slug, _wrapped(_meaning(slug)), "Goes with\n\n" + "\n".join(codes)]) + "\n"


def _meaning(slug: str) -> str:
    """Say what a reason means and what to do."""
    meaning = REASONS[slug]
    return f"{meaning[0].upper()}{meaning[1:]}. {ADVICE[slug]}"


def _unknown(query: str, wanted: str) -> str:
    """Say that there is no such code, and which one may be meant."""
    from difflib import get_close_matches

    names = {name: name for name in (*(code.name for code in CODES.values()), *REASONS)}
    names |= {code.lower(): code for code in CODES}
    near = get_close_matches(wanted, names, n=1, cutoff=0.75)
    hint = f"the nearest is {names[near[0]]}; " if near else ""
    return f"unknown code {query!r}; {hint}the codes are {', '.join(CODES)}"


def _wrapped(paragraph: str, indent: str = "") -> str:
    return textwrap.fill(
        paragraph,
        _WIDTH,
        initial_indent=indent,
        subsequent_indent=indent,
        break_long_words=False,
        break_on_hyphens=False,
    )


def _indented(code: str) -> str:
    return textwrap.indent(code.rstrip("\n"), "    ")
