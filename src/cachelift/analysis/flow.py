"""Follows constructed objects through one file: which members of them are used, and whether they get out of sight.

Flow-insensitive and field-based: an object that reaches a place may be used by every use of that place. What cannot
be followed is not guessed: the object then *escapes*. What is kept where other files can reach it is *handed out*; what
others hand out is followed here in the same way (:mod:`cachelift.analysis.handouts`).

All sources share one graph of places, made once, so the cost grows with the file and not with its square.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from cachelift.analysis import handouts
from cachelift.analysis.calls import Effect, Goal
from cachelift.analysis.facts import Role, Usage
from cachelift.analysis.places import Place, Places
from cachelift.analysis.scopes import Scope
from cachelift.analysis.steps import Steps
from cachelift.model import Applicability, Handout, Legacy, Replacement, Trail

if TYPE_CHECKING:
    from cachelift.analysis.file import FileAnalysis

_OPTIONAL = frozenset({"Optional", "Union", "Annotated", "Final", "ClassVar"})


def follow(file: FileAnalysis) -> None:
    """Add a finding for every use of a member that the replacement lacks, and lower the calls it comes from."""
    roles = (Role.CALL, Role.CALLABLE, Role.TYPE)
    if file.knowledge.handouts or any(usage.role in roles for usage in file.facts.usages):
        _Flow(file).run()


@dataclass(slots=True)
class _Node:
    """A place in the graph, with what is done there and who reaches it."""

    effect: Effect
    goals: list[Goal]
    sources: list[Goal] = field(default_factory=list)
    trails: set[Trail] = field(default_factory=set)
    escapes: bool = False
    problem: tuple[str, str] | None = None
    """For calls that reach it: reason and message."""
    keys: set[str] = field(default_factory=set)
    """The names under which what reaches it is handed out."""


class _Flow:
    def __init__(self, file: FileAnalysis) -> None:
        self.file = file
        self.facts = file.facts
        self.places = Places(file.names)
        self.steps = Steps(self.places)
        self.graph: dict[Goal, _Node] = {}
        self.reported: dict[ast.AST, Usage] = {}
        self.from_calls: set[ast.AST] = set()
        self.given: dict[tuple[str, str], set[tuple[str, Trail]]] = {}
        """What this file hands out, by path and name."""

    def run(self) -> None:
        """Follow the constructor calls, what is annotated with the class, and what other files hand out."""
        calls = [((("value", node), "(" if u.role is Role.CALLABLE else ""), u) for node, u in self.file.calls.items()]
        annotated = list(self._annotated())
        for goal, usage in calls:
            self._spread(goal, Trail(usage.migration))
        for goal, usage in annotated:
            self._spread(goal, Trail(usage.migration, annotated=True))
        if self.file.knowledge.handouts or any(map(handouts.may_lack, self.file.knowledge.replacements)):
            self._hand_out()
        self._judge(calls, annotated)
        self.facts.handouts = tuple(
            Handout(path, name, shape, trail)
            for (path, name), found in sorted(self.given.items())
            for shape, trail in sorted(found, key=lambda item: (item[0], item[1].key))
        )

    def _hand_out(self) -> None:
        """What others hand out here, and what this file hands out, until nothing new is found."""
        foreign = handouts.Foreign(self.file, self.places)
        for goal, trail in foreign.seeds():
            self._spread(goal, trail)
        known = -1
        while known != sum(map(len, self.given.values())):
            known = sum(map(len, self.given.values()))
            self._collect()
            for goal, trail in foreign.reached(self.graph_trails(), self.given):
                self._spread(goal, trail)

    def graph_trails(self) -> Iterator[tuple[Goal, Effect, set[Trail]]]:
        """The graph as others may see it."""
        for goal, node in list(self.graph.items()):
            if node.trails:
                yield goal, node.effect, node.trails

    # -- sources -------------------------------------------------------------------------------------------------

    def _annotated(self) -> Iterator[tuple[Goal, Usage]]:
        """Parameters, variables, attributes and returns that are annotated with the class."""
        for usage in list(self.facts.usages):
            node = self.file.type_nodes.get(id(usage))
            if usage.role is not Role.TYPE or node is None:
                continue
            child: ast.AST = node
            parent = self.file.parents.get(child)
            while isinstance(parent, ast.BinOp | ast.Subscript | ast.Tuple) and self._is_optional(parent):
                child, parent = parent, self.file.parents.get(parent)
            if isinstance(parent, ast.arg):
                function = self.file.parents[self.file.parents[parent]]
                yield (("name", self.places.functions[function], parent.arg), ""), usage
            elif isinstance(parent, ast.AnnAssign):
                for place in self.places.of_target(parent.target):
                    yield (place, ""), usage
            elif isinstance(parent, ast.FunctionDef | ast.AsyncFunctionDef) and parent.returns is child:
                yield (("result", parent), ""), usage

    def _is_optional(self, node: ast.AST) -> bool:
        if isinstance(node, ast.BinOp):
            return isinstance(node.op, ast.BitOr)
        if isinstance(node, ast.Subscript):
            return bool(self.file.names.last_names(node.value) & _OPTIONAL)
        return True

    # -- the graph -----------------------------------------------------------------------------------------------

    def _spread(self, start: Goal, trail: Trail) -> None:
        """Follow one object from a place on."""
        work = [start]
        while work:
            goal = work.pop()
            node = self.graph.get(goal) or self._node(goal)
            if trail not in node.trails:
                node.trails.add(trail)
                work += node.goals

    def _node(self, goal: Goal) -> _Node:
        """Put a place into the graph, with all that can be reached from it."""
        work = [goal]
        while work:
            current = work.pop()
            if current in self.graph:
                continue
            effect = Effect()
            for node, shape in self._uses(current, effect):
                self.steps.flow(node, shape, effect)
            goals = list(dict.fromkeys(effect.goes))
            self.graph[current] = _Node(effect, goals, escapes=effect.escapes)
            work += goals
        for current, found in self.graph.items():
            if not found.sources:
                found.sources.append(current)
        return self.graph[goal]

    def _uses(self, goal: Goal, effect: Effect) -> Iterator[tuple[ast.expr, str]]:
        """The expressions that read a place; a place may lead to others as well."""
        place, shape = goal
        kind = place[0]
        found: Iterable[ast.expr] = ()
        if kind == "value":
            assert isinstance(place[1], ast.expr)
            found = [place[1]]
        elif kind == "name":
            assert isinstance(place[1], Scope)
            effect.escapes = effect.escapes or self.places.exported(place) is not None
            found = self.places.reads_of_name(place[1], str(place[2]))
        elif kind == "attribute":
            effect.escapes = True
            if isinstance(place[1], ast.ClassDef):
                found = self.places.reads_of_attribute(place[1], str(place[2]))
            effect.goes.append((("any", place[2]), shape))
        elif kind == "any":
            found = self.places.loose_reads(str(place[1]))
        elif kind == "self":
            assert isinstance(place[1], ast.ClassDef)
            found = self.places.selves(place[1])
        elif kind == "fixture":
            effect.escapes = True
            effect.goes += [(parameter, shape) for parameter in self.places.fixture_parameters(str(place[1]))]
        else:
            assert isinstance(place[1], ast.FunctionDef | ast.AsyncFunctionDef)
            effect.escapes = effect.escapes or not self.places.is_plain(place[1])
            effect.goes.append(self.places.result(place[1], shape))
        return ((node, shape) for node in found)
