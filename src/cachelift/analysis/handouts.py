"""What one file hands out and another takes: module-level objects, attributes, results, arguments, fixtures.

A file that uses ``cache`` of ``from app.state import cache`` names neither the class nor its module. So that such a
use is seen, the analysis of each file notes the names under which a constructed object can be reached from other files
(:class:`cachelift.model.Handout`), and a file that takes such a name is analysed with that knowledge. Names:

=============== ===========================================================================
``cache``       a name of the module, of an object or of a function that gives one
``__getattr__`` any name that the module does not bind itself
``Svc.cache``   an attribute of a class's objects; ``*.cache`` where the class is not known
``?.cache``     an attribute of anything: it was set on something that is imported
``warm(0)``     an argument of a function or class that another file defines
``fixture x``   a pytest fixture
=============== ===========================================================================

A class whose objects hold such an attribute is followed like the object itself. Nothing else is guessed: an attribute
of that name on something unknown is no finding, it only keeps the calls that it might come from (a *loose* trail).
"""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import pairwise
from typing import TYPE_CHECKING, Protocol

from cachelift.analysis.calls import Effect, Goal
from cachelift.analysis.lazy import HOOK
from cachelift.analysis.places import Place, Places
from cachelift.analysis.reflection import Read, Reflection
from cachelift.analysis.snippets import Snippet
from cachelift.model import Handout, Trail

if TYPE_CHECKING:
    from cachelift.analysis.file import FileAnalysis


_TARGETED = frozenset(
    {"patch", "setattr", "delattr", "object", "multiple", "dict", "getLogger", "import_module", "find_spec"}
)
"""Functions whose argument is a path that they do not read an object from, or put another one there."""


class Reached(Protocol):
    """A place of the graph as this module sees it."""

    effect: Effect
    trails: set[Trail]


class Exchange:
    """The trade of one file with all others.

    Args:
        file: the file.
        places: its places.
        reflection: its reads of attributes by other means than their names.
        spread: follows a trail from a place on.
        snippets: its texts that are code.
    """

    def __init__(
        self,
        file: FileAnalysis,
        places: Places,
        reflection: Reflection,
        spread: Callable[[Goal, Trail], None],
        snippets: Sequence[Snippet],
    ) -> None:
        self.file = file
        self.places = places
        self.reflection = reflection
        self.spread = spread
        self.snippets = snippets
        self.knowledge = file.knowledge
        self.offers = file.knowledge.handouts
        self.given: dict[tuple[str, str], set[tuple[str, Trail]]] = {}
        self._holding: dict[ast.ClassDef, str] = {}
        """The classes whose objects hold one, with their names from the module on."""
        self._names = frozenset(name for _, name in self.offers)

    def trade(self, graph: Mapping[Goal, Reached]) -> None:
        """Take what is on offer, and note what this file hands out, until nothing new is found."""
        for goal, trail in self._seeds():
            self.spread(goal, trail)
        count = None
        while count != (count := sum(map(len, self.given.values()))):
            self._collect(graph)
            for goal, trail in [*self._holders(), *self._attributes(graph)]:
                self.spread(goal, trail)
        for goal, trail in self._of_modules():
            self.spread(goal, trail)
        self._collect(graph)
        self._give_modules()
        for goal, trail in self._loose(graph):
            self.spread(goal, trail)

    def handouts(self) -> tuple[Handout, ...]:
        """What this file hands out."""
        return tuple(
            Handout(path, name, shape, trail)
            for (path, name), found in sorted(self.given.items())
            for shape, trail in sorted(found, key=repr)
        )

    # -- taking --------------------------------------------------------------------------------------------------

    def _offered(self, dotted: str) -> Iterator[tuple[str, Trail]]:
        head, _, tail = dotted.rpartition(".")
        if head and (tail in self._names or HOOK in self._names):
            path = self.knowledge.module_path(head)
            if path is not None and path != self.file.path:
                yield from self.offers.get((path, tail), ())
                for shape, trail in self.offers.get((path, HOOK), ()):
                    if self._is_asked_for(dotted):
                        yield shape[1:], trail

    def _is_asked_for(self, dotted: str) -> bool:
        """Whether what a module makes when it is asked for may be had by a name."""
        return self.knowledge.locate(dotted) is None and self.knowledge.definition(dotted) is None

    def _seeds(self) -> Iterator[tuple[Goal, Trail]]:
        if not self.offers:
            return
        yield from self._imported()
        yield from self._starred()
        yield from self._run()
        for (path, name), found in self.offers.items():
            places: list[tuple[Place, str]] = []
            if path == self.file.path and name.endswith(")"):
                places = list(self._parameter(name)) or self._hand_on(name, found)
            elif path == "*":
                yield from self._by_method(name, found)
            elif path == self.file.path and "." in name:  # of a class here, from one that is derived from it
                holder = self.places.defined().get(name.rpartition(".")[0])
                places = (
                    [(("attribute", holder, name.rpartition(".")[2]), "")] if isinstance(holder, ast.ClassDef) else []
                )
            elif path == self.file.path and name.isidentifier():
                module = self.places.scopes.module
                for shape, trail in found:
                    if trail.origin is not None and trail.origin[0] != path:  # another file has set it
                        yield (("name", module, name), shape), trail
            elif name.startswith("fixture ") and self._sees_fixtures(path):
                places = [(place, "") for place in self.places.fixture_parameters(name.removeprefix("fixture "))]
            for place, prefix in places:
                is_loose = "." in name and not name.endswith(")")
                for shape, trail in found:
                    yield (place, prefix + shape), trail._replace(loose=True) if is_loose else trail

    def _imported(self) -> Iterator[tuple[Goal, Trail]]:
        """Names that an import binds to what is handed out, and attributes of imported modules."""
        names = self.file.names
        for scope in self.places.scopes.scopes:
            for name, bindings in scope.bindings.items():
                for binding in bindings:
                    for dotted in names.imported(binding):
                        for shape, trail in self._offered(dotted):
                            yield (("name", scope, name), shape), trail
        yield from self._named_in_texts()
        for name, node, base in self.places.all_reads():
            if name in self._names or HOOK in self._names:
                for holder in self._module_names(base):
                    for shape, trail in self._offered(f"{holder}.{name}"):
                        yield (("value", node), shape), trail

    def _run(self) -> Iterator[tuple[Goal, Trail]]:
        """What code in a text names of the modules that the file, or the code, imports."""
        for (path, name), found in self.offers.items() if self.snippets else ():
            modules = {each.rpartition(".")[2] for each in self.knowledge.module_names(path)}
            for snippet in self.snippets:
                is_imported = path in self.file.facts.imports or any(map(snippet.names, modules))
                if is_imported and path != self.file.path and snippet.names(word_of(name)):
                    yield from (((("snippet", snippet.node), ""), trail) for _, trail in found)

    def _named_in_texts(self) -> Iterator[tuple[Goal, Trail]]:
        """What the target of a patch leads to, or through: ``patch("app.state.cache.get")``."""
        for constant in self.places.scopes.of_kind(ast.Constant):
            parts = re.split("[.:]", constant.value) if isinstance(constant.value, str) else []
            if self._names.isdisjoint(parts) and not any(f"{a}.{b}" in self._names for a, b in pairwise(parts)):
                continue
            for at in range(1, len(parts)):
                path = self.knowledge.module_path(".".join(parts[:at]))
                for end in range(at + 1, len(parts) + 1) if path is not None else ():
                    for shape, trail in self.offers.get((path or "", ".".join(parts[at:end])), ()):
                        yield from self._named_in_text(constant, parts[end:], shape, trail)

    def _named_in_text(
        self, constant: ast.Constant, further: list[str], shape: str, trail: Trail
    ) -> Iterator[tuple[Goal, Trail]]:
        call = self.file.parents.get(constant)
        keywords = call.keywords if isinstance(call, ast.Call) else []
        is_multiple = isinstance(call, ast.Call) and "unittest.mock.patch.multiple" in self.file.names.qualified(
            call.func
        )
        members = further[:1] or [each.arg for each in keywords if each.arg is not None and is_multiple]
        if members:
            yield from (((("text", constant, member), shape), trail) for member in members)
        elif isinstance(call, ast.Call) and any(each.arg in ("spec", "spec_set", "autospec") for each in call.keywords):
            yield (("value", call), "&" + shape), trail
        elif not further and not self._is_target(constant):
            yield (("loaded", constant), shape), trail

    def _is_target(self, constant: ast.Constant) -> bool:
        """Whether a path is that of something that is patched, or no path of an object at all."""
        call = self.file.parents.get(constant)
        if isinstance(call, ast.Expr | ast.JoinedStr):
            return True
        if isinstance(call, ast.keyword):
            call = self.file.parents.get(call)
        names = self.file.names.last_names(call.func) if isinstance(call, ast.Call) else frozenset[str]()
        last = {call.func.attr} if isinstance(call, ast.Call) and isinstance(call.func, ast.Attribute) else names
        return not _TARGETED.isdisjoint(last)

    def _module_names(self, node: ast.expr) -> tuple[str, ...]:
        """The dotted names of what is imported, by a statement or by ``import_module("app.state")``."""
        if isinstance(node, ast.Call):
            return self.reflection.imported_by(node) or ()
        return self.file.names.qualified(node) if self.places.is_imported(self.places.root(node)) else ()

    def _starred(self) -> Iterator[tuple[Goal, Trail]]:
        """Names that a star import may bind; they are handed on."""
        unbound: dict[str, list[ast.Name]] = {}
        for reference in self.places.scopes.references if self.file.names.stars else ():
            if reference.owner is None:
                unbound.setdefault(reference.node.id, []).append(reference.node)
        module = self.places.scopes.module
        for binding, _, names in self.file.names.stars:
            assert isinstance(binding.statement, ast.ImportFrom)
            for dotted in self.file.names.modules_of(binding.statement):
                path = self.knowledge.locate(dotted)
                for (source, name), found in self.offers.items():
                    public = name in names if names is not None else not name.startswith("_")
                    if source != path or not name.isidentifier() or not public:
                        continue
                    self.given.setdefault((self.file.path, name), set()).update(found)
                    for shape, trail in found:
                        for node in unbound.get(name, ()):
                            yield (("value", node), shape), trail
                        if name in module.bindings:
                            yield (("name", module, name), shape), trail
                        for read in self.reflection.of_module(name):
                            yield (read.place, read.shape + shape), _read(trail, read)

    def _parameter(self, name: str, *, bound: bool = False) -> Iterator[tuple[Place, str]]:
        """The parameter of a function or class of this file that ``warm(0)`` or ``Svc.attach(cache)`` means.

        Whoever calls a method by its class hands it the object as well, unless it is ``bound`` or a class method.
        """
        target, _, which = name.removesuffix(")").partition("(")
        found = self.places.defined().get(target)
        index, keyword = (int(which), None) if which.isdigit() else (-1, which)
        place: tuple[Place, str] | None = None
        if isinstance(found, ast.ClassDef):
            place = self.places.parameter_of_class(found, index, keyword)
        elif found is not None:
            decorators = set(self.places.decorators(found))
            is_bound = (bound or "classmethod" in decorators) and "staticmethod" not in decorators
            place = self.places.parameter_of(found, index, keyword, skip_first=is_bound)
        if place is not None:
            yield place
            if place[1] and keyword is not None:  # of `**options`, which may become attributes
                yield ("attribute", None, keyword), ""

    def _by_method(self, name: str, found: frozenset[tuple[str, Trail]]) -> Iterator[tuple[Goal, Trail]]:
        """The parameters of all methods of a name that something unknown is called by: ``*.attach(0)``."""
        method, _, which = name.removeprefix("*.").removesuffix(")").partition("(")
        for target, node in self.places.defined().items():
            if target.endswith(f".{method}") and not isinstance(node, ast.ClassDef):
                for place, before in self._parameter(f"{target}({which})", bound=True):
                    for shape, trail in found:
                        yield (place, before + shape), trail._replace(loose=True)

    def _hand_on(self, name: str, found: frozenset[tuple[str, Trail]]) -> list[tuple[Place, str]]:
        """An argument of what this file merely imports goes to where that is imported from."""
        root, _, rest = name.partition("(")[0].partition(".")
        argument = name[name.index("(") :]
        names = self.file.names
        module = self.places.scopes.module
        dotted = [
            f"{source}.{rest}" if rest else source
            for b in module.bindings.get(root, ())
            for source in names.imported(b)
        ]
        for binding, _, public in names.stars if root not in module.bindings else ():
            assert isinstance(binding.statement, ast.ImportFrom)
            if public is None or root in public:
                dotted += [f"{source}.{name.partition('(')[0]}" for source in names.modules_of(binding.statement)]
        for path, target in self._owners(tuple(dotted)):
            self.given.setdefault((path, f"{target}{argument}"), set()).update(found)
        return []

    def _sees_fixtures(self, path: str) -> bool:
        folder, _, name = path.rpartition("/")
        return (
            name == "conftest.py" and path != self.file.path and (not folder or self.file.path.startswith(f"{folder}/"))
        )

    def _attributes(self, graph: Mapping[Goal, Reached]) -> Iterator[tuple[Goal, Trail]]:
        """What is read from the objects of a class of another file that hold such an attribute, or from that class."""
        for (_, shape), node in list(graph.items()):
            for trail in list(node.trails) if len(shape) < 2 else ():
                if trail.holder is None or trail.holder[0] == self.file.path:
                    continue
                reads = node.effect.class_members if shape == "(" else node.effect.members if not shape else ()
                for name, at in (each for each in reads if isinstance(each[1], ast.expr)):
                    key = (trail.holder[0], f"{trail.holder[1]}.{name}")
                    for found, other in self.offers.get(key, ()):
                        yield (("value", at), _given(name, found)), other

    def _loose(self, graph: Mapping[Goal, Reached]) -> Iterator[tuple[Goal, Trail]]:
        """Attributes of that name on something of which nothing is known."""
        offered: dict[str, set[tuple[str, Trail]]] = {}
        anywhere: set[str] = set()
        unknown: set[str] = set()
        for (path, name), found in self.offers.items():
            attribute = name.rpartition(".")[2]
            if path == self.file.path or attribute == name or name.endswith(")"):
                continue
            for shape, trail in found:
                if trail.holder is None:
                    # Of what a file keeps under that name itself all are one; of the others the source is known.
                    is_own = trail.origin is None or trail.origin[1].endswith(f".{attribute}")
                    origin = ("*", attribute) if is_own else trail.origin
                    loose = Trail(trail.migration, origin=origin, loose=True)
                    offered.setdefault(attribute, set()).add((shape, loose))
                    anywhere |= {attribute} if name.startswith("?") else set()
                    unknown |= {attribute} if name.startswith("*") else set()
        for attribute, targets in offered.items():
            is_open = attribute in anywhere
            for read in self.reflection.of_any(attribute):
                for shape, trail in targets:
                    yield (read.place, read.shape + shape), _read(trail, read)
            if attribute in anywhere | unknown:
                for place in self.places.setters(attribute):
                    yield from (((place, shape), trail) for shape, trail in targets)
            nodes = self.places.any_reads(attribute) if is_open else self.places.loose_reads(attribute)
            nodes += self.places.class_reads(attribute) if attribute in unknown and not is_open else []
            for node in nodes:
                base = node.value if isinstance(node, ast.Attribute) else None
                if base is not None and not is_open and self._is_other(base, attribute):
                    continue
                for shape, trail in targets:
                    reached = graph.get((("value", node), shape))
                    if reached is None or not reached.trails:
                        yield (("value", node), shape), trail

    def _of_modules(self) -> Iterator[tuple[Goal, Trail]]:
        """Attributes of something unknown that may be a module, of those that this file has as values."""
        modules = self.reflection.modules
        for (path, name), found in self.offers.items() if modules != frozenset() else ():
            own = self.knowledge.module_names(path)
            is_value = modules is None or any(f"{each}.".startswith(f"{value}.") for each in own for value in modules)
            if path == self.file.path or not name.isidentifier() or not is_value:
                continue
            for shape, trail in found:
                loose = Trail(trail.migration, origin=(path, name), loose=True)
                reads = [Read(name, None, ("value", node), "") for node in self.places.loose_reads(name)]
                for read in (*reads, *self.reflection.of_any(name)) if trail.holder is None else ():
                    yield (read.place, read.shape + shape), _read(loose, read)

    def _is_other(self, base: ast.expr, attribute: str) -> bool:
        """Whether something is a class that gives its objects the attribute itself, or an object of one.

        What holds the object would have been followed. What a variable of another module is, is not known. A class of
        this file is another one if it makes what it has.
        """
        holder = self.places.class_of(base)
        if holder is not None and self.places.makes(holder, attribute):
            return True
        root = base.func if isinstance(base, ast.Call) else base
        return self.places.is_imported(self.places.root(root)) and any(
            _gives(self.knowledge.definition(dotted), attribute) for dotted in self.file.names.qualified(root)
        )

    # -- giving --------------------------------------------------------------------------------------------------

    def exits(self, graph: Mapping[Goal, Reached]) -> Iterator[tuple[Goal, str]]:
        """The places from which an object leaves the file, with the name it leaves under."""
        for goal, node in graph.items():
            name = self.places.exported(goal[0])
            if name is not None:
                yield goal, name
            elif goal[0][0] == "any":
                yield goal, f"any {goal[0][1]}"
            for dotted, which, _ in node.effect.handed:
                for path, target in self._owners(dotted):
                    yield goal, f"{path}:{target}({which})"
            for dotted, attribute, _ in node.effect.stored:
                yield goal, f"?.{attribute}"
                for path in self._modules(dotted):
                    yield goal, f"{path}:{attribute}"

    def _collect(self, graph: Mapping[Goal, Reached]) -> None:
        """Note under which names everything that is followed leaves the file."""
        for goal, node in list(graph.items()):
            trails = [trail for trail in node.trails if not trail.loose or (trail.origin or "")[:1] != ("*",)]
            name = self.places.exported(goal[0]) if trails else None
            if name is not None:
                found = self.given.setdefault((self.file.path, name), set())
                found.update((goal[1], self._sent(trail, name)) for trail in trails)
                if isinstance(goal[0][1], ast.ClassDef):
                    self._holding[goal[0][1]] = name.rpartition(".")[0]
                    for dotted in self.places.inherits(goal[0][1]):  # what a class has is had by its bases' methods
                        for path, target in self._owners(dotted):
                            found = self.given.setdefault((path, f"{target}.{goal[0][2]}"), set())
                            found.update((goal[1], self._sent(trail, name)) for trail in trails)
            for dotted, which, shape in node.effect.handed if trails else ():
                for path, target in self._owners(dotted):
                    found = self.given.setdefault((path, f"{target}({which})"), set())
                    key = f"{path}:{target}({which})"
                    found.update((shape, self._sent(trail, key)) for trail in trails)

            for dotted, attribute, shape in node.effect.stored if trails else ():
                keys = {path: f"{path}:{attribute}" for path in self._modules(dotted)}
                for path, key in keys.items():
                    found = self.given.setdefault((path, attribute), set())
                    found.update((shape, self._sent(trail, key)) for trail in trails)
                found = self.given.setdefault((self.file.path, f"?.{attribute}"), set())
                found.update((shape, self._sent(trail, f"?.{attribute}")) for trail in trails)

    def _give_modules(self) -> None:
        """What gets a module as a value may read all that the module hands out: ``run(state)``."""
        modules = self.reflection.given_modules
        for (path, name), found in self.offers.items() if modules else ():
            if path != self.file.path and name.isidentifier() and not modules.isdisjoint(self._above(path)):
                given = self.given.setdefault((self.file.path, f"*.{name}"), set())
                given.update((shape, trail) for shape, trail in found if trail.holder is None)

    def _above(self, path: str) -> set[str]:
        """The dotted names of a module and of the packages that it is in."""
        names = self.knowledge.module_names(path)
        return {".".join(name.split(".")[:end]) for name in names for end in range(1, name.count(".") + 2)}

    def _modules(self, dotted: tuple[str, ...]) -> list[str]:
        """The other modules of the repository that some dotted names are those of."""
        found = [self.knowledge.locate(name) for name in dotted]
        return [path for path in found if path is not None and path != self.file.path]

    def _sent(self, trail: Trail, name: str) -> Trail:
        """A trail as other files see it: one of this file's own calls is known by the name it is handed out under."""
        if trail.holder is not None or trail.origin is not None:
            return trail
        return trail._replace(origin=(self.file.path, name))

    def _holders(self) -> Iterator[tuple[Goal, Trail]]:
        """The classes of this file whose objects hold one: each is something that gives such an object."""
        for node, name in list(self._holding.items()):
            outer = self.places.scopes.scope_of(node)
            place: Place = ("name", outer.lookup(node.name), outer.mangle(node.name))
            yield (place, "("), Trail(holder=(self.file.path, name))

    def _owners(self, dotted: tuple[str, ...]) -> Iterator[tuple[str, str]]:
        """The module that a dotted name of something in another file starts with, and what follows.

        A method of something unknown is of no module: ``*``.
        """
        for name in dotted:
            head, _, tail = name.rpartition(".")
            if head == "*":
                yield "*", name
                return
            while head:
                path = self.knowledge.locate(head)
                if path is not None:
                    if path != self.file.path:
                        yield path, tail
                    return
                head, _, last = head.rpartition(".")
                tail = f"{last}.{tail}"


def word_of(name: str) -> str:
    """The word that stands wherever a name is taken: what is imported and called, else the last part."""
    target, arguments, _ = name.removeprefix("fixture ").removeprefix("*.").partition("(")
    return target.partition(".")[0] if arguments else target.rpartition(".")[2]


def _read(trail: Trail, read: Read) -> Trail:
    """What is read: by a name that is not known it may be anything."""
    return trail if read.attribute is not None else trail._replace(loose=True, guessed=True)


def _given(name: str, shape: str) -> str:
    """The shape of what syntax gives that calls a method: ``with K() as c`` binds what ``K.__enter__`` gives."""
    if not name.startswith("__") or not name.endswith("__") or shape[:1] != "(":
        return shape
    result = shape[1:].lstrip("@") if name.startswith(("__a", "__await__")) else shape[1:]
    return "&" + result if name in ("__enter__", "__aenter__") else result


def _gives(holder: ast.AST | None, attribute: str) -> bool:
    """Whether a class has an attribute of that name by its own body, or sets it on ``self``."""
    for node in ast.walk(holder) if isinstance(holder, ast.ClassDef) else ():
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == "self":
            if node.attr == attribute and isinstance(node.ctx, ast.Store):
                return True
        elif attribute in (getattr(node, "name", ""), getattr(node, "id", "")):
            return True
    return False
