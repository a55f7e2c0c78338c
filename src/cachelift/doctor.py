"""What the tool knows of a repository, gathered for a person: where each thing was found and what is in the way."""

from __future__ import annotations

import ast
import os
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass

from cachelift.analysis.arguments import map_empty
from cachelift.analysis.facts import FileFacts
from cachelift.config import Settings
from cachelift.discover import Discovery
from cachelift.knowledge import ProgramKnowledge
from cachelift.model import (
    ClassInfo,
    DoctorReport,
    Failure,
    MemberReport,
    MigrationReport,
    Parameter,
    ParameterKind,
    ParameterRow,
    Refusal,
    Replacement,
    SideReport,
    Signature,
    SourceRoot,
)
from cachelift.namespace import dotted_parts, statements
from cachelift.preflight import VARIADIC, accepts, preflight, shown_config

_Statement = ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef


@dataclass(frozen=True, slots=True)
class Observed:
    """What a run over the repository found."""

    discovery: Discovery
    knowledge: ProgramKnowledge
    facts: Mapping[str, FileFacts]
    """The files with usages."""
    own_tests: Collection[str]
    cycles: Collection[str]
    """The files that the target modules import, directly or not."""
    failures: Sequence[Failure]


def examine(settings: Settings, observed: Observed) -> DoctorReport:
    """Gather the report.

    Args:
        settings: the configuration in force.
        observed: what a run over the repository found.
    """
    discovery, knowledge = observed.discovery, observed.knowledge
    return DoctorReport(
        root=discovery.root,
        config=shown_config(settings, discovery.root),
        src=tuple(_source_root(discovery, entry) for entry in settings.src),
        exclude=settings.exclude,
        select=settings.select,
        ignore=settings.ignore,
        files=len(discovery.files),
        given=len(discovery.given) + len(discovery.outside),
        used_in=len(observed.facts),
        migrations=tuple(
            _migration(observed, index, replacement) for index, replacement in enumerate(knowledge.replacements)
        ),
        problems=preflight(settings, knowledge, discovery.files),
        failures=tuple(observed.failures),
    )


def _source_root(discovery: Discovery, entry: str) -> SourceRoot:
    below = "" if entry == "." else f"{entry}/"
    count = sum(path.startswith(below) for path in discovery.files)
    return SourceRoot(entry, os.path.isdir(os.path.join(discovery.root, entry)), count)


def _migration(observed: Observed, index: int, replacement: Replacement) -> MigrationReport:
    knowledge = observed.knowledge
    using = {path for path, facts in observed.facts.items() if any(u.migration == index for u in facts.usages)}
    return MigrationReport(
        legacy=_legacy(knowledge, replacement),
        factory=_factory(knowledge, replacement),
        type=_type(knowledge, replacement),
        rows=tuple(_rows(replacement)),
        empty_call=_empty_call(replacement),
        members=_members(replacement),
        reexports=tuple(sorted(_reexports(observed, index))),
        own_tests=tuple(sorted(using.intersection(observed.own_tests))),
        cycles=tuple(sorted(using.intersection(observed.cycles))),
    )


# -- the two sides -----------------------------------------------------------------------------------------------------


def _legacy(knowledge: ProgramKnowledge, replacement: Replacement) -> SideReport:
    name, info, signature = replacement.migration.legacy, replacement.legacy_class, replacement.legacy_signature
    if signature is None:
        return SideReport(name, _place(info))
    if signature.origin == "configuration":
        origin = "configured `signature`"
    else:
        origin = f"{_constructor_kind(knowledge, info, signature)}, {signature.origin}"
    return SideReport(name, _place(info), signature_text(signature), origin)


def _place(info: ClassInfo | None) -> str | None:
    return f"{info.path}:{info.line}" if info else None


def _constructor_kind(knowledge: ProgramKnowledge, info: ClassInfo | None, signature: Signature) -> str:
    """How the class came by its constructor, told by what stands where the signature was read."""
    path, _, line = signature.origin.rpartition(":")
    chain = _chain(knowledge, path, int(line))
    owners = [node for node in chain if isinstance(node, ast.ClassDef)]
    inherited = "" if info is not None and (owners[-1].lineno, path) == (info.line, info.path) else "inherited "
    owner = f" of `{owners[-1].name}`" if inherited else ""
    if not isinstance(chain[-1], ast.ClassDef):
        return f"{inherited or 'own '}`{chain[-1].name}`{owner}"
    if any(_last_name(decorator) == "dataclass" for decorator in owners[-1].decorator_list):
        return f"{inherited}dataclass fields{owner}"
    if any(_last_name(base) == "NamedTuple" for base in owners[-1].bases):
        return f"{inherited}named tuple fields{owner}"
    return "no `__init__`: takes no arguments"


def _chain(knowledge: ProgramKnowledge, path: str, line: int) -> list[_Statement]:
    """The classes and functions around a definition in a line, outermost first, itself last."""
    tree = knowledge.project.tree(path)
    found = [
        node
        for node in statements(tree.body if tree else [], scopes=True)
        if isinstance(node, (ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef))
        and node.lineno <= line <= (node.end_lineno or 0)
    ]
    return sorted(found, key=lambda node: (node.lineno, node.col_offset))


def _last_name(node: ast.expr) -> str:
    called = node.func if isinstance(node, ast.Call) else node
    return "".join(dotted_parts(called)[-1:])


def _factory(knowledge: ProgramKnowledge, replacement: Replacement) -> SideReport:
    name, signature = replacement.migration.factory, replacement.factory_signature
    found = knowledge.project.find(name)
    place = f"{found.path}:{found.line}" if found else None
    if signature is None:
        return SideReport(name, place)
    kind = "a class: its constructor" if found and isinstance(found.node, ast.ClassDef) else "a function"
    if signature.is_async:
        kind = "a coroutine function"
    return SideReport(name, place, signature_text(signature), f"{kind}, {signature.origin}")


def _type(knowledge: ProgramKnowledge, replacement: Replacement) -> SideReport:
    migration, name = replacement.migration, replacement.type
    if name is None:
        return SideReport("")
    if migration.type is not None:
        how = "configured"
    elif knowledge.project.return_type(migration.factory) == name:
        how = "what the factory says it returns"
    else:
        how = "default"
    return SideReport(name, _place(replacement.type_class), origin=how)


# -- signatures --------------------------------------------------------------------------------------------------------


def signature_text(signature: Signature) -> str:
    """A signature as a ``def`` writes it."""
    parts: list[str] = []
    parameters = signature.parameters
    for index, parameter in enumerate(parameters):
        before = parameters[index - 1].kind if index else None
        if before is ParameterKind.POSITIONAL_ONLY and parameter.kind is not ParameterKind.POSITIONAL_ONLY:
            parts.append("/")
        bare = before not in (ParameterKind.VAR_POSITIONAL, ParameterKind.KEYWORD_ONLY)
        if parameter.kind is ParameterKind.KEYWORD_ONLY and bare:
            parts.append("*")
        annotation = f": {parameter.annotation}" if parameter.annotation else ""
        equals = " = " if annotation else "="
        default = f"{equals}{parameter.default}" if parameter.default is not None else ""
        parts.append(f"{_starred(parameter)}{annotation}{default}")
    if parameters and parameters[-1].kind is ParameterKind.POSITIONAL_ONLY:
        parts.append("/")
    returns = f" -> {signature.returns}" if signature.returns else ""
    return f"({', '.join(parts)}){returns}"


def _starred(parameter: Parameter) -> str:
    stars = {ParameterKind.VAR_POSITIONAL: "*", ParameterKind.VAR_KEYWORD: "**"}
    return stars.get(parameter.kind, "") + parameter.name


def _rows(replacement: Replacement) -> Iterator[ParameterRow]:
    """The legacy parameters in their order, then those that only the configuration or the factory has."""
    migration = replacement.migration
    legacy, factory = replacement.legacy_signature, replacement.factory_signature
    handed = dict(migration.arguments)
    own = {each.name: each for each in legacy.parameters if each.kind not in VARIADIC} if legacy else {}
    theirs = {each.name: each for each in factory.parameters if each.kind not in VARIADIC} if factory else {}
    for parameter in legacy.parameters if legacy else ():
        new = handed.get(parameter.name) if parameter.kind not in VARIADIC else None
        if new is not None:
            yield _handed_row(_starred(parameter), parameter.default, new, theirs, factory)
        elif parameter.name in migration.drop and parameter.kind not in VARIADIC:
            yield ParameterRow(parameter.name, parameter.default, None, None, "may be dropped")
        else:
            yield ParameterRow(_starred(parameter), parameter.default, None, None, "a call that gives it is manual")
    for old, new in migration.arguments:
        if old not in own:
            row = _handed_row(old, None, new, theirs, factory)
            absent = legacy is not None and not accepts(legacy, old)
            yield ParameterRow(old, None, new, row.factory_default, "not in the class") if absent else row
    for parameter in factory.parameters if factory else ():
        if parameter.name not in handed.values() or parameter.kind in VARIADIC:
            required = parameter.default is None and parameter.kind not in VARIADIC
            meaning = "required, and nothing is handed to it" if required else "is left out"
            yield ParameterRow(None, None, _starred(parameter), parameter.default, meaning)


def _handed_row(
    old: str, default: str | None, new: str, theirs: Mapping[str, Parameter], factory: Signature | None
) -> ParameterRow:
    meaning = "handed on" if factory is None or accepts(factory, new) else "not in the factory"
    return ParameterRow(old, default, new, theirs[new].default if new in theirs else None, meaning)


def _empty_call(replacement: Replacement) -> str:
    """What ``CacheService()`` becomes, or why it stays."""
    migration = replacement.migration
    if not replacement.factory_found:
        return "manual: one side of the migration is not found"
    if replacement.factory_signature is not None and replacement.factory_signature.is_async:
        return "manual: the factory is a coroutine function"
    plan = map_empty(migration, replacement.legacy_signature, replacement.factory_signature)
    if isinstance(plan, Refusal):
        return f"manual: {plan.message}"
    given = [f"{new.keyword}={new.literal}" if new.keyword else f"{new.literal}" for new in plan.arguments]
    return f"{migration.factory_name}({', '.join(given)})"


# -- members and files -------------------------------------------------------------------------------------------------


def _members(replacement: Replacement) -> MemberReport | None:
    old, new = replacement.legacy_class, replacement.type_class
    if old is None or new is None:
        return None
    # What every object has says nothing.
    own = {name for name in old.members if not (name.startswith("__") and name.endswith("__"))}
    both = own & new.members.keys()
    differing = [name for name in sorted(both) if old.members[name].kind != new.members[name].kind]
    return MemberReport(
        common=tuple(sorted(both.difference(differing))),
        missing=tuple(sorted(own - both)),
        differing=tuple((name, old.members[name].kind, new.members[name].kind) for name in differing),
        unknown=tuple(info.qualified_name for info in (old, new) if not info.complete),
    )


def _reexports(observed: Observed, index: int) -> set[tuple[str, str]]:
    """The names under which modules hand the class on: those that others read, and those that are meant to be read."""
    found: set[tuple[str, str]] = set()
    for path, facts in observed.facts.items():
        found |= facts.ways()
        for group in facts.groups:
            if group.kind == "class" and group.imported is not None and group.exported:
                found.add((path, group.name))
    named = {(f"{name}.{member}", path) for path, member in found for name in _first_name(observed.knowledge, path)}
    return {(dotted, path) for dotted, path in named if _is_reexport(observed.knowledge, dotted, index)}


def _first_name(knowledge: ProgramKnowledge, path: str) -> tuple[str, ...]:
    return knowledge.module_names(path)[:1]


def _is_reexport(knowledge: ProgramKnowledge, dotted: str, index: int) -> bool:
    meaning = knowledge.legacy(dotted)
    return meaning is not None and meaning.kind == "class" and meaning.migration == index and not meaning.definition
