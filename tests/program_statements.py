"""The statements of the programs of :mod:`strategies`: imports in every place, bindings, uses and scopes."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from program_expressions import (
    LEGACY,
    LEGACY_MODULE,
    PACKAGE,
    PLAIN_NAMES,
    ROOT,
    TAKEN_NAMES,
    TARGET,
    TARGET_MODULE,
    Box,
    Choice,
    Expressions,
    Func,
    Kind,
    Obj,
    Scope,
    indented,
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
        lines: list[str] = make(self, scope)
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
            (
                (8, "{a}"),
                (1, "({a})"),
                (1, "(\n    {b},\n)"),
                (1, "(  # first\n    {b},  # last\n)"),
                (1, "{a}; print('imported')"),
            )
        )
        text = layout.format(a=", ".join(parts), b=",\n    ".join(parts))
        return f"from {self._module(source)} import {text}", bound

    def _from_package(self, scope: Scope, source: str) -> tuple[str, dict[str, Kind]]:
        wanted = {"legacy": ("cache_service",), "target": ("unified_cache",)}.get(
            source, ("cache_service", "unified_cache")
        )
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
        package = Obj((("cache_service", LEGACY_MODULE),))
        root = Obj((("services", package),))
        form, name, kind = self.choose.pick(
            (
                ("import app", "app", root),
                ("from app import services", "services", package),
                (f"from {self.dots or '.'} import services", "services", package),
                ("import app.services", "app", root),
                ("import app.services as services", "services", package),
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
            forms: tuple[tuple[str, dict[str, Kind]], ...] = (
                (f"from app import {short}", {short: offers}),
                (f"import {module} as other", {"other": offers}),
            )
            return self.choose.pick(forms)
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
            fallback = self.choose.pick(
                (f"{name} = None", "pass", f"from app.services.unified_cache import UnifiedCache as {name}", "raise")
            )
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
        form = self.choose.weighted(
            ((10, "{n} = {v}"), (2, "{n}: {t} = {v}"), (1, "{n} = other = {v}"), (1, "({n}) = ({v})"))
        )
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
        options: tuple[tuple[str, Kind], ...] = (
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
        text, kind = self.choose.pick(options)
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

    _members: Sequence[tuple[int, str]] = (
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
        if "case " in form and ("[" in name or "(" in name):  # no pattern
            name = "CacheService"
        return form.format(n=name, c=self.cache(scope) if "{c}" in form else "", t=self.text()).split("\n")

    _tests: Sequence[tuple[int, str]] = (
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
        name = (
            self.choose.pick(("load", "make", "use")) if not self.choose.perhaps(4) else self.choose.pick(TAKEN_NAMES)
        )
        inner = Scope("function", scope)
        parameters, kinds = self._parameters(scope, inner, method=False)
        returns = f" -> {self.annotation(scope)}" if self.choose.perhaps(30) else ""
        lines = [*self._decorators(scope), f"def {name}({', '.join(parameters)}){returns}:"]
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
        for usual in names[: self.choose.below(3)]:
            is_cache = usual == "cache"
            name = usual
            if self.choose.perhaps(8):
                name = self.choose.pick([n for n in TAKEN_NAMES if not any(t.startswith(n) for t in texts)])
            kind = "cache" if is_cache else "plain"
            text = name
            if self.choose.perhaps(50):
                text += f": {self.annotation(outer)}" if is_cache else ": str"
            if (texts and "=" in texts[-1]) or self.choose.perhaps(25):
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
            names = [
                n for n in outer.names if n not in inner.names and n not in inner.declared and n not in outer.declared
            ]
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
        return f"def __init__(self{text}):\n    self.store{note} = {value}".split("\n")

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
        form = self.choose.pick(
            (
                "[{v} for {n} in {i}]",
                "list({v} for {n} in {i})",
                "[{v} for {n} in {i} if {v}]",
                "{{1: {v} for {n} in {i}}}",
            )
        )
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
        form = self.choose.pick(("if", "for", "while", "with", "try"))
        name = self.name()
        if form == "if":
            head = f"if {self.condition(scope)}:"
        elif form == "for":
            head = f"for {name} in ('A', 'B'):"
            scope.bind(name, "plain")
        elif form == "while":
            head = "while True:"
        elif form == "with":
            self.needs.add("contextlib")
            head = f"with contextlib.nullcontext({self.cache(scope, 2)}) as {name}:"
            scope.bind(name, "cache")
        else:
            head = "try:"
        lines = [*head.split("\n"), *indented("\n".join(self.block(scope, 2)).split("\n"))]
        if form == "if":
            lines += ["else:", *indented(self.statement(scope))]
        elif form == "while":
            lines.append("    break")
        elif form == "try":
            lines += ["finally:", "    print('done')"]
        return lines

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
        form = self.choose.pick(
            ("Alias = {a}", "Alias: typing.TypeAlias = {a}", "Alias = typing.TypeVar('Alias', bound={a})")
        )
        if "Alias" in scope.declared:
            return ["pass"]
        return form.format(a=self.annotation(scope)).split("\n")

    _all: Sequence[tuple[int, Callable[..., list[str]]]] = (
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
    _simple: Sequence[tuple[int, Callable[[Statements, Scope], list[str]]]] = (
        *_all[:5],
        (2, take),
        (1, delete),
        (1, comprehension),
        (1, bare),
    )
