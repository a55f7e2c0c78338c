"""What a run is told and what it comes to, and the tables of codes and reasons. No logic.

The words that every start needs; ``model.py`` has the others, and hands these on. Named tuples, because a dataclass
takes five times as long to make.
"""

from __future__ import annotations

import enum
from collections.abc import Mapping
from typing import NamedTuple


class Applicability(enum.StrEnum):
    """How far a rewrite can be trusted, in the words of ruff's and SARIF's fixes."""

    SAFE = "safe"
    """Rewritten by ``fix``: the program runs the same."""
    UNSAFE = "unsafe"
    """Rewritten with ``--unsafe-fixes`` only."""
    MANUAL = "manual"
    """Never rewritten: a person decides, and the finding's reason says why."""


class Code(NamedTuple):
    """One row of the table of codes: a public contract, never given another meaning."""

    code: str
    name: str
    usage: str
    """What kind of usage it stands for, in a few words."""


CODES: dict[str, Code] = {
    row.code: row
    for row in (
        Code("CLF001", "legacy-import", "an import of the legacy class or module"),
        Code("CLF002", "legacy-call", "a constructor call"),
        Code("CLF003", "legacy-type", "a type position"),
        Code("CLF004", "legacy-reference", "any other reference to the class"),
        Code("CLF005", "legacy-string", "a string or keyword that names it"),
        Code("CLF006", "legacy-subclass", "a subclass"),
        Code("CLF007", "legacy-reexport", "an import that hands the name on to other modules"),
        Code("CLF008", "legacy-star-import", "a star import of the legacy module"),
        Code("CLF009", "missing-member", "a member that the replacement does not have"),
        Code("CLF010", "legacy-mention", "a docstring or comment (off by default)"),
    )
}

REASONS: dict[str, str] = {
    # calls
    "unmapped-argument": "an argument has no counterpart in the factory",
    "dropped-argument": "evaluating the argument that is dropped may fail, or have an effect",
    "invalid-call": "the call does not fit the legacy signature: it is already wrong",
    "star-arguments": "what * or ** hands over cannot be known",
    "unknown-signature": "the legacy signature is not known, so only configured keywords can be mapped",
    "unknown-default": "the legacy default cannot be carried over to the factory",
    "missing-argument": "the factory needs an argument that the call does not give",
    "evaluation-order": "the arguments would be evaluated in another order",
    "type-argument": "the constructor's type argument would be lost",
    "self-documenting": "the program sees the source text of the expression",
    "async-factory": "the factory is a coroutine function: the call would have to be awaited",
    "factory-result": "the factory does not visibly give the object itself",
    # names and scopes
    "name-taken": "the new name means something else in a scope where it is needed",
    "rebound": "the name is bound to something else as well",
    "fallback-binding": "the import has a fallback that the new name would not have",
    "conditional-import": "the import does not run whenever the usage runs",
    "star-import": "a star import binds the name",
    "class-scope": "the import makes a class attribute that others may read",
    "global-statement": "the name is bound through a global or nonlocal statement",
    # other references
    "class-as-value": "the class is handed on as a value",
    "class-attribute": "an attribute of the class itself is used",
    "module-as-value": "the legacy module is handed on as a value",
    "subclass": "a subclass needs a class, not a factory",
    "alias": "the class is given another name",
    "dependency": "the framework reads the constructor's signature",
    "spec-members": "the replacement type lacks a member of the class that is mocked, or has it in another kind",
    "legacy-alive": "a legacy object can still be made, so the test accepts both",
    "type-test": "a test of the object's class stays as it is",
    "class-name": "the name of the object's class is compared",
    "pattern-arguments": "a class pattern reads attributes",
    "runtime-annotation": "the annotation acts at run time",
    "mixed-file": "the file keeps a legacy object that the type may describe",
    "no-replacement-type": "no replacement type is known",
    "no-factory": "the factory is not found in the target module",
    "special-method": "a special method of the replacement type changes what is done with the object",
    "missing-member": "the object is used through a member that the replacement type does not have",
    # imports
    "unused-import": "nothing uses the import; importing may have an effect of its own",
    "import-effects": "the module that hands the class on does something when it is imported",
    "reexport": "other modules may import the name from here",
    "reference-stays": "a reference to the imported name stays",
    "import-cycle": "the target module imports this module",
    "own-test": "the test of the legacy class goes when the class goes",
    # strings
    "dotted-string": "what reads the string is not known",
    "patched-name": "the patch and the module it patches cannot be moved together",
    "patched-definition": "a test patches the legacy class itself",
    "stand-in": "what the test puts in place does not visibly take the new call",
    "asserted-call": "a test asserts the old call",
    "unbound-patch": "the patched module does not bind that name: the patch is already broken",
    "complex-string": "the string cannot be edited piece by piece",
    # the whole program
    "outside-paths": "a file outside the given paths would break",
    "suppressed": "a suppressed usage that it depends on stays",
}


class Migration(NamedTuple):
    """The declarative description of what replaces what.

    ``legacy``, ``factory`` and ``type`` are dotted names of module and member.
    """

    legacy: str = "app.services.cache_service.CacheService"
    factory: str = "app.services.unified_cache.get_unified_cache"
    type: str | None = None
    """The replacement in type positions; None: the factory's return annotation, then the default."""
    arguments: tuple[tuple[str, str], ...] = (("system", "system"),)
    """(legacy parameter, factory parameter), in the factory's order."""
    drop: frozenset[str] = frozenset()
    """Legacy parameters that may be dropped where the argument has no side effect; unsafe where it may have one."""
    signature: str | None = None
    """The legacy signature, ``(cache_dir='data/cache', system='KP')``, where no source can be read."""

    @property
    def legacy_module(self) -> str:
        """The dotted name of the module that defines the legacy class."""
        return self.legacy.rpartition(".")[0]

    @property
    def legacy_name(self) -> str:
        """The legacy class's own name."""
        return self.legacy.rpartition(".")[2]

    @property
    def factory_module(self) -> str:
        """The dotted name of the target module."""
        return self.factory.rpartition(".")[0]

    @property
    def factory_name(self) -> str:
        """The factory's own name."""
        return self.factory.rpartition(".")[2]


class Finding(NamedTuple):
    """A usage as reported.

    Lines are 1-based; columns are 1-based and count characters; the end is exclusive, as in SARIF.
    ``path`` is relative to the repository root, with ``/``.
    """

    path: str
    line: int
    column: int
    end_line: int
    end_column: int
    code: str
    message: str
    applicability: Applicability
    reason: str | None = None
    legacy: str = ""
    """The dotted name of the legacy class that it is about."""

    @property
    def name(self) -> str:
        """The code's name, such as ``legacy-call``."""
        return CODES[self.code].name

    @property
    def sort_key(self) -> tuple[str, int, int, str]:
        """Reports list findings by path, then position, then code."""
        return (self.path, self.line, self.column, self.code)


class Change(NamedTuple):
    """A piece of a file's text, in the lines and columns of a finding, and what takes its place."""

    path: str
    line: int
    column: int
    end_line: int
    end_column: int
    text: str


class Failure(NamedTuple):
    """A file (or the configuration) that could not be done. The other files go on."""

    path: str
    message: str
    line: int | None = None
    column: int | None = None


class FileOutcome(NamedTuple):
    """All that one file came to."""

    path: str
    """Relative to the repository root, with ``/``."""
    findings: tuple[Finding, ...] = ()
    """What ``check`` reports: every usage in the text as it was."""
    fixed: tuple[Finding, ...] = ()
    """What was rewritten (positions in the text before)."""
    left: tuple[Finding, ...] = ()
    """What remains after the run (positions in the text after)."""
    before: bytes | None = None
    after: bytes | None = None
    """The new bytes; None where nothing changes."""
    failure: Failure | None = None


class RunResult(NamedTuple):
    """What a whole run came to: the reports are made from this alone."""

    outcomes: tuple[FileOutcome, ...]
    """Only files with something to say, sorted by path."""
    failures: tuple[Failure, ...] = ()
    """Failures of the run itself: a path that does not exist, a configuration error."""
    files_seen: int = 0
    sources: Mapping[str, str] = {}
    """Decoded text of the files that have findings to show, by path."""
    notes: tuple[str, ...] = ()
    """What is in the way of the migrations though the run goes on; only where there are usages."""
    unused: tuple[UnusedSuppression, ...] = ()
    """Suppressions that hide nothing, sorted; of ``check`` only."""
    fixes: Mapping[str, tuple[Change, ...]] = {}
    """By path: the changes that ``fix`` would make to a file, and to the files that have to change with it."""
    given: frozenset[str] = frozenset()
    """The files that were looked at."""


class UnusedSuppression(NamedTuple):
    """A comment, or a code in one, that hides nothing. Line and column are 1-based, in characters."""

    path: str
    line: int
    column: int
    text: str
    """What can go: a code, or a whole ``# cachelift: ...`` comment."""
