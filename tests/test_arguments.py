"""Calls of the legacy class, mapped by name to calls of the factory."""

from __future__ import annotations

import ast
import itertools
import pickle
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cachelift.analysis.arguments import binds, map_call, map_empty, names_in_source_order
from cachelift.model import CallPlan, Migration, NewArgument, Parameter, ParameterKind, Refusal, Signature

SYSTEM = Migration()
BOTH = Migration(arguments=(("system", "system"), ("ttl", "timeout")))
LEGACY = "(cache_dir='data/cache', system='KP')"
TWO = "(cache_dir='d', system='KP', ttl=60)"


def signature(text: str | None) -> Signature | None:
    if text is None:
        return None
    function = ast.parse(f"def f{text}: pass").body[0]
    assert isinstance(function, ast.FunctionDef)
    args = function.args
    positional = [*args.posonlyargs, *args.args]
    defaults = [None] * (len(positional) - len(args.defaults)) + [ast.unparse(d) for d in args.defaults]
    found = [
        Parameter(arg.arg, ParameterKind(0 if index < len(args.posonlyargs) else 1), default)
        for index, (arg, default) in enumerate(zip(positional, defaults, strict=True))
    ]
    found += [Parameter(arg.arg, ParameterKind.VAR_POSITIONAL) for arg in filter(None, [args.vararg])]
    for arg, value in zip(args.kwonlyargs, args.kw_defaults, strict=True):
        found.append(Parameter(arg.arg, ParameterKind.KEYWORD_ONLY, ast.unparse(value) if value else None))
    found += [Parameter(arg.arg, ParameterKind.VAR_KEYWORD) for arg in filter(None, [args.kwarg])]
    return Signature(tuple(found))


def mapped(source: str, migration: Migration, legacy: str | None, factory: str | None) -> CallPlan | Refusal:
    call = ast.parse(source, mode="eval").body
    assert isinstance(call, ast.Call)
    return map_call(call, migration, signature(legacy), signature(factory))


def written(source: str, plan: CallPlan) -> str:
    """The new call as the plan has it, in :func:`ast.unparse`'s form."""
    call = ast.parse(source, mode="eval").body
    assert isinstance(call, ast.Call)
    values = [*call.args, *(word.value for word in call.keywords)]
    parts = []
    for new in plan.arguments:
        text = new.literal if new.index is None else ast.unparse(values[new.index])
        parts.append(f"{new.keyword}={text}" if new.keyword else f"{text}")
    return f"get({', '.join(parts)})"


@pytest.mark.parametrize(
    ("source", "legacy", "factory", "expected"),
    [
        ("C(system=X)", LEGACY, "(system)", "get(X)"),
        ("C(system=X)", LEGACY, None, "get(X)"),
        ("C(system=X)", None, "(system)", "get(X)"),
        ("C(system=X)", None, None, "get(X)"),
        ("C(system=(yield x))", LEGACY, "(system)", "get((yield x))"),
        ("C(X)", "(system, cache_dir='d')", "(system)", "get(X)"),
        ("C(X)", "(system, /)", "(system, /)", "get(X)"),
        ("C(system=X)", "(*, system)", "(*, system)", "get(system=X)"),
        ("C(system=X)", "(*args, system)", "(*args, system)", "get(system=X)"),
        ("C(system=X)", "(**kwargs)", "(system='KP')", "get(X)"),
        ("C(system=X)", LEGACY, "(**options)", "get(system=X)"),
        ("C()", LEGACY, "(**options)", "get(system='KP')"),
        ("C()", LEGACY, "(system='KP')", "get()"),
        ("C()", LEGACY, "(system='OTHER')", "get('KP')"),
        ("C()", LEGACY, "(system)", "get('KP')"),
        ("C()", LEGACY, "(*, system)", "get(system='KP')"),
        ("C()", LEGACY, "(system=DEFAULT)", "get('KP')"),
        ("C()", LEGACY, "(system=...)", "get('KP')"),
        ("C()", LEGACY, None, "get('KP')"),
        ("C()", "()", "()", "get()"),
        ("C()", "(cache_dir=compute())", "()", "get()"),
        ("C(system=X)", LEGACY, "(system, extra=None)", "get(X)"),
        ("C(system=X)", LEGACY, "(extra=None, system='')", "get(system=X)"),
    ],
)
def test_calls_that_map(source: str, legacy: str | None, factory: str | None, expected: str) -> None:
    plan = mapped(source, SYSTEM, legacy, factory)
    assert isinstance(plan, CallPlan), plan
    assert written(source, plan) == expected
    assert pickle.loads(pickle.dumps(plan)) == plan


@pytest.mark.parametrize(
    ("source", "legacy", "factory", "expected"),
    [
        ("C(system=X, ttl=5)", TWO, "(system, timeout)", "get(X, 5)"),
        ("C(ttl=5, system=X)", TWO, "(system, timeout)", "get(X, 5)"),
        ("C(ttl=5)", TWO, "(system='KP', timeout=60)", "get(timeout=5)"),
        ("C(ttl=5)", TWO, "(system='A', timeout=60)", "get('KP', 5)"),
        ("C(system=X)", TWO, "(system, timeout=60)", "get(X)"),
        ("C(system=X)", TWO, "(system, timeout=60.0)", "get(X, 60)"),
        ("C(system=X)", TWO, "(timeout=60, system='KP')", "get(system=X)"),
        ("C(system=X)", TWO, "(timeout=1, system='KP')", "get(60, X)"),
        ("C(system=X, ttl=Y)", TWO, "(timeout, system)", "get(Y, X)"),
        ("C(ttl=f(), system=g())", TWO, "(*, system, timeout)", "get(timeout=f(), system=g())"),
        ("C(ttl=f())", TWO, "(*, system, timeout)", "get(timeout=f(), system='KP')"),
        ("C(system=X, ttl=5)", None, None, "get(X, 5)"),
        ("C(ttl=5, system=X)", TWO, None, "get(X, 5)"),
    ],
)
def test_two_arguments_go_to_the_factorys_places(source: str, legacy: str, factory: str, expected: str) -> None:
    plan = mapped(source, BOTH, legacy, factory)
    assert isinstance(plan, CallPlan), plan
    assert written(source, plan) == expected


REFUSALS = [
    ("C(*a)", LEGACY, "(system)", "star-arguments", "what `*` or `**` hands over cannot be known"),
    ("C(**kw)", LEGACY, "(system)", "star-arguments", "what `*` or `**` hands over cannot be known"),
    ("C(system=X, **kw)", None, None, "star-arguments", "what `*` or `**` hands over cannot be known"),
    (
        "C('d', 'KP')",
        LEGACY,
        "(system)",
        "unmapped-argument",
        "argument `cache_dir` has no counterpart in `get_unified_cache`",
    ),
    (
        "C('data/cache')",
        LEGACY,
        "(system)",
        "unmapped-argument",
        "argument `cache_dir` has no counterpart in `get_unified_cache`",
    ),
    (
        "C(cache_dir='d', system=X)",
        None,
        None,
        "unmapped-argument",
        "argument `cache_dir` has no counterpart in `get_unified_cache`",
    ),
    (
        "C(system=X)",
        LEGACY,
        "(kind)",
        "unmapped-argument",
        "argument `system` has no counterpart in `get_unified_cache`",
    ),
    (
        "C(system=X)",
        LEGACY,
        "(*system)",
        "unmapped-argument",
        "argument `system` has no counterpart in `get_unified_cache`",
    ),
    (
        "C(other=X)",
        "(system='KP', **kwargs)",
        "(system)",
        "unmapped-argument",
        "argument `other` has no counterpart in `get_unified_cache`",
    ),
    ("C(X, 1)", "(system, *args)", "(system)", "unmapped-argument", "argument 2 goes to no parameter of its own"),
    (
        "C(1, system=X)",
        "(system, /, **kw)",
        "(system)",
        "unmapped-argument",
        "argument 2 goes to no parameter of its own",
    ),
    (
        "C(nope=1)",
        LEGACY,
        "(system)",
        "invalid-call",
        "the call does not fit `CacheService`: it has no parameter `nope` that can be given by keyword",
    ),
    (
        "C(system=1)",
        "(system, /)",
        "(system)",
        "invalid-call",
        "the call does not fit `CacheService`: it has no parameter `system` that can be given by keyword",
    ),
    (
        "C(1, 2, 3)",
        LEGACY,
        "(system)",
        "invalid-call",
        "the call does not fit `CacheService`: it takes 2 positional arguments, 3 are given",
    ),
    (
        "C(1, cache_dir=2)",
        LEGACY,
        "(system)",
        "invalid-call",
        "the call does not fit `CacheService`: `cache_dir` is given twice",
    ),
    (
        "C(system=X)",
        "(cache_dir, system='KP')",
        "(system)",
        "invalid-call",
        "the call does not fit `CacheService`: the required argument `cache_dir` is not given",
    ),
    (
        "C()",
        "(*, system)",
        "(system)",
        "invalid-call",
        "the call does not fit `CacheService`: the required argument `system` is not given",
    ),
    ("C()", None, "(system)", "unknown-signature", None),
    ("C(X)", None, "(system)", "unknown-signature", None),
    (
        "C()",
        "(system=DEFAULT)",
        "(system='KP')",
        "unknown-default",
        "the default of `system` in `CacheService` is not a literal",
    ),
    (
        "C()",
        "(system=DEFAULT)",
        "(system=DEFAULT)",
        "unknown-default",
        "the default of `system` in `CacheService` is not a literal",
    ),
    (
        "C()",
        "(system=...)",
        "(system=...)",
        "unknown-default",
        "the default of `system` in `CacheService` is not a literal",
    ),
    ("C()", "(system=[])", "(system=[])", "unknown-default", None),
    ("C()", "(system=('a', b))", "(system)", "unknown-default", None),
    (
        "C()",
        "(**kwargs)",
        "(system='KP')",
        "unknown-default",
        "`CacheService` has no parameter `system` to take a default of",
    ),
    ("C()", "()", "(system='KP')", "unknown-default", "`CacheService` has no parameter `system` to take a default of"),
    (
        "C()",
        LEGACY,
        "(kind='KP')",
        "unknown-default",
        "the default of `system` cannot be kept: `get_unified_cache` has no parameter `system`",
    ),
    (
        "C(system=X)",
        LEGACY,
        "(system, kind)",
        "missing-argument",
        "`get_unified_cache` needs an argument `kind` that the call does not give",
    ),
    (
        "C(system=X)",
        LEGACY,
        "(system, *, kind)",
        "missing-argument",
        "`get_unified_cache` needs an argument `kind` that the call does not give",
    ),
    (
        "C(system=X)",
        LEGACY,
        "(kind=1, system='', /)",
        "missing-argument",
        "`system` can only be given by position, and `kind` before it is left out",
    ),
]


@pytest.mark.parametrize(("source", "legacy", "factory", "reason", "message"), REFUSALS)
def test_calls_that_are_refused(
    source: str, legacy: str | None, factory: str | None, reason: str, message: str | None
) -> None:
    refusal = mapped(source, SYSTEM, legacy, factory)
    assert isinstance(refusal, Refusal), refusal
    assert refusal.reason == reason
    assert refusal.message == (message or refusal.message)


def test_a_keyword_given_twice_is_wrong_without_a_signature_too() -> None:
    word = ast.keyword("system", ast.Constant(1))
    call = ast.Call(ast.Name("C"), [], [word, word])
    assert map_call(call, SYSTEM, None, None) == Refusal("invalid-call", "a keyword is given twice")


def test_without_a_signature_a_left_out_parameter_has_no_known_default() -> None:
    assert mapped("C(system=X)", BOTH, None, None) == Refusal(
        "unknown-signature", "the signature of `CacheService` is not known, nor is the default of `ttl`"
    )


def test_without_a_signature_an_empty_call_stays_even_if_nothing_is_mapped() -> None:
    assert mapped("C()", Migration(arguments=()), None, "()") == Refusal(
        "unknown-signature", "the signature of `CacheService` is not known"
    )


def test_a_configuration_that_names_a_parameter_twice_loses_no_argument() -> None:
    for arguments in ((("system", "x"), ("ttl", "x")), (("system", "x"), ("system", "y"))):
        refusal = mapped("C(system=1, ttl=2)", Migration(arguments=arguments), TWO, "(x, y=0)")
        assert isinstance(refusal, Refusal)


@pytest.mark.parametrize("factory", ["(system='KP')", "(system='OTHER')"])
def test_an_empty_call_is_mapped_like_one_in_the_source(factory: str) -> None:
    assert map_empty(SYSTEM, signature(LEGACY), signature(factory)) == mapped("C()", SYSTEM, LEGACY, factory)


def dropped(value: str, legacy: str | None) -> CallPlan | Refusal:
    migration = Migration(drop=frozenset({"cache_dir"}))
    return mapped(f"C(cache_dir={value}, system=X)", migration, legacy, "(system)")


@pytest.mark.parametrize("legacy", [LEGACY, None])
@pytest.mark.parametrize(
    "value",
    [
        "'d'", "-1", "path", "('a', b, [1])", "{1, 2}", "{'a': b}", "{}", "f'text'", "60 * 60 + 1", "lambda: f()",
        "lambda a=b, *, c=1, d: f()", "'d' + '/x'", "f'{\"a\"!r}' + 'b'",
    ],
)  # fmt: skip
def test_what_has_no_effect_is_dropped(value: str, legacy: str | None) -> None:
    assert dropped(value, legacy) == CallPlan((NewArgument(1),), dropped=(0,))


@pytest.mark.parametrize("legacy", [LEGACY, None])
@pytest.mark.parametrize(
    "value",
    [
        "a.b", "a[0]", "a['x'].b", "a[1:b]", "f'{a}'", "f'{a:>{b}}'", "1 / 0", "60 * a", "a / 'x'", "'%s' % a",
        "a or 'd'", "a if b else c", "'{}'.format(a)", "'d' + a", "['d', a.b]",
    ],
)  # fmt: skip
def test_what_can_fail_is_dropped_as_unsafe(value: str, legacy: str | None) -> None:
    doubt = "argument `cache_dir` may be dropped, unless it matters that evaluating it can fail"
    assert dropped(value, legacy) == CallPlan((NewArgument(1),), dropped=(0,), doubt=doubt)


@pytest.mark.parametrize("legacy", [LEGACY, None])
@pytest.mark.parametrize(
    "value",
    [
        "f()", "a.b()", "f().b", "f()[0]", "a[f()]", "a[f():]", "-a", "-'a'", "[*a]", "{a}", "{a: 1}", "{**a}",
        "{'a': f()}", "f'{f()}'", "f'{a:{f()}}'", "2 ** 9", "a >> b", "a | b", "'d' + f()", "a or f()",
        "f() if a else b", "a if b else f()", "lambda a=f(): a", "lambda *, a=f(): a", "(x := 1)", "(yield)",
        "(await a)", "(i for i in a)", "[i for i in a]", "'{}'.format(f())", "'d'.join(a)", "str(a)", "a == b",
    ],
)  # fmt: skip
def test_what_may_act_is_not_dropped(value: str, legacy: str | None) -> None:
    message = "argument `cache_dir` may be dropped, but evaluating it may have an effect"
    assert dropped(value, legacy) == Refusal("unmapped-argument", message)


def test_a_call_that_gives_only_what_is_dropped() -> None:
    migration = Migration(arguments=(), drop=frozenset({"cache_dir"}))
    assert mapped("C(cache_dir='d')", migration, None, None) == CallPlan((), dropped=(0,))


@pytest.mark.parametrize(
    ("first", "second", "matters"),
    [
        ("1", "f()", False),
        ("f()", "'a'", False),
        ("a", "b", False),
        ("a", "(b, 1)", False),
        ("lambda: a", "f()", False),
        ("a", "f()", True),
        ("f()", "a", True),
        ("f()", "g()", True),
        ("a.b", "c", True),
        ("(a := 1)", "a", True),
        ("[a]", "f()", True),
    ],
)
def test_arguments_change_places_only_where_that_cannot_matter(first: str, second: str, matters: bool) -> None:
    plan = mapped(f"C(ttl={first}, system={second})", BOTH, TWO, "(system, timeout)")
    if matters:
        assert plan == Refusal("evaluation-order", "the arguments would be evaluated in another order")
    else:
        assert plan == CallPlan((NewArgument(1), NewArgument(0)))
    assert mapped(f"C(system={first}, ttl={second})", BOTH, TWO, "(system, timeout)") == CallPlan(
        (NewArgument(0), NewArgument(1))
    )


LITERALS = [
    "1",
    "1.0",
    "True",
    "0.0",
    "-0.0",
    "0",
    "'a'",
    "b'a'",
    "None",
    "''",
    "()",
    "(1,)",
    "(True,)",
    "-1",
    "-1.0",
    "1e999",
]


@pytest.mark.parametrize(("old", "new"), list(itertools.product(LITERALS, LITERALS)))
def test_a_default_is_left_out_only_if_equal_and_of_one_type(old: str, new: str) -> None:
    plan = mapped("C()", SYSTEM, f"(system={old})", f"(system={new})")
    literal = ast.unparse(ast.parse(old, mode="eval"))
    assert plan == CallPlan(() if old == new else (NewArgument(None, literal=literal),))


@pytest.mark.parametrize(
    ("default", "expected"),
    [
        ('"KP"', '"KP"'),
        ("'K'\n'P'", "'KP'"),
        ("'K'  # note\r\n'P'", "'KP'"),
        ('"#1"', "'#1'"),
        ("0x10", "0x10"),
        ("(1,\n 2)", "(1, 2)"),
    ],
)
def test_a_default_is_written_as_its_source_has_it_where_it_fits_a_line(default: str, expected: str) -> None:
    legacy = Signature((Parameter("system", ParameterKind.POSITIONAL_OR_KEYWORD, default),))
    plan = map_empty(SYSTEM, legacy, None)
    assert plan == CallPlan((NewArgument(None, literal=expected),))


@pytest.mark.parametrize("default", ["not a literal", "+1", "1 + 2j", "f'a'", "'a'.upper()", "-'a'", "0x" + "f" * 9999])
def test_a_default_that_is_not_surely_a_literal_is_not_carried_over(default: str) -> None:
    legacy = Signature((Parameter("system", ParameterKind.POSITIONAL_OR_KEYWORD, default),))
    refusal = map_empty(SYSTEM, legacy, None)
    assert isinstance(refusal, Refusal)
    assert refusal.reason == "unknown-default"


NAMES = ["a", "b", "c"]


@st.composite
def parameter_lists(draw: st.DrawFn) -> str:
    """Parameters over few names, with defaults that tell them apart, in an order that Python takes."""
    names = draw(st.permutations(NAMES))
    first, second = sorted(draw(st.tuples(st.integers(0, 3), st.integers(0, 3))))
    star = draw(st.integers(second, 3))
    required = draw(st.integers(0, star))
    parts = []
    for index, name in enumerate(names):
        if index == second and index and first == 1:
            parts.append("/")
        if index == star:
            parts.append(draw(st.sampled_from(["*", "*args"])))
        optional = index >= required if index < star else draw(st.booleans())
        parts.append(f"{name}={draw(st.sampled_from(['0', '1', 'None']))}" if optional else name)
    if draw(st.booleans()):
        parts.append("**kwargs")
    return f"({', '.join(parts)})"


def function(parameters: str) -> Callable[..., dict[str, Any]]:
    namespace: dict[str, Callable[..., dict[str, Any]]] = {}
    exec(f"def f{parameters}: return dict(locals())", namespace)
    return namespace["f"]


CALLS = st.tuples(st.integers(0, 4), st.lists(st.sampled_from([*NAMES, "d"]), unique=True, max_size=3))


@settings(deadline=None, max_examples=200)
@given(parameter_lists(), CALLS)
def test_binding_agrees_with_python(parameters: str, shape: tuple[int, list[str]]) -> None:
    positionals, keywords = shape
    own = signature(parameters)
    assert own is not None
    bound = binds(own, positionals, keywords)
    values = range(100, 100 + positionals + len(keywords))
    try:
        received = function(parameters)(*values[:positionals], **dict(zip(keywords, values[positionals:], strict=True)))
    except TypeError:
        assert bound is None
        return
    flat = {f"*{index}": value for index, value in enumerate(received.pop("args", ()))}
    flat |= {f"**{name}": value for name, value in received.pop("kwargs", {}).items()}
    flat |= {name: value for name, value in received.items() if value in values}
    assert bound == {name: value - 100 for name, value in flat.items()}


@settings(deadline=None, max_examples=300)
@given(parameter_lists(), parameter_lists(), CALLS, st.permutations(NAMES), st.integers(0, 3))
def test_a_mapped_call_hands_the_factory_what_the_legacy_class_got(
    old: str, new: str, shape: tuple[int, list[str]], names: list[str], count: int
) -> None:
    """The claim itself, on functions that are called: every mapped parameter arrives, given or by its default."""
    migration = Migration(arguments=tuple(zip(names[:count], NAMES, strict=False)), drop=frozenset(names[count:]))
    positionals, keywords = shape
    parts = [str(10 + index) for index in range(positionals)]
    parts += [f"{name}={20 + index}" for index, name in enumerate(keywords)]
    source = f"f({', '.join(parts)})"
    plan = mapped(source, migration, old, new)
    if isinstance(plan, Refusal):
        return
    before = eval(source, {"f": function(old)})
    after = eval(written(source, plan), {"get": function(new)})
    for legacy, factory in migration.arguments:
        got = {**before.get("kwargs", {}), **before}
        has = {**after.get("kwargs", {}), **after}
        assert (legacy in got) == (factory in has)
        assert repr(got.get(legacy)) == repr(has.get(factory))


@pytest.mark.parametrize(
    ("parameters", "positionals", "keywords", "expected"),
    [
        ("(system)", 1, [], {"system": 0}),
        ("(system)", 0, ["system"], {"system": 0}),
        ("(*a, **k)", 1, [], {"*0": 0}),
        ("(*a, **k)", 0, ["system"], {"**system": 0}),
        ("(a, /, **k)", 1, ["a"], {"a": 0, "**a": 1}),
        ("()", 1, [], None),
        ("()", 0, ["system"], None),
        ("(a)", 1, ["a"], None),
        ("(**k)", 0, ["a", "a"], None),
        ("(a)", 0, [], None),
    ],
)
def test_shapes_of_stand_ins(
    parameters: str, positionals: int, keywords: list[str], expected: dict[str, int] | None
) -> None:
    own = signature(parameters)
    assert own is not None
    assert binds(own, positionals, keywords) == expected


@pytest.mark.parametrize(
    "source",
    [
        "x1 if x2 else x3",
        "{x1: x2, **x3, x4: x5}",
        "lambda a=x1, *, b=x2, c: x3",
        "f(x1, k=x2, *x3, **x4)",
        "[x2 for x3 in x4 if x5]",
        "f'{x1:{x2}} {x3 + f\"{x4}\"}' f'{x5}'",
        "x1.a[x2:x3](x4)",
        "(x1 := x2) < x3 <= x4",
        "y.x(x=1)",
    ],
)
def test_names_are_counted_in_source_order(source: str) -> None:
    tree = ast.parse(source, mode="eval")
    numbered = {node: node.id for node in ast.walk(tree) if isinstance(node, ast.Name) and node.id[1:].isdigit()}
    for node in numbered:
        node.id = "x"
    found = [numbered[node] for node in names_in_source_order(tree, "x")]
    assert found == sorted(numbered.values())
