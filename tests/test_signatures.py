"""Signatures from syntax trees and from the configuration's text."""

from __future__ import annotations

import ast

import pytest

from cachelift.model import Parameter, ParameterKind, Signature
from cachelift.signatures import parse_signature, signature_of, source_lines

POSITIONAL_ONLY, PLAIN, ARGS, KEYWORD_ONLY, KWARGS = ParameterKind


def function(text: str) -> ast.FunctionDef:
    node = ast.parse(text).body[0]
    assert isinstance(node, ast.FunctionDef)
    return node


def test_every_kind_of_parameter() -> None:
    text = 'def f(self, a, /, b: int, c: "str" = "x", *d: int, e, g=  0x10, **h): ...'
    assert signature_of(function(text).args, drop_first=True, lines=source_lines(text), origin="m.py:1") == Signature(
        (
            Parameter("a", POSITIONAL_ONLY),
            Parameter("b", PLAIN, None, "int"),
            Parameter("c", PLAIN, '"x"', '"str"'),
            Parameter("d", ARGS, None, "int"),
            Parameter("e", KEYWORD_ONLY),
            Parameter("g", KEYWORD_ONLY, "0x10"),
            Parameter("h", KWARGS),
        ),
        "m.py:1",
    )


def test_nothing_to_drop() -> None:
    assert signature_of(function("def f(*args): ...").args, drop_first=True) == Signature((Parameter("args", ARGS),))


def test_a_default_over_several_lines_is_normalised() -> None:
    text = "def f(a=[\n  1,\n]): ..."
    assert signature_of(function(text).args, drop_first=False, lines=source_lines(text)).parameters[0].default == "[1]"


def test_lines_are_counted_as_the_parser_counts_them() -> None:
    text = "'é\f\x85'\r\r\ndef f(a='ü\f', b=(1)): ...\r"
    (_, node) = ast.parse(text).body
    assert isinstance(node, ast.FunctionDef)
    found = signature_of(node.args, drop_first=False, lines=source_lines(text))
    assert [parameter.default for parameter in found.parameters] == ["'ü\f'", "1"]


def test_without_text_expressions_are_unparsed() -> None:
    node = function('def f() -> "x": ...')
    assert signature_of(node.args, drop_first=False, is_async=True, returns=node.returns) == Signature(
        (), "", True, "'x'"
    )


@pytest.mark.parametrize(
    "text", ["(cache_dir='data/cache', system='KP')", " ( cache_dir='data/cache',\nsystem='KP' ) "]
)
def test_a_configured_signature(text: str) -> None:
    assert parse_signature(text) == Signature(
        (Parameter("cache_dir", PLAIN, "'data/cache'"), Parameter("system", PLAIN, "'KP'")), "configuration"
    )


def test_a_configured_signature_with_a_result() -> None:
    assert parse_signature("() -> Cache") == Signature((), "configuration", False, "Cache")


@pytest.mark.parametrize(
    "text",
    [
        "",
        "system",
        "(system",
        "(a, a)",
        "(a=1, b)",
        "(a): pass\ndef g(b)",
        "(a): return 1 #",
        "[T](a)",
        "(a) # ",
        "(a\0)",
        "(a=" + "(" * 500 + ")" * 500 + ")",
    ],
)
def test_what_is_no_signature(text: str) -> None:
    with pytest.raises(ValueError, match="not a signature"):
        parse_signature(text)
