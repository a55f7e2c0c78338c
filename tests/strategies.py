"""Hypothesis strategies for whole small programs around the legacy cache.

Programs grow by grammar over scopes: a scope knows what its names are believed to be bound to, every value has a kind,
and an expression of some kind is any path that leads to it. Statements bind names, open scopes and use what is there.
What is believed need not be so (a name may be deleted, shadowed or never bound): programs that fail are as welcome as
others. Every number drawn is 0 for the plainest choice, so that failures shrink to plain programs.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import TypeVar

from hypothesis import strategies as st

T = TypeVar("T")

LEGACY = "app.services.cache_service"
TARGET = "app.services.unified_cache"


@dataclass(frozen=True)
class Func:
    """The kind of what is called with arguments of some kinds and gives another."""

    returns: Kind
    parameters: tuple[Kind, ...] = ()


@dataclass(frozen=True)
class Obj:
    """The kind of what has attributes: a module, an instance, a class."""

    attributes: tuple[tuple[str, Kind], ...]


@dataclass(frozen=True)
class Box:
    """The kind of what holds a value under a key, which is source text."""

    key: str
    content: Kind


Kind = str | Func | Obj | Box
"""``class``, ``cache``, ``new-class`` (the type), ``factory``, ``new`` (what these two give), ``plain`` or ``none``."""

LEGACY_MODULE = Obj((("CacheService", "class"),))
TARGET_MODULE = Obj((("get_unified_cache", "factory"), ("UnifiedCache", "new-class")))
PACKAGE = Obj((("cache_service", LEGACY_MODULE), ("unified_cache", TARGET_MODULE)))
ROOT = Obj((("services", PACKAGE),))

PLAIN_NAMES = ("cache", "other", "first", "item")
TAKEN_NAMES = ("get_unified_cache", "UnifiedCache", "unified_cache", "CacheService", "cache_service", "app", "services")


@dataclass
class Scope:
    """A scope that is being written: its names with what they are believed to be."""

    kind: str
    parent: Scope | None = None
    names: dict[str, Kind] = field(default_factory=dict)
    declared: dict[str, Scope] = field(default_factory=dict)
    """Names of ``global`` and ``nonlocal`` statements, with the scope that they stand for."""

    def visible(self) -> dict[str, Kind]:
        """All names that can be read here."""
        found: dict[str, Kind] = {}
        scope: Scope | None = self.parent
        while scope is not None:
            if scope.kind != "class":
                found = {**scope.names, **found}
            scope = scope.parent
        return {**found, **self.names}

    def bind(self, name: str, kind: Kind) -> None:
        """Note what a name is bound to from here on."""
        self.declared.get(name, self).names[name] = kind

    @property
    def depth(self) -> int:
        """How many scopes are around."""
        return 0 if self.parent is None else 1 + self.parent.depth

    @property
    def module(self) -> Scope:
        """The outermost scope."""
        return self if self.parent is None else self.parent.module


class Choice:
    """Decisions, each of them a number that Hypothesis draws."""

    def __init__(self, draw: st.DrawFn) -> None:
        self._draw = draw

    def below(self, number: int) -> int:
        return self._draw(_NUMBERS[number]) if number > 1 else 0

    def pick(self, options: Sequence[T]) -> T:
        return options[self.below(len(options))]

    def perhaps(self, percent: int) -> bool:
        return self.below(100) >= 100 - percent

    def weighted(self, options: Sequence[tuple[int, T]]) -> T:
        number = self.below(sum(weight for weight, _ in options))
        for weight, option in options:
            if number < weight:
                break
            number -= weight
        return option


_NUMBERS = {number: st.integers(0, number - 1) for number in range(2, 200)}


def indented(lines: Sequence[str], unit: str = "    ") -> list[str]:
    return [unit + line if line else line for line in lines]


class Expressions:
    """Expressions of the kinds, as source text.

    Args:
        choose: decides.
        package: the dotted name of the package that the module is in.
    """

    def __init__(self, choose: Choice, package: str) -> None:
        self.choose = choose
        self.package = package
        self.needs: set[str] = set()
        """Modules that the program imports at its top."""
        self.flat = 0
        """Above 0 inside an f-string: no line ends, no comments, the other quotes, no f-strings."""
        self.no_walrus = 0
        """Above 0 where the grammar has no assignment expressions."""

    # -- paths -----------------------------------------------------------------------------------------------------

    def paths(self, scope: Scope, wanted: Callable[[Kind], bool]) -> list[str]:
        """Every way to reach a value of some kind from the names in sight."""
        found: list[str] = []
        pending: list[tuple[str, Kind, int]] = [(name, kind, 0) for name, kind in scope.visible().items()]
        while pending:
            text, kind, depth = pending.pop(0)
            if wanted(kind):
                found.append(text)
            if depth < 4 and isinstance(kind, Obj):
                pending += [(f"{text}.{name}", inner, depth + 1) for name, inner in kind.attributes]
            elif depth < 3 and isinstance(kind, Box):
                pending.append((f"{text}[{kind.key}]", kind.content, depth + 1))
            elif depth < 3 and isinstance(kind, Func) and not kind.parameters:
                pending.append((f"{text}()", kind.returns, depth + 1))
        return found

    def path(self, scope: Scope, kind: Kind, fallback: str) -> str:
        """One way to a value of a kind; the fallback may well not be bound."""
        found = self.paths(scope, lambda other: other == kind)
        if not found or self.choose.perhaps(2):
            return fallback
        return self.choose.pick(found)

    def klass(self, scope: Scope) -> str:
        """An expression that is the legacy class."""
        return self.path(scope, "class", "CacheService")

    # -- plain values ----------------------------------------------------------------------------------------------

    def text(self) -> str:
        value = self.choose.pick(("A", "B", "KP"))
        quote = "'" if self.flat else self.choose.pick(('"', "'"))
        return f"{quote}{value}{quote}"

    def plain(self, scope: Scope, depth: int = 0) -> str:
        """A string or number."""
        if depth > 2:
            return self.text()
        make = self.choose.weighted(self._plains)
        return make(self, scope, depth + 1)

    def _plain_text(self, scope: Scope, depth: int) -> str:
        return self.text()

    def _plain_name(self, scope: Scope, depth: int) -> str:
        found = self.paths(scope, lambda kind: kind == "plain")
        return self.choose.pick(found) if found else self.text()

    def _plain_noted(self, scope: Scope, depth: int) -> str:
        return f"(print({self.text()}) or {self.plain(scope, depth)})"

    def _plain_f_string(self, scope: Scope, depth: int) -> str:
        return self.f_string(scope, depth)

    def _plain_entry(self, scope: Scope, depth: int) -> str:
        return f"{self.cache(scope, depth)}.get({self.text()}, {self.plain(scope, depth)})"

    def _plain_system(self, scope: Scope, depth: int) -> str:
        return f"{self.cache(scope, depth)}.system"

    def _plain_choice(self, scope: Scope, depth: int) -> str:
        return f"({self.plain(scope, depth)} if {self.condition(scope)} else {self.plain(scope, depth)})"

    def _plain_walrus(self, scope: Scope, depth: int) -> str:
        value = self.plain(scope, depth)
        name = self.name()
        if not self.can_assign(scope, name):
            return value
        scope.bind(name, "plain")
        return f"({name} := {value})"

    _plains: Sequence[tuple[int, Callable[[Expressions, Scope, int], str]]] = (
        (12, _plain_text),
        (4, _plain_name),
        (3, _plain_noted),
        (2, _plain_f_string),
        (2, _plain_entry),
        (2, _plain_system),
        (1, _plain_choice),
        (1, _plain_walrus),
    )

    def f_string(self, scope: Scope, depth: int) -> str:
        if self.flat:
            return f"str({self.plain(scope, depth)})"
        self.flat += 1
        value = self.cache(scope, depth) if self.choose.perhaps(70) else self.plain(scope, depth)
        second = "{" + self.plain(scope, depth) + "}" if self.choose.perhaps(20) else ""
        self.flat -= 1
        tail = self.choose.weighted(((10, ""), (2, "!r"), (1, "="), (1, ".system:>4"), (1, " = ")))
        head = self.choose.pick(("", "é ", "CacheService "))
        return f'f"{head}{{{value}{tail}}}{second}"'

    def condition(self, scope: Scope) -> str:
        """Something true or false that cannot be told by reading."""
        self.needs.add("sys")
        return self.choose.pick(("sys.path", "not sys.path", "sys.maxsize > 2"))

    # -- caches ----------------------------------------------------------------------------------------------------

    def cache(self, scope: Scope, depth: int = 0) -> str:
        """A cache object that was a legacy one."""
        if depth > 3:
            return self.call(scope, depth)
        make = self.choose.weighted(self._caches)
        return make(self, scope, depth + 1)

    def call(self, scope: Scope, depth: int) -> str:
        """A constructor call."""
        return self.klass(scope) + self.arguments(scope, depth)

    def _cache_path(self, scope: Scope, depth: int) -> str:
        found = self.paths(scope, lambda kind: kind == "cache")
        return self.choose.pick(found) if found else self.call(scope, depth)

    def _cache_walrus(self, scope: Scope, depth: int) -> str:
        value = self.cache(scope, depth)
        name = self.name()
        if not self.can_assign(scope, name):
            return value
        scope.bind(name, "cache")
        return f"({name} := {value})"

    def _cache_chained(self, scope: Scope, depth: int) -> str:
        return f"{self.cache(scope, depth)}.set({self.text()}, {self.plain(scope, depth)})"

    def _cache_choice(self, scope: Scope, depth: int) -> str:
        return f"({self.cache(scope, depth)} if {self.condition(scope)} else {self.cache(scope, depth)})"

    def _cache_or(self, scope: Scope, depth: int) -> str:
        return f"(None or {self.cache(scope, depth)})"

    def _cache_given(self, scope: Scope, depth: int) -> str:
        """What a function gives that takes arguments."""
        found = [
            (name, kind)
            for name, kind in scope.visible().items()
            if isinstance(kind, Func) and kind.parameters and kind.returns == "cache"
        ]
        if not found:
            return self.call(scope, depth)
        name, kind = self.choose.pick(found)
        return self.called(scope, name, kind, depth)

    def called(self, scope: Scope, name: str, kind: Func, depth: int) -> str:
        """A call of a function with arguments of the kinds it takes."""
        given = [
            self.cache(scope, depth) if parameter == "cache" else self.plain(scope, depth)
            for parameter in kind.parameters
        ]
        return f"{name}({', '.join(given)})"

    def _cache_in_place(self, scope: Scope, depth: int) -> str:
        """A function or container that is made and used at once."""
        if self.flat or scope.kind == "class":
            return self.call(scope, depth)
        form = self.choose.pick(("(lambda {p}: {v})({a})", "[{v} for {p} in ({a},)][0]", "next({v} for {p} in [{a}])"))
        inner = Scope("lambda" if "lambda" in form else "comprehension", scope)
        self.no_walrus += 1
        value = self.plain(scope, depth)
        self.no_walrus -= 1
        name = self.choose.pick(("system", *TAKEN_NAMES))
        inner.bind(name, "plain")
        return form.format(p=name, a=value, v=self.cache(inner, depth))

    _caches: Sequence[tuple[int, Callable[[Expressions, Scope, int], str]]] = (
        (12, call),
        (10, _cache_path),
        (1, _cache_walrus),
        (1, _cache_chained),
        (1, _cache_choice),
        (1, _cache_or),
        (3, _cache_given),
        (1, _cache_in_place),
    )

    def can_assign(self, scope: Scope, name: str) -> bool:
        """Whether an assignment expression may stand here."""
        return not self.no_walrus and scope.kind not in ("class", "comprehension") and name not in scope.declared

    def name(self) -> str:
        """A name to bind; at times one that the rewritten code would like to have."""
        return self.choose.pick(TAKEN_NAMES) if self.choose.perhaps(6) else self.choose.pick(PLAIN_NAMES)

    # -- arguments -------------------------------------------------------------------------------------------------

    def arguments(self, scope: Scope, depth: int) -> str:
        """What a constructor is called with, parentheses and layout included."""
        kind = self.choose.weighted(
            ((10, "keyword"), (5, "empty"), (1, "position"), (1, "both"), (1, "two"), (1, "star"), (1, "stars"), (1, "wrong"))
        )
        value = self.plain(scope, depth)
        arguments = {
            "keyword": [f"system={value}"],
            "empty": [],
            "position": [value],
            "both": [value, f"system={self.text()}"],
            "two": [f"cache_dir={self.text()}", f"system={value}"],
            "star": [f"*({self.text()}, {value})"],
            "stars": ["**{" + self.text() + f": {value}" + "}"] if self.choose.perhaps(30) else [f"**dict(system={value})"],
            "wrong": self.choose.pick(([f"sistem={value}"], [value, value, value])),
        }[kind]
        return self.laid_out(arguments)

    def laid_out(self, arguments: list[str]) -> str:
        """Arguments in parentheses, in one of many layouts."""
        layout = self.choose.weighted(
            ((12, "({a})"), (1, "( {a} )"), (1, " ({a})"), (1, "({a}, )"), (1, "(\n    {a},  # last\n)"), (1, "(  # first\n    {a}\n)"))
        )
        if self.flat:
            layout = "({a})"
        if not arguments:
            layout = layout.replace(", )", ")").replace("{a},", "{a}")
        return layout.format(a=", ".join(arguments)) if "{" in layout else layout

    # -- types -----------------------------------------------------------------------------------------------------

    def annotation(self, scope: Scope) -> str:
        """A type with the legacy class in it."""
        name = self.klass(scope)
        if "(" in name or "[" in name:
            name = "CacheService"
        form = self.choose.weighted(self._types)
        if "typing" in form:
            self.needs.add("typing")
        return form.format(n=name)

    _types = (
        (8, "{n}"),
        (2, '"{n}"'),
        (2, "{n} | None"),
        (2, "typing.Optional[{n}]"),
        (1, "list[{n}]"),
        (1, 'list["{n}"]'),
        (1, '"{n} | None"'),
        (1, "typing.Annotated[{n}, 'CacheService']"),
        (1, "typing.Callable[[{n}], {n}]"),
        (1, "type[{n}]"),
        (1, "typing.Literal['CacheService']"),
        (1, "str"),
    )


class Statements(Expressions):
    """Statements and blocks, as lines of source.

    Args:
        choose: decides.
        package: the dotted name of the package that the module is in.
        level: how many dots lead from the module to the package ``app``.
        helper: what the program's other module offers, under its dotted name.
    """

    def __init__(self, choose: Choice, package: str, level: int, helper: tuple[str, Obj] | None = None) -> None:
        super().__init__(choose, package)
        self.dots = "." * level
        self.helper = helper
        self.preloads = False
        """Whether the module relies on others to have imported the legacy module."""

    def block(self, scope: Scope, most: int) -> list[str]:
        """One statement or more."""
        lines: list[str] = []
        for _ in range(1 + self.choose.below(most)):
            lines += self.statement(scope)
        return lines

    def statement(self, scope: Scope) -> list[str]:
        """Any statement, with what may stand around it."""
        table = self._simple if scope.depth > 2 else self._all
        make = self.choose.weighted(table)
        lines = make(self, scope)
        if self.choose.perhaps(4):
            lines[-1] += self.choose.pick(("  # note", "  # type: ignore", "  # noqa: F401", "  # CacheService"))
        if self.choose.perhaps(3):
            lines.insert(0, self.choose.pick(("# CacheService(system=1)", "", "# é")))
        return lines

    def guarded(self, scope: Scope) -> list[str]:
        """Statements whose exceptions are printed."""
        return [
            "try:",
            *indented(self.block(scope, 2)),
            "except Exception as error:",
            "    print(type(error).__name__)",
        ]

    # -- imports ---------------------------------------------------------------------------------------------------

    def import_(self, scope: Scope) -> list[str]:
        """An import in one of the forms, placed somewhere."""
        return self._import(scope, self.choose.weighted(((10, "legacy"), (3, "target"), (2, "both"), (4, "helper"))))

    def first_import(self, scope: Scope) -> list[str]:
        """An import that brings the class into sight, nearly always."""
        return self._import(scope, "helper" if self.helper is not None and self.choose.perhaps(70) else "legacy")

    def _import(self, scope: Scope, source: str) -> list[str]:
        if source == "helper" and self.helper is not None:
            text, bound = self._helper_import(scope, *self.helper)
        else:
            text, bound = self.choose.weighted(self._import_forms)(self, scope, source)
        lines = text.split("\n")
        if self.choose.perhaps(5):
            lines[-1] += self.choose.pick(("  # noqa", "  # keep"))
        return self._placed(scope, lines, bound)

    def _as(self, name: str, *aliases: str) -> tuple[str, str]:
        """How a name is imported, and under which."""
        if not self.choose.perhaps(25):
            return name, name
        alias = self.choose.pick((*aliases, "Cache", name, *TAKEN_NAMES) if aliases else ("Cache", "make"))
        return f"{name} as {alias}", alias

    def _module(self, source: str) -> str:
        """The text behind ``from``."""
        short = "cache_service" if source == "legacy" else "unified_cache"
        return self.choose.weighted(((3, f"app.services.{short}"), (1, f"{self.dots}services.{short}")))

    def _from_module(self, scope: Scope, source: str) -> tuple[str, dict[str, Kind]]:
        legacy = source == "legacy"
        names: list[tuple[str, Kind]] = [("CacheService", "class")] if legacy else list(TARGET_MODULE.attributes)
        if not legacy and self.choose.perhaps(50):
            names = [self.choose.pick(names)]
        if legacy and self.choose.perhaps(20):
            names.insert(self.choose.below(2), ("CacheKey", "other-class"))
        bound: dict[str, Kind] = {}
        parts = []
        for name, kind in names:
            text, alias = self._as(name, "Cache", "make")
            parts.append(text)
            bound[alias] = kind
        layout = self.choose.weighted(
            ((8, "{a}"), (1, "({a})"), (1, "(\n    {b},\n)"), (1, "(  # first\n    {b},  # last\n)"), (1, "{a}; print('imported')"))
        )
        text = layout.format(a=", ".join(parts), b=",\n    ".join(parts))
        return f"from {self._module(source)} import {text}", bound

    def _from_package(self, scope: Scope, source: str) -> tuple[str, dict[str, Kind]]:
        wanted = {"legacy": ("cache_service",), "target": ("unified_cache",)}.get(source, ("cache_service", "unified_cache"))
        kinds = dict(PACKAGE.attributes)
        bound: dict[str, Kind] = {}
        parts = []
        for name in wanted:
            text, alias = self._as(name, "module")
            parts.append(text)
            bound[alias] = kinds[name]
        package = self.choose.pick(("app.services", f"{self.dots}services"))
        return f"from {package} import {', '.join(parts)}", bound

    def _dotted(self, scope: Scope, source: str) -> tuple[str, dict[str, Kind]]:
        module, kind = (LEGACY, LEGACY_MODULE) if source == "legacy" else (TARGET, TARGET_MODULE)
        others = self.choose.weighted(((4, ""), (1, "app.recorder, "), (1, "os, ")))
        if self.choose.perhaps(50):
            alias = self.choose.pick(("module", "old", *TAKEN_NAMES))
            return f"import {others}{module} as {alias}", {alias: kind}
        short = module.rpartition(".")[2]
        reached = Obj((("services", Obj(((short, kind),))),))
        other = scope.visible().get("app", reached)
        return f"import {others}{module}", {"app": reached if other == reached else ROOT}

    def _parent(self, scope: Scope, source: str) -> tuple[str, dict[str, Kind]]:
        """A package whose submodules others have imported, as a program's other modules do."""
        form, name, kind = self.choose.pick(
            (
                ("import app", "app", ROOT),
                ("from app import services", "services", PACKAGE),
                (f"from {self.dots or '.'} import services", "services", PACKAGE),
                ("import app.services", "app", ROOT),
                ("import app.services as services", "services", PACKAGE),
            )
        )
        self.preloads = True
        return form, {name: kind}

    def _star(self, scope: Scope, source: str) -> tuple[str, dict[str, Kind]]:
        if scope.kind != "module":
            return self._from_module(scope, source)
        kind = LEGACY_MODULE if source == "legacy" else TARGET_MODULE
        return f"from {self._module(source)} import *", dict(kind.attributes)

    def _by_name(self, scope: Scope, source: str) -> tuple[str, dict[str, Kind]]:
        self.needs.add("importlib")
        return f'module = importlib.import_module("{LEGACY}")', {"module": LEGACY_MODULE}

    def _helper_import(self, scope: Scope, module: str, offers: Obj) -> tuple[str, dict[str, Kind]]:
        short = module.rpartition(".")[2]
        if self.choose.perhaps(30):
            return self.choose.pick(
                ((f"from app import {short}", {short: offers}), (f"import {module} as other", {"other": offers}))
            )
        if self.choose.perhaps(10) and scope.kind == "module":
            return f"from {module} import *", dict(offers.attributes)
        name, kind = self.choose.pick(offers.attributes)
        text, alias = self._as(name)
        return f"from {self.choose.pick((module, self.dots + short))} import {text}", {alias: kind}

    _import_forms: Sequence[tuple[int, Callable[[Statements, Scope, str], tuple[str, dict[str, Kind]]]]] = (
        (12, _from_module),
        (4, _from_package),
        (4, _dotted),
        (1, _parent),
        (1, _star),
        (1, _by_name),
    )

    def _placed(self, scope: Scope, lines: list[str], bound: dict[str, Kind]) -> list[str]:
        """An import statement as it is, or inside of a compound one."""
        place = self.choose.weighted(
            ((30, "here"), (2, "checking"), (2, "if"), (1, "else"), (4, "try"), (1, "first"), (1, "with"), (1, "late"))
        )
        if any(" import *" in line for line in lines):
            place = "here"
        for name, kind in bound.items():
            if place != "checking" or self.choose.perhaps(20):
                scope.bind(name, kind)
        inner = indented(lines)
        name = next(iter(bound))
        if place == "checking":
            self.needs.add("typing")
            return ["if typing.TYPE_CHECKING:", *inner]
        if place == "if":
            return [f"if {self.condition(scope)}:", *inner]
        if place == "else":
            return [f"if {self.condition(scope)}:", *indented(self.statement(scope)), "else:", *inner]
        if place == "try":
            fallback = self.choose.pick((f"{name} = None", "pass", f"from app.services.unified_cache import UnifiedCache as {name}", "raise"))
            rest = ["else:", *indented(self.statement(scope))] if self.choose.perhaps(20) else []
            return ["try:", *inner, "except ImportError:", f"    {fallback}", *rest]
        if place == "first":
            return ["try:", f"    from app.nowhere import {name}", "except ImportError:", *inner]
        if place == "with":
            self.needs.add("contextlib")
            return ["with contextlib.suppress(ImportError):", *inner]
        if place == "late":
            return [f"{name} = None", *lines]
        return lines

    # -- what binds ------------------------------------------------------------------------------------------------

    def assign(self, scope: Scope) -> list[str]:
        """A name bound to something, in one of the forms of assignment."""
        name = self.name()
        value, kind = self.choose.weighted(self._values)(self, scope)
        form = self.choose.weighted(((10, "{n} = {v}"), (2, "{n}: {t} = {v}"), (1, "{n} = other = {v}"), (1, "({n}) = ({v})")))
        if "{t}" in form and name in scope.declared:
            form = "{n} = {v}"
        if "other" in form:
            scope.bind("other", kind)
        scope.bind(name, kind)
        return form.format(n=name, v=value, t=self.annotation(scope) if "{t}" in form else "").split("\n")

    def _value_cache(self, scope: Scope) -> tuple[str, Kind]:
        return self.cache(scope), "cache"

    def _value_cast(self, scope: Scope) -> tuple[str, Kind]:
        self.needs.add("typing")
        return f"typing.cast({self.annotation(scope)}, {self.cache(scope)})", "cache"

    def _value_list(self, scope: Scope) -> tuple[str, Kind]:
        return f"[{self.cache(scope)}, {self.cache(scope)}]", Box("0", "cache")

    def _value_lambda(self, scope: Scope) -> tuple[str, Kind]:
        if self.choose.perhaps(50):
            return f"lambda: {self.cache(Scope('lambda', scope))}", Func("cache")
        inner = Scope("lambda", scope)
        name = self.choose.pick(("system", *TAKEN_NAMES))
        inner.bind(name, "plain")
        return f"lambda {name}: {self.cache(inner)}", Func("cache", ("plain",))

    def _value_class(self, scope: Scope) -> tuple[str, Kind]:
        """The class as a value."""
        name = self.klass(scope)
        text, kind = self.choose.pick(
            (
                (name, "class"),
                (f"functools.partial({name}, system={self.text()})", Func("cache")),
                (f"functools.partial({name})", Func("cache")),
                (f"{{'c': {name}}}", Box("'c'", "class")),
                (f"({name}, str)", Box("0", "class")),
                (f"{name} or None", "class"),
                (f"{name}.shared", Func("cache")),
                (f"type({name}.__name__, ({name},), {{}})", "class"),
                (f"lambda system: {name}(system=system)", Func("cache", ("plain",))),
            )
        )
        if "functools" in text:
            self.needs.add("functools")
        return text, kind

    def _value_plain(self, scope: Scope) -> tuple[str, Kind]:
        return self.plain(scope), "plain"

    def _value_dynamic(self, scope: Scope) -> tuple[str, Kind]:
        """The class by its name in a string."""
        modules = self.paths(scope, lambda kind: kind == LEGACY_MODULE) or ["module"]
        module = self.choose.pick(modules)
        return self.choose.pick((f'getattr({module}, "CacheService")', f'vars({module})["CacheService"]')), "class"

    def _value_new(self, scope: Scope) -> tuple[str, Kind]:
        """An object of the replacement, made before the migration."""
        factory = self.path(scope, "factory", "get_unified_cache")
        return f"{factory}({self.text()})", "new"

    def _value_method(self, scope: Scope) -> tuple[str, Kind]:
        name = self.choose.weighted(((3, "get_stats"), (1, "warmup")))
        return f"{self.cache(scope)}.{name}", Func("none")

    _values: Sequence[tuple[int, Callable[[Statements, Scope], tuple[str, Kind]]]] = (
        (14, _value_cache),
        (1, _value_cast),
        (1, _value_list),
        (2, _value_lambda),
        (4, _value_class),
        (2, _value_plain),
        (1, _value_dynamic),
        (1, _value_new),
        (1, _value_method),
    )

    def bare(self, scope: Scope) -> list[str]:
        """An annotation without a value."""
        name = self.name()
        if name in scope.declared:
            return ["pass"]
        return [f"{name}: {self.annotation(scope)}"]

    def take(self, scope: Scope) -> list[str]:
        """A name that the rewritten code would like to have, or the old one, bound to something else."""
        name = self.choose.pick(TAKEN_NAMES)
        form = self.choose.pick(
            (
                "{n} = 'own'",
                "def {n}(*args, **kwargs): return 'own'",
                "class {n}:\n    def __init__(self, *args, **kwargs): print('own')",
                "for {n} in ('own',): print({n})",
                "import os as {n}",
                "try: raise ValueError\nexcept ValueError as {n}: pass",
                "with open(__file__ and '/dev/null') as {n}: pass",
                "[{n}] = ['own']",
                "match 'own':\n    case {n}: pass",
                "{n}: int",
                "{n} = lambda *args, **kwargs: 'own'",
                "del {n}",
            )
        )
        if name in scope.declared and ": int" in form:
            form = "{n} = 'own'"
        scope.bind(name, "none")
        return form.format(n=name).split("\n")

    def delete(self, scope: Scope) -> list[str]:
        """A name is unbound, and bound anew at times."""
        own = [name for name in scope.names if name.isidentifier()]
        if not own:
            return ["pass"]
        return [f"del {self.choose.pick(own)}"]

    # -- what uses -------------------------------------------------------------------------------------------------

    def show(self, scope: Scope) -> list[str]:
        """Something is printed."""
        return f"print({self.cache(scope) if self.choose.perhaps(60) else self.plain(scope)})".split("\n")

    def member(self, scope: Scope) -> list[str]:
        """A member of a cache is used."""
        form = self.choose.weighted(self._members)
        return form.format(c=self.cache(scope), t=self.text()).split("\n")

    _members = (
        (6, "{c}.set({t}, 1)"),
        (6, "print({c}.get({t}))"),
        (2, "print({c}.system)"),
        (2, "print({c}.get_stats())"),
        (3, "{c}.warmup()"),
        (1, "print({c}.cache_dir)"),
        (1, 'print(getattr({c}, "system"))'),
        (1, 'getattr({c}, "warmup")()'),
        (1, "{c}.mark = 1"),
        (1, "for entry in [{c}]: entry.get({t})"),
        (1, "for entry in [{c}]: entry.warmup()"),
        (1, "first, item = {c}, 1; first.warmup()"),
    )

    def test(self, scope: Scope) -> list[str]:
        """The class is named in a test or another reference."""
        name = self.klass(scope)
        form = self.choose.weighted(self._tests)
        return form.format(n=name, c=self.cache(scope) if "{c}" in form else "", t=self.text()).split("\n")

    _tests = (
        (6, "print(isinstance({c}, {n}))"),
        (2, "print(isinstance({c}, (str, {n})))"),
        (2, "print(isinstance({c}, {n} | None))"),
        (1, "print(isinstance({c}, ({n},)))"),
        (1, "assert isinstance({c}, {n}), {t}"),
        (2, "match {c}:\n    case {n}(): print('cache')\n    case _: print('other')"),
        (1, "match {c}:\n    case str() | {n}() as item: print('either')"),
        (1, "match {c}:\n    case {n}(system={t}): print('named')"),
        (1, "print(issubclass({n}, object))"),
        (1, "print(type({c}) is {n})"),
        (1, "print({c}.__class__ == {n})"),
        (1, "print({n}.DEFAULT_TTL)"),
        (1, "print({n}.shared())"),
        (1, "print({n}.__name__)"),
        (1, "print({n} is not None)"),
        (2, "if {n} is None: print('none')\nelse: print({n}(system={t}))"),
        (1, "if {n}: print({n}())"),
        (1, "print({n}.get({c}, {t}))"),
        (1, "for entry in ({n}, str): print(entry(), sep='')"),
        (1, "print(callable({n}))"),
        (1, "assert {n}"),
        (1, "print('CacheService', {{'CacheService': 1}})"),
    )

    # -- what opens scopes -----------------------------------------------------------------------------------------

    def function(self, scope: Scope) -> list[str]:
        """A function, and a call of it at times."""
        name = self.choose.pick(("load", "make", "use")) if not self.choose.perhaps(4) else self.choose.pick(TAKEN_NAMES)
        inner = Scope("function", scope)
        parameters, kinds = self._parameters(scope, inner, method=False)
        returns = f" -> {self.annotation(scope)}" if self.choose.perhaps(30) else ""
        lines = self._decorators(scope) + [f"def {name}({', '.join(parameters)}){returns}:"]
        body, kind = self._body(inner)
        scope.bind(name, Func(kind, tuple(kinds)))
        lines = "\n".join([*lines, *indented(body)]).split("\n")
        if self.choose.perhaps(70):
            lines.append(f"print({self.called(scope, name, Func(kind, tuple(kinds)), 2)})")
        return lines

    def _parameters(self, outer: Scope, inner: Scope, *, method: bool) -> tuple[list[str], list[Kind]]:
        """Parameters as text, and the kinds of those that a call must give."""
        texts: list[str] = []
        kinds: list[Kind] = []
        names = ["cache", "system", "option"]
        for name in names[: self.choose.below(3)]:
            is_cache = name == "cache"
            if self.choose.perhaps(8):
                name = self.choose.pick([n for n in TAKEN_NAMES if not any(t.startswith(n) for t in texts)])
            kind = "cache" if is_cache else "plain"
            text = name
            if self.choose.perhaps(50):
                text += f": {self.annotation(outer)}" if is_cache else ": str"
            if texts and "=" in texts[-1] or self.choose.perhaps(25):
                text += f"={self.cache(outer, 2) if is_cache else self.plain(outer, 1)}"
            else:
                kinds.append(kind)
            inner.bind(name, kind)
            texts.append(text)
        return texts, kinds

    def _decorators(self, scope: Scope) -> list[str]:
        if not self.choose.perhaps(6):
            return []
        form = self.choose.pick(("@(lambda given: print({c}) or given)", "@functools.cache", "@typing.no_type_check"))
        self.needs |= {"functools", "typing"}
        return form.format(c=self.cache(scope, 2)).split("\n")

    def _body(self, inner: Scope) -> tuple[list[str], Kind]:
        """A function's body with its declarations, and the kind of what it returns."""
        lines: list[str] = []
        if self.choose.perhaps(12):
            lines.append('"""Use CacheService."""')
        lines += self._declarations(inner)
        lines += self.block(inner, 3)
        if self.choose.perhaps(60):
            return [*lines, f"return {self.cache(inner)}"], "cache"
        return lines, "none"

    def _declarations(self, inner: Scope) -> list[str]:
        """``global`` and ``nonlocal`` statements."""
        lines = []
        if self.choose.perhaps(12):
            name = self.choose.pick((*PLAIN_NAMES, *TAKEN_NAMES))
            if name not in inner.names:
                inner.declared[name] = inner.module
                lines.append(f"global {name}")
        outer = inner.parent
        if outer is not None and outer.kind == "function" and self.choose.perhaps(30):
            names = [n for n in outer.names if n not in inner.names and n not in inner.declared and n not in outer.declared]
            if names:
                name = self.choose.pick(names)
                inner.declared[name] = outer
                lines.append(f"nonlocal {name}")
        return lines

    def class_(self, scope: Scope) -> list[str]:
        """A class with attributes and methods, and an object of it."""
        name = self.choose.pick(("Holder", "Store")) if not self.choose.perhaps(4) else self.choose.pick(TAKEN_NAMES)
        inner = Scope("class", scope)
        body: list[str] = []
        attributes: dict[str, Kind] = {}
        head = f"class {name}:"
        shape = self.choose.weighted(((6, "plain"), (2, "data"), (2, "sub")))
        if shape == "data":
            return self._data_class(scope, name)
        if shape == "sub":
            head = f"class {name}({self.klass(scope)}):"
        if self.choose.perhaps(50):
            body += self.block(inner, 2)
        if shape == "plain":
            body += self._initializer(scope, inner, attributes)
        body += self._method(inner, attributes)
        attributes = {**inner.names, **attributes}
        scope.bind(name, Obj(tuple(inner.names.items())))
        lines = "\n".join([head, *indented(body)]).split("\n")
        if shape == "sub":
            scope.bind(name, "sub-class")
            return [*lines, f"print({name}(system={self.text()}).warmup())"]
        attributes.pop("self", None)
        scope.bind("holder", Obj(tuple(attributes.items())))
        return [*lines, f"holder = {name}()"]

    def _initializer(self, scope: Scope, inner: Scope, attributes: dict[str, Kind]) -> list[str]:
        own = Scope("function", inner)
        text = ""
        if self.choose.perhaps(30):
            text = f", cache: {self.annotation(inner)} = {self.cache(inner, 2)}"
            own.bind("cache", "cache")
        value, kind = self.choose.weighted(self._values)(self, own)
        note = f": {self.annotation(own)}" if self.choose.perhaps(20) else ""
        attributes["store"] = kind
        lines = f"def __init__(self{text}):\n    self.store{note} = {value}".split("\n")
        return lines

    def _method(self, inner: Scope, attributes: dict[str, Kind]) -> list[str]:
        name = self.choose.pick(("run", "get_unified_cache", "CacheService"))
        own = Scope("function", inner)
        own.bind("self", Obj(tuple({**inner.names, **attributes}.items())))
        decorator = ["@property"] if self.choose.perhaps(15) else []
        returns = f" -> {self.annotation(inner)}" if self.choose.perhaps(30) else ""
        body, kind = self._body(own)
        attributes[name] = kind if decorator else Func(kind)
        return [*decorator, f"def {name}(self){returns}:", *indented("\n".join(body).split("\n"))]

    def _data_class(self, scope: Scope, name: str) -> list[str]:
        self.needs.add("dataclasses")
        klass = self.klass(scope)
        value, kind = self.choose.pick(
            (
                (f"dataclasses.field(default_factory={klass})", "cache"),
                (f"dataclasses.field(default_factory=lambda: {self.cache(Scope('lambda', scope), 2)})", "cache"),
                ("None", "none"),
            )
        )
        scope.bind(name, Func(Obj((("store", kind),))))
        scope.bind("holder", Obj((("store", kind),)))
        field_ = f"    store: {self.annotation(scope)} = {value}".split("\n")
        return ["@dataclasses.dataclass", f"class {name}:", *field_, f"holder = {name}()"]

    def comprehension(self, scope: Scope) -> list[str]:
        """A comprehension whose target may be one of the wanted names."""
        form = self.choose.pick(("[{v} for {n} in {i}]", "list({v} for {n} in {i})", "[{v} for {n} in {i} if {v}]", "{{1: {v} for {n} in {i}}}"))
        inner = Scope("comprehension", scope)
        self.no_walrus += 1
        values = f"({self.text()}, {self.plain(scope)})"
        name = self.choose.pick(("system", "cache", *TAKEN_NAMES))
        inner.bind(name, "plain")
        text = f"print({form.format(v=self.cache(inner, 2), n=name, i=values)})"
        self.no_walrus -= 1
        return text.split("\n")

    def compound(self, scope: Scope) -> list[str]:
        """A block inside of ``if``, ``for``, ``while``, ``with`` or ``try``."""
        head = self.choose.pick(
            ("if {c}:", "for {n} in ('A', 'B'):", "while True:", "with contextlib.nullcontext({v}) as {n}:", "try:")
        )
        self.needs.add("contextlib")
        name = self.name()
        value = self.cache(scope, 2)
        head = head.format(c=self.condition(scope), n=name, v=value)
        if head.startswith("for"):
            scope.bind(name, "plain")
        elif head.startswith("with"):
            scope.bind(name, "cache")
        body = indented("\n".join(self.block(scope, 2)).split("\n"))
        tail = {"i": ["else:", *indented(self.statement(scope))], "w": [], "t": ["finally:", "    print('done')"], "f": []}
        if head.startswith("while"):
            body.append("    break")
        return [*head.split("\n"), *body, *tail[head[0]]]

    def read_types(self, scope: Scope) -> list[str]:
        """Annotations are read at run time."""
        functions = [name for name, kind in scope.visible().items() if isinstance(kind, Func)]
        if not functions:
            return self.show(scope)
        self.needs.add("typing")
        return [f"print(len(typing.get_type_hints({self.choose.pick(functions)})))"]

    def alias_type(self, scope: Scope) -> list[str]:
        """A name for a type."""
        self.needs.add("typing")
        form = self.choose.pick(("Alias = {a}", "Alias: typing.TypeAlias = {a}", "Alias = typing.TypeVar('Alias', bound={a})"))
        if "Alias" in scope.declared:
            return ["pass"]
        return form.format(a=self.annotation(scope)).split("\n")

    _all: Sequence[tuple[int, Callable[[Statements, Scope], list[str]]]] = (
        (8, show),
        (14, assign),
        (12, import_),
        (10, member),
        (6, test),
        (12, function),
        (8, class_),
        (3, take),
        (2, delete),
        (2, comprehension),
        (3, compound),
        (8, guarded),
        (1, bare),
        (1, read_types),
        (1, alias_type),
    )
    _simple = _all[:5] + ((2, take), (1, delete), (1, comprehension), (1, bare))


@dataclass(frozen=True)
class Program:
    """The files of a program by path; ``main`` is the dotted name of the module that is run."""

    files: dict[str, bytes]
    main: str
    preload: str | None = None
    """A module that is imported before."""

    def __repr__(self) -> str:
        texts = "\n".join(f"# ---- {path}\n{data.decode()}" for path, data in self.files.items())
        return f"program {self.main} after {self.preload}\n{texts}"


def _module_text(choose: Choice, writer: Statements, scope: Scope, most: int) -> str:
    """The text of a module: an import that its statements can use, then statements."""
    first = writer.first_import(scope)
    lines: list[str] = []
    for _ in range(1 + choose.below(most)):
        lines += writer.guarded(scope) if choose.perhaps(30) else writer.statement(scope)
        lines += [""] * choose.weighted(((6, 0), (2, 1), (1, 2)))
    head = [f"import {name}" for name in sorted(writer.needs)]
    if choose.perhaps(15):
        head.insert(0, "from __future__ import annotations")
    if choose.perhaps(15):
        head.insert(0, choose.pick(('"""Use CacheService."""', "# -*- coding: utf-8 -*-", "#!/usr/bin/env python")))
    if choose.perhaps(5):
        names = [name for name in ("CacheService", "load", "get_unified_cache") if name in scope.names]
        lines.append(f"__all__ = {names}")
    return "\n".join([*head, *first, *lines]) + "\n"


def _bytes(choose: Choice, text: str) -> bytes:
    """The text as bytes, with one of the line ends and ends of file."""
    if choose.perhaps(10):
        text = text.removesuffix("\n")
    if choose.perhaps(10):
        text = text.replace("    ", choose.pick(("\t", "  ")))
    if choose.perhaps(10):
        text = text.replace("\n", "\r\n")
    return (b"\xef\xbb\xbf" if choose.perhaps(3) else b"") + text.encode()


@st.composite
def programs(draw: st.DrawFn) -> Program:
    """A program of one module or two that uses the legacy cache in some ways."""
    choose = Choice(draw)
    files: dict[str, bytes] = {}
    helper: tuple[str, Obj] | None = None
    if choose.perhaps(35):
        path, name, level = choose.pick((("app/helper.py", "app.helper", 1), ("app/helpers/__init__.py", "app.helpers", 2)))
        scope = Scope("module")
        text = _module_text(choose, Statements(choose, name, level), scope, 2)
        files[path] = _bytes(choose, text)
        helper = (name, Obj(tuple(scope.names.items())))
    scope = Scope("module")
    path, level = choose.weighted(((5, ("app/consumer.py", 1)), (1, ("app/jobs/consumer.py", 2))))
    writer = Statements(choose, "app", level, helper)
    text = _module_text(choose, writer, scope, 6)
    if level == 2:
        files["app/jobs/__init__.py"] = b""
    files[path] = _bytes(choose, text)
    return Program(files, path.removesuffix(".py").replace("/", "."), LEGACY if writer.preloads else None)
