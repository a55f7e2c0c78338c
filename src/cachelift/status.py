"""How far a migration is: what is left beside what already leads to the replacement, and whether the class may go.

A usage counts as migrated where a name in the source resolves to the factory or the type today: an import of it, a
call, an annotation (in a string as well), the target of a patch. So work that was done by hand counts like that of
``cachelift fix``. The legacy and the target module do not count.
"""

from __future__ import annotations

import ast
from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import TYPE_CHECKING

from cachelift.analysis.binder import build
from cachelift.analysis.facts import FileFacts
from cachelift.analysis.names import IMPORT_KINDS, Names
from cachelift.analysis.scopes import Reference, ScopeTree
from cachelift.discover import Discovery, Prefilter, scan
from cachelift.farewell import verdicts
from cachelift.model import Failure, Finding, StatusReport, StatusRow
from cachelift.source import SourceError, decode

if TYPE_CHECKING:
    from cachelift.config import Settings
    from cachelift.knowledge import ProgramKnowledge

NO_REASON = "none"
"""What stands for the reason of a manual usage that has none."""


@dataclass(frozen=True, slots=True)
class Observed:
    """What a run over the repository found."""

    discovery: Discovery
    knowledge: ProgramKnowledge
    facts: Mapping[str, FileFacts]
    """The files with usages, of the whole repository."""
    findings: Mapping[str, Sequence[Finding]]
    """By path, of the given files."""
    own_tests: Collection[str]
    unreadable: Collection[str]
    """The files that may hold usages and could not be analysed."""
    failures: Sequence[Failure]


def gather(settings: Settings, observed: Observed) -> StatusReport:
    """Count what is done and what is left.

    Args:
        settings: the configuration in force.
        observed: what a run over the repository found.
    """
    given = sorted({*observed.discovery.given, *observed.discovery.outside})
    migrated = _migrated(observed, given)
    packages: dict[str, list[StatusRow]] = {}
    for path in given:
        row = _row(settings, observed, path, migrated.get(path, 0))
        if row.migrated or row.left:
            packages.setdefault(row.package, []).append(row)
    rows = tuple(_sum(package, packages[package]) for package in sorted(packages))
    return StatusReport(rows, _sum(".", rows), tuple(verdicts(observed)), tuple(observed.failures))


def _row(settings: Settings, observed: Observed, path: str, migrated: int) -> StatusRow:
    """Count one file."""
    findings = observed.findings.get(path, ())
    levels = Counter(finding.applicability.value for finding in findings)
    reasons = Counter(each.reason or NO_REASON for each in findings if each.applicability.value == "manual")
    usages = observed.facts[path].usages if path in observed.facts else ()
    silenced = sum(each.suppressed and not each.hidden and settings.is_selected(each.code) for each in usages)
    return StatusRow(
        path.rpartition("/")[0] or ".",
        1,
        migrated,
        levels["safe"],
        levels["unsafe"],
        levels["manual"],
        silenced,
        tuple(reasons.items()),
    )


def _sum(package: str, rows: Sequence[StatusRow]) -> StatusRow:
    reasons: Counter[str] = Counter()
    for row in rows:
        reasons.update(dict(row.reasons))
    return StatusRow(
        package,
        sum(row.files for row in rows),
        sum(row.migrated for row in rows),
        sum(row.safe for row in rows),
        sum(row.unsafe for row in rows),
        sum(row.manual for row in rows),
        sum(row.suppressed for row in rows),
        tuple(sorted(reasons.items(), key=lambda item: (-item[1], item[0]))),
    )


def _migrated(observed: Observed, paths: Sequence[str]) -> dict[str, int]:
    """How many usages of the replacements each file has."""
    knowledge = observed.knowledge
    targets = chain.from_iterable((each.migration.factory, each.type) for each in knowledge.replacements)
    names = {target.rpartition(".")[2] for target in targets if target is not None}
    found: dict[str, int] = {}
    for item in scan(observed.discovery.root, paths, Prefilter(names)):
        if isinstance(item, Failure):
            continue
        path, raw = item
        try:
            tree = ast.parse(decode(raw).text)
            found[path] = _Count(path, tree, names, knowledge).total()
        except (SourceError, SyntaxError, ValueError, RecursionError, MemoryError):
            continue
    return found


class _Count:
    """Counts the usages of the replacements in one file."""

    def __init__(self, path: str, tree: ast.Module, names: Collection[str], knowledge: ProgramKnowledge) -> None:
        self.path = path
        self.tree = tree
        self.last_names = names
        self.knowledge = knowledge
        self.scopes: ScopeTree = build(tree)
        self.names = Names(path, self.scopes, knowledge)
        self.imports: set[ast.stmt] = set()

    def total(self) -> int:
        """References, strings, and the import statements that bind what they go through."""
        references = sum(map(self._leads, self.scopes.references))
        strings = sum(map(self._names_target, self._strings()))
        for binding in self.scopes.bindings:
            if binding.kind in IMPORT_KINDS and any(map(self._is_target, self.names.imported(binding))):
                self.imports.add(binding.statement)
        return references + strings + len(self.imports)

    def _is_target(self, dotted: str) -> bool:
        if dotted.rpartition(".")[2] not in self.last_names:
            return False
        found = self.knowledge.target(dotted)
        return found is not None and self.path not in self.knowledge.home_paths(found[0])

    def _leads(self, reference: Reference) -> bool:
        """Tell whether a name, or an attribute chain that starts with it, is the factory or the type."""
        node: ast.expr = reference.node
        while not any(map(self._is_target, self.names.qualified(node))):
            parent = self.scopes.parents[node]
            if not isinstance(parent, ast.Attribute):
                return False
            node = parent
        bindings = reference.owner.bindings[reference.where.mangle(reference.node.id)] if reference.owner else ()
        self.imports.update(binding.statement for binding in bindings if binding.kind in IMPORT_KINDS)
        return True

    def _strings(self) -> Iterator[tuple[str, bool]]:
        """All strings, and whether they stand in an annotation."""
        annotations: set[ast.AST] = set()
        for node in ast.walk(self.tree):
            for field in ("annotation", "returns"):
                annotation = getattr(node, field, None)
                if annotation is not None:
                    annotations.update(ast.walk(annotation))
        for node in ast.walk(self.tree):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                yield node.value, node in annotations

    def _names_target(self, string: tuple[str, bool]) -> bool:
        """Tell whether a string is the dotted name of a replacement, or an annotation that has its name in it."""
        text, is_annotation = string
        if not is_annotation:
            return "." in text and self._is_target(text)
        try:
            nodes = list(ast.walk(ast.parse(text.strip(), mode="eval")))
        except (SyntaxError, ValueError):
            return False
        return any(self._is_target(dotted) for node in nodes for dotted in self._spelled(node))

    def _spelled(self, node: ast.AST) -> Iterator[str]:
        """The dotted names that a name or chain in a string can mean: names of the module's imports."""
        tail = ""
        while isinstance(node, ast.Attribute):
            tail = f".{node.attr}{tail}"
            node = node.value
        if isinstance(node, ast.Name):
            for binding in self.scopes.module.bindings.get(node.id, ()):
                yield from (dotted + tail for dotted in self.names.imported(binding))
