"""Trees with syntax of Python 3.12 to 3.14, built by hand so that the oldest Python tests them too."""

from __future__ import annotations

import ast
import textwrap
from typing import Any


def newer(class_name: str, base: type[ast.AST] = ast.AST, /, **fields: Any) -> Any:
    """A node of a class that this Python's ``ast`` may lack."""
    cls = getattr(ast, class_name, None) or type(class_name, (base,), {"_fields": tuple(fields)})
    return cls(**fields)


def load(name: str) -> ast.Name:
    return ast.Name(name, ast.Load())


def type_variable(name: str, bound: ast.expr | None = None, default: ast.expr | None = None) -> Any:
    variable = newer("TypeVar", name=name, bound=bound)
    variable.default_value = default
    return variable


def alias(name: str, value: ast.expr, *parameters: Any) -> ast.stmt:
    result = newer("TypeAlias", ast.stmt, name=ast.Name(name, ast.Store()), type_params=list(parameters), value=value)
    assert isinstance(result, ast.stmt)
    return result


def generic(code: str, *parameters: Any) -> ast.Module:
    """``code``, whose last definition gets the type parameters."""
    module = ast.parse(textwrap.dedent(code))
    definitions = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
    definition: Any = [node for node in ast.walk(module) if isinstance(node, definitions)][-1]
    definition.type_params = list(parameters)
    return module


def in_class(statement: ast.stmt, code: str = "class C:\n    x = 1") -> ast.Module:
    """``statement`` at the end of the body of the class that ends ``code``."""
    module = ast.parse(textwrap.dedent(code))
    definition: Any = [node for node in ast.walk(module) if isinstance(node, ast.ClassDef)][-1]
    definition.body.append(statement)
    return ast.fix_missing_locations(module)
