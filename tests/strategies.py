"""Hypothesis strategies for whole small programs around the legacy cache.

Programs grow by grammar over scopes: a scope knows what its names are believed to be bound to, every value has a kind,
and an expression of some kind is any path that leads to it. Statements bind names, open scopes and use what is there.
What is believed need not be so (a name may be deleted, shadowed or never bound): programs that fail are as welcome as
others. Every number drawn is 0 for the plainest choice, so that failures shrink to plain programs.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from hypothesis import strategies as st
from hypothesis.internal.conjecture.providers import HypothesisProvider
from program_expressions import LEGACY, Choice, Obj, Scope
from program_more import FAKES, MoreStatements
from program_statements import Statements
from program_stubs import STUBS


class Distinct(HypothesisProvider):
    """Draws what Hypothesis would, but no numbers that it has read in the modules that happen to be imported."""

    def _maybe_draw_constant(self, *_: Any, **__: Any) -> None:
        return None


@dataclass(frozen=True)
class Program:
    """The files of a program by path; ``main`` is the dotted name of the module that is run."""

    files: dict[str, bytes]
    main: str
    preload: str | None = None
    """A module that is imported before."""
    config: str = ""
    """What follows ``[tool.cachelift]``."""
    paths: tuple[str, ...] = (".",)
    """What ``fix`` is given."""
    unsafe: bool = False
    stub: dict[str, bytes] = field(default_factory=dict)
    """Files of the stub application that are other ones here."""

    def __repr__(self) -> str:
        texts = "\n".join(f"# ---- {path}\n{data.decode()}" for path, data in self.files.items())
        how = (
            f"fix {' '.join(self.paths)}{' --unsafe-fixes' if self.unsafe else ''} with {self.config or 'the defaults'}"
        )
        return f"program {self.main} after {self.preload}, {how}, stub of {sorted(self.stub)}\n{texts}"


def _module_text(choose: Choice, writer: Statements, scope: Scope, most: int) -> str:
    """The text of a module: an import that its statements can use, then statements."""
    first = writer.first_import(scope)
    lines: list[str] = []
    for _ in range(1 + choose.below(most)):
        lines += writer.guarded(scope) if choose.perhaps(30) else writer.statement(scope)
        lines += [""] * choose.weighted(((6, 0), (2, 1), (1, 2)))
    head = [f"import {name}" for name in sorted(writer.needs)]
    if choose.perhaps(15):
        head.insert(0, "from __future__ import annotations")
    if choose.perhaps(15):
        head.insert(0, choose.pick(('"""Use CacheService."""', "# -*- coding: utf-8 -*-", "#!/usr/bin/env python")))
    if choose.perhaps(5):
        names = [name for name in ("CacheService", "load", "get_unified_cache") if name in scope.names]
        lines.append(f"__all__ = {names}")
    return "\n".join([*head, *first, *lines]) + "\n"


def _bytes(choose: Choice, text: str) -> bytes:
    """The text as bytes, with one of the line ends and ends of file."""
    if choose.perhaps(10):
        text = text.removesuffix("\n")
    if choose.perhaps(10):
        text = text.replace("    ", choose.pick(("\t", "  ")))
    if choose.perhaps(10):
        text = text.replace("\n", "\r\n")
    return (b"\xef\xbb\xbf" if choose.perhaps(3) else b"") + text.encode()


@st.composite
def programs(draw: st.DrawFn) -> Program:
    """A program of one module or two that uses the legacy cache in some ways."""
    choose = Choice(draw)
    files: dict[str, bytes] = {}
    helper: tuple[str, Obj] | None = None
    preloads = False
    needs: set[str] = set()
    for path, name, level in _HELPERS[: choose.weighted(((65, 0), (27, 1), (8, 2)))]:
        scope = Scope("module")
        first = MoreStatements(choose, name, level, helper)
        text = _module_text(choose, first, scope, 2)
        preloads = preloads or first.preloads
        needs |= first.needs
        files[path] = _bytes(choose, text)
        if scope.names:
            helper = (name, Obj(tuple(scope.names.items())))
    scope = Scope("module")
    path, level = choose.weighted(((5, ("app/consumer.py", 1)), (1, ("app/jobs/consumer.py", 2))))
    writer = MoreStatements(choose, "app", level, helper)
    text = _module_text(choose, writer, scope, 6)
    if level == 2:
        files["app/jobs/__init__.py"] = b""
    files[path] = _bytes(choose, text)
    if "fakes" in needs | writer.needs:
        files["fakes.py"] = FAKES
    preload = LEGACY if preloads or writer.preloads else None
    paths = choose.weighted(((12, (".",)), (1, (path,)), (1, tuple(files))))
    config, stub = choose.weighted(STUBS)
    main = path.removesuffix(".py").replace("/", ".")
    return Program(files, main, preload, config, paths, choose.perhaps(5), stub)


_HELPERS = (("app/helper.py", "app.helper", 1), ("app/helpers/__init__.py", "app.helpers", 2))
