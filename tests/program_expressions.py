"""What the programs of :mod:`strategies` are made of: kinds of values, scopes, decisions and expressions."""

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
        for weight, option in options[:-1]:
            if number < weight:
                return option
            number -= weight
        return options[-1][1]


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

    _caches: Sequence[tuple[int, Callable[..., str]]] = (
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
        forms = self.choose.weighted(self._arguments)
        arguments = []
        for form in forms:
            value = self.plain(scope, depth) if "{v}" in form else ""
            arguments.append(form.format(v=value, t=self.text()))
        return self.laid_out(arguments)

    _arguments: Sequence[tuple[int, tuple[str, ...]]] = (
        (20, ("system={v}",)),
        (10, ()),
        (2, ("{v}",)),
        (2, ("{v}", "system={t}")),
        (2, ("cache_dir={t}", "system={v}")),
        (2, ("*({t}, {v})",)),
        (1, ("**dict(system={v})",)),
        (1, ("**{{{t}: {v}}}",)),
        (1, ("sistem={v}",)),
        (1, ("{v}", "{v}", "{v}")),
    )

    def laid_out(self, arguments: list[str]) -> str:
        """Arguments in parentheses, in one of many layouts."""
        layout = self.choose.weighted(
            (
                (12, "({a})"),
                (1, "( {a} )"),
                (1, " ({a})"),
                (1, "({a}, )"),
                (1, "(\n    {a},  # last\n)"),
                (1, "(  # first\n    {a}\n)"),
            )
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
