"""What the analysis of one file comes to: plain, picklable facts, from which the whole program's plan is made."""

from __future__ import annotations

import enum
import sys
from dataclasses import dataclass, field

from cachelift.model import Applicability, CallPlan, Handout, Signature, Span


class Role(enum.Enum):
    """What a usage does with the class: each role has one rule in the plan."""

    IMPORT = "import"
    STAR = "star"
    CALL = "call"
    TYPE = "type"
    TEST = "test"
    """``isinstance``, ``issubclass``, a class pattern: can be made to accept both classes."""
    EXACT_TEST = "exact test"
    """``type(x) is C``, a comparison of the class's name: stays, and keeps what may reach it."""
    VALUE = "value"
    KEY = "key"
    """A value use that may act as a test of the class: a dictionary key, a member of a tuple of classes."""
    ATTRIBUTE = "attribute"
    SUBCLASS = "subclass"
    ALIAS = "alias"
    SPEC = "spec"
    CALLABLE = "callable"
    """A slot that calls what it holds without arguments: ``default_factory``."""
    NONE_TEST = "none test"
    """``C is None`` after a guarded import, and the ``C = None`` of its handler."""
    MODULE = "module"
    STRING = "string"
    PATCH = "patch"
    METHOD_PATCH = "method patch"
    """A patch of the definition itself or of a method of the class."""
    MEMBER = "member"
    MENTION = "mention"
    """The name in a comment or docstring: kept apart from the usages, for nothing depends on it."""


MAKES_OBJECTS = frozenset({Role.CALL, Role.SUBCLASS, Role.VALUE, Role.KEY, Role.CALLABLE, Role.ALIAS, Role.ATTRIBUTE})
"""The roles through which a legacy object can still be made."""

CALLS = frozenset({Role.CALL, Role.CALLABLE})
"""The roles in which this code makes objects."""

EVERYWHERE = ""
"""In :attr:`Usage.lost_in`: all modules."""
CALLED = "called by "
"""In :attr:`Usage.lost_in`: what the importers of the module behind it hand on."""
NAMED = "by name"
"""In :attr:`Usage.lost_in`: a member of the object is asked for by a name that may come from one of the modules."""
LATE = sys.maxsize
"""The line of an import that may run at any time."""


class Form(enum.Enum):
    """How an edit puts the new name in place of the old."""

    NAME = "name"
    """The reference becomes the new name."""
    MODULE = "module"
    """The reference to the legacy module becomes the name that the target module has."""
    CALL = "call"
    """The call becomes a call of the factory."""
    TEST = "test"
    """The second argument of ``isinstance``: the type alone, or a tuple of both."""
    TUPLE = "tuple"
    """An element of a tuple of classes: the type is put beside it, or in its place."""
    UNION = "union"
    """An operand of ``|``."""
    PATTERN = "pattern"
    """A class pattern without arguments."""
    TEXT = "text"
    """A piece of a string or comment, replaced as it stands."""


@dataclass(frozen=True, slots=True)
class Intent:
    """One change that a usage asks for, in terms of the new names; the plan turns it into an edit."""

    span: Span
    form: Form
    symbol: str = "factory"
    """Which new name goes there: ``factory`` or ``type``."""
    call: CallPlan | None = None
    text: str = ""
    """For TEXT: the replacement, with ``{}`` where the new name goes."""
    container: Span | None = None
    """The whole f-string, where the interpreter's positions inside it cannot be trusted, or quotes are written."""
    fstring: Span | None = None
    """The whole f-string in any case."""
    ordinal: int = 0
    """Which occurrence of ``root`` inside the container it is, from 0."""
    root: str = ""
    depth: int = 0
    """How many attribute accesses belong to the reference."""


@dataclass(slots=True)
class Usage:
    """A place that refers to the legacy class, with the verdict so far; the plan may only lower it."""

    code: str
    role: Role
    migration: int
    span: Span
    position: tuple[int, int, int, int]
    """line, column, end line, end column: 1-based, characters."""
    message: str
    applicability: Applicability = Applicability.SAFE
    reason: str | None = None
    group: int | None = None
    """The index of the :class:`Group` that the reference goes through."""
    intents: tuple[Intent, ...] = ()
    names: dict[str, str] = field(default_factory=dict)
    """symbol -> the dotted text to write where this usage stands."""
    escapes: bool = True
    """For a call: the object may reach code that was not followed."""
    met: bool = True
    """For a call: code that was not followed may compare the object's class with that of another one."""
    is_read: bool = False
    """For a call: another file may read the object by a name that it is kept under, as the files are now."""
    lost_in: set[str] = field(default_factory=set)
    """For a call: the paths of the modules where the object goes and nothing follows it: any unknown one may be it.

    With :data:`CALLED` before a path what that module's importers hand on gets it; :data:`EVERYWHERE`, :data:`NAMED`.
    """
    deferred: bool = False
    """The lookup happens inside a function, so that a patch that is active when it runs is seen."""
    patch: Patch | None = None
    suppressed: bool = False
    noqa: bool = False
    """Suppressed by a comment that flake8 reads itself, and by nothing else."""
    accepts_both: bool = False
    """For a test: it names the replacement type already."""
    tells_apart: bool = False
    """For a test: another one of the file asks for the replacement type alone."""
    shapes: tuple[CallShape, CallShape] | None = None
    """For a call that can be mapped: its old and its new shape."""
    called: frozenset[str] = frozenset()
    """For a call: the object's methods that are called with arguments."""
    flows_to: tuple[str, ...] = ()
    """For a call or type: the names under which the object is handed out, see :class:`~cachelift.model.Handout`."""
    analysed: tuple[Applicability, str | None, str, str] | None = None
    """The file's own verdict, message and code, from which every plan starts."""
    hidden: bool = False
    """Moves with an import and is no finding of its own."""
    via: tuple[tuple[str, str], ...] = ()
    """(path, name) of the other modules' names that the class was reached through."""
    alias: str | None = None
    """The module-level alias (``Cache = CacheService``) that the class was reached through."""
    borrows: bool = False
    """The class's module is read from a package, and only an import of another file may have put it there."""
    union: str | None = None
    """For a type: the name of the union that it is a member of, which objects may be asked for (:pep:`604`); empty
    where it goes out of sight. For a key: the name of a class attribute that this file only calls."""
    looks_up_late: bool = False
    """The class is looked up in another module each time the code runs: by attribute, or by an import in a function."""

    def lower(self, applicability: Applicability, reason: str, message: str | None = None) -> bool:
        """Lower the verdict; True if that changed anything. The first reason for a level is kept."""
        if _RANK[applicability] <= _RANK[self.applicability]:
            return False
        self.applicability, self.reason = applicability, reason
        if message is not None:
            self.message = message
        return True

    def start(self) -> None:
        """Go back to the verdict of the file's own analysis."""
        if self.analysed is None:
            self.analysed = (self.applicability, self.reason, self.message, self.code)
        self.applicability, self.reason, self.message, self.code = self.analysed


_RANK = {Applicability.SAFE: 0, Applicability.UNSAFE: 1, Applicability.MANUAL: 2}


@dataclass(frozen=True, slots=True)
class CallShape:
    """A call as a signature sees it: how many positional arguments, which keywords, and what stands where.

    ``values`` are the arguments' identities (index or literal text), positional ones first.
    """

    positional: int
    keywords: tuple[str, ...]
    values: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Patch:
    """What a test puts in place of a name."""

    module: str
    """The repository path of the module that is patched."""
    name: str
    stand_in: str = "mock"
    """``mock`` (takes any call), ``callable`` (its signatures decide) or ``unknown``."""
    signatures: tuple[Signature, ...] = ()
    """For ``callable``: the signatures that have to take the new call as they took the old one."""
    asserts: bool = False
    """The test asserts how the stand-in was called."""
    method: bool = False
    """An attribute of the class is patched, so every object of it is meant."""


MADE = "made"
"""What a substitute of the replacement's class means to those who call the factory."""


@dataclass(frozen=True, slots=True)
class Substitute:
    """Something that a file puts in the place of a name which migrated code may have."""

    path: str
    """The repository path of the module that has the name; empty where that cannot be told."""
    name: str
    line: int
    creates: bool = False
    """It is put there even if the module does not have the name."""
    means: frozenset[tuple[int, str]] = frozenset()
    """(migration, ``factory`` or ``type``) of the replacements that are found by this name, if any.

    :data:`MADE` where it is a class of the objects that the factory makes, or a member of it.
    """
    stays: bool = False
    """Nothing shows that it is taken back when the test is over: a plain assignment, a patch that the module starts."""


COMPARES = "__class__"
"""The method of a question that no method asks: it is asked of two objects."""


@dataclass(frozen=True, slots=True)
class Ask:
    """A question for an object's class that the replacement may answer otherwise."""

    migration: int
    line: int
    name: str
    """The class that is asked for."""
    applicability: Applicability
    """What the calls become whose objects may be asked."""
    method: str | None = None
    """The method of one of the two classes that asks: only where both are around do the answers differ."""
    through: frozenset[str] = frozenset()
    """In a module of the two classes the names by which other code hands an object there; none where any code may."""
    elsewhere: bool = False
    """It is another file that asks, one that names something of ``through``: there the class is kept."""
    near: bool = False
    """What the class is handed to is not known: it counts where a file around asks for a class that it is given."""
    to: frozenset[str] = frozenset()
    """With ``near`` the paths of the modules from where it is, as far as that is known: they are around as well."""

    @property
    def compares(self) -> bool:
        """Whether two objects are asked whether they are of one class, or one's class is kept."""
        return self.method == COMPARES


@dataclass(frozen=True, slots=True)
class Stranger:
    """A use of something that nothing is known of, in a way that the replacement does not offer."""

    migration: int
    line: int
    message: str
    own: bool = False
    """It is a method of the class that does so: with an object of the replacement only where both are around."""
    via: frozenset[str] = frozenset()
    """The modules of which it hands something out: it counts where one of them has lost the object. None: always."""
    named: bool = False
    """It is the name of a member: it counts where the object is asked for one by a name that comes from somewhere."""


@dataclass(frozen=True, slots=True)
class Alias:
    """One name of an import statement."""

    name: str
    asname: str | None


@dataclass(frozen=True, slots=True)
class Statement:
    """An import statement as the edits need it."""

    span: Span
    position: tuple[int, int, int, int]
    module: str | None
    """The text after ``from`` with its dots; None for a plain ``import``."""
    aliases: tuple[Alias, ...]
    indent: str
    alone: bool
    """Nothing else stands on its lines but a comment."""
    line_end: int
    """Where a new line can be put in: after the newline of its last line (or at the end of the text)."""
    line_start: int
    newline: str
    siblings: int
    """How many statements its block has."""
    block: int
    """An identity of the block that holds it."""
    index: int
    """Its place in that block."""


@dataclass(slots=True)
class Binding:
    """One alias of a statement that binds the class, its module, or a package on the way to it."""

    statement: int
    alias: int
    covered: bool
    """An earlier import of the group is replaced, and what takes its place is bound here too."""
    new_modules: dict[str, str] = field(default_factory=dict)
    """``module``: the text of the target module in this import's own form (dots or prefix kept)."""


@dataclass(slots=True)
class Group:
    """All bindings of one name in one scope: what a reference to that name can mean."""

    name: str
    kind: str
    """``class``, ``module`` (the name is the legacy module or a package above it) or ``anchor``."""
    migration: int
    bindings: tuple[Binding, ...]
    problem: str | None
    imported: str | None
    """A module-level name that other modules can import from here."""
    via: tuple[tuple[str, str], ...]
    """(path, name) of the other modules' names that the imports of the name take."""
    listed: bool
    """The name stands in ``__all__``."""
    class_level: bool
    """The import stands in a class body, so that the name is an attribute of the class."""
    has_alias: bool
    """``import module as NAME``, ``from package import module as NAME``."""
    keeps: bool = False
    """Something that is no usage needs the old binding: another member, ``__all__``, ``del``, ``global``."""
    provides: dict[str, NewBinding] = field(default_factory=dict)
    """symbol -> how the new name gets bound."""
    exported: bool = False
    """``__all__`` or an ``X as X`` hands the name on."""
    all_entry: Span | None = None
    """The name's entry in ``__all__`` with the comma that goes with it."""
    taken: bool = False
    """For a module with an alias: the target module's own name is taken here."""
    stays: bool = False
    """The old name stays bound after the run."""
    unloads: frozenset[str] = frozenset()
    """The paths of the modules, other than the legacy one, that the file may no longer load without the imports."""
    import_usages: list[Usage] = field(default_factory=list)
    """The usages that stand for its import statements."""


@dataclass(frozen=True, slots=True)
class NewBinding:
    """How one new name is bound for the users of a group."""

    name: str
    """The name to import: ``get_unified_cache``."""
    bound: str
    """What it is called here."""
    how: str
    """``reuse`` (bound already), ``extend`` (an existing import takes it), ``replace`` (in the old import's place),
    ``plain`` (``import module`` in the old import's place)."""
    statement: int | None = None
    """For ``extend``: the statement."""
    known: bool = False
    """The scope has the name already: it may be used there, and by others."""


@dataclass(slots=True)
class FileFacts:
    """All that the program's plan needs to know of one file."""

    path: str
    outline: tuple[int, ...] = (0,)
    """Where the text can be taken apart, see :func:`~cachelift.analysis.outline.outline`."""
    usages: list[Usage] = field(default_factory=list)
    statements: list[Statement] = field(default_factory=list)
    groups: list[Group] = field(default_factory=list)
    reads_annotations: bool = False
    """Something in the file reads annotations at run time."""
    loose_members: bool = False
    """A member that the replacement lacks is used on an object that is only known by its annotation."""
    handouts: tuple[Handout, ...] = ()
    """The names under which other files can reach the objects that are made here."""
    through: dict[str, set[str]] = field(default_factory=dict)
    """By the name of a handout the names of this file's handouts that the object may come from."""
    unmet: dict[tuple[str, str], tuple[str, str]] = field(default_factory=dict)
    """Reason and message for what another file hands out and this one uses as the replacement cannot be used."""
    binds_annotations: bool = False
    """The class is handed, as a value, to a module that reads annotations: what it finds there has to be that class."""
    borrows: dict[int, int] = field(default_factory=dict)
    """By migration the line where the legacy module itself is read like that."""
    lent: dict[str, int] = field(default_factory=dict)
    """Where that is asked, by path the line where a module is read like that which other files may no longer load."""
    reads: set[tuple[str, str]] = field(default_factory=set)
    """(path, name) of other modules' names for the legacy module, or of any module's name that is looked up by text:
    then the path is empty."""
    loses: dict[tuple[str, str], set[str]] = field(default_factory=dict)
    """By path and name of another file's handout the modules where the object goes and nothing follows it."""
    strangers: tuple[Stranger, ...] = ()
    """Where something that nothing is known of is used as the replacement cannot be."""
    asks: tuple[Ask, ...] = ()
    """The questions for an object's class that the replacement may answer otherwise."""
    reaches: set[int] = field(default_factory=set)
    """The migrations whose class the file may have through something that cannot be followed."""
    asks_for_any: bool = False
    """Objects are asked here for a class that is not named: any class that is a value may be meant."""
    looks_classes_up: bool = False
    """The classes of objects are looked for here among others, in a table for example."""
    guesses: dict[int, int] = field(default_factory=dict)
    """By migration the line where objects are asked for a class of that name on something that cannot be followed."""
    runs_again: bool = False
    """The file can make modules run anew: ``importlib.reload``, entries of ``sys.modules``, ``runpy``."""
    substitutes: tuple[Substitute, ...] = ()
    """What the file puts in the place of new names."""
    imports: dict[str, int] = field(default_factory=dict)
    """The paths of the repository's modules that the file imports, with the line where it first surely does;
    :data:`LATE` for those that it imports in functions or under conditions only, or by their names in a string."""
    names_paths: bool = False
    """All that the file has to do with the class are paths of it in tables that it does not read itself."""
    hands_on: frozenset[str] = frozenset()
    """The paths of the modules of whose functions and classes the file makes values, where that is wanted."""
    passed_on: frozenset[str] = frozenset()
    """The paths of the modules that packages which the file imports import in turn, where that is wanted."""
    mentions: list[Usage] = field(default_factory=list)
    """Where comments and docstrings name the class, if that is wanted: reported, part of no decision."""

    @property
    def takes_part(self) -> bool:
        """Whether anything in the file matters to the plan."""
        return bool(self.usages or self.reads or self.borrows or self.guesses)

    def ways(self) -> set[tuple[str, str]]:
        """(path, name) of the other modules' names through which the file reaches the class."""
        groups = {way for group in self.groups for way in group.via}
        return groups | {way for usage in self.usages for way in usage.via}

    def names_behind(self, usage: Usage) -> set[str]:
        """The names under which an object is handed out, those of what holds what another name leads to as well.

        Args:
            usage: the call that makes the object.
        """
        names = set(usage.flows_to)
        pending = [*names]
        while pending:
            current = pending.pop()
            further = {name for name, sources in self.through.items() if current in sources} - names
            names |= further
            pending += further
        return names
