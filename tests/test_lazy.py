"""For which names a module's ``__getattr__`` returns what. ``fixtures`` follow the objects from there."""

from __future__ import annotations

import ast

import pytest

from cachelift.analysis.lazy import HOOK, asked_for

CASES = {
    'if name == "a":\n  RETURN': {"a"},
    'if "a" == name:\n  RETURN': {"a"},
    'if name == "a":\n  pass\nelse:\n  RETURN': set(),
    'if name == "a":\n  pass\nelif name == "b":\n  RETURN': {"b"},
    'if name in ("a", "b"):\n  RETURN': {"a", "b"},
    'if name in {"a"}:\n  with lock:\n    RETURN': {"a"},
    "if name in TABLE:\n  RETURN": set(),
    'if name in ("a", B):\n  RETURN': set(),
    'if other in ("a", "b"):\n  RETURN': set(),
    "if name == B:\n  RETURN": set(),
    'if other == "a":\n  RETURN': set(),
    'if name != "a":\n  RETURN': set(),
    'if "a" <= name == "b":\n  RETURN': set(),
    'if ready and name == "a":\n  RETURN': {"a"},
    'if ready or name == "a":\n  RETURN': set(),
    "if ready:\n  RETURN": set(),
    'if ready:\n  if name == "a":\n    RETURN': {"a"},
    'match name:\n  case "a":\n    RETURN': {"a"},
    'match name:\n  case "a" | "b":\n    RETURN': {"a", "b"},
    'match name:\n  case "a" | B.c:\n    RETURN': set(),
    'match name:\n  case "a" | [_]:\n    RETURN': set(),
    "match name:\n  case _:\n    RETURN": set(),
    'match other:\n  case "a":\n    RETURN': set(),
    "RETURN": set(),
}


@pytest.mark.parametrize("body", CASES)
def test_names_that_were_surely_asked_for(body: str) -> None:
    assert asked_for(*parse(f"def {HOOK}(name):", body)) == CASES[body]


@pytest.mark.parametrize("parameters", ["*name", "name, /"])
def test_the_parameter_is_the_first_by_position(parameters: str) -> None:
    expected = {"a"} if parameters == "name, /" else set()

    assert asked_for(*parse(f"def {HOOK}({parameters}):", 'if name == "a":\n  RETURN')) == expected


def parse(head: str, body: str) -> tuple[ast.Return, ast.FunctionDef, dict[ast.AST, ast.AST]]:
    lines = "".join(f"\n  {line}" for line in body.replace("RETURN", "return 1").split("\n"))
    tree = ast.parse(head + lines)
    parents = {child: node for node in ast.walk(tree) for child in ast.iter_child_nodes(node)}
    function = tree.body[0]
    returned = next(node for node in ast.walk(tree) if isinstance(node, ast.Return))
    assert isinstance(function, ast.FunctionDef)
    return returned, function, parents
