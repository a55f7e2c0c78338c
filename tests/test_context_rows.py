"""What the syntax around the class makes of it: the rows of ``data/contexts.txt``.

A row is a piece of code in which the class is ``C``, and behind ``=>`` its role, the node that a finding is about, and
the detail: a reason, or a word on the form. ``type`` stands before where the class is part of a type expression.
"""

from __future__ import annotations

import ast
import json
from pathlib import Path

import pytest
from helpers import knowledge

from cachelift.analysis.binder import build
from cachelift.analysis.contexts import Contexts
from cachelift.analysis.names import Names
from cachelift.knowledge import ProgramKnowledge

ROWS = (Path(__file__).parent / "data" / "contexts.txt").read_text(encoding="utf-8").splitlines()


@pytest.fixture(scope="module")
def program(tmp_path_factory: pytest.TempPathFactory) -> ProgramKnowledge:
    return knowledge(tmp_path_factory.mktemp("contexts"), {})


@pytest.mark.parametrize("row", ROWS)
def test_context(program: ProgramKnowledge, row: str) -> None:
    literal, _, expected = row.partition(" => ")
    assert context(program, json.loads(literal)) == expected


def context(program: ProgramKnowledge, code: str) -> str:
    """What the syntax around ``C`` makes of it."""
    tree = ast.parse(code)
    contexts = Contexts(Names("app/consumer.py", build(tree), program))
    (node,) = (node for node in ast.walk(tree) if isinstance(node, ast.Name) and node.id == "C")
    found = contexts.classify(node)
    typed = "type " if contexts.in_type_position(node) else ""
    tested = "tested " if contexts.is_tested(node) else ""
    about = ast.unparse(found.node).partition("\n")[0]
    return f"{typed}{tested}{found.role.name} `{about}` {found.detail}".rstrip()
