"""Follows constructed objects through one file: which members of them are used, and whether they get out of sight.

Flow-insensitive and field-based: an object that reaches a place may be used by every use of that place. What cannot
be followed is not guessed: the object then *escapes*. What is kept where other files can reach it is *handed out*; what
others hand out is followed here in the same way (:mod:`cachelift.analysis.handouts`).

All sources share one graph of places, made once, so the cost grows with the file and not with its square.
"""

from __future__ import annotations

import ast
from collections.abc import Container, Iterable, Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from cachelift.analysis import handouts
from cachelift.analysis.calls import Effect, Goal, is_in_containers
from cachelift.analysis.differences import Difference, differences, fluent_members, lost_members, may_lack
from cachelift.analysis.facts import CALLED, EVERYWHERE, NAMED, Role, Usage
from cachelift.analysis.places import Place, Places
from cachelift.analysis.reflection import Read, Reflection
from cachelift.analysis.scopes import Scope, ScopeKind
from cachelift.analysis.snippets import WORDS, snippets
from cachelift.analysis.steps import Steps
from cachelift.model import Applicability, Legacy, Replacement, Trail

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
    """A place in the graph: what is done there, where that leads, and what reaches it."""

    effect: Effect
    goals: list[Goal]
    loose: list[Goal]
    """Those to which something else may go instead."""
    guessed: list[Goal]
    """Those to which anything may go."""
    trails: set[Trail] = field(default_factory=set)


class _Flow:
    def __init__(self, file: FileAnalysis) -> None:
        self.file = file
        self.places = Places(file.names)
        self.steps = Steps(self.places)
        self.reflection = Reflection(self.places)
        self.snippets = list(snippets(file.names)) if file.may_name(*WORDS) else []
        self.fluent = fluent_members(file.knowledge.replacements)
        self.graph: dict[Goal, _Node] = {}
        self.reported: dict[ast.AST, Usage] = {}
        self.from_calls: set[ast.AST] = set()
        """Where an object of a constructor call of this file is used through a missing member."""
        self.sources: dict[Goal, list[Goal]] = {}
        self.calls: list[tuple[Goal, Usage]] = [
            ((("value", node), "(" if usage.role is Role.CALLABLE else ""), usage) for node, usage in file.calls.items()
        ]
        self.annotated = list(self._annotated())

    def run(self) -> None:
        """Follow the constructor calls, what is annotated with the class, and what other files hand out."""
        for goal, usage in self.calls:
            self.spread(goal, Trail(usage.migration))
        for goal, usage in self.annotated:
            self.spread(goal, Trail(usage.migration, annotated=True))
        given = handouts.Exchange(self.file, self.places, self.reflection, self.spread, self.snippets)
        if any(map(may_lack, self.file.knowledge.replacements)):
            given.trade(self.graph)
        self._turn()
        self._judge_uses()
        self._judge_sources()
        self._name(given)

    def _name(self, given: handouts.Exchange) -> None:
        """Note under which names the objects are handed out, and which name holds what another one holds.

        The search back from a name ends at the next one, so that a hub is not searched once for each name behind it.
        """
        self.file.facts.handouts = given.handouts()
        exits: dict[Goal, list[str]] = {}
        for goal, name in given.exits(self.graph):
            exits.setdefault(goal, []).append(name)
        flows: dict[int, tuple[Usage, set[str]]] = {}
        for start, names in exits.items():
            for goal in self._above([start], stops=exits):
                for usage in self.by_source.get(goal, ()):
                    flows.setdefault(id(usage), (usage, set()))[1].update(names)
                if goal != start and goal in exits:
                    for name in names:
                        self.file.facts.through.setdefault(name, set()).update(exits[goal])
        for usage, found in flows.values():
            usage.flows_to = tuple(sorted(found))

    # -- sources -------------------------------------------------------------------------------------------------

    def _annotated(self) -> Iterator[tuple[Goal, Usage]]:
        """Parameters, variables, attributes and returns that are annotated with the class."""
        for usage in list(self.file.facts.usages):
            node = self.file.type_nodes.get(id(usage))
            if node is None:
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
        for holder, usage in self.file.commented:
            if isinstance(holder, ast.arg):
                function = self.file.parents[self.file.parents[holder]]
                yield (("name", self.places.functions[function], holder.arg), ""), usage
            elif isinstance(holder, ast.expr):
                for place in self.places.of_target(holder):
                    yield (place, ""), usage
            else:
                yield (("result", holder), ""), usage

    def _is_optional(self, node: ast.AST) -> bool:
        if isinstance(node, ast.BinOp):
            return isinstance(node.op, ast.BitOr)
        if isinstance(node, ast.Subscript):
            return bool(self.file.names.last_names(node.value) & _OPTIONAL)
        return True

    # -- the graph -----------------------------------------------------------------------------------------------

    def spread(self, start: Goal, trail: Trail) -> None:
        """Follow one object from a place on."""
        work = [(start, trail)]
        while work:
            goal, current = work.pop()
            node = self.graph.get(goal) or self._node(goal)
            if current not in node.trails:
                node.trails.add(current)
                work += [(each, current) for each in node.goals]
                work += [(each, current._replace(loose=True)) for each in node.loose]
                work += [(each, current._replace(loose=True, guessed=True)) for each in node.guessed]

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
            effect.goes += [goal for name, goal in effect.returned if name in self.fluent]
            goals, loose, guessed = (list(dict.fromkeys(e)) for e in (effect.goes, effect.may_go, effect.guesses))
            self.graph[current] = _Node(effect, goals, loose, guessed)
            work += [*goals, *loose, *guessed]
        return self.graph[goal]

    def _uses(self, goal: Goal, effect: Effect) -> Iterator[tuple[ast.expr, str]]:
        """The expressions that read a place; a place may lead to others as well."""
        place, shape = goal
        kind = place[0]
        effect.members += [(str(place[2]), place[1])] if kind == "text" and isinstance(place[1], ast.expr) else []
        found: Iterable[ast.expr] = ()
        if kind == "value":
            assert isinstance(place[1], ast.expr)
            found = [place[1]]
        elif kind == "name":
            assert isinstance(place[1], Scope)
            effect.escapes = effect.escapes or self.places.exported(place) is not None
            if self.places.is_listed(place[1]):
                effect.lose()
            if place[1].kind is ScopeKind.CLASS and not shape:  # language reference, 3.3.2.2 and 3.3.3.6
                effect.members += [
                    (name, place[1].node) for name in self.places.asked_in_class(place[1], str(place[2]))
                ]
            if place[1].kind is ScopeKind.MODULE:
                self._read_by(self.reflection.of_module(str(place[2])), shape, effect)
            found = self.places.reads_of_name(place[1], str(place[2]))
        elif kind == "attribute":
            found = self._of_attribute(place, shape, effect)
        elif kind == "any":
            found = self.places.loose_reads(str(place[1]))
            self._read_by(self.reflection.of_any(str(place[1])), shape, effect)
        elif kind == "self":
            assert isinstance(place[1], ast.ClassDef)
            found = self.places.selves(place[1])
        elif kind == "pattern":
            assert isinstance(place[1], ast.pattern)
            self.steps.capture(place[1], shape, effect)
        elif kind in ("text", "snippet", "loaded"):
            effect.escapes = effect.escapes or kind != "text"
            effect.lost = effect.lost or kind == "loaded"
        elif kind == "fixture":
            effect.escapes = True
            effect.goes += [(parameter, shape) for parameter in self.places.fixture_parameters(str(place[1]))]
        else:
            assert isinstance(place[1], ast.FunctionDef | ast.AsyncFunctionDef)
            if self.places.is_called_by_syntax(place[1]) or not self.places.is_plain(place[1]):
                effect.escapes = True
                effect.lost = not self.places.is_fixture(place[1])
            effect.goes += self.places.results(place[1], shape)
        return ((node, shape) for node in found)

    def _of_attribute(self, place: Place, shape: str, effect: Effect) -> list[ast.expr]:
        """The expressions that read an attribute of the objects of a class, or of something unknown."""
        effect.escapes = True
        if isinstance(place[1], ast.ClassDef):
            effect.lost = effect.lost or self.places.is_enumeration(place[1])
            if not shape or is_in_containers(shape):
                effect.members += [(name, place[1]) for name in self.places.compared_by(place[1])]
            self._read_by(self.reflection.of_class(place[1], str(place[2])), shape, effect)
            for dotted in self.places.inherits(place[1]):
                effect.lose(dotted)
            found = self.places.reads_of_attribute(place[1], str(place[2]))
        else:  # what it was set on may be a module
            found = self.places.module_reads(str(place[2]))
        effect.goes.append((("any", place[2]), shape))
        return found

    @staticmethod
    def _read_by(reads: Iterable[Read], shape: str, effect: Effect) -> None:
        """What reads a place by other means than its name gets what is there, or something else."""
        for read in reads:
            (effect.guesses if read.attribute is None else effect.may_go).append((read.place, read.shape + shape))

    # -- verdicts ------------------------------------------------------------------------------------------------

    def _turn(self) -> None:
        """The graph's other direction, and the usages by the place that they begin at."""
        for goal, node in self.graph.items():
            for target in (*node.goals, *node.loose, *node.guessed):
                self.sources.setdefault(target, []).append(goal)
        self.by_source: dict[Goal, list[Usage]] = {}
        for goal, usage in (*self.calls, *self.annotated):
            self.by_source.setdefault(goal, []).append(usage)

    def _above(self, goals: Iterable[Goal], seen: set[Goal] | None = None, stops: Container[Goal] = ()) -> list[Goal]:
        """The places from which some places are reached, themselves included, as far as not seen before.

        The search does not go on behind the places in ``stops``, where it does not begin there.
        """
        starts = set(goals)
        seen = set() if seen is None else seen
        found: list[Goal] = []
        work = list(starts)
        while work:
            goal = work.pop()
            if goal not in seen:
                seen.add(goal)
                found.append(goal)
                if goal in starts or goal not in stops:
                    work += self.sources.get(goal, ())
        return found

    def _judge_sources(self) -> None:
        """Which calls escape, and which are used in a way that the replacement does not offer."""
        hidden = set(self._above(goal for goal, node in self.graph.items() if node.effect.escapes))
        met = set(self._above(goal for goal, node in self.graph.items() if node.effect.lost or node.effect.met))
        for goal, usage in self.calls:
            usage.escapes = goal in hidden
            usage.met = goal in met
        self._note_called()
        self._judge_lost()
        self._judge_members_of_enumerations()
        for migration in sorted({usage.migration for _, usage in (*self.calls, *self.annotated)}):
            problems = sorted(self._problems(migration), key=lambda problem: problem.found.order)
            calls: set[Goal] = set()
            types: set[Goal] = set()
            for problem in problems:
                concerned = self._concerned(problem, calls, migration, is_type=False)
                if problem.found.at in self.reported and problem.found.at not in self.from_calls:
                    concerned += self._concerned(problem, types, migration, is_type=True)
                for usage in concerned:
                    self.file.manual(usage, problem.found.reason, problem.found.message)

    def _note_called(self) -> None:
        """Which methods of an object are called with arguments: what these are may matter to them."""
        called: dict[str, list[Goal]] = {}
        for goal, node in self.graph.items():
            for name, at in node.effect.members:
                call = self.file.parents.get(at)
                if isinstance(call, ast.Call) and call.func is at and (call.args or call.keywords):
                    called.setdefault(name, []).append(goal)
        for name, starts in called.items():
            for goal in self._above(starts):
                for usage in self.by_source.get(goal, ()):
                    usage.called |= {name}

    def _judge_lost(self) -> None:
        """Which calls and which of the things that others hand out get out of sight, and in whose modules."""
        for start, node in self.graph.items():
            if node.effect.lost:
                dotted = {name for names in node.effect.lost_to for name in names}
                found = {self.file.path, *filter(None, map(self.file.knowledge.module_around, dotted))}
                found |= {CALLED + self.file.path} if node.effect.called else set()
                found |= {EVERYWHERE} if start[0][0] == "loaded" else set()
                found |= {NAMED} if node.effect.named else set()
                for goal in self._above([start]):
                    for usage in self.by_source.get(goal, ()):
                        usage.lost_in |= found
                for name in (name for trail in node.trails for name in self._held(trail)):
                    self.file.facts.loses.setdefault(name, set()).update(found)

    def _held(self, trail: Trail) -> Iterable[tuple[str, str]]:
        """The names under which a trail's object was handed out, or what it holds was."""
        if trail.holder is None:
            return (trail.origin,) if trail.origin is not None else ()
        path, holder = trail.holder
        return [key for key in self.file.knowledge.handouts if key[0] == path and key[1].startswith(f"{holder}.")]

    def _judge_members_of_enumerations(self) -> None:
        """An object that a member of an enumeration holds stays: there are more ways to a member than its name.

        https://docs.python.org/3/library/enum.html: ``E[name]``, ``E(value)``, and any method, to which it is ``self``.
        """
        for (place, _), _ in list(self.graph.items()):
            if place[0] == "attribute" and isinstance(place[1], ast.ClassDef) and self.places.is_enumeration(place[1]):
                starts = [goal for goal in self.graph if goal[0] == place]
                for usage in (usage for goal in self._above(starts) for usage in self.by_source.get(goal, ())):
                    if may_lack(self.file.knowledge.replacements[usage.migration]):
                        message = (
                            f"the enumeration `{place[1].name}` holds the object, and its members are not followed"
                        )
                        self.file.manual(usage, "missing-member", message)

    def _concerned(self, problem: _Problem, seen: set[Goal], migration: int, *, is_type: bool) -> list[Usage]:
        """The calls or the annotations whose objects get to where the problem is, as far as not seen before."""
        return [
            usage
            for goal in self._above([problem.goal], seen)
            for usage in self.by_source.get(goal, ())
            if usage.migration == migration and (usage.role is Role.TYPE) is is_type
        ]

    def _problems(self, migration: int) -> Iterator[_Problem]:
        """Everything that is done with an object of a migration and that its replacement does not do."""
        replacement = self.file.knowledge.replacements[migration]
        for goal, node in self.graph.items():
            trails = [trail for trail in node.trails if trail.migration == migration]
            if trails:
                is_guess = all(trail.guessed for trail in trails)
                for found in differences(node.effect, replacement, self.file.parents, only_known=is_guess):
                    yield _Problem(goal, found)
                for found in self._in_snippets(replacement) if not goal[1] else ():
                    yield _Problem(goal, found)

    def _in_snippets(self, replacement: Replacement) -> Iterator[Difference]:
        """What code in a text may do with any object of the file."""
        for snippet in self.snippets:
            for member in sorted(snippet.members & lost_members(replacement)):
                said = f"a text that is run uses `{member}`, which the replacement lacks"
                yield Difference(snippet.node, "missing-member", said)

    def _judge_uses(self) -> None:
        """Report every use that the replacement does not offer, and tell those who handed the object out."""
        for migration in range(len(self.file.knowledge.replacements)):
            legacy = Legacy("class", migration, None)
            for problem in self._problems(migration):
                found = problem.found
                trails = [t for t in self.graph[problem.goal].trails if t.migration == migration]
                if found.use is not None and not all(trail.loose for trail in trails):
                    self._report(found.at, found.use, legacy)
                    if any(t.annotated for t in trails):
                        self.file.facts.loose_members = True
                    if any(t.origin is None and not t.annotated for t in trails):
                        self.from_calls.add(found.at)
                line = self.file.imports.position(self.file.imports.span(found.at))[0]
                for trail in trails:
                    if trail.origin is not None:
                        message = f"{self.file.path}:{line}: {found.message}"
                        self.file.facts.unmet.setdefault(trail.origin, (found.reason, message))

    def _report(self, at: ast.AST, message: str, legacy: Legacy) -> None:
        if at not in self.reported:
            usage = self.file.add(Role.MEMBER, legacy, at, message, code="CLF009")
            usage.lower(Applicability.MANUAL, "missing-member")
            self.reported[at] = usage


@dataclass(frozen=True, slots=True)
class _Problem:
    """Something that is done at one place of the graph and that the replacement does not do."""

    goal: Goal
    found: Difference
