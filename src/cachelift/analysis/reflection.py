"""Reads of an attribute in other ways than ``x.name``: by its text, all at once, or in a pattern.

Sources of the rules: https://docs.python.org/3/library/functions.html#vars,
https://docs.python.org/3/library/operator.html#operator.attrgetter,
https://docs.python.org/3/library/inspect.html#inspect.getmembers,
https://docs.python.org/3/library/string.html#format-string-syntax and
https://docs.python.org/3/reference/compound_stmts.html#class-patterns.
"""

from __future__ import annotations

import ast
import functools
import importlib.util
import itertools
import re
from collections.abc import Iterator
from typing import NamedTuple

from cachelift.analysis.places import Place, Places
from cachelift.namespace import last_name

_GETTER = "(("
_GIVES = {
    "builtins.vars": "([", "builtins.getattr": "(", "inspect.getattr_static": "(", "inspect.getmembers": "([2",
    "inspect.getmembers_static": "([2", "dataclasses.asdict": "([", "dataclasses.astuple": "([",
    "operator.attrgetter": _GETTER, "pkgutil.resolve_name": "(", "builtins.eval": "(",
}  # fmt: skip
"""Functions that read attributes, with the shape of what they are to these."""
_LOADS = frozenset(
    {"importlib.import_module", "builtins.__import__", "sys.modules", "pkgutil.resolve_name", "builtins.eval"}
)
"""What gives a module by its text."""
_TAKERS = frozenset(
    {
        "getattr", "hasattr", "setattr", "delattr", "object", "multiple", "dict", "spy", "reload", "vars", "dir",
        "isinstance", "getmembers", "getsource", "getfile", "import_module", "find_modules", "walk_packages",
        "iter_modules", "files",
    }
)  # fmt: skip
"""What reads or sets attributes of a module that it is given, or its files, and hands it to nobody."""
_PATCHERS = frozenset({"object", "multiple", "dict", "spy", "setattr", "delattr"})
"""Those of them that are methods of something that is no module: of what patches."""
_HOLDERS = (
    ast.Call, ast.keyword, ast.Assign, ast.AnnAssign, ast.Return, ast.List, ast.Tuple, ast.Set, ast.Dict, ast.IfExp,
    ast.BoolOp, ast.Starred, ast.Lambda,
)  # fmt: skip
"""What stands around a value that goes on from there."""
_METHODS = {"__getattribute__": "(", "__getstate__": "([", "__dict__": "["}
_READS = re.compile(
    rb"\b(?:vars|getattr|getattr_static|getmembers|getmembers_static|asdict|astuple|attrgetter|resolve_name|eval|"
    rb"globals|__getattribute__|__getstate__|__dict__|import_module|__import__|sys\.modules)\b|\bcase\b[^:\n]*\("
)
_FIELD = re.compile(r"\{([^{}!:]*\.[^{}!:]*)[^{}]*\}")
"""A field of a format that reads an attribute: ``{0.name}``."""


class Read(NamedTuple):
    """A read of an attribute."""

    attribute: str | None
    """Its name; None where it may be any."""
    holder: ast.expr | None
    """What it is read from, where that is known."""
    place: Place
    """What leads to the value."""
    shape: str
    """What has to be done with the place to get at the value."""


def may_read(raw: bytes) -> bool:
    """Whether a file, of which these are the bytes, may read attributes without writing ``x.name``.

    Args:
        raw: the file's bytes.
    """
    return _READS.search(raw) is not None


class Reflection:
    """The reads of one file.

    Args:
        places: the file's places.
    """

    def __init__(self, places: Places) -> None:
        self.places = places
        self.names = places.names
        self.parents = places.parents

    def of_class(self, holder: ast.ClassDef, attribute: str) -> Iterator[Read]:
        """What may read an attribute of the objects of a class of the file."""
        family = self.places.family(holder)
        for read in self._named(attribute):
            known = self.places.class_of(read.holder) if read.holder is not None else None
            if known in family or (known is None and self._may_be_of_the_repository(read.holder)):
                yield read

    def of_any(self, attribute: str) -> Iterator[Read]:
        """What may read an attribute of something that is not of a class of the file."""
        for read in self._named(attribute):
            known = self.places.class_of(read.holder) if read.holder is not None else None
            if (known is None or self._inherits(known)) and self._may_be_of_the_repository(read.holder):
                yield read

    def of_module(self, name: str) -> Iterator[Read]:
        """What may read a variable of the module by its text, or as that of a value: ``globals()["cache"]``."""
        for node in self._evaluators:
            if node.id == "globals":
                yield Read(None, None, ("value", node), "([")
            else:
                yield from self._evaluated(node, name)
        modules = self.modules
        own = self.names.knowledge.module_names(self.names.path)
        if modules is None or any(each in ("__main__", *own) for each in modules):
            yield from (Read(name, None, ("value", node), "") for node in self.places.loose_reads(name))
            yield from self.of_any(name)

    @functools.cached_property
    def _evaluators(self) -> list[ast.Name]:
        """Where the functions stand that read variables of the module by their texts."""
        names = ("globals", "eval", "exec")
        references = self.places.scopes.references
        return [each.node for each in references if each.owner is None and each.node.id in names]

    def _evaluated(self, function: ast.Name, name: str) -> Iterator[Read]:
        """What a text that is evaluated reads from a variable: ``eval("cache.name")``."""
        call = self.parents.get(function)
        for argument in call.args[:1] if isinstance(call, ast.Call) and call.func is function else ():
            text = argument.value if isinstance(argument, ast.Constant) else None
            for member in re.findall(rf"(?<![\w.]){re.escape(name)}\.(\w+)", text) if isinstance(text, str) else ():
                yield Read(name, None, ("text", argument, member), "")

    @functools.cached_property
    def modules(self) -> frozenset[str] | None:
        """The dotted names of the repository's modules that are values here; None where any may be one.

        What is read from such a value by an attribute's name is a variable of the module.
        """
        found = {alias.name for alias in self.places.scopes.of_kind(ast.alias) if alias.name == "__main__"}
        nodes: list[ast.Name | ast.Attribute]
        nodes = [*self.places.scopes.of_kind(ast.Name), *self.places.scopes.of_kind(ast.Attribute)]
        for node in nodes:
            if last_name(node) in self._spellings and not _LOADS.isdisjoint(self.names.qualified(node)):
                call = self.parents.get(node)
                imported = self.imported_by(call) if isinstance(call, ast.Call) and call.func is node else None
                if imported is None:
                    return None
                found.update(imported)
        for reference in self.places.scopes.references:
            if reference.owner is not None and self.places.is_imported(reference.node):
                found.update(self._module_of(reference.node))
        return frozenset(found)

    @functools.cached_property
    def given_modules(self) -> frozenset[str]:
        """The dotted names of those that are handed on, and not only to what reads or sets their attributes."""
        references = [each for each in self.places.scopes.references if each.owner is not None]
        imported = (each.node for each in references if self.places.is_imported(each.node))
        return frozenset(dotted for node in imported for dotted in self._module_of(node, given=True))

    @functools.cached_property
    def given_names(self) -> frozenset[str]:
        """The dotted names of what is imported and handed on as a value: ``make(use)``."""
        references = [each for each in self.places.scopes.references if each.owner is not None]
        tops = [self._top(each.node) for each in references if self.places.is_imported(each.node)]
        given = (top for top in tops if isinstance(self.parents.get(top), _HOLDERS) and not self._is_called(top))
        return frozenset(dotted for top in given for dotted in self.names.qualified(top))

    def _top(self, name: ast.Name) -> ast.expr:
        """The whole of an expression that begins with a name and goes on with attributes."""
        node: ast.expr = name
        while isinstance(outer := self.parents.get(node), ast.Attribute):
            node = outer
        return node

    def _is_called(self, node: ast.expr) -> bool:
        call = self.parents.get(node)
        return isinstance(call, ast.Call) and call.func is node

    def _stays(self, node: ast.expr) -> bool:
        """Whether a module is an argument of what does not hand it on."""
        call = self.parents.get(node)
        if not isinstance(call, ast.Call) or call.func is node or last_name(call.func) not in _TAKERS:
            return False
        dotted = self.names.qualified(call.func)
        if not dotted:
            return isinstance(call.func, ast.Attribute) and call.func.attr in _PATCHERS
        return all(self.names.knowledge.locate(name.rpartition(".")[0]) is None for name in dotted)

    def _module_of(self, name: ast.Name, *, given: bool = False) -> Iterator[str]:
        """The modules of which one is the value of what a name begins: ``state`` in ``run(state)``."""
        node: ast.Name | ast.Attribute = name
        parent = self.parents.get(node)
        while isinstance(parent, ast.Attribute) and parent.attr not in _METHODS:
            node, parent = parent, self.parents.get(parent)
        if isinstance(node.ctx, ast.Load) and not isinstance(parent, ast.Expr) and not (given and self._stays(node)):
            locate = self.names.knowledge.locate
            yield from (dotted for dotted in self.names.qualified(node) if locate(dotted) is not None)

    def imported_by(self, call: ast.Call) -> tuple[str, ...] | None:
        """What ``import_module(name, package)`` imports; None for another call, or where the name is not written down.

        A relative name starts from the package.
        """
        given = [*call.args, *(keyword.value for keyword in call.keywords)]
        name, package = (getattr(node, "value", None) for node in [*given, None, None][:2])
        if "importlib.import_module" not in self.names.qualified(call.func):
            return None
        if not isinstance(name, str):
            return None if given else ()
        level = len(name) - len(name.lstrip("."))
        if level and isinstance(package, str):
            return (importlib.util.resolve_name(name, package),) if package.count(".") >= level - 1 else ()
        # What is no text is taken for the file's own package, as in `import_module(".state", __package__)`.
        return self.names.knowledge.absolute(self.names.path, level, name[level:]) if level else (name,)

    def _named(self, attribute: str) -> Iterator[Read]:
        return (read for read in self._reads if read.attribute in (attribute, None))

    def _inherits(self, holder: ast.ClassDef) -> bool:
        """Whether the objects of a class may have what another file gives them."""
        bases = [base for node in self.places.family(holder) for base in node.bases]
        is_known = (self.names.qualified(base) or self.places.class_named(base) is not None for base in bases)
        return not all(is_known) or any(self.places.inherits(holder))

    def _may_be_of_the_repository(self, holder: ast.expr | None) -> bool:
        """Whether something may be an object of the repository, and not one that comes with Python or a library."""
        dotted = self.names.qualified(holder) if holder is not None else ()
        locate = self.names.knowledge.locate
        return not dotted or any(locate(name.partition(".")[0]) is not None for name in dotted)

    @functools.cached_property
    def _reads(self) -> list[Read]:
        return [*self._by_functions(), *self._by_patterns(), *self._by_texts()]

    def _by_functions(self) -> Iterator[Read]:
        scopes = self.places.scopes
        for attribute in scopes.of_kind(ast.Attribute):
            if attribute.attr in _METHODS and isinstance(attribute.ctx, ast.Load):
                is_of_any = attribute.attr == "__getattribute__"  # `object.__getattribute__(x, name)`
                holder = None if is_of_any else attribute.value
                yield Read(None, holder, ("value", attribute), _METHODS[attribute.attr])
        functions: list[ast.Name | ast.Attribute] = [*scopes.of_kind(ast.Name), *scopes.of_kind(ast.Attribute)]
        for function in functions:
            if last_name(function) in self._spellings:
                found = (_GIVES[name] for name in self.names.qualified(function) if name in _GIVES)
                for shape in found:
                    yield from self._called(function, shape)

    @functools.cached_property
    def _spellings(self) -> set[str]:
        """What the functions are called in the file."""
        aliases = self.places.scopes.of_kind(ast.alias)
        last = {name.rpartition(".")[2] for name in _GIVES.keys() | _LOADS}
        return last | {each.asname for each in aliases if each.asname is not None and each.name in last}

    def _called(self, function: ast.expr, shape: str) -> Iterator[Read]:
        call = self.parents.get(function)
        if not isinstance(call, ast.Call) or call.func is not function:
            yield Read(None, None, ("value", function), shape)  # `map(vars, objects)`
        elif shape == _GETTER:
            yield from _got(call)
        else:
            holder = call.args[0] if call.args else None
            name = call.args[1] if len(call.args) > 1 else None
            if shape == "(" and isinstance(name, ast.Constant):
                yield Read(str(name.value), holder, ("value", call), "")
            elif holder is not None:  # `vars()` is that of the function around
                yield Read(None, holder, ("value", function), shape)

    def _by_patterns(self) -> Iterator[Read]:
        for pattern in self.places.scopes.of_kind(ast.MatchClass):
            yield from (Read(None, None, ("pattern", inner), "") for inner in pattern.patterns)
            for attribute, inner in zip(pattern.kwd_attrs, pattern.kwd_patterns, strict=True):
                yield Read(attribute, None, ("pattern", inner), "")

    def _by_texts(self) -> Iterator[Read]:
        """The fields of formats: ``"{0.cache.name}"``."""
        for constant in self.places.scopes.of_kind(ast.Constant):
            text = constant.value
            if isinstance(text, str) and "{" in text and not isinstance(self.parents.get(constant), ast.Expr):
                for field in _FIELD.findall(text):
                    yield from _on_the_way(constant, [part.partition("[")[0] for part in field.split(".")[1:]])


def _got(call: ast.Call) -> Iterator[Read]:
    """What ``attrgetter("a.b", "c")`` reads."""
    shape = "(" if len(call.args) == 1 else "(["
    for argument in call.args:
        text = argument.value if isinstance(argument, ast.Constant) else None
        path = text.split(".") if isinstance(text, str) else [None]
        yield Read(path[-1], None, ("value", call), shape)
        if isinstance(text, str):
            yield from _on_the_way(argument, text.split("."))


def _on_the_way(at: ast.expr, path: list[str]) -> Iterator[Read]:
    """The attributes from which the next one is read."""
    for name, following in itertools.pairwise(path):
        yield Read(name, None, ("text", at, following), "")
