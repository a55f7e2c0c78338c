"""What one process does for a run: it reads files, analyses those that may name a class, and rewrites some of them.

Everything that goes in or comes out can be pickled, so the same work is done by the process itself, by a pool of
processes or by machines that share a checkout. One file is parsed and forgotten at a time, so that memory does not
grow with the repository.
"""

from __future__ import annotations

import ast
import os
from collections import ChainMap
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from cachelift.aliases import aliases
from cachelift.analysis.facts import FileFacts
from cachelift.analysis.plan import rewritten
from cachelift.analysis.usages import analyse
from cachelift.analysis.verdicts import Program
from cachelift.config import Settings
from cachelift.discover import read_files
from cachelift.knowledge import ProgramKnowledge
from cachelift.model import Edit, Failure, Trail
from cachelift.namespace import statements
from cachelift.project import Project
from cachelift.reading import LARGEST_SOURCE, read_file, shown
from cachelift.source import Positions, SourceError, SourceText, decode, encode, parse, splice

_KEPT = 1 << 26
"""Bytes of files that are kept: most repositories, but no more memory than these where one is larger."""
_TOO_DEEP = "the code is nested too deeply for this Python to read"


@dataclass(frozen=True, slots=True)
class Setup:
    """All that a reader starts from.

    ``root`` is the repository's absolute path, ``files`` are its files relative to it, and ``texts`` stand for the
    bytes of some of them.
    """

    settings: Settings
    root: str
    files: tuple[str, ...]
    texts: Mapping[str, bytes] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Learned:
    """What a run has learned of the program so far."""

    names: frozenset[str] = frozenset()
    """The names under which a class or its module can be reached."""
    handouts: Mapping[tuple[str, str], frozenset[tuple[str, Trail]]] = field(default_factory=dict)


@dataclass(slots=True)
class Part:
    """What a look at some files found, by path."""

    facts: dict[str, FileFacts] = field(default_factory=dict)
    """Of the files that were analysed."""
    sources: dict[str, SourceText] = field(default_factory=dict)
    """The texts of these."""
    without: set[str] = field(default_factory=set)
    """Files in which there turned out to be nothing: their facts are left out."""
    names: set[str] = field(default_factory=set)
    """Names under which a module hands the class, or the legacy module, on."""
    unreadable: dict[str, str] = field(default_factory=dict)
    """The texts of files that could not be analysed: they may use any name."""
    failures: dict[str, Failure] = field(default_factory=dict)


@dataclass(slots=True)
class Output:
    """What a file becomes: its new facts, the edits, the new bytes and their text."""

    facts: FileFacts
    edits: list[Edit]
    after: bytes
    text: str


class Kept:
    """The bytes of files that were read, so that they need not be read again; not of too many."""

    def __init__(self) -> None:
        self.texts: dict[str, bytes] = {}
        self._room = _KEPT

    def keep(self, path: str, raw: bytes) -> None:
        """Keep the bytes of a file, if there is room."""
        if path not in self.texts and len(raw) <= self._room:
            self._room -= len(raw)
            self.texts[path] = raw


class Reader:
    """Reads the files of one repository.

    Args:
        setup: what to start from.
        kept: the bytes of files that another reader has read.
    """

    def __init__(self, setup: Setup, kept: Kept | None = None) -> None:
        self.setup = setup
        self.project = Project(setup.root, setup.settings.src, setup.files, self.read if setup.texts else None)
        self.kept = Kept() if kept is None else kept
        migrations, select = setup.settings.migrations, setup.settings.select
        self.knowledge = ProgramKnowledge(self.project, migrations, mentions="CLF010" in select)

    def read(self, path: str) -> bytes | None:
        """The bytes of a file; None where they cannot be read."""
        if path in self.setup.texts:
            return self.setup.texts[path]
        try:
            return read_file(os.path.join(self.setup.root, path))
        except OSError:
            return None

    def read_all(self, paths: Iterable[str]) -> Iterator[tuple[str, bytes]]:
        """Those of some files that can be read, with their bytes."""
        for path, raw in read_files(self.setup.root, paths, self.texts):
            if not isinstance(raw, Failure):
                yield path, raw

    def keep(self, path: str, raw: bytes) -> None:
        """Keep the bytes of a file for later, if they are the file's and there is room."""
        if path not in self.setup.texts:
            self.kept.keep(path, raw)

    @property
    def texts(self) -> Mapping[str, bytes]:
        """The bytes of files that are known already."""
        return ChainMap({**self.setup.texts}, self.kept.texts)

    @property
    def learned(self) -> Learned:
        """What this reader knows that another one does not."""
        return Learned(self.knowledge.interesting, self.knowledge.handouts)

    def learn(self, learned: Learned) -> None:
        """Take over what another reader has learned."""
        self.knowledge.learn(set(learned.names))
        self.knowledge.handouts = dict(learned.handouts)

    # -- looking -----------------------------------------------------------------------------------------------------

    def look(self, paths: Sequence[str]) -> Part:
        """Analyse some files that hold one of the names."""
        part = Part()
        for path, raw in read_files(self.setup.root, paths, self.setup.texts):
            if isinstance(raw, Failure):
                part.failures[path] = raw
            else:
                self._candidate(part, path, raw)
        return part

    def _candidate(self, part: Part, path: str, raw: bytes) -> None:
        parsed = self._parse(part, path, raw)
        if parsed is not None:
            source, tree = parsed
            names = self._new_names(path, source, tree)
            part.names |= names
            self.knowledge.learn(names)
            self._analyse(part, path, source, tree)
            facts = part.facts.get(path)
            if facts is not None and not (facts.takes_part or facts.mentions or facts.asks):
                part.without.add(path)
                del part.facts[path], part.sources[path]

    def analyse(self, path: str, raw: bytes, *, at_home: bool = False) -> Part:
        """Analyse one file for what it takes from others; one that cannot be read is none of their business.

        With ``at_home`` the modules of the two classes as well, in which nothing is a usage.
        """
        part = Part()
        parsed = self._parse(Part(), path, raw)
        if parsed is not None:
            self._analyse(part, path, *parsed, at_home=at_home)
        return part

    def _parse(self, part: Part, path: str, raw: bytes) -> tuple[SourceText, ast.Module] | None:
        if len(raw) > LARGEST_SOURCE:
            part.unreadable[path] = raw.decode("latin-1")
            message = f"the file is larger than {shown(LARGEST_SOURCE)} and is not analysed, though it names the class"
            part.failures[path] = Failure(path, message)
            return None
        try:
            source = decode(raw)
        except SourceError as error:
            part.unreadable[path] = raw.decode("latin-1")
            part.failures[path] = Failure(path, str(error.message), error.line, error.column)
            return None
        try:
            return source, parse(source)
        except (SyntaxError, ValueError) as error:
            part.failures[path] = _syntax_failure(path, source, error)
        except (RecursionError, MemoryError):
            part.failures[path] = Failure(path, _TOO_DEEP)
        part.unreadable[path] = source.text
        return None

    def _new_names(self, path: str, source: SourceText, tree: ast.Module) -> set[str]:
        """Names under which a module hands the class, or the legacy module, on: ``import C as D``, ``D = C``."""
        found: set[str] = set()
        known = self.knowledge.interesting
        in_functions, walrus = "global " in source.text, ":=" in source.text
        nested = statements(tree.body, scopes=in_functions)
        for statement in sorted(nested, key=lambda s: (s.lineno, s.col_offset)):
            if isinstance(statement, ast.ImportFrom):
                for alias in statement.names:
                    if alias.name in known and alias.asname and self._leads(path, statement, alias.name):
                        found.add(alias.asname)
            elif isinstance(statement, ast.Import):
                found |= {a.asname for a in statement.names if a.asname and self.knowledge.legacy(a.name)}
            else:
                names = found | known
                bound = aliases(statement, walrus=walrus)
                found |= {name for name, parts in bound if parts[-1] in names and name not in known}
        return found

    def _leads(self, path: str, statement: ast.ImportFrom, name: str) -> bool:
        modules = [statement.module or ""]
        if statement.level:
            modules = list(self.knowledge.absolute(path, statement.level, statement.module))
        return any(self.knowledge.legacy(f"{module}.{name}") is not None for module in modules)

    def _analyse(self, part: Part, path: str, source: SourceText, tree: ast.Module, *, at_home: bool = False) -> None:
        migrations = range(len(self.setup.settings.migrations))
        is_wanted = at_home or self.knowledge.handouts
        if not is_wanted and all(path in self.knowledge.home_paths(index) for index in migrations):
            return
        try:
            facts = analyse(path, source.text, tree, Positions(source.text), self.knowledge)
        except (RecursionError, MemoryError):
            part.unreadable[path] = source.text
            part.failures[path] = Failure(path, _TOO_DEEP)
            return
        except Exception as error:  # the run goes on with the other files
            part.unreadable[path] = source.text
            part.failures[path] = Failure(path, internal_error(error))
            return
        facts.usages = [u for u in facts.usages if path not in self.knowledge.home_paths(u.migration)]
        part.facts[path] = facts
        part.sources[path] = source

    # -- rewriting ---------------------------------------------------------------------------------------------------

    def rewrite(self, program: Program, files: Sequence[tuple[FileFacts, SourceText]]) -> dict[str, Output | Failure]:
        """The verified outputs of some files in which something is rewritten, by path."""
        outputs: dict[str, Output | Failure] = {}
        for facts, source in files:
            try:
                outputs[facts.path] = self._output(program, facts, source)
            except Exception as error:  # the run goes on with the other files
                message = str(error) if isinstance(error, _expected()) else internal_error(error)
                outputs[facts.path] = Failure(facts.path, f"left as it is: {message}")
        return outputs

    def _output(self, program: Program, facts: FileFacts, source: SourceText) -> Output:
        from cachelift.edits import file_edits, patched_names
        from cachelift.verify import verify

        going = list(rewritten(program, facts))
        edits = file_edits(program, facts, source.text)
        text = splice(source.text, edits)
        after = encode(source, text, edits)
        patched = patched_names(program, going)
        new = verify(facts, source.text, text, edits, going, self.knowledge, program.alive, patched)
        return Output(new, edits, after, text)


def _syntax_failure(path: str, source: SourceText, error: Exception) -> Failure:
    """Tell a mistake from the syntax of a newer Python: LibCST's parser reads all versions."""
    import platform

    from cachelift.rewrite import parses

    why = getattr(error, "msg", str(error))
    if parses(source.text):
        running = platform.python_version()
        message = f"the file needs a newer Python than {running}, which runs this tool: {why}"
    else:
        message = f"the file does not parse: {why}"
    return Failure(path, message, getattr(error, "lineno", None), getattr(error, "offset", None))


def _expected() -> tuple[type[Exception], ...]:
    """The errors whose own message says what is wrong with an output."""
    from cachelift.fragments import RewriteError
    from cachelift.verify import VerificationError

    return (RewriteError, VerificationError, SourceError)


def internal_error(error: Exception) -> str:
    """What a user is told of a defect of this tool."""
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    place = f" at {os.path.basename(trace.tb_frame.f_code.co_filename)}:{trace.tb_lineno}" if trace is not None else ""
    return f"an internal error{place} ({type(error).__name__}: {error}); please report it with this file"
