"""More of the grammar for the programs of :mod:`strategies`: what real code does beside plain statements.

Coroutines and generators, containers, patterns, type comments, the syntax of newer Pythons, mocks and patches,
suppressed lines.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Sequence

from program_expressions import LEGACY, Expressions, Func, Scope, indented
from program_statements import Statements

FAKES = b"""\
class Fake:
    def __init__(self, *args, **kwargs): self.system = 'fake'
    def __repr__(self): return 'Fake()'
    def __call__(self, *args, **kwargs): return self
    def get(self, key, default=None): return 'fake'
    def set(self, key, value, ttl=None): return self
    def get_stats(self): return {}
    def warmup(self): return self
    entries = {}


class Strict(Fake):
    def __init__(self, system='KP'): self.system = system


class Named(Fake):
    def __init__(self, *, system='KP'): self.system = system
"""
"""What tests put in the place of the class."""


class MoreStatements(Statements):
    """The statements of :class:`Statements` and rarer ones."""

    def async_(self, scope: Scope) -> list[str]:
        """A coroutine function that is run."""
        self.needs |= {"asyncio", "contextlib"}
        inner = Scope("function", scope)
        parameters, kinds = self._parameters(scope, inner, method=False)
        body, kind = self._body(inner)
        awaited = self.choose.weighted(
            (
                (3, "await asyncio.sleep(0)"),
                (1, "async with contextlib.AsyncExitStack() as stack: print({c})"),
                (1, "print(await asyncio.sleep(0, {c}))"),
                (1, "print([each async for each in load_all()])"),
            )
        )
        lines = []
        if "load_all" in awaited:
            made = self.cache(Scope("function", scope))
            lines = ["async def load_all():", *indented(f"yield {made}".split("\n"))]
        first = awaited.format(c=self.cache(inner, 2)) if "{c}" in awaited else awaited
        lines += [f"async def load({', '.join(parameters)}):", *indented(first.split("\n")), *indented(body)]
        scope.bind("load", Func("none", tuple(kinds)))
        call = self.called(scope, "load", Func(kind, tuple(kinds)), 2)
        return "\n".join([*lines, f"print(asyncio.run({call}))"]).split("\n")

    def generator(self, scope: Scope) -> list[str]:
        """A generator function, and a loop over what it gives."""
        inner = Scope("function", scope)
        body = self.block(inner, 2)
        value = self.cache(inner)
        use = self.choose.pick(("print(entry.get('A'))", "entry.warmup()", "print(entry)"))
        tail = self.choose.pick((f"for entry in made(): {use}", "print(next(made()).system)", "print(*made())"))
        scope.bind("made", Func("none"))
        lines = ["def made():", *indented(body), *indented(f"yield {value}".split("\n")), tail]
        return "\n".join(lines).split("\n")

    def container(self, scope: Scope) -> list[str]:
        """Caches kept in a container and taken out of it again."""
        value = self.cache(scope)
        form = self.choose.pick(
            (
                "kept = []\nkept.append({v})\nprint(kept[0].get({t}))",
                "kept = []\nkept += [{v}]\nkept[-1].warmup()",
                "kept = {{}}\nkept[{t}] = {v}\nfor entry in kept.values(): print(entry.system)",
                "kept = {{}}\nkept.setdefault({t}, {v}).warmup()",
                "kept = dict(a={v})\nprint(kept['a'].get_stats())",
                "kept, *rest = {v}, 1\nkept.warmup()",
                "(kept, rest), more = [{v}, 1], 2\nprint(kept.system)",
                "kept = {{entry for entry in [{v}]}}\nkept.pop().warmup()",
                "kept = ({v},)\nfor index, entry in enumerate(kept): entry.warmup()",
                "kept = [{v}]\nfor entry, other in zip(kept, kept): print(other.system)",
                "kept = sorted([{v}], key=lambda entry: entry.system)\nprint(kept[0].warmup())",
                "kept = {v} and {v}\nprint(kept)",
                "print({{**{{'a': {v}}}}}['a'].system, [*[{v}]])",
            )
        )
        scope.bind("kept", "none")
        return form.format(v=value, t=self.text()).split("\n")

    def pattern(self, scope: Scope) -> list[str]:
        """A match statement that binds names."""
        name = self.name()
        form = self.choose.pick(
            (
                "match ({v}, 1):\n    case ({n}, 1): print({n})",
                "match {{'c': {v}}}:\n    case {{'c': {n}, **rest}}: print({n})",
                "match [{v}]:\n    case [*{n}]: print(len({n}))",
                "match {v}:\n    case None | str(): pass\n    case {n}: {n}.warmup()",
                "match {v}:\n    case {n} if isinstance({n}, {k}): print('kept')",
                "match {v}:\n    case object(system='A') as {n}: print({n})",
            )
        )
        text = form.format(v=self.cache(scope, 2), n=name, k=self.klass(scope))
        scope.bind(name, "none")
        return text.split("\n")

    def type_comment(self, scope: Scope) -> list[str]:
        """Types in comments."""
        name, note = self.name(), self.annotation(scope)
        form = self.choose.pick(
            (
                "{n} = {v}  # type: {a}",
                "def typed(cache):\n    # type: ({a}) -> {a}\n    return cache\nprint(typed({v}))",
                "for {n} in [{v}]:  # type: {a}\n    print({n})",
                "{n} = None  # type: {a}",
            )
        )
        scope.bind(name, "none" if "None" in form else "cache")
        value = self.cache(scope, 2).replace("\n", " ") if "{v}" in form else ""
        if "#" in value or "\n" in note:
            return self.show(scope)
        return form.format(n=name, v=value, a=note).split("\n")

    def newer(self, scope: Scope) -> list[str]:
        """Type parameters and aliases of PEP 695, where the running Python has them."""
        if not hasattr(ast, "TypeAlias"):
            return self.alias_type(scope)
        form = self.choose.pick(
            (
                "type Given = {a}",
                "def given[T: {k}](value: T) -> T: return value\nprint(given({v}))",
                "class Given[T: {k}]:\n    def kept(self, value: T) -> T: return value\nprint(Given().kept({v}))",
                "def given[CacheService](value: CacheService) -> CacheService: return value\nprint(given({v}))",
                "type Given[T] = dict[str, {a}]",
            )
        )
        return form.format(a=self.annotation(scope), k=self.klass(scope), v=self.cache(scope, 2)).split("\n")

    def typed_class(self, scope: Scope) -> list[str]:
        """Classes whose annotations are fields."""
        self.needs.add("typing")
        form = self.choose.pick(
            (
                "class Row(typing.NamedTuple):\n    store: {a}\nprint(Row({v}).store)",
                "class Row(typing.TypedDict):\n    store: {a}\nprint(Row(store={v})['store'])",
                "class Row(typing.Protocol):\n    store: {a}\n    def load(self) -> {a}: ...",
                (
                    "class Row:\n    __slots__ = ('store',)\n    store: {a}\nrow = Row()\nrow.store = {v}\n"
                    "row.store.warmup()"
                ),
                "class Row:\n    kind = {k}\n    def make(self): return self.kind(system='A')\nprint(Row().make())",
                "class Row:\n    shared: typing.ClassVar[{a}] = {v}\nprint(Row.shared.system)",
                "class Row:\n    @staticmethod\n    def make(): return {v}\nRow.make().warmup()",
                "class Row:\n    @classmethod\n    def make(cls, cache={v}): return cache\nprint(Row.make())",
                (
                    "class Row:\n    def __enter__(self): return {v}\n    def __exit__(self, *e): pass\n"
                    "with Row() as row: print(row.get('A'))"
                ),
            )
        )
        inner = Scope("function", scope)
        return form.format(a=self.annotation(scope), k=self.klass(scope), v=self.cache(inner, 2)).split("\n")

    def dispatch(self, scope: Scope) -> list[str]:
        """A function that is chosen by the class, and other decorators that take it."""
        self.needs.add("functools")
        form = self.choose.pick(
            (
                (
                    "@functools.singledispatch\ndef shown(value): return 'other'\n"
                    "@shown.register({k})\ndef _(value): return 'cache'\nprint(shown({v}))"
                ),
                (
                    "@functools.singledispatch\ndef shown(value): return 'other'\n"
                    "@shown.register\ndef _(value: {k}): return 'cache'\nprint(shown({v}))"
                ),
                (
                    "def with_kind(kind): return lambda function: function\n"
                    "@with_kind({k})\ndef shown(value=None): return value\nprint(shown({v}))"
                ),
                "@(lambda function: function({v}))\ndef shown(value): return value\nprint(shown)",
            )
        )
        return form.format(k=self.klass(scope), v=self.cache(scope, 2)).split("\n")

    def asked(self, scope: Scope) -> list[str]:
        """Somebody asks for the class of an object: for the new one, for a base, by a function of either module."""
        form = self.choose.pick(
            (
                "from app.services.unified_cache import UnifiedCache as Kind\nprint(isinstance({v}, Kind))",
                (
                    "from app.services.unified_cache import UnifiedCache as Kind\n"
                    "def is_kind(value): return isinstance(value, Kind)\nprint(is_kind({v}))"
                ),
                "from app.services import unified_cache as kinds\nprint(type({v}) is kinds.UnifiedCache)",
                (
                    "from app.services.unified_cache import UnifiedCache as Kind, get_unified_cache as make_new\n"
                    "print(isinstance(make_new({t}), Kind), {v})"
                ),
                "from app.services.unified_cache import UnifiedCache as Kind\nprint({{Kind: 'new'}}.get(type({v})))",
                "match {v}:\n    case object(__class__=kind): print(kind.__name__ == 'UnifiedCache')",
                "print(type({v}).__name__ == 'UnifiedCache')",
                "from app.services.cache_service import is_cache\nprint(is_cache({v}))",
                "from app.services.cache_service import is_cache as is_old\nprint(list(map(is_old, [{v}])))",
                "from app.services.unified_cache import is_cache\nprint(is_cache({v}))",
                "import app.services.cache_service as home\nprint(home.is_cache({v}))",
                "from app.services.base import Base\nprint(isinstance({v}, Base))",
                "from app.services.base import is_base\nprint(is_base({v}))",
                "print({k}.owns({v}))",
                "owns = {k}.owns\nprint(owns({v}))",
                "print({v}.same({v}))",
                "print({v} == {w}, {v} in [{w}])",
                "print({k}.get({v}, {t}))",
                "print(type({v}) is type({w}), isinstance({v}, type({w})))",
                "print(len({{type(each) for each in ({v}, {w})}}))",
                (
                    "seen = {{}}\nfor each in ({v}, {w}):\n    seen.setdefault(type(each), []).append(1)\n"
                    "print(len(seen))"
                ),
                "def same_kind(one, other): return one.__class__ == other.__class__\nprint(same_kind({v}, {w}))",
                (
                    "from app.services.unified_cache import get_unified_cache as make_new\n"
                    "print(type({v}) is type(make_new({t})))"
                ),
                "print(type({v}).__name__.endswith('Service'))",
                "print('unified' in type({v}).__name__.lower())",
                "print(type({v}).__module__.rpartition('.')[2] == 'cache_service')",
                (
                    "class Visitor:\n    def visit(self, value):\n"
                    "        return getattr(self, 'visit_' + type(value).__name__, str)(value)\n"
                    "    def visit_CacheService(self, value): return 'old'\nprint(Visitor().visit({v}))"
                ),
                (
                    "@typing.runtime_checkable\nclass Warm(typing.Protocol):\n    def warmup(self): ...\n"
                    "print(isinstance({v}, Warm))"
                ),
                "import collections.abc\nprint(isinstance({v}, collections.abc.Sized), callable({v}))",
            )
        )
        if "typing" in form:
            self.needs.add("typing")
        names = ("seen", "each", "same_kind", "Visitor", "Warm", "collections")
        for name in (
            *names,
            "Kind",
            "kinds",
            "make_new",
            "is_cache",
            "is_old",
            "is_kind",
            "home",
            "Base",
            "is_base",
            "owns",
        ):
            if name in form:
                scope.bind(name, "none")
        value, other = self.cache(scope, 2), self.cache(scope, 2)
        return form.format(k=self.klass(scope), v=value, w=other, t=self.text()).split("\n")

    def mock(self, scope: Scope) -> list[str]:
        """Mocks that take the class as their specification."""
        self.needs.add("unittest.mock")
        form = self.choose.pick(
            (
                "double = unittest.mock.Mock(spec={k})\nprint(isinstance(double, {k}))",
                (
                    "double = unittest.mock.MagicMock(spec={k}, name='double')\ndouble.get.return_value = 1\n"
                    "print(double.get('A'))"
                ),
                "double = unittest.mock.create_autospec({k})\nprint(hasattr(double, 'get'))",
                "double = unittest.mock.create_autospec({k}, instance=True)\ndouble.set('A', 1)",
                "double = unittest.mock.Mock(spec_set={k})\ndouble.warmup()",
                "double = unittest.mock.Mock(wraps={v})\nprint(double.get('A'))",
                "double = unittest.mock.Mock(spec={v})\nprint(double.get.called)",
            )
        )
        scope.bind("double", "none")
        return form.format(k=self.klass(scope), v=self.cache(scope, 2)).split("\n")

    def patched(self, scope: Scope) -> list[str]:
        """Something is put in the place of the class, in its own module or in one that uses it."""
        self.needs |= {"unittest.mock", "fakes"}
        module, name = LEGACY, "CacheService"
        if self.helper is not None and self.choose.perhaps(80):
            module, offers = self.helper
            names = [name for name, kind in offers.attributes if kind in ("class", "factory")]
            name = self.choose.pick(names) if names else name
        modules = self.paths(scope, lambda kind: self.helper is not None and kind == self.helper[1])
        fake = self.choose.weighted(
            ((4, "fakes.Fake"), (2, "fakes.Strict"), (1, "fakes.Named"), (1, "lambda system: fakes.Fake()"))
        )
        form = self.choose.weighted(self._patches)
        if "{m}" in form and not modules:
            form = self._patches[0][1]
        text = form.format(
            d=module,
            n=name,
            f=fake,
            m=self.choose.pick(modules) if "{m}" in form else "",
            t=self.text(),
        )
        head, _, tail = text.partition("$")
        inner = self.block(scope, 2)
        if head.endswith(":"):
            inner = indented(inner)
        return "\n".join([head, *inner, *(tail.split("\n") if tail else [])]).split("\n")

    _patches: Sequence[tuple[int, str]] = (
        (6, "with unittest.mock.patch('{d}.{n}', {f}):$"),
        (3, "with unittest.mock.patch('{d}.{n}', new={f}) as fake:$"),
        (2, "with unittest.mock.patch('{d}.{n}', return_value=fakes.Fake()) as fake:$\nprint(fake.called)"),
        (2, "with unittest.mock.patch('{d}.{n}', side_effect={f}):$"),
        (2, "with unittest.mock.patch.object({m}, '{n}', {f}):$"),
        (1, "with unittest.mock.patch.multiple('{d}', {n}={f}):$"),
        (1, "with unittest.mock.patch('{d}.{n}.get', lambda self, key: 'fake'):$"),
        (
            1,
            (
                "with unittest.mock.patch('{d}.{n}', return_value=fakes.Fake()) as fake:$"
                "\ntry: fake.assert_called_once_with(system={t})\nexcept AssertionError: print('differs')"
            ),
        ),
        (1, "patcher = unittest.mock.patch('{d}.{n}', {f})\npatcher.start()$\npatcher.stop()"),
        (1, "setattr({m}, '{n}', {f})$"),
        (1, "with unittest.mock.patch('{d}.missing', {f}):$"),
    )

    def nowhere(self, scope: Scope) -> list[str]:
        """The class by ways that go around its name."""
        self.needs |= {"sys"}
        form = self.choose.pick(
            (
                "print(eval('CacheService')(system={t}))",
                "print(globals()['CacheService']().system)",
                "print('CacheService' in globals())",
                "print(sys.modules['app.services.cache_service'].CacheService({t}).system)",
                "print(__import__('app.services.cache_service').services.cache_service.CacheService().system)",
                "print(sorted(name for name in dir() if name == 'CacheService'))",
                "print({c}.__class__.__name__ == 'CacheService')",
            )
        )
        return form.format(t=self.text(), c=self.cache(scope, 2)).split("\n")

    def suppressed(self, scope: Scope) -> list[str]:
        """A statement whose usages are silenced."""
        lines = self.statement(scope)
        if len(lines) == 1 and "#" not in lines[0]:
            lines[0] += self.choose.pick(("  # noqa: CLF002", "  # noqa", "  # cachelift: skip", "  # noqa: E501"))
        return lines

    def local_imports(self, scope: Scope) -> list[str]:
        """Imports of rarer layouts."""
        form = self.choose.pick(
            (
                "from app.services.cache_service import \\\n    CacheService",
                "from app.services.cache_service import CacheService; print(CacheService(system={t}))",
                "import os; from app.services.cache_service import CacheService; import sys",
                (
                    "from app.services.cache_service import (make_key, CacheService, CacheKey as Key)\n"
                    "print(make_key('a'))"
                ),
                "from app.services.cache_service import CacheService, CacheService as Cache\nprint(Cache(system={t}))",
                "from app.services.cache_service import (  # one\n    # two\n    CacheService,  # three\n    # four\n)",
                "if True: from app.services.cache_service import CacheService",
                "from app . services . cache_service import CacheService",
                "from app.services import cache_service as old, unified_cache\nprint(old.CacheService().system)",
            )
        )
        scope.bind("CacheService", "class")
        return form.format(t=self.text()).split("\n")

    def lazy(self, scope: Scope) -> list[str]:
        """One object for everybody, made when it is first asked for."""
        form = self.choose.pick(
            (
                (
                    "shared_cache = None\ndef shared():\n    global shared_cache\n    if shared_cache is None:\n"
                    "        shared_cache = {v}\n    return shared_cache\nprint(shared() is shared())"
                ),
                (
                    "def counted():\n    made = None\n    def make():\n        nonlocal made\n"
                    "        made = made or {v}\n"
                    "        return made\n    return make\nprint(counted()().get({t}))"
                ),
                (
                    "try:\n    shared_cache = {v}\nexcept Exception:\n    shared_cache = None\nelse:\n"
                    "    print(shared_cache)"
                ),
                "shared_cache = {v} if {b} else None\nif shared_cache: shared_cache.warmup()",
                "def pick(kind: 'type[CacheService]' = {k}): return kind(system={t})\nprint(pick())",
                (
                    "class Lazy:\n    _made = None\n    @property\n    def cache(self):\n"
                    "        if self._made is None:\n"
                    "            self._made = {v}\n        return self._made\nprint(Lazy().cache.get({t}))"
                ),
            )
        )
        if "shared_cache" in scope.declared:
            return self.show(scope)
        inner = Scope("function", scope)
        value = self.cache(inner, 2)
        if "\n" in value:
            value = f"({value})"
        return form.format(v=value, t=self.text(), b=self.condition(scope), k=self.klass(scope)).split("\n")

    _all: Sequence[tuple[int, Callable[..., list[str]]]] = (
        *Statements._all,
        *(
            (2, async_),
            (2, generator),
            (4, container),
            (2, pattern),
            (3, type_comment),
            (3, newer),
            (4, typed_class),
            (2, dispatch),
            (3, asked),
            (3, mock),
            (6, patched),
            (2, nowhere),
            (3, suppressed),
            (3, local_imports),
            (3, lazy),
        ),
    )

    def _cache_taken(self, scope: Scope, depth: int) -> str:
        """A cache that went through something."""
        if self.flat:
            return self.call(scope, depth)
        form = self.choose.pick(
            (
                "dict(a={v})['a']",
                "[{v}][-1]",
                "max([{v}], key=id)",
                "(lambda cache={v}: cache)()",
                "(lambda **given: given['cache'])(cache={v})",
                "next(iter([{v}]))",
                "({v}, 1)[0]",
                "[each for each in [{v}] if each][0]",
            )
        )
        return form.format(v=self.cache(scope, depth))

    _caches: Sequence[tuple[int, Callable[..., str]]] = (
        *Expressions._caches,
        (2, _cache_taken),
    )

    _members: Sequence[tuple[int, str]] = (
        *Statements._members,
        (1, "{c}.entries.clear()"),
        (1, "print({c}.delete({t}), {c}.cleanup_expired())"),
        (1, "{c}.system = {t}"),
        (1, "del {c}.entries"),
        (1, "print({c} == {c}, {c} is None, bool({c}))"),
        (1, "print(({c} or 1).get({t}), not {c})"),
        (1, "print(hasattr({c}, 'warmup'))"),
        (1, "print(str({c}), repr({c}), '%s' % {c})"),
        (1, "run = {c}.warmup; print(run())"),
        (1, "print([*map(lambda entry: entry.warmup(), [{c}])])"),
    )

    _tests: Sequence[tuple[int, str]] = (
        *Statements._tests,
        (1, "print(hasattr({n}, 'warmup'))"),
        (1, "print({n}.get is {n}.get)"),
        (1, "print(isinstance({c}, typing.get_args(typing.Optional[{n}])))"),
        (1, "kinds = (str, {n}); print(isinstance({c}, kinds))"),
        (1, "print(isinstance({c}, {n}) and {c}.warmup())"),
        (1, "if not isinstance({c}, {n}): raise TypeError"),
        (1, "print({{{n}: 1}}[type({c})])"),
        (1, "try: raise ValueError\nexcept (ValueError, {n}) as problem: print('caught')"),
        (1, "print(any(isinstance(each, {n}) for each in [{c}]))"),
        (1, "{n}.extra = 1; print({c}.extra)"),
        (1, "{n}.warmup = lambda self: 'patched'; print({c}.warmup())"),
        (1, "print({n}.__init__.__name__, {n}.__doc__ is None)"),
        (1, "print(sorted(map({n}, ['A', 'B']), key=str))"),
    )

    def test(self, scope: Scope) -> list[str]:
        self.needs.add("typing")
        return super().test(scope)
