"""Comments that silence findings: ``# noqa`` as the installed flake8 reads it, and ``# cachelift: skip``.

flake8 matches a finding's physical line, or all lines that a string or a backslash joins to it
(``FileProcessor._noqa_line_mapping``), against the regular expressions of ``flake8.defaults``.
https://flake8.pycqa.org/en/stable/user/violations.html
"""

from __future__ import annotations

import re
from collections.abc import Sequence

_INLINE = re.compile(r"# noqa(?::[\s]?(?P<codes>([A-Z]+[0-9]+(?:[,\s]+)?)+))?", re.IGNORECASE)
_FILE = re.compile(r"\s*# flake8[:=]\s*noqa", re.IGNORECASE)
_SKIP = re.compile(r"#\s*cachelift:\s*skip\s*(?:$|#)", re.MULTILINE)
_SKIP_FILE = re.compile(r"#\s*cachelift:\s*skip-file\s*(?:$|#)", re.MULTILINE)
_SPLIT = re.compile(r"[,\s]")

NOQA, SKIP = "noqa", "skip"
"""What silences a finding: a comment that flake8 reads itself, or one of this tool's own."""


class Suppressions:
    """Which findings of one file are silenced.

    ``text`` is the decoded file. A file without any such comment costs one search.
    """

    def __init__(self, text: str) -> None:
        self._everything: str | None = None
        self._joined: dict[int, str] = {}
        self._statements: dict[int, str] = {}
        self._inline = _INLINE
        lowered = text.lower()
        if "noqa" in lowered or "cachelift:" in lowered:
            self._read(text)

    def _read(self, text: str) -> None:
        self._inline, whole_file = expressions()
        lines = physical_lines(text)
        self._everything = NOQA if any(whole_file.match(line) for line in lines) else None
        for first, last, is_statement in line_ranges(lines):
            joined = "".join(lines[first - 1 : last])
            (self._statements if is_statement else self._joined).update(dict.fromkeys(range(first, last + 1), joined))
        for line in lines:
            stripped = line.strip()
            if stripped and not stripped.startswith("#"):
                break
            if _SKIP_FILE.search(stripped) is not None:
                self._everything = SKIP

    def silences(self, code: str, first: int, last: int) -> bool:
        """Whether a finding on the lines ``first`` to ``last`` (1-based) is silenced."""
        return self.silencer(code, first, last) is not None

    def silencer(self, code: str, first: int, last: int) -> str | None:
        """What silences a finding on the lines ``first`` to ``last`` (1-based): ``SKIP`` before ``NOQA``."""
        if self._everything == SKIP or any(_SKIP.search(self._statements.get(line, "")) for line in (first, last)):
            return SKIP
        if self._everything is not None:
            return NOQA
        found = self._inline.search(self._joined.get(first, ""))
        if found is None:
            return None
        codes = found.group("codes")
        return NOQA if codes is None or any(map(code.startswith, split_codes(codes))) else None


def physical_lines(text: str) -> list[str]:
    r"""The lines of a text as flake8 reads them: each ends with ``\n``, whatever ended it."""
    return [line + "\n" for line in re.split(r"\r\n|\r|\n", text)]


def split_codes(codes: str) -> list[str]:
    """The codes, or beginnings of codes, that a ``# noqa: ...`` lists."""
    return [code for code in _SPLIT.split(codes) if code]


def expressions() -> tuple[re.Pattern[str], re.Pattern[str]]:
    """The installed flake8's own expressions, so that both tools agree; these here where it is not installed."""
    try:
        from flake8 import defaults  # type: ignore[import-untyped]
    except ImportError:
        return _INLINE, _FILE
    inline = getattr(defaults, "NOQA_INLINE_REGEXP", None) or getattr(defaults, "NOQA_INLINE_REGEX", None)
    whole_file = getattr(defaults, "NOQA_FILE", None)
    return inline or _INLINE, whole_file or _FILE


def line_ranges(lines: Sequence[str]) -> list[tuple[int, int, bool]]:
    """(first, last, whether it is a whole statement) of the lines that belong together."""
    import tokenize

    found: list[tuple[int, int, bool]] = []
    pending = iter(lines)
    line_first = statement_first = 0
    try:
        for token in tokenize.generate_tokens(lambda: next(pending, "")):
            if token.type in (tokenize.ENDMARKER, tokenize.DEDENT):
                continue
            line_first = line_first or token.start[0]
            statement_first = statement_first or token.start[0]
            if token.type in (tokenize.NL, tokenize.NEWLINE):
                found.append((line_first, token.end[0], False))
                line_first = 0
            if token.type == tokenize.NEWLINE:
                found.append((statement_first, token.end[0], True))
                statement_first = 0
            elif token.type == tokenize.NL and statement_first == token.start[0] and not _holds_code(token.line):
                statement_first = 0  # a comment line of its own, or an empty one, belongs to no statement
    except (tokenize.TokenError, SyntaxError):
        pass
    return found


def _holds_code(line: str) -> bool:
    stripped = line.strip()
    return bool(stripped) and not stripped.startswith("#")
