"""One run: from the files of a repository to what each of them came to."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace

from cachelift.analysis.facts import Usage
from cachelift.analysis.plan import rewritten
from cachelift.analysis.verdicts import Program
from cachelift.config import Settings
from cachelift.crew import Crew
from cachelift.discover import Discovery
from cachelift.loading import Loaded
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
from cachelift.planning import cycles, plan
from cachelift.reader import Learned, Output, Reader, Setup
from cachelift.saving import Saver, silence
from cachelift.sighting import Sighting
from cachelift.source import SourceError, decode, offset_before

Ask = Callable[[Mapping[str, tuple[bytes, bytes]]], bool]
"""Decides on changes that belong together: the bytes of each file before and after, by path."""
_Outputs = dict[str, Output]
"""What files become."""
_Going = dict[str, list[Usage]]
"""The usages that are rewritten, by file."""
_ROUNDS = 100
"""How often a rewrite is looked at for what it has made possible. Each time there are fewer usages, so there is an end;
the bound is for a defect that would leave as many."""


class Run:
    """One run over a repository.

    Args:
        settings: the configuration.
        discovery: the files.
        unsafe: whether what is unsafe is rewritten as well.
        texts: what stands for the bytes of some files, by path.
        crew: who does the work; by default this process alone.
    """

    def __init__(
        self,
        settings: Settings,
        discovery: Discovery,
        *,
        unsafe: bool = False,
        texts: dict[str, bytes] | None = None,
        crew: Crew | None = None,
    ) -> None:
        self.settings = settings
        self.discovery = discovery
        self.unsafe = unsafe
        self._crew = Crew(jobs=1) if crew is None else crew
        self._setup = Setup(settings, discovery.root, discovery.files, texts or {})
        self.reader = Reader(self._setup)
        self.knowledge = self.reader.knowledge
        self.loaded = Loaded(self.reader, discovery, self._crew)
        self.given = self.loaded.given
        self.facts = self.loaded.facts
        self.sources = self.loaded.sources
        self.failures = self.loaded.failures
        self.broken: set[str] = set()
        """Files whose output did not hold: they stay as they are."""
        self.declined: set[str] = set()
        """Files whose rewrite somebody does not want."""
        self._approved: dict[str, bytes] = {}
        """New texts that somebody wants."""
        self._seen: tuple[dict[str, bytes], Loaded] = {}, self.loaded
        """What some files become, and the repository as it is then: the last that was looked at."""

    # -- the commands ----------------------------------------------------------------------------------------------

    def check(self, sighting: Sighting | None = None, *, fixes: bool = False) -> RunResult:
        """Findings of the given files, and their suppressions that hide nothing."""
        self.loaded.load(sighting, marked=True)
        program = self.decide(self.loaded)
        outcomes = []
        for path in sorted(self.given):
            findings = self._findings(path, self.loaded)
            if findings or path in self.failures:
                outcomes.append(FileOutcome(path, findings=findings, failure=self.failures.get(path)))
        result = self._result(outcomes)._replace(unused=tuple(sorted(self._unused())))
        return result._replace(fixes=self._fixes(program)) if fixes else result

    def _fixes(self, program: Program) -> dict[str, tuple[Change, ...]]:
        """What ``fix`` would change. A file that could not be rewritten is no failure of a check."""
        from cachelift.fixes import by_file

        outputs, going = self._outputs(program)
        edits = {path: output.edits for path, output in outputs.items()}
        texts = {path: self.sources[path].text for path in outputs}
        return by_file(self.facts, going, edits, texts)

    def _unused(self) -> Iterable[UnusedSuppression]:
        """The suppressions of the given files that hide nothing."""
        from cachelift.noqa import unused

        marked = (path for path in self.loaded.sighting.marked if path not in self.failures)
        for path, raw in self.reader.read_all(marked):
            with contextlib.suppress(SourceError):
                facts = [known[path] for known in (self.facts, self.loaded.mentioned) if path in known]
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
        self.loaded.load()
        self.decide(self.loaded)
        found = {path: self._findings(path, self.loaded, noqa=True) for path in self.given}
        findings = {path: each for path, each in found.items() if each}
        sources = {path: self.sources[path].text for path in findings}
        files = frozenset(self.discovery.files)
        return Survey(self.discovery.root, files, self.given, findings, dict(self.failures), sources)

    def fix(
        self, sighting: Sighting | None = None, *, write: bool, add_noqa: bool = False, ask: Ask | None = None
    ) -> RunResult:
        """Rewritten files, and what is left in them."""
        self.loaded.load(sighting)
        program = self.decide(self.loaded)
        before = {path: self._findings(path, self.loaded) for path in self.given}
        outputs, going = self._settled(program)
        if ask is not None:
            outputs, going = self._agreed(ask, outputs, going)
        if write:
            outputs, going = self._written(outputs, going, ask)
        self.declined.clear()
        fixed = {
            path: tuple(self._finding(path, usage) for usage in usages if not usage.hidden)
            for path, usages in going.items()
        }
        after = self._after(outputs)
        self.decide(after)
        outcomes = []
        for path in sorted(self.given):
            found = before[path]
            left = self._findings(path, after)
            failed = self.failures.get(path)
            if path not in outputs:
                if found or left or failed is not None:
                    outcomes.append(FileOutcome(path, found, left=left, failure=failed))
                continue
            raw, text = self.sources[path].raw, outputs[path].after
            outcomes.append(FileOutcome(path, found, fixed[path], left, raw, text, failed))
            if left:
                self.sources[path] = decode(text)
        return self._silenced(outcomes, write=write) if add_noqa else self._result(outcomes)

    def _outputs(self, program: Program) -> tuple[_Outputs, _Going]:
        """The verified outputs of all files, and the usages that they rewrite.

        One that does not hold takes those that need it back as well.
        """
        while True:
            going = {path: list(rewritten(program, program.files[path])) for path in program.given & self.facts.keys()}
            going = {path: going[path] for path in sorted(going) if going[path]}
            files = [(program.files[path], self.sources[path]) for path in going]
            outputs: dict[str, Output] = {}
            failures: dict[str, Failure] = {}
            for path, output in self._crew.rewrite(self.reader, program, files).items():
                if isinstance(output, Failure):
                    failures[path] = output
                else:
                    outputs[path] = output
            if not failures:
                return outputs, going
            program = self._decide_without(failures)

    def _decide_without(self, failures: Mapping[str, Failure]) -> Program:
        """The plan for the repository as it is where some files stay so."""
        self.failures.update(failures)
        self.broken |= failures.keys()
        return self.decide(self.loaded)

    def _settled(self, program: Program) -> tuple[_Outputs, _Going]:
        """Outputs after which nothing is left that this run rewrites: one edit can free a name that another needs.

        A file whose output does not hold then stays as it was, as it would in another run.
        """
        outputs, going = self._outputs(program)
        edits = {path: [output.edits] for path, output in outputs.items()}
        for _ in range(_ROUNDS):
            after = self._after(outputs)
            program = self.decide(after)
            more = {
                path: list(rewritten(program, program.files[path])) for path in program.given & program.files.keys()
            }
            files = [(program.files[path], after.sources[path]) for path in sorted(more) if more[path]]
            if not files:
                break
            written = self._crew.rewrite(after.reader, program, files)
            failures = {path: output for path, output in written.items() if isinstance(output, Failure)}
            if failures:
                return self._settled(self._decide_without(failures))
            for path, output in written.items():
                assert isinstance(output, Output)
                outputs[path] = output
                moved = (self._where_it_was(path, usage, edits.get(path, ())) for usage in more[path])
                going[path] = [*going.get(path, ()), *moved]
                edits.setdefault(path, []).append(output.edits)
        return outputs, going

    def _where_it_was(self, path: str, usage: Usage, rounds: Sequence[Sequence[Edit]]) -> Usage:
        """A usage of a rewritten text at its place in the file."""
        start = usage.span.start
        for edits in reversed(rounds):
            start = offset_before(edits, start)
        found = [u for u in self.facts[path].usages if (u.span.start, u.role) == (start, usage.role)]
        return replace(usage, span=found[0].span, position=found[0].position) if found else usage

    def _after(self, outputs: _Outputs) -> Loaded:
        """The repository as another run would find it: what one file becomes may say something else of others."""
        texts = {path: output.after for path, output in outputs.items()}
        if not texts:
            return self.loaded
        if texts != self._seen[0]:
            reader = Reader(replace(self._setup, texts={**self._setup.texts, **texts}), self.reader.kept)
            reader.learn(Learned(self.knowledge.interesting))
            after = Loaded(reader, self.discovery, self._crew)
            facts = [output.facts for output in outputs.values()]
            done = {each.path for each in facts if not (each.takes_part or each.mentions)}
            after.load(self.loaded.seen_again(without=done))
            self._seen = texts, after
        return self._seen[1]

    def _agreed(self, ask: Ask, outputs: _Outputs, going: _Going) -> tuple[_Outputs, _Going]:
        """Ask about every change; what depends on one that is declined is planned, and where need be asked, again."""
        from cachelift.fixes import together

        while True:
            declined = len(self.declined)
            for paths in together(self.facts, {path: going[path] for path in outputs}):
                if all(self._approved.get(path) == outputs[path].after for path in paths):
                    continue
                if ask({path: (self.sources[path].raw, outputs[path].after) for path in paths}):
                    self._approved.update((path, outputs[path].after) for path in paths)
                else:
                    self.declined.update(paths)
            if len(self.declined) == declined:
                return outputs, going
            outputs, going = self._settled(self.decide(self.loaded))

    def _written(self, outputs: _Outputs, going: _Going, ask: Ask | None) -> tuple[_Outputs, _Going]:
        """Write the outputs; where a file cannot be written, what is made without it."""
        saver = Saver(self.discovery.root)
        try:
            while failures := saver.stage(outputs, self.sources):
                self.failures.update(failures)
                outputs, going = self._settled(self.decide(self.loaded))
                if ask is not None:
                    outputs, going = self._agreed(ask, outputs, going)
            failures = saver.commit(self.facts)
        finally:
            saver.discard()
        self.failures.update(failures)
        return {path: output for path, output in outputs.items() if path not in failures}, going

    def _silenced(self, outcomes: list[FileOutcome], *, write: bool) -> RunResult:
        """Add the comments that silence what is left."""
        silenced = []
        root = self.discovery.root if write else None
        for outcome in outcomes:
            path = outcome.path
            if not outcome.left or path in self.failures:
                silenced.append(outcome)
                continue
            silenced.append(silence(root, outcome, self._new(outcome), self.sources[path]))
            if silenced[-1].after is not None and silenced[-1].failure is None:
                self.sources[path] = decode(silenced[-1].after)
        number = sum(len(each.left) for each in outcomes) - sum(len(each.left) for each in silenced)
        result = self._result(silenced)
        return result._replace(notes=(*result.notes, f"silenced with `# noqa`: {number}")) if number else result

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

        self.loaded.load()
        failures = (*self.discovery.failures, *(self.failures[path] for path in sorted(self.failures)))
        own_tests = frozenset(filter(self.loaded.is_own_test, self.facts))
        observed = Observed(self.discovery, self.knowledge, self.facts, own_tests, cycles(self.loaded), failures)
        return examine(self.settings, observed)

    def status(self) -> StatusReport:
        """How far the migrations are."""
        from cachelift.status import Observed, gather

        self.loaded.load()
        self.decide(self.loaded)
        failures = (*self.discovery.failures, *(self.failures[path] for path in sorted(self.failures)))
        observed = Observed(
            self.discovery,
            self.knowledge,
            self.facts,
            {path: self._findings(path, self.loaded) for path in self.given},
            frozenset(filter(self.loaded.is_own_test, self.facts)),
            frozenset(self.loaded.unreadable),
            failures,
        )
        return gather(self.settings, observed)

    def decide(self, loaded: Loaded) -> Program:
        """The plan for the repository, as it is or as it becomes."""
        changeable = self.given - self.broken - self.declined - self.failures.keys()
        return plan(loaded, changeable, unsafe=self.unsafe)

    # -- findings --------------------------------------------------------------------------------------------------

    def _findings(self, path: str, loaded: Loaded, *, noqa: bool = False) -> tuple[Finding, ...]:
        """The findings of a file, with ``noqa`` also those that flake8 itself hides."""
        facts = loaded.facts.get(path) or loaded.mentioned.get(path)
        if facts is None:
            return ()
        found = [
            self._finding(path, usage)
            for usage in (*facts.usages, *facts.mentions)
            if (not usage.suppressed or (noqa and usage.noqa))
            and not usage.hidden
            and self.settings.is_selected(usage.code)
        ]
        return tuple(sorted(found, key=lambda finding: finding.sort_key))

    def _finding(self, path: str, usage: Usage) -> Finding:
        legacy = self.settings.migrations[usage.migration].legacy
        return Finding(path, *usage.position, usage.code, usage.message, usage.applicability, usage.reason, legacy)
