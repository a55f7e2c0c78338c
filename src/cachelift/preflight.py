"""What is in the way of a migration before any file is looked at: names not found, signatures that do not fit.

One line for each problem, with what would put it right. Nothing here decides about usages: the analysis refuses by
itself what it cannot prove, and these lines say beforehand why it will.
"""

from __future__ import annotations

import ast
import os
from collections.abc import Iterable, Iterator, Sequence

from cachelift.aliases import bound_names
from cachelift.config import Settings
from cachelift.knowledge import ProgramKnowledge
from cachelift.layout import SUFFIXES
from cachelift.listing import relative
from cachelift.model import Migration, Parameter, ParameterKind, Problem, Replacement, Signature
from cachelift.namespace import statements
from cachelift.project import Project
from cachelift.signatures import parse_signature

ERROR, NOTE = "error", "note"

VARIADIC = (ParameterKind.VAR_POSITIONAL, ParameterKind.VAR_KEYWORD)
"""The kinds of parameters that take any number of arguments."""

_SHOWN = 3
"""Places that a hint names."""
_TRIED = 20
"""Files that a hint looks into."""


def preflight(settings: Settings, knowledge: ProgramKnowledge, files: Sequence[str]) -> tuple[Problem, ...]:
    """Tell what is in the way of the migrations, each thing once.

    Args:
        settings: the configuration in force.
        knowledge: what is known of the repository.
        files: the repository's Python files, relative to its root and with ``/``.
    """
    found: dict[Problem, None] = {}
    for replacement in knowledge.replacements:
        found |= dict.fromkeys(_Inspection(settings, knowledge, files, replacement).problems())
    return tuple(found)


def shown_config(settings: Settings, root: str) -> str | None:
    """The configuration file's path as reports show it: relative to the root where it is below, else absolute.

    Args:
        settings: the configuration in force; without a file the answer is None.
        root: the absolute path of the repository root, links resolved.
    """
    if settings.config_path is None:
        return None
    return relative(root, os.path.realpath(settings.config_path)) or os.path.abspath(settings.config_path)


def accepts(signature: Signature, name: str) -> bool:
    """Whether a call may give an argument of that name."""
    return any(
        parameter.kind is ParameterKind.VAR_KEYWORD or (parameter.name == name and parameter.kind not in VARIADIC)
        for parameter in signature.parameters
    )


def unfilled(migration: Migration, factory: Signature) -> list[str]:
    """The factory's required parameters that no legacy parameter is handed to."""
    handed = {new for _, new in migration.arguments}
    return [name for name in _required(factory) if name not in handed]


def _required(signature: Signature) -> list[str]:
    parameters = signature.parameters
    return [each.name for each in parameters if each.default is None and each.kind not in VARIADIC]


class _Inspection:
    """The look at one migration."""

    def __init__(
        self, settings: Settings, knowledge: ProgramKnowledge, files: Sequence[str], replacement: Replacement
    ) -> None:
        self.settings = settings
        self.knowledge = knowledge
        self.project: Project = knowledge.project
        self.files = files
        self.replacement = replacement
        self.migration = replacement.migration
        self.legacy_path = self.project.locate(self.migration.legacy_module)
        self.target_path = self.project.locate(self.migration.factory_module)
        self.misplaced = self.legacy_path is None and bool(self.project.other_roots(self.migration.legacy_module))
        """The legacy class lies under another import root: nothing is known before that is put right."""
        self.tried = f"under `src` (tried: {', '.join(settings.src) or 'nothing'})"

    def problems(self) -> Iterator[Problem]:
        hints = (self._legacy_hint(), self._factory_hint())
        believed = self.legacy_path is None and self.target_path is None and self.replacement.factory_found
        if believed and not any(hints):
            yield self._note(
                f"neither `{self.migration.legacy}` nor `{self.migration.factory}` is found {self.tried}: if both"
                f" are in installed packages, usages are rewritten by these names alone{self._without_source()}"
            )
        else:
            yield from self._legacy(hints[0])
            if self.target_path is None or not self.misplaced:
                yield from self._factory(hints[1])
            if self.misplaced:
                return
            yield from self._type()
        yield from self._legacy_calls()
        yield from self._factory_calls()
        yield from self._members()

    def _note(self, message: str) -> Problem:
        return Problem(NOTE, message)

    # -- the legacy class ------------------------------------------------------------------------------------------

    def _legacy_hint(self) -> str:
        return self._hint(self.migration.legacy) if self.legacy_path is None else ""

    def _legacy(self, hint: str) -> Iterator[Problem]:
        name, path = self.migration.legacy, self.legacy_path
        if path is None:
            message = f"legacy class `{name}` is not found {self.tried}{hint}"
            if self.misplaced:
                yield Problem(ERROR, f"{message}; until then nothing is rewritten")
            else:
                yield self._note(message + self._without_source())
        elif self.project.tree(path) is None:
            yield self._note(f"legacy class `{name}`: `{path}` cannot be read or parsed{self._without_source()}")
        elif not self._is_bound(name):
            yield self._note(f"legacy class `{name}` is not in `{path}`{self._nearest(name)}{self._without_source()}")
        elif self.replacement.legacy_class is None:
            yield self._note(
                f"legacy class `{name}`: what `{path}` binds to that name is not one class of this repository"
                f"{self._without_source()}"
            )

    def _without_source(self) -> str:
        """What follows where the legacy class cannot be read."""
        if self.migration.signature is not None:
            return ""
        return "; without its source only calls by configured keywords can be mapped, unless `signature` is configured"

    # -- the factory -----------------------------------------------------------------------------------------------

    def _factory_hint(self) -> str:
        return self._hint(self.migration.factory) if self.target_path is None else ""

    def _factory(self, hint: str) -> Iterator[Problem]:
        name, path = self.migration.factory, self.target_path
        if path is None:
            message = f"target module `{self.migration.factory_module}` of the factory is not found {self.tried}{hint}"
            if self.project.other_roots(self.migration.factory_module):
                yield Problem(ERROR, f"{message}; until then nothing is rewritten")
            elif self.replacement.factory_found:
                yield self._note(message)
            else:
                yield Problem(ERROR, f"{message}; no constructor call can be rewritten")
        elif self.project.tree(path) is None:
            yield self._note(f"factory `{name}`: `{path}` cannot be read or parsed; the configuration is believed")
        elif not self.replacement.factory_found:
            message = f"factory `{name}` is not in `{path}`{self._nearest(name)}"
            yield Problem(ERROR, f"{message}; no constructor call can be rewritten")
        elif self.replacement.factory_signature is None:
            yield self._note(
                f"the signature of `{name}` in `{path}` cannot be read (a decorator may change it, or it is no"
                " plain function or class); the configured `arguments` are believed"
            )

    # -- the replacement type --------------------------------------------------------------------------------------

    def _type(self) -> Iterator[Problem]:
        name = self.replacement.type
        if name is None:
            yield from (self._note(f"{why}; type positions stay as they are") for why in self._why_no_type())
        elif self.replacement.type_class is None:
            module = name.rpartition(".")[0]
            path = self.project.locate(module)
            if path is not None and self.project.tree(path) is not None:
                yield self._note(
                    f"replacement type `{name}`: what `{path}` binds to that name is not one class of this repository,"
                    " so its members are not known"
                )
            elif path is None and module != self.migration.factory_module:
                missing = f"replacement type `{name}` is not found {self.tried}{self._hint(name)}"
                yield self._note(f"{missing}; its members are not known")

    def _why_no_type(self) -> Iterator[str]:
        """Why no replacement type is known; nothing where that of the target module says it."""
        chosen = self.migration.type
        name = chosen or self.project.return_type(self.migration.factory)
        if name is None:
            if self.target_path is not None:
                yield (
                    f"no replacement type is known: `{self.migration.factory}` has no return annotation that names a"
                    " class, and no `type` is configured"
                )
            return
        module = name.rpartition(".")[0]
        path = self.project.locate(module)
        if path is not None and self._is_bound(name):
            said = "configured" if chosen else f"that `{self.migration.factory}` says it returns"
            yield f"the replacement type {said} is the legacy class itself"
        elif path is not None:
            yield f"replacement type `{name}` is not in `{path}`{self._nearest(name)}"
        elif module != self.migration.factory_module:
            yield f"replacement type `{name}` is not found {self.tried}{self._hint(name)}"

    # -- signatures ------------------------------------------------------------------------------------------------

    def _legacy_calls(self) -> Iterator[Problem]:
        signature, legacy = self.replacement.legacy_signature, self.replacement.legacy_class
        name = self.migration.legacy_name
        if signature is None:
            if legacy is not None:
                yield self._note(
                    f"the constructor of `{name}` ({legacy.path}:{legacy.line}) cannot be known{self._why_opaque()};"
                    " only calls by configured keywords can be mapped, unless `signature` is configured"
                )
            return
        yield from self._two_signatures(signature)
        for old, _ in self.migration.arguments:
            if not accepts(signature, old):
                yield self._note(
                    f"`arguments` names `{old}`, which the constructor of `{name}` ({signature.origin}) does not take;"
                    " no call can be mapped"
                )
        for dropped in sorted(self.migration.drop):
            if not accepts(signature, dropped):
                yield self._note(
                    f"`drop` names `{dropped}`, which the constructor of `{name}` ({signature.origin}) does not take"
                )
        handled = {old for old, _ in self.migration.arguments} | self.migration.drop
        for required in _required(signature):
            if required not in handled:
                yield self._note(
                    f"`{name}` ({signature.origin}) requires `{required}`, which has no counterpart in"
                    f" `{self.migration.factory_name}`; no call can be mapped unless `arguments` or `drop` names it"
                )

    def _why_opaque(self) -> str:
        """The bases that cannot be read, where there are any."""
        legacy = self.replacement.legacy_class
        bases = [base for base in (legacy.bases if legacy else ()) if self._is_foreign(base)]
        if bases:
            return f": its base {_listed(bases)} is not in the repository"
        return ": a base, a metaclass or a decorator may change it"

    def _is_foreign(self, base: str) -> bool:
        return not base.startswith("builtins.") and self.project.class_info(base) is None

    def _two_signatures(self, signature: Signature) -> Iterator[Problem]:
        """A configured signature is for where there is no source: one that differs from it is a mistake."""
        configured = self.migration.signature
        if configured is not None and _shape(parse_signature(configured)) != _shape(signature):
            yield self._note(
                f"the configured `signature` differs from the constructor in {signature.origin}; the source counts"
            )

    def _factory_calls(self) -> Iterator[Problem]:
        signature, name = self.replacement.factory_signature, self.migration.factory_name
        if signature is None:
            return
        if signature.is_async:
            yield self._note(
                f"`{name}` ({signature.origin}) is a coroutine function: a call would have to be awaited, so"
                " constructor calls stay as they are"
            )
        for old, new in self.migration.arguments:
            if not accepts(signature, new):
                yield self._note(
                    f"`arguments` hands `{old}` to `{new}`, which `{name}` ({signature.origin}) does not take;"
                    " no call that gives it can be mapped"
                )
        for required in unfilled(self.migration, signature):
            yield self._note(
                f"`{name}` ({signature.origin}) requires `{required}`, which no legacy parameter is handed to;"
                " no call can be mapped unless `arguments` names it"
            )

    # -- members ---------------------------------------------------------------------------------------------------

    def _members(self) -> Iterator[Problem]:
        old, new = self.replacement.legacy_class, self.replacement.type_class
        if old is None or new is None:
            return
        lacking = [name for name in sorted(old.members) if not name.startswith("_") and self.replacement.lacks(name)]
        missing = [name for name in lacking if name not in new.members]
        differing = [name for name in lacking if name in new.members]
        said = []
        if missing:
            said.append(f"has no {_listed(missing)}")
        if differing:
            said.append(f"has {_listed(differing)} in another kind")
        if said:
            name = new.qualified_name.rpartition(".")[2]
            yield self._note(
                f"`{name}` {' and '.join(said)}, unlike `{self.migration.legacy_name}`; objects used through these stay"
                " as they are"
            )

    # -- hints -----------------------------------------------------------------------------------------------------

    def _is_bound(self, dotted: str) -> bool:
        module, _, name = dotted.rpartition(".")
        return self.knowledge.binds(module, name)

    def _nearest(self, dotted: str) -> str:
        """The name nearest to one that a module does not bind."""
        module, _, name = dotted.rpartition(".")
        path = self.project.locate(module)
        tree = self.project.tree(path) if path is not None else None
        body = tree.body if tree is not None else []
        names = sorted(set[str]().union(*map(bound_names, statements(body, scopes=False))))
        from difflib import get_close_matches

        near = get_close_matches(name, names, n=1)
        return f", which has `{near[0]}`" if near else ""

    def _hint(self, dotted: str) -> str:
        """Where a name that is not found may be: under another import root, else under another dotted name."""
        module, _, member = dotted.rpartition(".")
        if roots := self.project.other_roots(module):
            quoted = " or ".join(f'"{root}"' for root in roots[:_SHOWN])
            return f"; with {quoted} in `src` it would be"
        if names := list(self._other_names(module.rpartition(".")[2], member)):
            return f"; perhaps {_listed(names[:_SHOWN], ' or ')} is meant"
        return ""

    def _other_names(self, module: str, member: str) -> Iterator[str]:
        """The dotted names of a member's namesakes in modules whose last name is the same."""
        endings = tuple(f"/{module}{suffix}" for suffix in SUFFIXES)
        paths = [path for path in self.files if f"/{path}".endswith(endings)]
        for path in paths[:_TRIED]:
            for name in self.project.module_names(path)[:1]:
                found = self.project.find(f"{name}.{member}")
                if found is not None and found.path == path and _defines(found.node):
                    yield f"{name}.{member}"


def _defines(node: ast.AST) -> bool:
    return isinstance(node, (ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef))


def _shape(signature: Signature) -> list[tuple[str, ParameterKind, str | None]]:
    """A signature as far as calls see it, defaults in one spelling."""
    return [(each.name, each.kind, _spelled(each)) for each in signature.parameters]


def _spelled(parameter: Parameter) -> str | None:
    return None if parameter.default is None else ast.unparse(ast.parse(f"({parameter.default}\n)", mode="eval"))


def _listed(names: Iterable[str], separator: str = ", ") -> str:
    return separator.join(f"`{name}`" for name in names)
