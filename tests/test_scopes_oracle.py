"""Scopes against CPython's ``symtable``, name by name.

The symbol table that the compiler uses and the scopes that cachelift builds are both brought into one shape, a
``Table``, and compared for equality: every table by kind, name and line, and in it every name with what it is (local,
global or free and whose, declared global or nonlocal, parameter, imported, annotated, assigned, referenced).

``CACHELIFT_ORACLE=full`` compares all files of the standard library and of the installed packages; without it every
tenth file, which is enough to notice a change, and all of the generated programs.
"""

from __future__ import annotations

import ast
import os
import random
import re
import symtable
import sys
import sysconfig
import textwrap
import warnings
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType

import pytest
from newer_nodes import alias, in_class, load

from cachelift.analysis.binder import build
from cachelift.analysis.scopes import Binding, BindingKind, Scope, ScopeKind, ScopeTree

STDLIB = Path(sysconfig.get_path("stdlib"))
PACKAGES = Path(sysconfig.get_path("purelib"))
STRIDE = 1 if os.environ.get("CACHELIFT_ORACLE") == "full" else 10

PYTHON = sys.version_info[:2]
INLINING = (3, 12)
"""PEP 709: the compiler merges list, set and dict comprehensions into the scope around, in its tables too."""
LAZY_ANNOTATIONS = (3, 14)
"""PEP 649: annotations have tables of their own, and those of a function's variables have none."""

IMPLICIT = frozenset(("__classdict__", "__conditional_annotations__", "__type_params__"))
"""Names the compiler adds for itself, beside those with a dot that no program can spell."""


@dataclass(slots=True)
class Table:
    """One scope: what either side says about it."""

    kind: str
    name: str
    line: int
    names: dict[str, frozenset[str]] = field(default_factory=dict)
    children: list[Table] = field(default_factory=list)

    @property
    def key(self) -> tuple[str, str, int]:
        return (self.kind, self.name, self.line)

    def frozen(self) -> tuple[object, ...]:
        """The table as a value. Tables of one line have no common order, so they are sorted."""
        names = tuple(sorted((name, tuple(sorted(facts))) for name, facts in self.names.items()))
        return (self.key, names, tuple(sorted((child.frozen() for child in self.children), key=repr)))

    def merge_name(self, name: str, facts: frozenset[str]) -> None:
        """Take in a name of an inner table, as ``inline_comprehension`` of CPython's symtable.c does.

        What a closure only hands through is entered later there, so it gives way here.
        """
        if all(fact.startswith("free") for fact in self.names.get(name, ())):
            self.names[name] = facts

    def add(self, inner: Table) -> None:
        """Take in an inner table; of annotations its content, as what they mean is what the scope around means."""
        if inner.kind != "annotation":
            self.children.append(inner)
            return
        for name, facts in inner.names.items():
            self.merge_name(name, facts)
            self.names[name] |= facts & {"referenced"}
        self.children += inner.children

    def drop(self, undecided: set[tuple[tuple[str, str, int], str]]) -> None:
        """Take out the names that the oracle cannot decide."""
        self.names = {name: facts for name, facts in self.names.items() if (self.key, name) not in undecided}
        for child in self.children:
            child.drop(undecided)


_Tables = tuple[symtable.SymbolTable, ...]
_FUTURE = re.compile(rb"^from __future__ import .*$", re.MULTILINE)


# What CPython says.


def oracle(source: bytes, blurred: frozenset[str]) -> Table:
    """The compiler's symbol table; of the ``blurred`` names it does not tell whose they are."""
    return _from_symtable(symtable.symtable(source, "<oracle>", "exec"), (), blurred)  # type: ignore[arg-type]


_KINDS = {
    "TypeVar bound": "type alias",
    "type variable": "type alias",
    "type parameter": "type parameters",
}


def _from_symtable(source: symtable.SymbolTable, outer: _Tables, blurred: frozenset[str]) -> Table:
    kind = str(getattr(source.get_type(), "value", source.get_type()))
    table = Table(_KINDS.get(kind, kind), source.get_name().strip("<>"), source.get_lineno())
    for symbol in source.get_symbols():
        name = symbol.get_name()
        if "." not in name and name not in IMPLICIT:
            table.names[name] = frozenset(_symbol_facts(symbol, outer, blurred))
    for child in source.get_children():
        table.add(_from_symtable(child, (*outer, source), blurred))
    return table


def _symbol_facts(symbol: symtable.Symbol, outer: _Tables, blurred: frozenset[str]) -> Iterator[str]:
    name = symbol.get_name()
    if symbol.is_free():
        yield "free" if name in blurred else f"free from {_free_owner(name, outer)}"
    else:
        yield "local" if symbol.is_local() else "global"
    for fact in ("declared_global", "nonlocal", "parameter", "imported", "annotated", "assigned", "referenced"):
        if getattr(symbol, f"is_{fact}")():
            yield fact


def _free_owner(name: str, outer: _Tables) -> str:
    """The nearest table around that has the name; a class has it for nobody but itself, ``__class__`` excepted."""
    for table in reversed(outer):
        if table.get_type() == "class":
            found = name == "__class__"
        else:
            found = name in table.get_identifiers() and table.lookup(name).is_local()
        if found:
            return f"{table.get_name().strip('<>')}:{table.get_lineno()}"
    return "nobody"


# What cachelift says.


_ANNOTATION_SCOPES = frozenset((ScopeKind.TYPE_PARAMETERS, ScopeKind.TYPE_ALIAS))
_OUR_KINDS = {ScopeKind.LAMBDA: "function", ScopeKind.COMPREHENSION: "function"}


def _class_seen(scope: Scope) -> Scope | None:
    """The class whose names an annotation scope sees."""
    around: Scope | None = scope
    while around is not None and around.kind in _ANNOTATION_SCOPES:
        around = around.parent
    return around if around is not scope and around is not None and around.kind is ScopeKind.CLASS else None


def _inlined(scope: Scope) -> bool:
    mergeable = PYTHON >= INLINING and isinstance(scope.node, (ast.ListComp, ast.SetComp, ast.DictComp))
    return mergeable and scope.parent is not None and _class_seen(scope.parent) is None


def _merged(scope: Scope) -> Iterator[Scope]:
    """The comprehensions whose names the compiler's table has in ``scope``."""
    for child in scope.children:
        if _inlined(child):
            yield child
            yield from _merged(child)


def blurred_names(tree: ScopeTree) -> frozenset[str]:
    """Names of inlined comprehensions: the merged tables no longer tell them from the same names around."""
    return frozenset(name for scope in tree.scopes if _inlined(scope) for name in scope.bindings)


def _place(scope: Scope) -> tuple[str, int]:
    """Name and line of a scope in the compiler's words."""
    if isinstance(scope.node, ast.Module):
        return ("top", 0)
    return (scope.name.strip("<>"), scope.node.lineno)  # type: ignore[attr-defined]


def _key(scope: Scope) -> tuple[str, str, int]:
    return (_OUR_KINDS.get(scope.kind, scope.kind.value), *_place(scope))


class Ours:
    """The scopes of ``build`` as tables.

    ``undecided`` are names of tables into which the compiler merges comprehensions that use the name differently:
    which one its table shows depends on the order of its visit. So does ``__class__`` of a comprehension that is
    merged into a class, which each Python treats another way, and a free name on whose way a comprehension with a
    variable of that name is merged. Python 3.11 merges nothing, so it decides these.
    """

    def __init__(self, tree: ScopeTree) -> None:
        self.blurred = blurred_names(tree)
        self.undecided: set[tuple[tuple[str, str, int], str]] = set()
        self.facts: dict[Scope, dict[str, set[str]]] = defaultdict(lambda: defaultdict(set))
        self.tree = tree
        for reference in tree.references:
            if self.unseen(reference.node):
                continue
            where, name = reference.where, reference.where.mangle(reference.node.id)
            if not isinstance(reference.node.ctx, ast.Load):
                continue  # the target of an augmented assignment, which the compiler does not count as read
            self.facts[where][name].add("referenced")
            if name == "super" and where.kind not in (ScopeKind.MODULE, ScopeKind.CLASS):
                self.facts[where]["__class__"].add("referenced")  # super() without arguments reads it
        for scope in tree.scopes:
            for name in scope.globals:
                self.facts[scope][name].add("declared_global")
                self.facts[tree.module][name].add("declared_global")  # the compiler marks the global itself as well
            for name in scope.nonlocals:
                self.facts[scope][name].add("nonlocal")
        for binding in tree.bindings:
            self.binding(binding)
            if isinstance(parent := tree.parents[binding.node], ast.AnnAssign) and parent.simple:
                self.facts[binding.where][binding.name].add("annotated")
        for scope in tree.scopes:
            for name in list(self.facts[scope]):
                self.resolve(scope, name)
        self.module = self.table(tree.module)

    def unseen(self, node: ast.AST) -> bool:
        """Whether the compiler drops what stands here: annotations of a function's variables since 3.14 (PEP 649)."""
        if PYTHON < LAZY_ANNOTATIONS:
            return False
        statement = self.tree.statement_of(node)
        while node is not statement and self.tree.parents[node] is not statement:
            node = self.tree.parents[node]
        is_annotation = isinstance(statement, ast.AnnAssign) and node is statement.annotation
        return is_annotation and self.tree.scope_of(statement).kind is ScopeKind.FUNCTION

    def binding(self, binding: Binding) -> None:
        name, kind, owner, where = binding.name, binding.kind, binding.owner, binding.where
        if kind is BindingKind.STAR_IMPORT:
            return
        facts = self.facts[where][name]
        if kind is BindingKind.PARAMETER:
            facts.add("parameter")
        elif kind in (BindingKind.IMPORT, BindingKind.IMPORT_FROM):
            facts.add("imported")
        else:
            facts.add("assigned")
        if kind is BindingKind.WALRUS and where.kind is ScopeKind.COMPREHENSION:
            # PEP 572: the compiler declares the name nonlocal or global in the comprehension.
            base = where
            while base.kind is ScopeKind.COMPREHENSION:
                assert base.parent is not None
                base = base.parent
            if owner.kind is ScopeKind.MODULE:
                facts.add("declared_global")
                self.facts[owner][name].add("declared_global")
            else:
                facts.add("nonlocal")
            if base.kind is not ScopeKind.MODULE:
                self.facts[base][name].add("assigned")

    def resolve(self, scope: Scope, name: str) -> None:
        facts = self.facts[scope][name]
        owner = scope.lookup(name)
        if scope.kind is ScopeKind.MODULE:
            facts.add("local" if facts & {"assigned", "imported"} else "global")
        elif owner is scope:
            facts.add("local")
        elif owner is None or owner.kind is ScopeKind.MODULE:
            facts.add("global")
            seen = _class_seen(scope)
            if seen is not None and name in seen.globals:
                facts.add("declared_global")
        elif owner is _class_seen(scope) and name in owner.bindings:
            # The table calls it global; the code that is generated looks into the class first (PEP 695).
            facts.add("global")
        else:
            self.closure(scope, name, owner)

    def closure(self, scope: Scope, name: str, owner: Scope) -> None:
        """Enter a free name, also where a closure only hands it through."""
        free = "free" if name in self.blurred else "free from {}:{}".format(*_place(owner))
        self.facts[scope][name].add(free)
        passed = [scope]
        while passed[-1].parent is not None and passed[-1].parent is not owner:
            passed.append(passed[-1].parent)
        hosts = [*passed, _class_seen(scope)]
        leaked = any(name in child.bindings for host in hosts if host is not None for child in _merged(host))
        for between in passed:
            if name not in self.facts[between]:
                self.facts[between][name].add(free)
            if leaked:
                self.undecided.add((_key(between), name))

    def table(self, scope: Scope) -> Table:
        table = Table(*_key(scope))
        table.names = {name: frozenset(facts) for name, facts in self.facts[scope].items()}
        merged: dict[str, set[frozenset[str]]] = defaultdict(set)
        for child in scope.children:
            if not isinstance(child.node, ast.stmt) and self.unseen(child.node):
                continue
            inner = self.table(child)
            if _inlined(child):
                table.children += inner.children
                for name, facts in inner.names.items():
                    merged[name].add(facts)
                    if (inner.key, name) in self.undecided or (name == "__class__" and scope.kind is ScopeKind.CLASS):
                        self.undecided.add((table.key, name))
            else:
                table.children.append(inner)
        for name, variants in merged.items():
            if len(variants) > 1:
                # The compiler even takes a free name for the other comprehension's local one then, and the scopes
                # around do not hand it through (it fails at run time: UnboundLocalError).
                around: Scope | None = scope
                while around is not None:
                    self.undecided.add((_key(around), name))
                    around = around.parent
            table.merge_name(name, min(variants, key=sorted))
        return table


# The comparison.


@dataclass(slots=True)
class Count:
    files: int = 0
    refused: int = 0
    scopes: int = 0
    names: int = 0
    mismatches: list[str] = field(default_factory=list)

    def add(self, table: Table) -> None:
        self.scopes += 1
        self.names += len(table.names)
        for child in table.children:
            self.add(child)


def differences(theirs: Table, mine: Table) -> Iterator[str]:
    """What differs, in words."""
    for name in sorted(theirs.names.keys() | mine.names.keys()):
        one, two = (sorted(table.names.get(name, ())) for table in (theirs, mine))
        if one != two:
            yield f"{theirs.key}: {name}: symtable {one}, cachelift {two}"
    left, right = (sorted(table.children, key=lambda child: repr(child.frozen())) for table in (theirs, mine))
    if [child.key for child in left] != [child.key for child in right]:
        yield f"{theirs.key}: tables {[child.key for child in left]}, {[child.key for child in right]}"
    else:
        for one_child, other in zip(left, right, strict=True):
            yield from differences(one_child, other)


def compare(source: bytes, label: str, count: Count) -> None:
    """Compare one file. What the compiler itself refuses (test data of the standard library) is counted apart.

    Under ``from __future__ import annotations`` the compiler does not look at annotations at all since 3.12; what
    they mean is the same, so another feature is imported in its place on both sides.
    """
    source = _FUTURE.sub(lambda match: match[0].replace(b"annotations", b"generators"), source)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            tree = build(ast.parse(source))
            theirs = oracle(source, blurred_names(tree))
        except (SyntaxError, ValueError, RecursionError):
            count.refused += 1
            return
    mine = Ours(tree)
    for table in (theirs, mine.module):
        table.drop(mine.undecided)
    count.files += 1
    count.add(theirs)
    if theirs.frozen() != mine.module.frozen():
        count.mismatches += [f"{label}: {line}" for line in differences(theirs, mine.module)]


class Programs:
    """Small random programs that mix what the standard library keeps apart. Many do not compile; those are left out.

    In the templates ``$n`` stands for a name, ``$e`` for an expression, ``$a`` for an annotation, ``$t`` for type
    parameters or nothing, ``$d`` for a default of a type parameter or nothing, ``$b`` for a block, and ``$w`` for a
    name without leading underscores: whether a walrus rebinds the variable of a comprehension is something CPython
    overlooks for mangled names.
    """

    NAMES = ("x", "x", "x", "y", "y", "z", "__class__", "super")
    PRIVATE = () if PYTHON == (3, 12) else ("__p",)  # 3.12 mangles too much around generic classes

    EXPRESSIONS = (
        "$e.attribute($e, $n=$e)",
        "(lambda $n, *$n_, k=$e: $e)",
        "[$e for $n in $e if $e]",
        "{$e: $e for $n in $n for $n in $e}",
        "list($e for $n, $n in $e)",
        "[lambda: $n for $n in $e]",
        "($w := $e)",
        'f"{$n} {$n!r:>{$n}}"',
        "($e if $e else {**$e})",
    )
    SIMPLE = (
        "$n = $e",
        "$n, *$n = $e",
        "$n += $e",
        "$n: $a = $e",
        "$n: $a",
        "($n): $a",
        "del $n",
        "global $n",
        "nonlocal $n",
        "import $n.b, a as $n",
        "from m import $n, b as $n",
        "$e",
        *(["type $n$t = $e"] if PYTHON >= INLINING else []),
    )
    COMPOUND = (
        "@$e\ndef $n$t(a: $a, b=$e, *, k: $a = $e) -> $a:\n$b",
        "async def $n(x, /, *y, **z):\n$b",
        "def $n():\n$b",
        "@$e\nclass $n$t($e, k=$e):\n$b",
        "class $n:\n$b",
        "for $n in $e:\n$b\nelse:\n$b",
        "with $e as ($n, $n.attribute):\n$b",
        "try:\n$b\nexcept $e as $n:\n$b",
        "match $e:\n    case [{'k': $n, **$n}, *_] if $e: pass\n    case C(a=$n) as $n: $e",
        "while $e:\n$b",
    )
    PARAMETERS = ("", "[$n$d]", "[$n: $e$d]", "[$n, *$n_]") if PYTHON >= INLINING else ("",)
    DEFAULTS = ("", " = $e") if PYTHON >= (3, 13) else ("",)

    # Since 3.14 comprehensions in annotations are merged into tables of their own; real code has the annotations there.
    ANNOTATIONS = ("$e",) if PYTHON < LAZY_ANNOTATIONS else ("None",)
    OPTIONS: Mapping[str, tuple[str, ...]] = MappingProxyType(
        {"a": ANNOTATIONS, "d": DEFAULTS, "t": PARAMETERS, "w": NAMES}
    )

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)

    def fill(self, template: str, depth: int) -> str:
        def replacement(match: re.Match[str]) -> str:
            kind = match[0][1]
            if kind == "b":
                return textwrap.indent(self.block(depth - 1), "    ")
            if kind == "e" and depth > 0 and self.random.random() < 0.4:
                return self.fill(self.random.choice(self.EXPRESSIONS), min(depth - 1, 2))
            options = self.OPTIONS.get(kind, self.NAMES + self.PRIVATE)
            return self.fill(self.random.choice(options), depth - 1)

        return re.sub(r"\$[abdentw]", replacement, template)

    def block(self, depth: int) -> str:
        statements = []
        for _ in range(self.random.randint(1, 3)):
            templates = self.COMPOUND if depth > 0 and self.random.random() < 0.5 else self.SIMPLE
            statements.append(self.fill(self.random.choice(templates), depth))
        return "\n".join(statements)

    def program(self) -> bytes:
        return self.block(4).encode()


def _files(root: Path) -> list[Path]:
    return [path for path in sorted(root.rglob("*.py")) if "site-packages" not in path.relative_to(root).parts]


@pytest.mark.parametrize("root", [STDLIB, PACKAGES], ids=["standard-library", "installed-packages"])
def test_real_code(root: Path, record_testsuite_property: Callable[[str, object], None]) -> None:
    count = Count()
    for path in _files(root)[::STRIDE]:
        compare(path.read_bytes(), str(path), count)
    for fact in ("files", "refused", "scopes", "names"):
        record_testsuite_property(f"{root.name} {fact}", getattr(count, fact))
    assert count.mismatches == []
    assert count.files > 50
    assert count.names > 50 * count.files


@pytest.mark.parametrize("seed", range(8))
def test_generated_programs(seed: int) -> None:
    programs = Programs(seed)
    count = Count()
    for number in range(100):
        compare(programs.program(), f"program {number}", count)
    assert count.mismatches == []
    assert count.files > 20


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        ("x = 1", "x = 1", []),
        ("x", "x = 1", ["x: symtable ['global', 'referenced'], cachelift ['assigned', 'local']"]),
        ("x", "x = x", ["x: symtable ['global', 'referenced'], cachelift ['assigned', 'local', 'referenced']"]),
        ("lambda: 0", "0", ["tables [('function', 'lambda', 1)], []"]),
    ],
)
def test_differences_are_seen(one: str, other: str, expected: list[str]) -> None:
    """The comparison itself is able to fail, in a nested table as well."""
    for prefix, place in (("", "('module', 'top', 0)"), ("class A: ", "('class', 'A', 1)")):
        theirs = oracle(f"{prefix}{one}".encode(), frozenset())
        mine = Ours(build(ast.parse(f"{prefix}{other}"))).module
        assert list(differences(theirs, mine)) == [f"{place}: {line}" for line in expected]


def test_a_mismatch_is_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    real = build
    monkeypatch.setitem(compare.__globals__, "build", lambda tree: real(ast.Module(tree.body[1:], [])))
    count = Count()
    compare(b"x = 1\ny = 2", "name", count)
    assert count.mismatches == [
        "name: ('module', 'top', 0): x: symtable ['assigned', 'local'], cachelift []",
    ]


# What each Python's tables look like is normalised on all of them, so that none of it rests on one version.


def tables(code: str | ast.Module, version: tuple[int, int], monkeypatch: pytest.MonkeyPatch) -> Ours:
    """Our tables in the shape of ``version``."""
    monkeypatch.setitem(Ours.__init__.__globals__, "PYTHON", version)
    return Ours(build(ast.parse(code) if isinstance(code, str) else code))


def test_comprehensions_are_merged(monkeypatch: pytest.MonkeyPatch) -> None:
    code = "def f(a):\n  [a for x in a]\n  (a for y in [lambda: z for z in a])"
    [function] = tables(code, (3, 11), monkeypatch).module.children
    assert sorted(function.names) == ["a"]
    assert [child.name for child in function.children] == ["listcomp", "genexpr", "listcomp"]
    [function] = tables(code, (3, 12), monkeypatch).module.children
    assert function.names == {
        "a": {"local", "parameter", "referenced"},
        "x": {"assigned", "local"},
        "z": {"assigned", "local"},
    }
    assert [child.name for child in function.children] == ["genexpr", "lambda"]
    assert function.children[1].names == {"z": {"free", "referenced"}}


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("[a for x in y]\n[b for x in y]", set()),
        ("[x for x in y]\n[b for x in y]", {("top", "x")}),
        ("def f():\n  [[x for x in y] for z in [0 for x in y]]", {("f", "x"), ("top", "x")}),
        ("def f(z):\n  def g():\n    [0 for z in y]\n    lambda: z", {("g", "z"), ("lambda", "z")}),
        ("def f(z):\n  def g():\n    [[0 for z in y] for x in y]\n    lambda: z", {("g", "z"), ("lambda", "z")}),
        ("class A:\n  [__class__ for x in y]", {("A", "__class__")}),
    ],
)
def test_what_merged_tables_cannot_decide(
    code: str, expected: set[tuple[str, str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert tables(code, (3, 11), monkeypatch).undecided == set()
    merged = tables(code, (3, 12), monkeypatch).undecided
    assert {(key[1], name) for key, name in merged} == expected


def test_annotations_of_variables_are_dropped(monkeypatch: pytest.MonkeyPatch) -> None:
    code = "def f(a: b):\n  c: d[lambda: e]\nc: d"
    module = tables(code, (3, 13), monkeypatch).module
    assert sorted(module.children[0].names) == ["a", "c", "d"]
    assert [child.name for child in module.children[0].children] == ["lambda"]
    module = tables(code, (3, 14), monkeypatch).module
    assert sorted(module.names) == ["b", "c", "d", "f"]
    assert sorted(module.children[0].names) == ["a", "c"]
    assert module.children[0].children == []


def test_annotation_tables_are_folded() -> None:
    table = Table("function", "f", 1, {"a": frozenset(["local", "parameter"])})
    inner = Table("function", "lambda", 2)
    names = {"a": frozenset(["free from f:1", "referenced"]), "b": frozenset(["global", "referenced"])}
    table.add(Table("annotation", "__annotate__", 2, names, [inner]))
    assert table.names == {"a": {"local", "parameter", "referenced"}, "b": {"global", "referenced"}}
    assert table.children == [inner]


@pytest.mark.parametrize(
    ("body", "expected"),
    [("x = 1", {"global", "referenced"}), ("global x", {"declared_global", "global", "referenced"})],
)
def test_annotation_scopes_show_a_name_of_the_class_as_global(
    body: str, expected: set[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    module = in_class(alias("X", load("x")), f"class C:\n    {body}")
    [table] = tables(module, (3, 13), monkeypatch).module.children[0].children
    assert table.key == ("type alias", "X", 1)
    assert table.names == {"x": expected}


def test_a_free_name_can_be_nobodys() -> None:
    assert _free_owner("x", (symtable.symtable("def f(): x", "<oracle>", "exec"),)) == "nobody"
