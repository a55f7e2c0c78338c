"""What importing a module runs, what that visibly does, and what it puts in the place of another name.

Source of the rules: https://docs.python.org/3/reference/import.html#submodules and
https://docs.python.org/3/reference/datamodel.html#customizing-class-creation.
"""

from __future__ import annotations

import ast
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence, Set

from .effects import acts, may_raise
from .namespace import child_blocks, dotted_parts, statements, truth
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
_NOT_EVERYWHERE = frozenset(
    {
        "_curses", "_tkinter", "_winapi", "bz2", "crypt", "curses", "dbm", "ensurepip", "fcntl", "grp", "idlelib",
        "lzma", "msvcrt", "nis", "nt", "ossaudiodev", "posix", "pty", "pwd", "readline", "resource", "spwd", "sqlite3",
        "ssl", "syslog", "termios", "tkinter", "tty", "turtle", "venv", "winreg", "winsound",
    }
)  # fmt: skip
"""Modules of the standard library that are not on every system."""
_IMPORT_ERRORS = frozenset({"ImportError", "ModuleNotFoundError", "Exception", "BaseException"})
_FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)


class Loads:
    """What the imports of a repository do.

    Args:
        project: the repository.
        goes: whether an import of a dotted name may go.
    """

    def __init__(self, project: Project, goes: Callable[[str], bool]) -> None:
        self.project = project
        self._goes = goes
        self._staying: dict[str, tuple[str, ...]] = {}
        self._own_effects: dict[str, bool] = {}
        self._reached: dict[str, tuple[str, ...]] = {}
        self._strange: dict[str, frozenset[str]] = {}
        self._lists_subclasses: bool | None = None

    def loaded(self, paths: Iterable[str], *, surely: bool = False) -> frozenset[str]:
        """The files that run when some run: they themselves, and what they import outside of functions.

        With ``surely`` only by imports that stay, and under no condition.
        """
        found = set(paths)
        pending = [*found]
        for path in pending:
            for reached in self._imported_surely(path) if surely else self._imported(path):
                if reached not in found:
                    found.add(reached)
                    pending.append(reached)
        return frozenset(found)

    def forget(self) -> None:
        """Find out anew which imports may go."""
        self._staying.clear()

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

    def uncertain(self, paths: Iterable[str], without: Set[str]) -> frozenset[str]:
        """What some files, and what they import, import that may not be there: then importing them fails.

        Of what is outside of the repository the first name, else the whole of what is not found.
        """
        return frozenset[str]().union(*map(self._uncertain, self.loaded(paths) - without))

    def may_raise(self, paths: Iterable[str], without: Set[str]) -> bool:
        """Whether some files, or what they import, may fail by anything but an import when they run."""
        trees = map(self.project.tree, sorted(self.loaded(paths) - without))
        return any(tree is None or any(map(may_raise, statements(tree.body, scopes=False))) for tree in trees)

    def _uncertain(self, path: str) -> frozenset[str]:
        if path not in self._strange:
            tree = self.project.tree(path)
            found = (self._not_found(path, each) for each in _unguarded(tree.body)) if tree is not None else ()
            self._strange[path] = frozenset(name for names in found for name in names)
        return self._strange[path]

    def _not_found(self, path: str, statement: ast.stmt) -> Iterator[str]:
        if isinstance(statement, ast.Import):
            modules = [alias.name for alias in statement.names]
        elif isinstance(statement, ast.ImportFrom):
            modules = [*FileImports(self.project, path).absolute(statement.level, statement.module)]
            for alias in statement.names:
                if modules and not any(self._has(module, alias.name, path) for module in modules):
                    yield f"{modules[0]}.{alias.name}"
        else:
            return
        for module in modules:
            top = module.partition(".")[0]
            if self.project.locate(module, path) is None and not self.project.is_package_dir(module.replace(".", "/")):
                is_ours = self.project.locate(top, path) is not None
                if is_ours or top not in sys.stdlib_module_names - _NOT_EVERYWHERE:
                    yield module if is_ours else top

    def _has(self, module: str, name: str, importer: str) -> bool:
        """Whether a module has what is imported from it, as far as that can be known."""
        path = self.project.locate(module, importer)
        namespace = self.project.namespace(path) if path is not None else None
        if namespace is None or name == "*" or namespace.open or "__getattr__" in namespace.ever:
            return True
        return name in namespace.names or self.project.locate(f"{module}.{name}", importer) is not None

    def _imported(self, path: str) -> tuple[str, ...]:
        if path not in self._reached:
            self._reached[path] = tuple(dict.fromkeys(self._reach(path)))
        return self._reached[path]

    def _imported_surely(self, path: str) -> tuple[str, ...]:
        if path not in self._staying:
            tree = self.project.tree(path)
            names = self._named(path, _unconditional(tree.body)) if tree is not None else ()
            staying = [(module, name) for module, name in names if not self._goes(f"{module}.{name}".rstrip("."))]
            reached = (reached for each in staying for reached, _ in self.project.reached(*each, path))
            self._staying[path] = tuple(dict.fromkeys(reached))
        return self._staying[path]

    def _reach(self, path: str) -> Iterator[str]:
        tree = self.project.tree(path)
        run = statements(tree.body, scopes=False, runtime=True) if tree is not None else ()
        yield from (reached for each in self._named(path, run) for reached, _ in self.project.reached(*each, path))

    def _named(self, path: str, found: Iterable[ast.stmt]) -> Iterator[tuple[str, str]]:
        """The modules that some statements of a file import, each with the name that is taken from it, or nothing."""
        for statement in found:
            if isinstance(statement, ast.Import):
                yield from ((alias.name, "") for alias in statement.names)
            elif isinstance(statement, ast.ImportFrom):
                modules = FileImports(self.project, path).absolute(statement.level, statement.module)
                yield from ((module, alias.name) for module in modules for alias in statement.names)

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
        unknown = any(self.project.resolve_in(path, base) is None for base in bases) or (
            bool(bases) and self._are_subclasses_listed()
        )
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

    def _are_subclasses_listed(self) -> bool:
        """Whether any file of the repository asks classes which others are derived from them."""
        if self._lists_subclasses is None:
            raws = map(self.project.raw, self.project.files())
            self._lists_subclasses = any(raw is not None and b"__subclasses__" in raw for raw in raws)
        return self._lists_subclasses

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


def _unguarded(body: Sequence[ast.stmt]) -> Iterator[ast.stmt]:
    """The statements of a block that run with it, without those whose failing imports are caught there."""
    for statement in body:
        known = truth(statement.test, typing=False) if isinstance(statement, ast.If) else None
        if isinstance(statement, (*_FUNCTIONS, ast.ClassDef)):
            continue
        if isinstance(statement, ast.Try | ast.TryStar) and any(map(catches_imports, statement.handlers)):
            blocks = [block for block in child_blocks(statement) if block is not statement.body]
        elif isinstance(statement, ast.If) and known is not None:
            blocks = [statement.body if known else statement.orelse]
        else:
            blocks = [*child_blocks(statement)]
        yield statement
        for block in blocks:
            yield from _unguarded(block)


def _unconditional(body: Sequence[ast.stmt]) -> Iterator[ast.stmt]:
    """The statements of a block that run whenever it does, or fail with what comes after them."""
    for statement in body:
        yield statement
        if isinstance(statement, ast.Try | ast.TryStar | ast.With):
            yield from _unconditional(statement.body)


def catches_imports(handler: ast.ExceptHandler) -> bool:
    """Whether a handler may catch that a module is not found, or lacks a name."""
    types = handler.type.elts if isinstance(handler.type, ast.Tuple) else [handler.type]
    return any(each is None or _last(each) in _IMPORT_ERRORS for each in types)


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
