"""Files of the fixtures that are rewritten, with all that the proof of their outputs needs."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import cases

from cachelift import verify as proof
from cachelift.analysis.facts import FileFacts
from cachelift.analysis.plan import rewritten
from cachelift.analysis.verdicts import Program
from cachelift.config import load_settings
from cachelift.discover import discover
from cachelift.edits import file_edits, patched_names
from cachelift.model import Edit
from cachelift.run import Run
from cachelift.source import decode, splice


class Subject:
    """A file that is rewritten, with all that its proof needs."""

    def __init__(self, run: Run, program: Program, facts: FileFacts, text: str) -> None:
        self.text = text
        self.edits = file_edits(program, facts, text)
        self.facts = facts
        self.going = list(rewritten(program, facts))
        self._knowledge = run.knowledge
        self._alive = program.alive
        self._patched = patched_names(program, self.going)

    def refusal(self, edits: Sequence[Edit]) -> str:
        """Why these edits are refused, or nothing."""
        after = splice(self.text, edits)
        try:
            proof.verify(self.facts, self.text, after, edits, self.going, self._knowledge, self._alive, self._patched)
        except proof.VerificationError as error:
            return str(error)
        return ""


def subjects(case: cases.Case, root: Path) -> Iterator[Subject]:
    """The files that are rewritten in a case."""
    case.lay_out(root)
    run = Run(load_settings(str(root)), discover(str(root), [str(root)]), unsafe=bool(case.expect.get("unsafe")))
    run.loaded.load()
    program = run.decide(run.loaded)
    for path, facts in run.facts.items():
        if path in program.given and any(True for _ in rewritten(program, facts)):
            yield Subject(run, program, facts, decode((root / path).read_bytes()).text)
