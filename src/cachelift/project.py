"""The repository as a program: what a class offers, what a call must fit, which module imports which.

Everything is read from source; user code is never imported.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterable, Iterator, Sequence

from .classes import (
    ClassSource,
    assigned_attributes,
    constructors_set,
    method_member,
    read_class,
    signature_of,
)
from .lineage import TRANSPARENT, normal_name, unsubscripted
from .model import ClassInfo, Signature
from .namespace import Namespace, dotted_parts, read_block, statements
from .rebinding import is_settled, may_replace
from .resolution import Definition, FileImports, Resolution
from .signatures import source_of

__all__ = ["Definition", "Project"]

_SAME_CALLS = TRANSPARENT | {"functools.cache", "functools.lru_cache"}
"""Decorators of a function that change neither what its calls must fit nor what they give."""

_IMPORTERS = frozenset({"import_module", "__import__"})


class Project(Resolution):
    """What is known of a repository from its source.

    Args:
        root: the repository's absolute path.
        src: the import roots relative to it, in order.
        files: the known ``.py`` and ``.pyi`` files, relative to the root and with ``/``; None to look on the disk.
        read: gives a file's bytes, None where it cannot be read; by default from the disk, never outside the root.
    """

    def __init__(
        self,
        root: str,
        src: Sequence[str],
        files: Iterable[str] | None = None,
        read: Callable[[str], bytes | None] | None = None,
    ) -> None:
        super().__init__(root, src, files, read)
        self._imported: dict[str, frozenset[tuple[str, str]]] = {}
        self._edges: dict[str, tuple[tuple[str, bool], ...]] = {}
        self._classes: dict[tuple[str, int, int], ClassSource] = {}
        self._infos: dict[str, ClassInfo | None] = {}

    def class_info(self, dotted: str) -> ClassInfo | None:
        """Read the class that a dotted name means, bases included; None where there is no such class."""
        if dotted not in self._infos:
            found = self.find(dotted)
            try:
                source = self._class_source(found) if found else None
                info = read_class(source) if source else None
                if found is not None and info is not None and self._may_be_replaced(found):
                    info = info._replace(constructor=None)
                self._infos[dotted] = info
            except RecursionError:
                self._infos[dotted] = None
        return self._infos[dotted]

    def function_signature(self, dotted: str) -> Signature | None:
        """What a call of the dotted name must fit: a function's or static method's parameters, a class's constructor.

        None where the name is bound to something else, or a decorator may change the calls.
        """
        found = self.find(dotted)
        if found is None:
            return None
        if isinstance(found.node, ast.ClassDef):
            info = self.class_info(dotted)
            return info.constructor if info else None
        try:
            return self._function_signature(found)
        except RecursionError:
            return None

    def _function_signature(self, found: Definition) -> Signature | None:
        if not isinstance(found.node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            return None
        if found.owner is not None:
            return self._method_signature(found, found.owner, found.node)
        if not self._calls_as_written(found, found.node) or self._may_be_replaced(found):
            return None
        module = self.module(found.path)
        return signature_of(
            found.node.args,
            drop_first=False,
            lines=module.lines if module else (),
            origin=f"{found.path}:{found.node.lineno}",
            is_async=isinstance(found.node, ast.AsyncFunctionDef),
            returns=found.node.returns,
            value=lambda expression: self._default_value(found.path, expression, ()),
        )

    def _may_be_replaced(self, found: Definition) -> bool:
        """Whether the module of a class or function may put something else in its place, or give it other defaults."""
        module = self.module(found.path)
        name = found.qualified_name.rpartition(".")[2]
        return module is not None and may_replace(module.tree, module.text, name)

    def _method_signature(
        self, found: Definition, owner: ast.ClassDef, node: ast.FunctionDef | ast.AsyncFunctionDef
    ) -> Signature | None:
        """The signature of a method that is called on the class itself."""
        source = self._class_source(Definition(found.path, owner, found.qualified_name.rpartition(".")[0]))
        member = method_member(source, node) if source else None
        return member.signature if member and member.kind in ("classmethod", "staticmethod") else None

    def _calls_as_written(self, found: Definition, node: ast.FunctionDef | ast.AsyncFunctionDef) -> bool:
        """Whether the decorators leave a function's calls as its parameters say."""
        for decorator in node.decorator_list:
            called = self.resolve_in(found.path, decorator.func if isinstance(decorator, ast.Call) else decorator)
            if not isinstance(called, str) or normal_name(called) not in _SAME_CALLS:
                return False
        return True

    def return_type(self, dotted: str) -> str | None:
        """The dotted name of the class that a factory's return annotation plainly names; for a class its own name."""
        found = self.find(dotted)
        if found is None or not isinstance(found.node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            return found.qualified_name if found and isinstance(found.node, ast.ClassDef) else None
        annotation = found.node.returns
        if isinstance(annotation, ast.Constant) and isinstance(annotation.value, str):
            annotation = _parse_expression(annotation.value)
        parts = dotted_parts(annotation) if annotation else ()
        own = {getattr(parameter, "name", "") for parameter in getattr(found.node, "type_params", ())}
        if not parts or parts[0] in own or annotation is None or not self._plain_result(found, found.node):
            return None
        returned = self.resolve_in(found.path, annotation, typing=True)
        if isinstance(returned, Definition):
            return returned.qualified_name if isinstance(returned.node, ast.ClassDef) else None
        if returned is None or normal_name(returned).partition(".")[0] in ("builtins", "typing"):
            return None
        return returned

    def _plain_result(self, found: Definition, node: ast.FunctionDef | ast.AsyncFunctionDef) -> bool:
        """Whether a call gives what the return annotation says."""
        if found.owner is None:
            return self._calls_as_written(found, node)
        return self._method_signature(found, found.owner, node) is not None

    def base_names(self, path: str, node: ast.ClassDef) -> tuple[str, ...]:
        """The dotted names of all bases of a class statement anywhere in a file, nearest first.

        Bases of the project are followed; others keep the name they are imported by, such as ``pydantic.BaseModel``.

        Args:
            path: the file.
            node: the class statement, from any parse of the file's text.
        """
        names: dict[str, None] = {}
        pending = [(path, node)]
        for file, statement in pending:
            scopes = self._scopes(file, statement)
            for expression in statement.bases:
                base = self.resolve_in(file, unsubscripted(expression), scopes=scopes)
                name = base.qualified_name if isinstance(base, Definition) else base
                if name is None or name == "builtins.object" or name in names:
                    continue
                names[name] = None
                if isinstance(base, Definition) and isinstance(base.node, ast.ClassDef):
                    pending.append((base.path, base.node))
        return tuple(names)

    def _class_source(self, found: Definition) -> ClassSource | None:
        """The class of a definition, one object for each class statement; None where it is no class."""
        module, node = self.module(found.path), found.node
        if module is None or not isinstance(node, ast.ClassDef):
            return None
        key = (found.path, node.lineno, node.col_offset)
        if key not in self._classes:
            scopes = self._scopes(found.path, node)
            if module.assigned is None:
                module.assigned = assigned_attributes(module.tree)
            assigned = module.assigned.get(node.name, frozenset()) | constructors_set(module.tree, module.assigned)
            block = read_block(node.body, FileImports(self, found.path, inner=True))
            self._classes[key] = ClassSource(
                found.qualified_name,
                found.path,
                node,
                module.lines,
                block.names,
                lambda expression: self._resolve_class(found.path, expression, scopes),
                lambda expression: self._default_value(found.path, expression, (block, *scopes)),
                assigned,
            )
        return self._classes[key]

    def _resolve_class(self, path: str, expression: ast.expr, scopes: Sequence[Namespace]) -> ClassSource | str | None:
        found = self.resolve_in(path, expression, scopes=scopes)
        if isinstance(found, Definition):
            return self._class_source(found) or found.qualified_name
        return found

    def _default_value(self, path: str, expression: ast.expr, scopes: Sequence[Namespace]) -> str | None:
        """What a name in a default stands for, where its own module binds it once, whatever happens, and to that alone.

        The default is computed when the module is imported. Until then any other module may have got another value
        from whoever imports both, so a name that is imported is not known.
        """
        found = self.resolve_in(path, expression, scopes=scopes)
        if not isinstance(found, Definition) or found.path != path:
            return None
        module, namespace = self.module(path), self.namespace(path)
        name = found.qualified_name.rpartition(".")[2]
        if module is None or namespace is None or name not in namespace.names or len(namespace.ever[name]) != 1:
            return None
        bound = next((statement for statement in module.tree.body if statement is found.node), None)
        if bound is None or not is_settled(module.tree, bound, expression):
            return None
        match bound:
            case (
                ast.Assign(targets=[ast.Name()], value=value)
                | ast.AnnAssign(target=ast.Name(), value=ast.expr() as value)
            ):
                return source_of(value, module.lines)
        return None

    def _scopes(self, path: str, node: ast.ClassDef) -> list[Namespace]:
        """The functions, and the class, that a class statement's bases are looked up in before the module."""
        tree = self.tree(path)
        try:
            chain = _enclosing(tree.body, node) if tree else []
            scopes: list[Namespace] = []
            qualifier: list[str] = []
            for outer in chain:
                is_class = isinstance(outer, ast.ClassDef)
                qualifier += [outer.name] if is_class else [outer.name, "<locals>"]
                # A class body's names are visible in that body alone.
                if is_class and outer is not chain[-1]:
                    continue
                given = [] if isinstance(outer, ast.ClassDef) else _parameters(outer)
                scope = read_block(outer.body, FileImports(self, path, inner=True), given=given)
                scope.qualifier = ".".join(qualifier)
                scopes.append(scope)
        except RecursionError:
            return []
        return scopes[::-1]

    def import_closure(self, dotted: str) -> frozenset[str]:
        """The files that importing a module imports, directly or not, imports inside functions counted as well.

        Packages on the way are imported with their members. The module's own packages are left out: they are being
        imported already when it is. They count where something in the closure imports a member from them.

        Args:
            dotted: the module.
        """
        start = self.locate(dotted)
        parts = dotted.split(".")
        own = {self.locate(".".join(parts[:count])) for count in range(1, len(parts))}
        found: set[str] = set()
        pending = [start] if start else []
        for path in pending:
            for reached, explicit in self._edges_of(path):
                if reached not in found and (explicit or reached not in own):
                    found.add(reached)
                    pending.append(reached)
        return frozenset(found - {start or ""})

    def passed_on(self, paths: Iterable[str]) -> frozenset[str]:
        """The files that those of some modules which are packages import, through packages again as well.

        A name that is imported from a package may be from any of them.
        """
        pending, found = list(dict.fromkeys(paths)), set[str]()
        for path in pending:
            if path.endswith("__init__.py"):
                reached = {each for each, explicit in self._edges_of(path) if explicit} - found
                found |= reached
                pending += sorted(reached)
        return frozenset(found)

    def _edges_of(self, path: str) -> tuple[tuple[str, bool], ...]:
        """What :meth:`reached` says of all imports of a file."""
        if path not in self._edges:
            edges = (edge for module, name in self._imports(path) for edge in self.reached(module, name, path))
            self._edges[path] = tuple(dict.fromkeys(edges))
        return self._edges[path]

    def reached(self, module: str, name: str, importer: str) -> Iterator[tuple[str, bool]]:
        """The files that one import runs, and whether it asks each for something of its own."""
        parts = module.split(".")
        for count in range(1, len(parts)):
            if path := self.locate(".".join(parts[:count]), importer):
                yield path, False
        path = self.locate(module, importer)
        names = sorted(self.exports(path) or ()) if path and name == "*" else [name]
        submodules = [found for each in names if each and (found := self.locate(f"{module}.{each}", importer))]
        yield from ((found, True) for found in submodules)
        if path:
            yield (
                path,
                name == "*" or not all(self.is_left_to(path, name, submodule) for submodule in submodules or [""]),
            )

    def is_left_to(self, path: str, name: str, submodule: str) -> bool:
        """Whether a package's own code leaves a name to its submodule of that name."""
        namespace = self.namespace(path) if submodule else None  # read only where it matters
        bindings = namespace.names.get(name, ()) if namespace else ()
        return bool(submodule) and all(
            any(self.locate(".".join((module, *binding.attributes)), path) == submodule for module in binding.modules)
            for binding in bindings
        )

    def _imports(self, path: str) -> frozenset[tuple[str, str]]:
        """Each import of a file that runs: the module's absolute name, and the member's name or nothing."""
        if path not in self._imported:
            found: set[tuple[str, str]] = set()
            tree = self.tree(path)
            for statement in statements(tree.body, scopes=True, runtime=True) if tree else ():
                if isinstance(statement, ast.Import):
                    found.update((alias.name, "") for alias in statement.names)
                elif isinstance(statement, ast.ImportFrom):
                    modules = FileImports(self, path).absolute(statement.level, statement.module)
                    found.update((module, alias.name) for module in modules for alias in statement.names)
            found.update((module, "") for module in self._imports_by_name(path))
            self._imported[path] = frozenset(found)
        return self._imported[path]

    def _imports_by_name(self, path: str) -> Iterator[str]:
        """The modules that a file imports by a function, as far as its strings name them.

        Where the argument is no literal, any string of the file that names a module may be meant.
        """
        module = self.module(path)
        if module is None or not any(name in module.text for name in _IMPORTERS):
            return
        calls = [n for n in ast.walk(module.tree) if isinstance(n, ast.Call) and dotted_parts(n.func)[-1:]]
        given = [n.args[0] for n in calls if dotted_parts(n.func)[-1] in _IMPORTERS and n.args]
        if not all(isinstance(argument, ast.Constant) for argument in given):
            given = [n for n in ast.walk(module.tree) if isinstance(n, ast.Constant)]
        packages = {value for call in calls for value in map(_text, _second(call)) if value is not None}
        for value in filter(None, map(_text, given)):
            if not all(map(str.isidentifier, value.lstrip(".").split("."))):
                continue
            level, name = len(value) - len(value.lstrip(".")), value.lstrip(".")
            names = [*FileImports(self, path).absolute(level, name)]
            if level:
                names += [".".join([*package.split(".")[: 1 - level or None], name]) for package in packages]
            yield from (each for each in names if self.locate(each, path))


def _parse_expression(text: str) -> ast.expr | None:
    """The expression of a string annotation."""
    try:
        return ast.parse(text.strip(), mode="eval").body
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None


def _text(node: ast.AST) -> str | None:
    """The value of a string literal."""
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else None


def _second(call: ast.Call) -> list[ast.expr]:
    """The package that ``import_module`` takes a relative name from."""
    return [*call.args[1:2], *(keyword.value for keyword in call.keywords if keyword.arg == "package")]


_Scope = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef


def _enclosing(body: Sequence[ast.stmt], node: ast.ClassDef) -> list[_Scope]:
    """The functions and classes around a class statement, outermost first."""
    for statement in statements(body, scopes=False):
        if not isinstance(statement, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
            continue
        if (statement.lineno, statement.col_offset) == (node.lineno, node.col_offset):
            return []
        if statement.lineno <= node.lineno <= (statement.end_lineno or 0) and (
            statement.end_lineno,
            statement.end_col_offset,
        ) >= (node.end_lineno, node.end_col_offset):
            return [statement, *_enclosing(statement.body, node)]
    return []


def _parameters(function: ast.FunctionDef | ast.AsyncFunctionDef) -> Iterator[str]:
    """The names that a function's parameters bind."""
    for node in ast.walk(function.args):
        if isinstance(node, ast.arg):
            yield node.arg
