"""The words of the project as frozen, picklable types. No logic.

Those that every start needs are in ``outcomes.py``. Named tuples, because a dataclass takes five times as long to make.
"""

from __future__ import annotations

import enum
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple, Protocol

from cachelift.outcomes import (
    CODES,
    REASONS,
    Applicability,
    Change,
    Code,
    Failure,
    FileOutcome,
    Finding,
    Migration,
    RunResult,
    UnusedSuppression,
)

if TYPE_CHECKING:
    import ast

__all__ = [
    "CHANGING_METHODS",
    "CODES",
    "DEFAULT_TYPE",
    "REASONS",
    "Applicability",
    "CallPlan",
    "Change",
    "ClassInfo",
    "Code",
    "DoctorReport",
    "Edit",
    "Failure",
    "FileOutcome",
    "Finding",
    "Handout",
    "ImportEdit",
    "ImportedName",
    "Knowledge",
    "Legacy",
    "Member",
    "MemberReport",
    "Migration",
    "MigrationReport",
    "NewArgument",
    "Parameter",
    "ParameterKind",
    "ParameterRow",
    "Problem",
    "Refusal",
    "Replacement",
    "RunResult",
    "SideReport",
    "Signature",
    "SourceRoot",
    "Span",
    "StatusReport",
    "StatusRow",
    "StringTarget",
    "Survey",
    "Trail",
    "UnusedSuppression",
    "Verdict",
]

DEFAULT_TYPE = "app.services.unified_cache.UnifiedCache"

CHANGING_METHODS = frozenset(
    {
        "__delitem__", "__setitem__", "add", "append", "appendleft", "clear", "discard", "extend", "insert", "pop",
        "popitem", "popleft", "put", "remove", "reverse", "set", "setdefault", "sort", "update",
    }
)  # fmt: skip
"""Methods that change what they are called on."""


class ParameterKind(enum.IntEnum):
    """The kinds of :class:`inspect.Parameter`, in its order."""

    POSITIONAL_ONLY = 0
    POSITIONAL_OR_KEYWORD = 1
    VAR_POSITIONAL = 2
    KEYWORD_ONLY = 3
    VAR_KEYWORD = 4


class Parameter(NamedTuple):
    """One parameter as its source says it; ``default`` and ``annotation`` are source text."""

    name: str
    kind: ParameterKind
    default: str | None = None
    annotation: str | None = None
    value: str | None = None
    """The source of what the default stands for, where it is a name that its own module binds once."""


class Signature(NamedTuple):
    """What a call must fit, ``self`` left out."""

    parameters: tuple[Parameter, ...]
    origin: str = ""
    """Where it was read: ``path:line`` or ``configuration``."""
    is_async: bool = False
    returns: str | None = None
    """The return annotation's source text."""


class Member(NamedTuple):
    """One attribute that instances of a class have; ``kind`` tells what a mock makes of it."""

    name: str
    kind: str
    """``function``, ``async-function``, ``property``, ``staticmethod``, ``classmethod``, ``value`` or ``class``."""
    signature: Signature | None = None
    returns_self: bool = False
    """A method that returns the object that it is called on, always or sometimes."""
    on_class: bool | None = True
    """Whether the class itself has it: False where only methods set it, on the object; None where that is open."""


class ClassInfo(NamedTuple):
    """A class as read from source, bases included."""

    qualified_name: str
    path: str
    line: int
    members: Mapping[str, Member] = {}
    complete: bool = True
    """False where a base could not be read or ``__getattr__`` answers for any name: it may have any member."""
    constructor: Signature | None = None
    """None where it cannot be known (an unreadable base, a metaclass, a decorator that may replace it)."""
    bases: tuple[str, ...] = ()
    """Dotted names of all bases, as far as they resolve."""
    touched: frozenset[str] = frozenset()
    """Attributes that, read or called on the class, tell or change what objects of it do."""


class Span(NamedTuple):
    """A half-open range of character offsets in a file's decoded text (BOM left out)."""

    start: int
    end: int


class Edit(NamedTuple):
    """A span of the source and its replacement text."""

    span: Span
    replacement: str


class Survey(NamedTuple):
    """What ``check`` finds in a whole repository, in the form that a linter needs. Paths are as in a finding."""

    root: str
    """The absolute path of the repository root, links resolved."""
    files: frozenset[str]
    """The files of the repository."""
    given: frozenset[str]
    """Those of them, and those outside of it, that are not excluded."""
    findings: dict[str, tuple[Finding, ...]]
    """By path; among them those that a ``# noqa`` silences, for flake8 applies that itself."""
    failures: dict[str, Failure]
    """Files that could not be analysed, by path."""
    sources: dict[str, str]
    """Decoded text of the files that have findings, by path."""


class Problem(NamedTuple):
    """Something that is in the way of a migration, in one line."""

    severity: str
    """``error`` where nothing sensible can be done, else ``note``."""
    message: str


class ParameterRow(NamedTuple):
    """A legacy parameter beside the factory's parameter that takes its argument; either side may be empty."""

    legacy: str | None
    """The parameter as its signature writes it, without annotation and default."""
    legacy_default: str | None
    factory: str | None
    factory_default: str | None
    meaning: str
    """What becomes of an argument, in a few words."""


class SideReport(NamedTuple):
    """A class or function of a migration: what it is called, where it was found, what a call of it must fit."""

    name: str
    place: str | None = None
    """``path:line``; None where its source was not found."""
    signature: str | None = None
    """None where it is not known, and for the replacement type."""
    origin: str = ""
    """Where the signature was read, or how the replacement type was chosen."""


class MemberReport(NamedTuple):
    """The members of the legacy class beside those of the replacement type. All are sorted."""

    common: tuple[str, ...]
    missing: tuple[str, ...]
    differing: tuple[tuple[str, str, str], ...]
    """(member, its kind in the legacy class, its kind in the replacement type)."""
    unknown: tuple[str, ...] = ()
    """The classes that may have more members than their source shows."""


class MigrationReport(NamedTuple):
    """What is known of one migration."""

    legacy: SideReport
    factory: SideReport
    type: SideReport
    """The name is empty where no replacement type is known."""
    rows: tuple[ParameterRow, ...]
    empty_call: str
    """What a constructor call without arguments becomes."""
    members: MemberReport | None
    """None where one of the classes could not be read."""
    reexports: tuple[tuple[str, str], ...]
    """(dotted name, path): the names under which other modules hand the class on."""
    own_tests: tuple[str, ...]
    """Paths of the legacy class's own tests."""
    cycles: tuple[str, ...]
    """Paths of the modules with usages that the target module imports."""


class SourceRoot(NamedTuple):
    """An entry of ``src``."""

    entry: str
    exists: bool
    files: int
    """Python files below it."""


class DoctorReport(NamedTuple):
    """What the tool knows of a repository: ``cachelift doctor`` shows it."""

    root: str
    config: str | None
    """The configuration file; None: the defaults."""
    src: tuple[SourceRoot, ...]
    exclude: tuple[str, ...]
    select: tuple[str, ...]
    ignore: tuple[str, ...]
    files: int
    """Python files of the repository."""
    given: int
    """Files that the paths stand for."""
    used_in: int
    """Files with usages, anywhere in the repository."""
    migrations: tuple[MigrationReport, ...]
    problems: tuple[Problem, ...]
    """What is in the way of the migrations."""
    failures: tuple[Failure, ...]
    """Paths that do not exist, files that could not be read."""


class StatusRow(NamedTuple):
    """How far one package is, or all of them."""

    package: str
    """The folder, relative to the repository root; ``.`` is the root."""
    files: int = 0
    """Files that use the legacy class or what replaces it."""
    migrated: int = 0
    """Usages that lead to the factory or the type today."""
    safe: int = 0
    unsafe: int = 0
    manual: int = 0
    suppressed: int = 0
    reasons: tuple[tuple[str, int], ...] = ()
    """How many of the manual usages have which reason, the most frequent first."""

    @property
    def left(self) -> int:
        """All usages that are not migrated."""
        return self.safe + self.unsafe + self.manual + self.suppressed

    @property
    def percent(self) -> float:
        """How much is done; 100 where there is nothing to do, and only there or where nothing is left."""
        return 100 * self.migrated / (self.migrated + self.left) if self.left else 100.0


class Verdict(NamedTuple):
    """Whether a legacy class may be deleted."""

    legacy: str
    place: str | None
    """``path:line``; None where its source was not found."""
    deletable: bool
    reasons: tuple[str, ...]
    """Why it is safe, or what is in the way; sentences."""


class StatusReport(NamedTuple):
    """How far the migrations are: ``cachelift status`` shows it."""

    rows: tuple[StatusRow, ...]
    total: StatusRow
    verdicts: tuple[Verdict, ...]
    """One for each migration, in the order of the configuration."""
    failures: tuple[Failure, ...]


class Replacement(NamedTuple):
    """A migration with what was read from source about both of its sides."""

    migration: Migration
    legacy_signature: Signature | None = None
    factory_signature: Signature | None = None
    factory_found: bool = True
    """False where the target module was read and has no such function."""
    type: str | None = DEFAULT_TYPE
    """The dotted name of the replacement type; None where none is known."""
    legacy_class: ClassInfo | None = None
    type_class: ClassInfo | None = None
    is_generic: bool = False
    """The replacement type can be subscripted."""
    alive: bool = False
    """The legacy or the target module itself makes legacy objects."""
    factory_problem: str | None = None
    """The reason why a call of the factory does not give what the constructor gave; None where it may."""
    tells: bool = True
    """``isinstance`` of the type accepts what the factory gives, and nothing that only looks like it."""
    hides: bool = False
    """Importing the target module would put it in the place of something else that its package has under its name."""
    extends: bool = False
    """The type is surely a subclass of the legacy class, and the factory surely gives objects of the type."""
    homes: frozenset[str] = frozenset()
    """The files of the legacy and the target module."""
    kin: tuple[tuple[str, str], ...] = ()
    """The path and name of the class and of its bases, as far as they are in the repository."""
    new_kin: tuple[tuple[str, str], ...] = ()
    """The same of the replacement type and of the classes that the factory visibly gives objects of."""
    made: frozenset[str] = frozenset()
    """The dotted names of the classes that the factory visibly gives objects of, and of their bases."""

    def lacks(self, member: str) -> bool:
        """Whether the replacement type surely lacks a member that a legacy object has, or has it in another kind."""
        old, new = self.legacy_class, self.type_class
        if old is None or new is None:
            return False
        before, after = old.members.get(member), new.members.get(member)
        if before is not None and after is not None:
            return _differ(before.kind, after.kind)
        if after is not None or not new.complete:
            return False
        return before is not None or not old.complete


def _differ(before: str, after: str) -> bool:
    """Whether what is used as one kind of member cannot be used as the other: awaited, or called."""
    if (before == "async-function") is not (after == "async-function"):
        return True
    functions = ("function", "async-function", "staticmethod", "classmethod")
    return "property" in (before, after) and (before in functions or after in functions)


class Legacy(NamedTuple):
    """What a dotted name means to the migrations."""

    kind: str
    """``class`` or ``module``."""
    migration: int
    path: str | None
    """The repository path of the module that the class was reached through; None if it is not in the repository."""
    definition: bool = True
    """False where the class was reached through a re-export."""
    prefix: str = ""
    """What stands before the configured dotted name: ``src.`` in ``src.app.services.cache_service``."""
    problem: str | None = None
    """A reason why nothing reached through this name can be moved."""
    through: tuple[str, str] | None = None
    """(path, name) of another module's name for the legacy module, or a package above, that was read on the way."""
    loaded: bool = True
    """False where that name is a package's: it has the module once something has imported that."""


class Trail(NamedTuple):
    """What is followed through a file: an object of a legacy class, or one of a class that holds such an object."""

    migration: int = -1
    """-1 for an object that holds one."""
    holder: tuple[str, str] | None = None
    """The path and name of the class that holds one."""
    origin: tuple[str, str] | None = None
    """The path of the file that makes the object, and the name it is handed out under; None in that file itself."""
    annotated: bool = False
    """It is known by an annotation only."""
    loose: bool = False
    """It may as well be something else."""
    guessed: bool = False
    """It may be anything at all: it was read by a name that is not known."""


class Handout(NamedTuple):
    """A name under which other files can reach what one file makes; ``analysis/handouts.py`` lists the names' forms."""

    path: str
    """The file that has the name."""
    name: str
    shape: str
    """What has to be done to get at the object; ``analysis/steps.py`` lists the letters."""
    trail: Trail


class Knowledge(Protocol):
    """What the analysis is told about the whole program. All names are dotted and absolute."""

    @property
    def replacements(self) -> tuple[Replacement, ...]:
        """The migrations, in the order of the configuration."""

    @property
    def interesting(self) -> frozenset[str]:
        """The simple names under which a legacy class or module can be reached."""

    @property
    def mentions(self) -> bool:
        """Whether comments and docstrings that name the class are wanted."""

    @property
    def handouts(self) -> Mapping[tuple[str, str], frozenset[tuple[str, Trail]]]:
        """What files hand out to others: shape and trail by path and name, see :class:`Handout`."""

    @property
    def called_back(self) -> bool:
        """Whether it is asked which modules' functions and classes files make values of."""

    @property
    def unloaded(self) -> frozenset[str]:
        """The paths of modules that consumers of the class may no longer load, where it is asked who relies on that."""

    @property
    def legacy_closure(self) -> frozenset[str]:
        """The paths of the modules that run when a legacy module is imported."""

    def absolute(self, path: str, level: int, module: str | None) -> tuple[str, ...]:
        """The absolute names that ``from <level dots><module>`` in a file can mean."""

    def legacy(self, dotted: str) -> Legacy | None:
        """What a dotted name means: a legacy class, a legacy module, or neither."""

    def locate(self, dotted: str) -> str | None:
        """The repository path of a module."""

    def module_path(self, dotted: str) -> str | None:
        """The repository path of a module, also by another module's name for it."""

    def module_around(self, dotted: str) -> str | None:
        """The path of the module that a dotted name is inside of, as far as the repository has it."""

    def module_names(self, path: str) -> tuple[str, ...]:
        """The dotted names that a file has."""

    def may_hand_on(self, dotted: str) -> bool:
        """Whether a module may have a name that it does not plainly bind: when it is asked for it, for example."""

    @property
    def imports_by_text(self) -> bool:
        """Whether a file of the repository imports modules whose names are put together or looked up."""

    @property
    def replaces_modules(self) -> bool:
        """Whether a file of the repository puts modules under other names."""

    def target(self, dotted: str) -> tuple[int, str] | None:
        """(migration, ``factory`` or ``type``) where the name is that of a replacement."""

    def binds(self, dotted: str, name: str) -> bool:
        """Whether a module of the repository binds a name, or may bind it."""

    def definition(self, dotted: str) -> ast.AST | None:
        """The function or class of the repository that a dotted name is surely that of, where it is defined."""

    def has_effects(self, path: str) -> bool:
        """Whether a module of the repository visibly does more than define names when it is imported.

        What it imports counts as well; what a legacy module does does not, nor what a target module does in any case.
        """

    def uncertain(self, path: str) -> frozenset[str]:
        """What importing a module imports in turn that may not be there; not what a replacement needs as well.

        Of what is outside of the repository the first name, else the whole of what is not found.
        """

    def may_raise(self, path: str) -> bool:
        """Whether importing a module may fail by anything but an import in it, as far as its source tells."""

    def behind(self, dotted: str) -> frozenset[str]:
        """The paths of the modules that a module hands a name on from, those too that it imports only when asked."""

    def loads(self, dotted: str, *, surely: bool = False) -> frozenset[str]:
        """The paths of the repository's modules that run when one is imported, its packages among them.

        With ``surely`` those only that go on doing so when no module imports a legacy class any more.
        """

    def reads_annotations(self, path: str) -> bool:
        """Whether a module of the repository reads annotations when the program runs."""

    def star_names(self, dotted: str) -> frozenset[str] | None:
        """What ``from <dotted> import *`` binds; None where it cannot be known."""

    def base_names(self, path: str, node: ast.ClassDef) -> tuple[str, ...]:
        """The dotted names of all bases of a class, direct or not, as far as they resolve."""


@dataclass(frozen=True, slots=True)  # a tuple has an `index` of its own
class NewArgument:
    """One argument of a rewritten call: an argument of the old call, or a default written out."""

    index: int | None
    """Which of the old call's arguments, counted in source order over positional ones and keywords; None: a default."""
    keyword: str | None = None
    """The keyword it is passed by; None by position."""
    literal: str | None = None
    """The source text of the default, where ``index`` is None."""


class CallPlan(NamedTuple):
    """How a constructor call becomes a call of the factory; the first two fields name every old argument once."""

    arguments: tuple[NewArgument, ...] = ()
    """The new call's arguments in its order, positional ones first."""
    dropped: tuple[int, ...] = ()
    """The old call's arguments that go."""
    doubt: str | None = None
    """Why it is not sure that the program does the same without an argument that goes; None where it is."""


class Refusal(NamedTuple):
    """Why something is not rewritten: a slug of ``REASONS`` and a clause that names the case at hand."""

    reason: str
    message: str


ImportedName = tuple[str, str | None]
"""What an import statement lists: a name (dotted after ``import``) and the name behind ``as``."""


class ImportEdit(NamedTuple):
    """What changes in one import statement. Indexes count its names as they stand."""

    remove: tuple[int, ...] = ()
    replace: tuple[tuple[int, tuple[ImportedName, ...]], ...] = ()
    """(index, the names that take its place)."""
    add: tuple[ImportedName, ...] = ()
    """Names to list behind the others."""
    module: str | None = None
    """The new text between ``from`` and ``import``, leading dots included; None: as it is."""


class StringTarget(NamedTuple):
    """A reference inside an f-string, found by counting because Python 3.11's positions there are not reliable."""

    ordinal: int
    """Which of the string's names of that spelling it starts with, in source order, from 0."""
    depth: int
    """How many attribute accesses belong to the reference."""
    new: str
    """The dotted text that takes its place."""
    plan: CallPlan | None = None
    """How its call changes; None: only the reference changes."""
