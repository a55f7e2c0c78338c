"""What importing a module visibly does, beside binding names, and which functions of the library only make a value."""

from __future__ import annotations

import ast

_HARMLESS = frozenset(
    {
        "getLogger", "TypeVar", "ParamSpec", "NewType", "namedtuple", "NamedTuple", "Enum", "compile", "field",
        "Path", "frozenset", "dataclass", "lru_cache", "deprecated", "tuple", "dict", "list", "set", "object",
        "partial", "get_logger", "Lock", "RLock", "ContextVar", "getenv", "get", "dirname", "abspath", "join",
        "cast", "itemgetter", "attrgetter", "defaultdict", "deque", "Decimal", "timedelta", "property",
        "range", "len", "str", "int", "float", "bool",
    }
)  # fmt: skip
"""Calls at module level that only make a value, by their last names: there it is the rule, and a miss costs little."""

ENVIRONMENT = frozenset({"os.getenv", "os.environ.get"})
"""What reads the environment: a name, and what to give where there is none."""
MAKERS = {
    "os.getenv": ("", True),
    "os.environ.get": ("", True),
    "os.path.join": ("str", True),
    "os.path.normpath": ("str", False),
    "os.path.dirname": ("str", False),
    "os.path.basename": ("str", False),
    "pathlib.Path": ("path", True),
    "pathlib.PurePath": ("path", True),
    "builtins.str": ("str", False),
}
"""By dotted name: what a function gives for texts and paths, without failing and without looking at anything else, and
whether it takes several of them."""
ASKERS = {
    "builtins.repr": "str",
    "os.getcwd": "str",
    "os.path.abspath": "str",
    "os.path.expanduser": "str",
    "os.path.expandvars": "str",
    "os.path.realpath": "str",
    "pathlib.Path.cwd": "path",
    "pathlib.Path.home": "path",
    "tempfile.gettempdir": "str",
}
"""By dotted name: what a function gives that asks the system for it, or any object, and so may fail."""


def acts(statement: ast.stmt) -> bool:
    """Whether a statement of a module does something that others can see, beside binding names."""
    if isinstance(statement, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
        parts = [*statement.decorator_list]
        if not isinstance(statement, ast.ClassDef):
            parts += [d for d in (*statement.args.defaults, *statement.args.kw_defaults) if d is not None]
        return any(map(_calls, parts))
    if isinstance(statement, ast.For | ast.AsyncFor | ast.While | ast.With | ast.AsyncWith | ast.Delete | ast.Raise):
        return True
    if isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Call):
        return True  # a call whose value nobody takes is there for what it does
    targets = statement.targets if isinstance(statement, ast.Assign) else [getattr(statement, "target", None)]
    if any(isinstance(target, ast.Attribute | ast.Subscript) for target in targets):
        return True  # it changes something that was there before
    if isinstance(statement, ast.Expr | ast.Assign | ast.AnnAssign | ast.AugAssign | ast.Assert):
        value = statement.test if isinstance(statement, ast.Assert) else statement.value
        return value is not None and _calls(value)
    return False


def may_raise(statement: ast.stmt) -> bool:
    """Whether a statement of a module may fail, by anything but an import and what is not bound."""
    if isinstance(statement, ast.Import | ast.ImportFrom | ast.Pass | ast.Global):
        return False
    if isinstance(statement, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
        return bool(statement.decorator_list) or (isinstance(statement, ast.ClassDef) and _may_fail_inside(statement))
    parts: list[ast.AST] = [part for part in ast.iter_child_nodes(statement) if isinstance(part, ast.expr)]
    if isinstance(statement, ast.AnnAssign):
        parts = [part for part in (statement.value,) if part is not None]
    simple = (ast.Assign, ast.AnnAssign, ast.Expr, ast.If, ast.Try)
    return not isinstance(statement, simple) or any(map(_may_fail, parts))


def _may_fail_inside(statement: ast.ClassDef) -> bool:
    return bool(statement.keywords) or any(map(may_raise, statement.body))


def _may_fail(value: ast.AST) -> bool:
    """Whether an expression does more than put values together; names and their attributes are taken to be there."""
    fails = (ast.Call, ast.Subscript, ast.BinOp, ast.Await, ast.Starred, ast.comprehension, ast.UnaryOp, ast.Compare)
    return any(isinstance(node, fails) for node in ast.walk(value))


def _calls(value: ast.expr) -> bool:
    for node in ast.walk(value):
        if isinstance(node, ast.Call):
            func = node.func
            last = func.attr if isinstance(func, ast.Attribute) else getattr(func, "id", "")
            if last not in _HARMLESS:
                return True
    return False
