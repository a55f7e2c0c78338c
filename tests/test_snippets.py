"""Texts that are code: which these are, and the members that they use of something that is not their own."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest
from helpers import knowledge

from cachelift.analysis.binder import build
from cachelift.analysis.names import Names
from cachelift.analysis.snippets import snippets
from cachelift.analysis.texts import texts_of

FOUND = {
    "eval('c.get()')": "get",
    "exec('c.a.b = 1')": "a b",
    "exec(f'{x}.get()')": "get",
    "exec('x.get(' + y)": "get",
    "import timeit\ntimeit.timeit(stmt='c.get()')": "get",
    "eval('getattr(c, \"get\")')": "get",
    "eval('1 + 1')": "",
    "eval('c.get(')": "get",
    "def f():\n    '''\n    >>> f().get()\n    1\n    '''": "get",
    "def f():\n    '''\n    >>> x = f()\n    >>> for y in x:\n    ...     y.get()\n    '''": "get",
    "'''\n>>> from a import C\n>>> C().warmup()\n>>> c = C()\n>>> c.get()\n>>> d.other()\n'''": "other",
    "'''\n>>> from a import C as D\n>>> D.get()\n'''": "",
}
NONE = ["'''c.get()'''", "print('c.get()')", "eval(x)", "x = 'c.get()'", "'eval'('c.get()')()"]


def names(root: Path, code: str) -> Names:
    return Names("app/consumer.py", build(ast.parse(code)), knowledge(root, {}))


@pytest.mark.parametrize(("code", "members"), FOUND.items(), ids=map(str, range(len(FOUND))))
def test_what_code_in_a_text_uses(tmp_path: Path, code: str, members: str) -> None:
    found = {member for snippet in snippets(names(tmp_path, code)) for member in snippet.members}
    assert found == set(members.split())


@pytest.mark.parametrize("code", NONE)
def test_other_texts_are_no_code(tmp_path: Path, code: str) -> None:
    assert list(snippets(names(tmp_path, code))) == []


def test_a_name_in_code_is_a_word(tmp_path: Path) -> None:
    [snippet] = snippets(names(tmp_path, "eval('cache.get(a_b)')"))
    assert [word for word in ("cache", "get", "a_b", "a", "cach", "b") if snippet.names(word)] == [
        "cache",
        "get",
        "a_b",
    ]


SAID = {
    "use('a')": "a",
    "use('a' + 'b')": "ab",
    "x = 'a'\nuse(x)": "a",
    "x = 'a'\nuse(f'{x}_b')": "a_b",
    "use(f'{x!r}')": None,
    "use('a' if y else 'b')": "a b",
    "use('a' if y else z)": None,
    "for x in ('a', 'b'): use(x)": "a b",
    "for x in ['a', 'b']: use(x)": "a b",
    "[use(x) for x in {'a', 'b'}]": "a b",
    "X = ('a', 'b')\nfor x in X: use(x)": "a b",
    "X = ['a', 'b']\nfor x in X: use(x)": None,
    "for x in ('a', y): use(x)": None,
    "for x, y in (('a', 'b'),): use(x)": None,
    "for x in 'ab': use(x)": None,
    "for x in ('a',): use(x)\nfor x in ('b',): use(x)": "a b",
    "x = 'b'\nfor x in ('a',): use(x)": None,
    "def f(x): use(x)": None,
    "use(x)": None,
    "x = x\nuse(x)": None,
    "x = f'{y}'\ny = x\nuse(x + 'a')": None,
    "for x in (x,): use(x)": None,
    "use(1)": None,
    "use(__name__)": "app.consumer",
    "__name__ = 'a'\nuse(__name__)": "a",
}


@pytest.mark.parametrize(("code", "texts"), SAID.items(), ids=SAID)
def test_what_an_expression_may_say(tmp_path: Path, code: str, texts: str | None) -> None:
    found = names(tmp_path, code)
    [argument] = [call.args[0] for call in found.scopes.of_kind(ast.Call) if getattr(call.func, "id", "") == "use"][:1]
    assert texts_of(found, argument) == (None if texts is None else set(texts.split()))
