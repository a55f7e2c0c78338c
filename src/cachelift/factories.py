"""What a call of the factory gives, as far as its source shows it: an object, or something that only leads to one.

A coroutine, a generator or a context manager cannot take the place of what a constructor gives. Sources:
https://docs.python.org/3/reference/expressions.html#yield-expressions and
https://docs.python.org/3/library/contextlib.html.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence

from .lineage import normal_name
from .namespace import Namespace, dotted_parts, read_block, statements
from .project import Project
from .resolution import Definition, FileImports, Found

_AWAITED = frozenset({"Awaitable", "Coroutine", "Future", "Task"})
_OTHER_RESULTS = frozenset(
    {
        "AbstractAsyncContextManager", "AbstractContextManager", "AsyncContextManager", "AsyncGenerator",
        "AsyncIterable", "AsyncIterator", "ContextManager", "Generator", "Iterable", "Iterator",
    }
)  # fmt: skip
_TYPING = ("typing", "typing_extensions", "collections", "contextlib", "asyncio", "concurrent")
_DEPTH = 5
"""How many functions that return one another's results are followed."""

_Function = ast.FunctionDef | ast.AsyncFunctionDef


def result_problem(project: Project, dotted: str, legacy: str) -> str | None:
    """Why a call of a factory does not visibly give the object: a slug of ``REASONS``, or None where it may give it.

    Where the class gives one object out again and again, what makes a new one at each call does not give the object.

    Args:
        project: the repository.
        dotted: the factory's dotted name.
        legacy: that of the legacy class.
    """
    if _is_shared(project, legacy) and _makes_anew(project, dotted):
        return "factory-result"
    if _is_made(project, dotted):
        return "factory-result"
    found = project.find(dotted)
    if found is None or not isinstance(found.node, _Function):
        return None
    if project.function_signature(dotted) is None:
        return "factory-result"  # a decorator that is not known may give back anything
    return _problem(project, found.path, found.node, _DEPTH)


def _is_made(project: Project, dotted: str) -> bool:
    """Whether a module gives a factory's name what a call gives: ``get_cache = partial(make, system="KP")``."""
    module_name, _, name = dotted.rpartition(".")
    path = project.locate(module_name)
    module = project.module(path) if path is not None else None
    for node in statements(module.tree.body, scopes=False) if module is not None else ():
        if isinstance(node, ast.Assign | ast.AnnAssign) and isinstance(node.value, ast.Call):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            if any(isinstance(target, ast.Name) and target.id == name for target in targets):
                return True
    return False


def _is_shared(project: Project, dotted: str) -> bool:
    """Whether a call of a class may give an object that it gave before: what it keeps is returned where it is made.

    https://docs.python.org/3/reference/datamodel.html#object.__new__; a metaclass's ``__call__`` is called before that.
    """
    found = project.find(dotted)
    if found is None or not isinstance(found.node, ast.ClassDef):
        return False
    if any(map(_gives_kept, _methods(found.node, "__new__"))):
        return True
    metaclasses = [each.value for each in found.node.keywords if each.arg == "metaclass"]
    resolved = [project.resolve_in(found.path, each) for each in metaclasses]
    nodes = [each.node for each in resolved if isinstance(each, Definition)]
    methods = (method for each in nodes if isinstance(each, ast.ClassDef) for method in _methods(each, "__call__"))
    return any(map(_gives_kept, methods))


def _methods(node: ast.ClassDef, name: str) -> Iterator[ast.FunctionDef]:
    return (each for each in node.body if isinstance(each, ast.FunctionDef) and each.name == name)


def _gives_kept(function: ast.FunctionDef) -> bool:
    """Whether a function returns an attribute, or an item: something that is kept from one call to the next."""
    nodes = list(_own_nodes(function))
    returned = [each.value for each in nodes if isinstance(each, ast.Return)]
    names = {value.id for value in returned if isinstance(value, ast.Name)}
    for each in nodes:
        targets = each.targets if isinstance(each, ast.Assign) else [getattr(each, "target", None)]
        if any(isinstance(target, ast.Name) and target.id in names for target in targets):
            returned.append(getattr(each, "value", None))
    return any(map(_is_kept, returned))


def _is_kept(node: ast.expr | None) -> bool:
    """Whether an expression reads what something holds: ``cls.one``, ``made[key]``, ``made.setdefault(key, x)``."""
    if isinstance(node, ast.Call):
        return isinstance(node.func, ast.Attribute) and node.func.attr in ("get", "setdefault")
    return isinstance(node, ast.Attribute | ast.Subscript)


def _makes_anew(project: Project, dotted: str) -> bool:
    """Whether all that a factory returns are objects that it makes for this call."""
    found = project.find(dotted)
    if found is None or not isinstance(found.node, ast.FunctionDef) or found.node.decorator_list:
        return False
    returned = [each.value for each in _own_nodes(found.node) if isinstance(each, ast.Return)]
    called = [value.func for value in returned if isinstance(value, ast.Call) and dotted_parts(value.func)]
    made = [project.resolve_in(found.path, each) for each in called]
    return len(made) == len(returned) > 0 and all(
        isinstance(each, Definition)
        and isinstance(each.node, ast.ClassDef)
        and not _is_shared(project, each.qualified_name)
        for each in made
    )


def returned_classes(project: Project, dotted: str) -> tuple[Definition, ...]:
    """The classes of the project whose constructors' results a factory visibly returns.

    Args:
        project: the repository.
        dotted: the factory's dotted name.
    """
    found = project.find(dotted)
    return tuple(_classes(project, found, _DEPTH)) if found is not None else ()


def _problem(project: Project, path: str, node: _Function, depth: int) -> str | None:
    if _yields(node):
        return "factory-result"
    if isinstance(node, ast.AsyncFunctionDef):
        return "async-factory"
    if node.returns is not None and (stated := _stated(project, path, node.returns)) is not None:
        return stated
    for callee in _callees(project, path, node) if depth else ():
        if isinstance(callee, Definition) and isinstance(callee.node, _Function):
            wrapped = _wraps(project, callee.path, callee.node)
            problem = wrapped or _problem(project, callee.path, callee.node, depth - 1)
            if problem is not None:
                return problem
    return None


def _classes(project: Project, found: Definition, depth: int) -> Iterator[Definition]:
    if isinstance(found.node, ast.FunctionDef) and depth:
        for callee in _callees(project, found.path, found.node):
            if isinstance(callee, Definition) and isinstance(callee.node, ast.ClassDef):
                yield callee
            elif isinstance(callee, Definition):
                yield from _classes(project, callee, depth - 1)


def _stated(project: Project, path: str, annotation: ast.expr) -> str | None:
    """What a return annotation of the standard library says against the result."""
    if isinstance(annotation, ast.Constant) and isinstance(annotation.value, str):
        try:
            annotation = ast.parse(annotation.value.strip(), mode="eval").body
        except (SyntaxError, ValueError):
            return None
    if isinstance(annotation, ast.Constant):
        return "factory-result" if annotation.value is None else None
    found = project.resolve_in(
        path, annotation.value if isinstance(annotation, ast.Subscript) else annotation, typing=True
    )
    if not isinstance(found, str) or found.partition(".")[0] not in _TYPING:
        return None
    name = found.rpartition(".")[2]
    if name in _AWAITED:
        return "async-factory"
    return "factory-result" if name in _OTHER_RESULTS else None


def _wraps(project: Project, path: str, node: _Function) -> str | None:
    """What the decorators of a function that the factory calls visibly make of its result."""
    for decorator in node.decorator_list:
        called = project.resolve_in(path, decorator.func if isinstance(decorator, ast.Call) else decorator)
        name = normal_name(called) if isinstance(called, str) else ""
        if name in ("contextlib.contextmanager", "contextlib.asynccontextmanager"):
            return "factory-result"
    return None


def _own_nodes(node: _Function) -> Iterator[ast.AST]:
    """The nodes of a function's body, without those of functions, lambdas and classes in it."""
    pending: list[ast.AST] = list(node.body)
    while pending:
        current = pending.pop()
        yield current
        if not isinstance(current, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef | ast.Lambda):
            pending += ast.iter_child_nodes(current)


def _yields(node: _Function) -> bool:
    return any(isinstance(inner, ast.Yield | ast.YieldFrom) for inner in _own_nodes(node))


def _callees(project: Project, path: str, node: _Function) -> list[Found]:
    """What the calls are calls of whose results a function returns, directly or through a name."""
    nodes = list(_own_nodes(node))
    given: dict[str, list[ast.expr]] = {}
    for inner in nodes:
        if isinstance(inner, ast.Assign):
            for target in inner.targets:
                given.setdefault(ast.unparse(target), []).append(inner.value)
        elif isinstance(inner, ast.AnnAssign | ast.NamedExpr) and inner.value is not None:
            given.setdefault(ast.unparse(inner.target), []).append(inner.value)
    arguments = node.args
    parameters = [a.arg for a in (*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs)]
    parameters += [a.arg for a in (arguments.vararg, arguments.kwarg) if a is not None]
    scope: Sequence[Namespace] = [read_block(node.body, FileImports(project, path, inner=True), given=parameters)]
    returned = [inner.value for inner in nodes if isinstance(inner, ast.Return) and inner.value is not None]
    found: list[Found] = []
    seen: set[str] = set()
    for value in returned:
        if isinstance(value, ast.IfExp):
            returned += [value.body, value.orelse]
        elif isinstance(value, ast.BoolOp):
            returned += value.values
        elif isinstance(value, ast.NamedExpr):
            returned.append(value.value)
        elif isinstance(value, ast.Call):
            if dotted_parts(value.func):
                found.append(project.resolve_in(path, value.func, scopes=scope))
        elif (text := ast.unparse(value)) not in seen:
            seen.add(text)
            returned += given.get(text, [])
    return found
