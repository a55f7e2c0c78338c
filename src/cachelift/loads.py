"""What importing a module runs, what that visibly does, and what it puts in the place of another name.

Source of the rules: https://docs.python.org/3/reference/import.html#submodules and
https://docs.python.org/3/reference/datamodel.html#customizing-class-creation.
"""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterable, Iterator, Set

from .effects import acts
from .namespace import dotted_parts, statements
from .project import Project
from .resolution import FileImports

_HARMLESS_DECORATORS = frozenset(
    {
        "abstractmethod", "asynccontextmanager", "cache", "cached_property", "classmethod", "contextmanager",
        "dataclass", "dataclass_transform", "define", "deprecated", "final", "frozen", "lru_cache", "no_type_check",
        "overload", "override", "property", "runtime_checkable", "setter", "singledispatch", "singledispatchmethod",
        "staticmethod", "total_ordering", "unique", "wraps",
    }
)  # fmt: skip
"""Decorators that put what they decorate nowhere else."""
_HARMLESS_PACKAGES = frozenset({"pydantic", "typing_extensions"})
"""Whose classes note nowhere that one is derived from them; the standard library's do not either."""
_FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)


class Loads:
    """What the imports of a repository do.

    Args:
        project: the repository.
    """

    def __init__(self, project: Project) -> None:
        self.project = project
        self._own_effects: dict[str, bool] = {}
        self._reached: dict[str, tuple[str, ...]] = {}

    def loaded(self, paths: Iterable[str]) -> frozenset[str]:
        """The files that run when some run: they themselves, and what they import outside of functions."""
        found = set(paths)
        pending = [*found]
        for path in pending:
            for reached in self._imported(path):
                if reached not in found:
                    found.add(reached)
                    pending.append(reached)
        return frozenset(found)

    def files_of(self, dotted: str) -> Iterator[str]:
        """The files that importing a module by that name runs first: the packages above it and its own."""
        parts = dotted.split(".")
        for count in range(1, len(parts) + 1):
            path = self.project.locate(".".join(parts[:count]))
            if path is not None:
                yield path

    def have_effects(self, paths: Iterable[str], without: Set[str]) -> bool:
        """Whether some files, or what they import, visibly do more than define names when they run.

        Args:
            paths: the files.
            without: those that do not count.
        """
        return any(map(self._acts, sorted(self.loaded(paths) - without)))

    def _imported(self, path: str) -> tuple[str, ...]:
        if path not in self._reached:
            self._reached[path] = tuple(dict.fromkeys(self._reach(path)))
        return self._reached[path]

    def _reach(self, path: str) -> Iterator[str]:
        tree = self.project.tree(path)
        for statement in statements(tree.body, scopes=False, runtime=True) if tree is not None else ():
            if isinstance(statement, ast.Import):
                names = [(alias.name, "") for alias in statement.names]
            elif isinstance(statement, ast.ImportFrom):
                modules = FileImports(self.project, path).absolute(statement.level, statement.module)
                names = [(module, alias.name) for module in modules for alias in statement.names]
            else:
                continue
            yield from (reached for each in names for reached, _ in self.project.reached(*each, path))

    def _acts(self, path: str) -> bool:
        if path not in self._own_effects:
            tree = self.project.tree(path)
            imported = _imported_names(tree) if tree is not None else set()
            body = statements(tree.body, scopes=False) if tree is not None else ()
            self._own_effects[path] = any(
                acts(each) or self._registers(path, each) or _changes(each, imported) for each in body
            )
        return self._own_effects[path]

    def _registers(self, path: str, statement: ast.stmt) -> bool:
        """Whether a definition may be put somewhere by a decorator, a base class or a metaclass, or its body acts."""
        if not isinstance(statement, (*_FUNCTIONS, ast.ClassDef)):
            return False
        if not {_last(decorator) for decorator in statement.decorator_list} <= _HARMLESS_DECORATORS:
            return True
        if not isinstance(statement, ast.ClassDef):
            return False
        if any(keyword.arg != "metaclass" or _last(keyword.value) != "ABCMeta" for keyword in statement.keywords):
            return True
        names = self.project.base_names(path, statement)
        bases = [base.value if isinstance(base, ast.Subscript) else base for base in statement.bases]
        unknown = any(self.project.resolve_in(path, base) is None for base in bases)
        return unknown or any(map(self._notes_subclasses, names)) or any(map(_acts_in_class, statement.body))

    def _notes_subclasses(self, dotted: str) -> bool:
        """Whether a class does something when another is derived from it, as far as its source tells."""
        found = self.project.find(dotted)
        if found is None:
            top = dotted.partition(".")[0]
            return top not in sys.stdlib_module_names | _HARMLESS_PACKAGES
        module = self.project.module(found.path)
        if not isinstance(found.node, ast.ClassDef) or module is None:
            return True
        defined = {getattr(node, "name", "") for node in found.node.body}
        return bool(found.node.keywords) or "__init_subclass__" in defined or "__subclasses__" in module.text

    def hidden(self, dotted: str) -> bool:
        """Whether importing a module puts it in the place of something else that its package has under its name.

        A module becomes an attribute of its package when it is imported first. Where the package itself has imported
        it, that was before.
        """
        parts = dotted.split(".")
        return any(self._hides(".".join(parts[:count]), parts[count]) for count in range(1, len(parts)))

    def _hides(self, package: str, name: str) -> bool:
        path, inner = self.project.locate(package), self.project.locate(f"{package}.{name}")
        namespace = self.project.namespace(path) if path is not None else None
        if path is None or inner is None or namespace is None or path == inner or name not in namespace.names:
            return False
        return not self.project.is_left_to(path, name, inner) and inner not in self.loaded([path])


def _imported_names(tree: ast.Module) -> set[str]:
    """The names that the imports of a module bind."""
    found = (node for node in ast.walk(tree) if isinstance(node, ast.Import | ast.ImportFrom))
    return {alias.asname or alias.name for node in found for alias in node.names}


def _changes(statement: ast.stmt, imported: Set[str]) -> bool:
    """``NAME += ...`` changes an imported list or set in place; what fails an ``assert`` fails the import."""
    if isinstance(statement, ast.AugAssign):
        return isinstance(statement.target, ast.Name) and statement.target.id in imported
    return isinstance(statement, ast.Assert)


def _acts_in_class(statement: ast.stmt) -> bool:
    """What stands in a class body makes attributes; a call whose value nobody takes does more."""
    calls = isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Call)
    decorators = statement.decorator_list if isinstance(statement, (*_FUNCTIONS, ast.ClassDef)) else []
    return calls or not {_last(decorator) for decorator in decorators} <= _HARMLESS_DECORATORS


def _last(node: ast.expr) -> str:
    return (dotted_parts(node.func if isinstance(node, ast.Call) else node) or ("",))[-1]
