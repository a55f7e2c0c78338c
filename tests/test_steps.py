"""One step of a value: the rows of ``data/steps.txt``.

A row is a piece of code in which the value is ``X``, its shape (see :mod:`cachelift.analysis.steps`), and behind ``=>``
what is noted: ``-> place shape`` is where the value goes, ``.name`` a member that is used, ``truth``, ``test`` and
``store`` what else is done with it, ``handed f 0`` that a function of elsewhere gets it, ``outside`` that it gets the
object itself; ``escapes`` and ``lost`` are those of :class:`~cachelift.analysis.calls.Effect`.
"""

from __future__ import annotations

import ast
import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from helpers import knowledge

from cachelift.analysis.binder import build
from cachelift.analysis.calls import Effect, Goal
from cachelift.analysis.names import Names
from cachelift.analysis.places import Places
from cachelift.analysis.scopes import Scope
from cachelift.analysis.steps import Steps
from cachelift.knowledge import ProgramKnowledge

ROWS = (Path(__file__).parent / "data" / "steps.txt").read_text(encoding="utf-8").splitlines()


@pytest.fixture(scope="module")
def program(tmp_path_factory: pytest.TempPathFactory) -> ProgramKnowledge:
    return knowledge(tmp_path_factory.mktemp("steps"), {})


@pytest.mark.parametrize("row", ROWS)
def test_step(program: ProgramKnowledge, row: str) -> None:
    given, _, expected = row.partition(" =>")
    literal, _, shape = given.rpartition('"')
    assert step(program, json.loads(f'{literal}"'), shape.strip()) == expected.strip()


def step(program: ProgramKnowledge, code: str, shape: str) -> str:
    """What is done with ``X`` in a piece of code."""
    tree = ast.parse(code)
    places = Places(Names("app/consumer.py", build(tree), program))
    (node,) = (node for node in ast.walk(tree) if isinstance(node, ast.Name) and node.id == "X")
    effect = Effect()
    Steps(places).flow(node, shape, effect)
    return ", ".join(noted(effect))


def noted(effect: Effect) -> Iterator[str]:
    """An effect in words, in the order of its fields."""
    yield from (f".{name} {place(at)}" for name, at in effect.members)
    yield from (f"class.{name} {place(at)}" for name, at in effect.class_members)
    yield from (f"truth {place(at)}" for at in effect.truths)
    yield from (f"test {'|'.join(sorted(names))} {place(at)}" for names, at in effect.tests)
    yield from (
        f"handed {'|'.join(names) or 'nothing'} {which} {shape}".rstrip() for names, which, shape in effect.handed
    )
    yield from (f"store {name} {place(at)}" for name, at in effect.stores)
    yield from (f"returned {name} {spelled(goal)}" for name, goal in effect.returned)
    yield from (f"outside {place(at)}" for at in effect.outside)
    yield from (f"-> {spelled(goal)}" for goal in effect.goes)
    yield from ["escapes"] if effect.escapes else []
    yield from ["lost"] if effect.lost else []
    yield from (f"lost in {'|'.join(names) or 'nothing'}" for names in effect.lost_to)


def spelled(goal: Goal) -> str:
    where, shape = goal
    return f"{where[0]} {'.'.join(map(place, where[1:]))} {shape}".rstrip()


def place(part: object) -> str:
    if isinstance(part, Scope):
        return getattr(part.node, "name", type(part.node).__name__.lower())
    if isinstance(part, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
        return part.name
    return f"`{ast.unparse(part)}`" if isinstance(part, ast.AST) else str(part)
