"""Runs: from paths to outcomes. The only module that catches everything, and the only one that writes source files."""

from __future__ import annotations

import ast
import contextlib
import os
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from cachelift import stars
from cachelift.analysis.facts import FileFacts, Role, Usage
from cachelift.analysis.handouts import Search
from cachelift.analysis.plan import Program, decide
from cachelift.analysis.usages import analyse
from cachelift.config import Settings
from cachelift.discover import Discovery, Prefilter, discover, scan
from cachelift.knowledge import ProgramKnowledge, aliases
from cachelift.listing import relative
from cachelift.model import (
    Change,
    DoctorReport,
    Edit,
    Failure,
    FileOutcome,
    Finding,
    Problem,
    RunResult,
    StatusReport,
    Survey,
    UnusedSuppression,
)
from cachelift.namespace import statements
from cachelift.project import Project
from cachelift.source import Positions, SourceError, SourceText, decode, encode, splice
from cachelift.suppression import NOQA, Suppressions
from cachelift.writing import ChangedOnDisk, remove_stale_temporaries, replace_file, replace_files

_MARKERS = ("CLF0", "cachelift:")
"""What the bytes of a file with a suppression of its own hold."""
_MARKS = re.compile(rb"CLF0|cachelift:\s*skip")


def check_paths(settings: Settings, paths: Sequence[str], *, jobs: int | None = None, fixes: bool = False) -> RunResult:
    """Find what is left in some paths; nothing is changed.

    ``paths`` are files and folders relative to the current one. ``jobs`` is the number of processes. With ``fixes``
    the result holds the changes that ``fix`` would make.
    """
    return _Run(settings, discover(settings.root, paths or ["."], settings.exclude)).check(fixes=fixes)


def fix_paths(
    settings: Settings,
    paths: Sequence[str],
    *,
    unsafe: bool = False,
    write: bool = True,
    add_noqa: bool = False,
    jobs: int | None = None,
) -> RunResult:
    """Rewrite what is safe in some paths, with ``unsafe`` also what is unsafe.

    With ``write`` false the outcomes hold the new bytes and nothing is written. With ``add_noqa`` what is left
    gets the comments that silence it.
    """
    run = _Run(settings, discover(settings.root, paths or ["."], settings.exclude), unsafe=unsafe)
    return run.fix(write=write, add_noqa=add_noqa)


def check_text(settings: Settings, raw: bytes, filename: str, *, fixes: bool = False) -> RunResult:
    """Find what is left in one text that stands for a file; ``fixes`` as for :func:`check_paths`."""
    return _text_run(settings, raw, filename, unsafe=False).check(fixes=fixes)


def fix_text(
    settings: Settings, raw: bytes, filename: str, *, unsafe: bool = False, add_noqa: bool = False
) -> RunResult:
    """Rewrite one text that stands for a file; the outcome's ``after`` is None where nothing changes."""
    return _text_run(settings, raw, filename, unsafe=unsafe).fix(write=False, add_noqa=add_noqa)


def survey(settings: Settings, filename: str | None = None, raw: bytes | None = None) -> Survey:
    """Find what a linter shows of a repository: what ``check`` finds in it, and what ``# noqa`` silences there.

    Args:
        settings: the configuration.
        filename: a file that is meant as well though it may be no part of the repository, relative to the current
            folder.
        raw: a text that stands for that file.
    """
    named = [filename] if filename is not None and os.path.isfile(filename) else []
    found = discover(settings.root, [settings.root, *named], settings.exclude)
    texts: dict[str, bytes] = {}
    if filename is not None and raw is not None:
        path = repository_path(found.root, filename)
        texts[path] = raw
        if not named:
            found = found._replace(files=tuple(sorted({*found.files, path})), given=found.given | {path})
    return _Run(settings, found, texts=texts).survey()


def repository_path(root: str, filename: str) -> str:
    """The path by which a run knows a file: relative to the root, or absolute; links in the way resolved."""
    folder, name = os.path.split(filename)
    full = os.path.join(os.path.realpath(folder), name)
    inside = relative(root, full)
    return full if inside is None else inside


def doctor(settings: Settings, paths: Sequence[str]) -> DoctorReport:
    """Tell what is known of a repository and what is in the way of its migrations; nothing is changed.

    ``paths`` are files and folders relative to the current one.
    """
    return _Run(settings, discover(settings.root, paths or ["."], settings.exclude)).doctor()


def status(settings: Settings, paths: Sequence[str]) -> StatusReport:
    """Tell how far the migrations are in some paths; nothing is changed.

    ``paths`` are files and folders relative to the current one.
    """
    return _Run(settings, discover(settings.root, paths or ["."], settings.exclude)).status()


def _text_run(settings: Settings, raw: bytes, filename: str, *, unsafe: bool) -> _Run:
    found = discover(settings.root, ["."] if os.path.isdir(settings.root) else [], settings.exclude)
    root = os.path.realpath(settings.root)
    path = os.path.relpath(os.path.realpath(filename), root).replace(os.sep, "/")
    if path.startswith("../"):
        path = filename
    files = tuple(sorted({*found.files, path}))
    discovery = Discovery(found.root, files, frozenset({path}))
    return _Run(settings, discovery, unsafe=unsafe, texts={path: raw})


_FOLLOWED = 100
"""How many files beside those with usages are looked at for what is handed out; past that nothing is followed."""


@dataclass(slots=True)
class _File:
    """A file that passed the prefilter."""

    path: str
    source: SourceText
    tree: ast.Module


@dataclass(slots=True)
class _Output:
    """What a file becomes."""

    facts: FileFacts
    edits: list[Edit]
    after: bytes
    text: str
    going: list[Usage] = field(default_factory=list)


class _Run:
    """One run over a repository."""

    def __init__(
        self,
        settings: Settings,
        discovery: Discovery,
        *,
        unsafe: bool = False,
        texts: dict[str, bytes] | None = None,
    ) -> None:
        self.settings = settings
        self.discovery = discovery
        self.unsafe = unsafe
        self.texts = texts or {}
        self._everything = [*discovery.files, *discovery.outside]
        self.given = frozenset(discovery.given) | frozenset(discovery.outside)
        read = self._read if texts else None
        self.project = Project(discovery.root, settings.src, discovery.files, read)
        self.knowledge = ProgramKnowledge(self.project, settings.migrations, mentions="CLF010" in settings.select)
        self.stars = stars.Stars(self.knowledge)
        self.failures: dict[str, Failure] = {}
        self.sources: dict[str, SourceText] = {}
        self.facts: dict[str, FileFacts] = {}
        self.suppressions: dict[str, Suppressions] = {}
        self.marked: dict[str, bytes] | None = None
        """Given files that may hold suppressions, where those that hide nothing are asked for."""
        self.mentioned: dict[str, FileFacts] = {}
        """Files that do no more than mention a class: they take part in no decision."""
        self.unreadable: dict[str, str] = {}
        """The texts of candidates that could not be analysed: they may use any name."""
        self.unmet: dict[tuple[str, str], tuple[str, str]] = {}
        """Reason and message for what is handed out and used elsewhere as the replacement cannot be used."""
        self.broken: set[str] = set()
        """Files whose output did not hold: they stay as they are."""

    def _read(self, path: str) -> bytes | None:
        if path in self.texts:
            return self.texts[path]
        try:
            with open(os.path.join(self.discovery.root, path), "rb") as file:
                return file.read()
        except OSError:
            return None

    # -- the two commands ------------------------------------------------------------------------------------------

    def check(self, *, fixes: bool = False) -> RunResult:
        """Findings of the given files, and their suppressions that hide nothing."""
        self.marked = {}
        self._load()
        program = self._decide(self.facts)
        outcomes = []
        for path in sorted(self.given):
            findings = self._findings(path, self.facts)
            if findings or path in self.failures:
                outcomes.append(FileOutcome(path, findings=findings, failure=self.failures.get(path)))
        result = self._result(outcomes)._replace(unused=tuple(sorted(self._unused())))
        return result._replace(fixes=self._fixes(program)) if fixes else result

    def _fixes(self, program: Program) -> dict[str, tuple[Change, ...]]:
        """What ``fix`` would change. A file that could not be rewritten is no failure of a check."""
        from cachelift.fixes import by_file

        outputs = self._outputs(program)
        edits = {path: output.edits for path, output in outputs.items()}
        going = {path: output.going for path, output in outputs.items()}
        texts = {path: self.sources[path].text for path in outputs}
        return by_file(self.facts, going, edits, texts)

    def _unused(self) -> Iterable[UnusedSuppression]:
        """The suppressions of the given files that hide nothing."""
        from cachelift.noqa import unused

        for path, raw in (self.marked or {}).items():
            if path in self.failures:
                continue
            with contextlib.suppress(SourceError):
                facts = [known[path] for known in (self.facts, self.mentioned) if path in known]
                hidden = [
                    (usage.code, usage.position[0], usage.position[2])
                    for each in facts
                    for usage in (*each.usages, *each.mentions)
                    if not usage.hidden
                ]
                for line, column, text in unused(decode(raw).text, hidden, mentions=self.knowledge.mentions):
                    yield UnusedSuppression(path, line, column, text)

    def survey(self) -> Survey:
        """Findings of the given files as a linter needs them."""
        self._load()
        self._decide(self.facts)
        found = {path: self._findings(path, self.facts, noqa=True) for path in self.given}
        findings = {path: each for path, each in found.items() if each}
        sources = {path: self.sources[path].text for path in findings}
        files = frozenset(self.discovery.files)
        return Survey(self.discovery.root, files, self.given, findings, dict(self.failures), sources)

    def fix(self, *, write: bool, add_noqa: bool = False) -> RunResult:
        """Rewritten files, and what is left in them."""
        self._load()
        program = self._decide(self.facts)
        before = {path: self._findings(path, self.facts) for path in self.given}
        outputs = self._outputs(program)
        fixed = {
            path: tuple(self._finding(path, usage) for usage in output.going if not usage.hidden)
            for path, output in outputs.items()
        }
        if write:
            outputs = self._write_all(program, outputs)
        after_facts = dict(self.facts)
        for path, output in outputs.items():
            after_facts[path] = output.facts
            self._suppress(output.facts, output.text)
        self._decide(after_facts)
        outcomes = []
        for path in sorted(self.given):
            found = before[path]
            left = self._findings(path, after_facts)
            failure = self.failures.get(path)
            if path not in outputs:
                if found or left or failure is not None:
                    outcomes.append(FileOutcome(path, found, left=left, failure=failure))
                continue
            raw, after = self.sources[path].raw, outputs[path].after
            outcomes.append(FileOutcome(path, found, fixed[path], left, raw, after, failure))
            if left:
                self.sources[path] = decode(after)
        if not add_noqa:
            return self._result(outcomes)
        silenced = [self._silenced(outcome, write=write) for outcome in outcomes]
        number = sum(len(each.left) for each in outcomes) - sum(len(each.left) for each in silenced)
        result = self._result(silenced)
        return result._replace(notes=(*result.notes, f"silenced with `# noqa`: {number}")) if number else result

    def _silenced(self, outcome: FileOutcome, *, write: bool) -> FileOutcome:
        """Add the comments that silence what is left in a file."""
        from cachelift.noqa import NoqaError, missing

        path = outcome.path
        if not outcome.left or path in self.failures:
            return outcome
        source = self.sources[path]
        try:
            edits = missing(source.text, [(finding.code, finding.line) for finding in self._new(outcome)])
            text = splice(source.text, edits)
            after = encode(source, text, edits)
            if edits and write:
                replace_file(os.path.join(self.discovery.root, path), source.raw, after)
        except (OSError, ChangedOnDisk, NoqaError, SourceError) as error:
            return outcome._replace(failure=Failure(path, f"cannot be written: {_reason(error)}"))
        if not edits:
            return outcome
        comments = Suppressions(text)
        left = tuple(f for f in outcome.left if not comments.silences(f.code, f.line, f.end_line))
        self.sources[path] = decode(after)
        return outcome._replace(before=source.raw if outcome.before is None else outcome.before, after=after, left=left)

    def _new(self, outcome: FileOutcome) -> tuple[Finding, ...]:
        """What is left in a file and not known to the baseline."""
        if self.settings.baseline is None:
            return outcome.left
        from cachelift.baseline import load, new_findings

        entries = load(os.path.join(self.settings.root, self.settings.baseline))
        return new_findings(entries, outcome.left, {outcome.path: self.sources[outcome.path].text})

    def _result(self, outcomes: list[FileOutcome]) -> RunResult:
        shown = {o.path for o in outcomes if o.findings or o.left}
        problems = self._problems() if shown else ()
        return RunResult(
            tuple(outcomes),
            (*self.discovery.failures, *(self._unusable(each) for each in problems if each.severity == "error")),
            len(self.given),
            {path: source.text for path, source in self.sources.items() if path in shown},
            tuple(each.message for each in problems if each.severity != "error"),
            given=self.given,
        )

    def _problems(self) -> tuple[Problem, ...]:
        """What is in the way of the migrations; asked for only where there is something to migrate."""
        from cachelift.preflight import preflight

        return preflight(self.settings, self.knowledge, self.discovery.files)

    def _unusable(self, problem: Problem) -> Failure:
        """A migration that cannot be done is the configuration's failure."""
        from cachelift.preflight import shown_config

        return Failure(shown_config(self.settings, self.discovery.root) or ".", problem.message)

    def doctor(self) -> DoctorReport:
        """What is known of the repository."""
        from cachelift.doctor import Observed, examine

        self._load()
        failures = (*self.discovery.failures, *(self.failures[path] for path in sorted(self.failures)))
        own_tests = frozenset(filter(self._is_own_test, self.facts))
        cycles = self._cycles()
        observed = Observed(self.discovery, self.knowledge, self.facts, own_tests, cycles, failures)
        return examine(self.settings, observed)

    def status(self) -> StatusReport:
        """How far the migrations are."""
        from cachelift.status import Observed, gather

        self._load()
        self._decide(self.facts)
        failures = (*self.discovery.failures, *(self.failures[path] for path in sorted(self.failures)))
        observed = Observed(
            self.discovery,
            self.knowledge,
            self.facts,
            {path: self._findings(path, self.facts) for path in self.given},
            frozenset(filter(self._is_own_test, self.facts)),
            frozenset(self.unreadable),
            failures,
        )
        return gather(self.settings, observed)

    # -- loading ---------------------------------------------------------------------------------------------------

    def _load(self) -> None:
        """Analyse every file that may name a class, and once more those that use a name learned on the way.

        One file is parsed and forgotten at a time, so that memory does not grow with the repository.
        """
        pending = set(self.knowledge.interesting)
        first = True
        search: Search | None = None
        while pending:
            before = self.knowledge.interesting
            also = {stars.TOKEN, *(_MARKERS if self.marked is not None else ())} if first else set()
            prefilter = Prefilter(pending | also)
            words = re.compile(
                rb"(?<![A-Za-z0-9_])(?:" + b"|".join(t.encode() for t in sorted(pending)) + rb")(?![A-Za-z0-9_])"
            )
            for path, raw in self._scan(self._everything, prefilter):
                if search is not None:
                    search.note(path, raw)
                self.stars.note(path, raw)
                if self.marked is not None and path in self.given and _MARKS.search(raw):
                    self.marked[path] = raw
                if path not in self.unreadable and words.search(raw):
                    if search is None:
                        search = Search(self.knowledge.replacements, self._homes(), path)
                        prefilter.add(search.early)
                    file = self._parse(path, raw)
                    if file is not None:
                        self.knowledge.learn(self._new_names(file))
                        self._analyse(path, file)
            pending = set(self.knowledge.interesting - before)
            first = False
        self._follow_stars()
        if search is not None:
            self._trade(search)

    def _follow_stars(self) -> None:
        """Analyse the files that get the class by a star import: they need not name it."""
        binders = [path for path, facts in self.facts.items() if any(g.imported is not None for g in facts.groups)]
        for path in list(self.stars.followers(binders)):
            raw = self._read(path) if path not in self.facts else None
            file = self._parse_quietly(path, raw) if raw is not None else None
            if file is not None:
                self._analyse(path, file)

    def _scan(self, files: Sequence[str], prefilter: Prefilter) -> Iterable[tuple[str, bytes]]:
        on_disk = [path for path in files if path not in self.texts]
        for item in scan(self.discovery.root, on_disk, prefilter):
            if isinstance(item, Failure):
                if item.path in self.given:
                    self.failures[item.path] = item
            else:
                yield item
        for path, raw in self.texts.items():
            if prefilter.matches(raw):
                yield path, raw

    def _parse(self, path: str, raw: bytes) -> _File | None:
        try:
            source = decode(raw)
        except SourceError as error:
            self.unreadable[path] = raw.decode("latin-1")
            self._fail(path, str(error.message), error.line, error.column)
            return None
        try:
            return _File(path, source, ast.parse(source.text))
        except (SyntaxError, ValueError) as error:
            self.unreadable[path] = source.text
            self._fail(path, *self._syntax_error(source, error))
        except (RecursionError, MemoryError):
            self.unreadable[path] = source.text
            self._fail(path, "the code is nested too deeply for this Python to read")
        return None

    def _syntax_error(self, source: SourceText, error: Exception) -> tuple[str, int | None, int | None]:
        """Tell a mistake from the syntax of a newer Python: LibCST's parser reads all versions."""
        import platform

        from cachelift.rewrite import parses

        why = getattr(error, "msg", str(error))
        if parses(source.text):
            running = platform.python_version()
            message = f"the file needs a newer Python than {running}, which runs this tool: {why}"
        else:
            message = f"the file does not parse: {why}"
        return message, getattr(error, "lineno", None), getattr(error, "offset", None)

    def _fail(self, path: str, message: str, line: int | None = None, column: int | None = None) -> None:
        """Note that a file could not be read; the others go on."""
        self.unreadable.setdefault(path, "")
        if path in self.given:
            self.failures[path] = Failure(path, message, line, column)

    def _new_names(self, file: _File) -> set[str]:
        """Names under which a module hands the class, or the legacy module, on: ``import C as D``, ``D = C``."""
        found: set[str] = set()
        known = self.knowledge.interesting
        in_functions = "global " in file.source.text
        nested = statements(file.tree.body, scopes=in_functions)
        for statement in sorted(nested, key=lambda s: (s.lineno, s.col_offset)):
            if isinstance(statement, ast.ImportFrom):
                for alias in statement.names:
                    if alias.name in known and alias.asname and self._leads(file.path, statement, alias.name):
                        found.add(alias.asname)
            elif isinstance(statement, ast.Import):
                found |= {a.asname for a in statement.names if a.asname and self.knowledge.legacy(a.name)}
            else:
                names = found | known
                found |= {name for name, parts in aliases(statement) if parts[-1] in names and name not in known}
        return found

    def _leads(self, path: str, statement: ast.ImportFrom, name: str) -> bool:
        modules = [statement.module or ""]
        if statement.level:
            modules = list(self.knowledge.absolute(path, statement.level, statement.module))
        return any(self.knowledge.legacy(f"{module}.{name}") is not None for module in modules)

    def _analyse(self, path: str, file: _File) -> FileFacts | None:
        """Analyse one file and keep what is found; the facts are returned for what the file hands out."""
        at_home = all(path in self.knowledge.home_paths(index) for index in range(len(self.settings.migrations)))
        if at_home and not self.knowledge.handouts:
            return None
        try:
            facts = analyse(path, file.source.text, file.tree, Positions(file.source.text), self.knowledge)
        except (RecursionError, MemoryError):
            self.unreadable[path] = file.source.text
            self._fail(path, "the code is nested too deeply for this Python to read")
            return None
        except Exception as error:  # the run goes on with the other files
            self.unreadable[path] = file.source.text
            self._fail(path, _internal(error))
            return None
        facts.usages = [u for u in facts.usages if path not in self.knowledge.home_paths(u.migration)]
        for kept in (self.facts, self.mentioned):
            kept.pop(path, None)
        if facts.usages or facts.reads or facts.mentions:
            (self.facts if facts.usages or facts.reads else self.mentioned)[path] = facts
            self.sources[path] = file.source
            self._suppress(facts, file.source.text)
        return facts

    def _homes(self) -> frozenset[str]:
        """The legacy and the target modules of all migrations."""
        return frozenset().union(*(self.knowledge.home_paths(index) for index in range(len(self.settings.migrations))))

    def _trade(self, search: Search) -> None:
        """Find the files that use what others hand out: they may hold none of the migration's tokens."""
        given = [handout for facts in self.facts.values() for handout in facts.handouts]
        if not search.is_needed or not given:
            return
        unseen = self._everything if not search.early else [p for p in self._everything if p <= search.since]
        for path, raw in self._scan(unseen, Prefilter(search.members)) if search.members else ():
            search.note(path, raw)
        left = _FOLLOWED + 2 * len(self.facts)
        while left > 0 and search.offer(given) and search.is_promising:
            self.knowledge.handouts = search.offers
            given = []
            for path, raw in self._scan(self._everything, Prefilter(search.names)):
                if left > 0 and search.takes(path, raw):
                    left -= 1
                    file = self._parse_quietly(path, raw)
                    facts = self._analyse(path, file) if file is not None else None
                    if facts is not None:
                        self.unmet.update(facts.unmet)
                        given += facts.handouts

    @staticmethod
    def _parse_quietly(path: str, raw: bytes) -> _File | None:
        try:
            source = decode(raw)
            return _File(path, source, ast.parse(source.text))
        except (SourceError, SyntaxError, ValueError, RecursionError, MemoryError):
            return None

    def _suppress(self, facts: FileFacts, text: str) -> None:
        suppressions = self.suppressions[facts.path] = Suppressions(text)
        for usage in facts.usages:
            silencer = suppressions.silencer(usage.code, usage.position[0], usage.position[2])
            usage.suppressed, usage.noqa = silencer is not None, silencer == NOQA
            if usage.role is not Role.IMPORT and not self._is_selected(usage.code):
                usage.suppressed = True
        for mention in facts.mentions:
            silencer = suppressions.silencer(mention.code, mention.position[0], mention.position[2])
            at_home = facts.path in self.knowledge.home_paths(mention.migration)
            mention.suppressed, mention.noqa = silencer is not None or at_home, silencer == NOQA and not at_home

    def _is_selected(self, code: str) -> bool:
        return self.settings.is_selected(code)

    # -- deciding --------------------------------------------------------------------------------------------------

    def _decide(self, facts: dict[str, FileFacts]) -> Program:
        changeable = self.given - self.broken - self.failures.keys()
        program = Program(
            facts,
            frozenset(changeable),
            self.knowledge.replacements,
            own_tests=frozenset(path for path in facts if self._is_own_test(path)),
            cycles=self._cycles() if facts else frozenset(),
            unsafe=self.unsafe,
            keeps=self._kept_names(facts),
            unmet=self.unmet,
            hidden=self.stars.hidden({path: _added_names(file) for path, file in facts.items()}),
            held=frozenset(path for path, file in facts.items() if self._is_held(file)),
            unread=frozenset(
                index
                for index, migration in enumerate(self.settings.migrations)
                if any(_word(migration.legacy_name).search(text) for text in self.unreadable.values())
            ),
        )
        decide(program)
        if self._follow_codes(facts):
            decide(program)
        return program

    def _follow_codes(self, facts: dict[str, FileFacts]) -> bool:
        """Suppress imports by the code they are reported with, which the plan decides; True if that changed any."""
        changed = False
        for path, file in facts.items():
            for usage in file.usages:
                if usage.role is Role.IMPORT:
                    silencer = self.suppressions[path].silencer(usage.code, usage.position[0], usage.position[2])
                    changed |= usage.suppressed is (silencer is None)
                    usage.suppressed, usage.noqa = silencer is not None, silencer == NOQA
        return changed

    def _is_own_test(self, path: str) -> bool:
        name = path.rpartition("/")[2].rpartition(".")[0]
        for migration in self.settings.migrations:
            module = migration.legacy_module.rpartition(".")[2]
            if name.startswith(f"test_{module}"):
                return True
        return False

    def _cycles(self) -> frozenset[str]:
        found: frozenset[str] = frozenset()
        for replacement in self.knowledge.replacements:
            modules = {replacement.migration.factory_module}
            if replacement.type is not None:
                modules.add(replacement.type.rpartition(".")[0])
            above = _packages(replacement.migration.legacy_module)
            for module in modules:
                found |= self.project.import_closure(module)
                # A package that only the new import brings in runs before the target; the legacy one's have run.
                for package in _packages(module) - above:
                    path = self.project.locate(package)
                    found |= self.project.import_closure(package) | ({path} if path is not None else set())
        return found

    def _is_held(self, facts: FileFacts) -> bool:
        """Whether a file that cannot be read may patch the class in this module: it names both, together or quoted."""
        texts = [text for path, text in self.unreadable.items() if path != facts.path]
        names = {group.name for group in facts.groups if group.imported is not None and group.kind == "class"}
        for module in {own.rpartition(".")[2] for own in self.knowledge.module_names(facts.path)} if texts else ():
            for name in names:
                patched = re.compile(rf"(?<!\w){re.escape(module)}\.{name}(?!\w)|[\"']{name}[\"']")
                if any(_word(module).search(text) and patched.search(text) for text in texts):
                    return True
        return False

    def _kept_names(self, facts: dict[str, FileFacts]) -> set[tuple[str, str]]:
        """Names that must stay in their modules for the sake of files that cannot be read or take all names."""
        kept: set[tuple[str, str]] = set()
        for path, file in facts.items():
            module = path.removesuffix("/__init__.py").removesuffix(".py").rpartition("/")[2]
            names = [group.name for group in file.groups if group.imported is not None and group.kind != "anchor"]
            if names and self.stars.importers(path):
                taken = self.project.exports(path)
                kept |= {(path, name) for name in names if taken is None or name in taken}
            word = _word(module)
            if any(not text or word.search(text) for text in self.unreadable.values()):
                kept |= {(path, name) for name in names}
        return kept

    # -- findings --------------------------------------------------------------------------------------------------

    def _findings(self, path: str, known: dict[str, FileFacts], *, noqa: bool = False) -> tuple[Finding, ...]:
        """The findings of a file, with ``noqa`` also those that flake8 itself hides."""
        facts = known.get(path) or self.mentioned.get(path)
        if facts is None:
            return ()
        found = [
            self._finding(path, usage)
            for usage in (*facts.usages, *facts.mentions)
            if (not usage.suppressed or (noqa and usage.noqa)) and not usage.hidden and self._is_selected(usage.code)
        ]
        return tuple(sorted(found, key=lambda finding: finding.sort_key))

    def _finding(self, path: str, usage: Usage) -> Finding:
        legacy = self.settings.migrations[usage.migration].legacy
        return Finding(path, *usage.position, usage.code, usage.message, usage.applicability, usage.reason, legacy)

    # -- outputs ---------------------------------------------------------------------------------------------------

    def _outputs(self, program: Program) -> dict[str, _Output]:
        """The verified outputs of all files; one that does not hold takes those that need it back as well."""
        while True:
            outputs: dict[str, _Output] = {}
            broken: set[str] = set()
            for path in sorted(program.given & program.files.keys()):
                try:
                    output = self._output(program, path)
                except Exception as error:  # the run goes on with the other files
                    message = str(error) if isinstance(error, _expected()) else _internal(error)
                    self.failures[path] = Failure(path, f"left as it is: {message}")
                    broken.add(path)
                else:
                    if output is not None:
                        outputs[path] = output
            if not broken:
                return outputs
            self.broken |= broken
            program = self._decide(self.facts)

    def _output(self, program: Program, path: str) -> _Output | None:
        from cachelift.analysis.plan import rewritten

        facts, source = program.files[path], self.sources[path]
        going = list(rewritten(program, facts))
        if not going:
            return None
        from cachelift.edits import file_edits
        from cachelift.verify import verify

        edits = file_edits(program, facts, source.text)
        text = splice(source.text, edits)
        after = encode(source, text, edits)
        new = verify(facts, source.text, text, edits, going, self.knowledge, program.alive)
        return _Output(new, edits, after, text, going)

    def _write_all(self, program: Program, outputs: dict[str, _Output]) -> dict[str, _Output]:
        """Write what depends on a module before the module, so that a run that was killed can be completed."""
        written: dict[str, _Output] = {}
        for folder in {os.path.dirname(os.path.join(self.discovery.root, path)) for path in outputs}:
            remove_stale_temporaries(folder)
        for paths in self._in_order(program, outputs):
            changes = [
                (os.path.join(self.discovery.root, path), self.sources[path].raw, outputs[path].after) for path in paths
            ]
            for path, error in zip(paths, replace_files(changes), strict=True):
                if error is None:
                    written[path] = outputs[path]
                else:
                    self.failures[path] = Failure(path, f"cannot be written: {_reason(error)}")
        return written

    @staticmethod
    def _in_order(program: Program, outputs: dict[str, _Output]) -> list[list[str]]:
        """The files in groups, of which each depends on later ones only."""
        depths: dict[str, int] = {}

        def depth(path: str, seen: frozenset[str]) -> int:
            if path in depths or path in seen or path not in program.files:
                return depths.get(path, 0)
            facts = program.files[path]
            targets = {via for group in facts.groups for via in group.via}
            targets |= {u.patch.module for u in facts.usages if u.patch is not None and u.patch.module}
            targets |= {u.via for u in facts.usages if u.via is not None}
            depths[path] = 1 + max((depth(t, seen | {path}) for t in targets - {path}), default=0)
            return depths[path]

        groups: dict[int, list[str]] = {}
        for path in sorted(outputs):
            groups.setdefault(depth(path, frozenset()), []).append(path)
        return [groups[number] for number in sorted(groups, reverse=True)]


def _word(name: str) -> re.Pattern[str]:
    """A name that stands alone."""
    return re.compile(rf"(?<!\w){re.escape(name)}(?!\w)")


def _added_names(facts: FileFacts) -> set[str]:
    """The names that the rewrite of a file may add to its module."""
    groups = [group for group in facts.groups if group.imported is not None]
    return {new.bound for group in groups for new in group.provides.values() if new.how in ("replace", "extend")}


def _reason(error: Exception) -> str:
    """Why a file cannot be written, for a user."""
    return error.strerror if isinstance(error, OSError) and error.strerror else str(error)


def _packages(module: str) -> set[str]:
    """The packages above a module."""
    parts = module.split(".")
    return {".".join(parts[:count]) for count in range(1, len(parts))}


def _expected() -> tuple[type[Exception], ...]:
    """The errors whose own message says what is wrong with an output."""
    from cachelift.rewrite import RewriteError
    from cachelift.verify import VerificationError

    return (RewriteError, VerificationError, SourceError)


def _internal(error: Exception) -> str:
    """What a user is told of a defect of this tool."""
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    place = f" at {os.path.basename(trace.tb_frame.f_code.co_filename)}:{trace.tb_lineno}" if trace is not None else ""
    return f"an internal error{place} ({type(error).__name__}: {error}); please report it with this file"
