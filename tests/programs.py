"""Running programs before and after a rewrite, in this process and without files, and everything that must hold."""

from __future__ import annotations

import ast
import contextlib
import gc
import importlib.abc
import importlib.machinery
import importlib.util
import io
import re
import sys
import tempfile
import tokenize
import warnings
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence, Set
from pathlib import Path
from types import CodeType, FrameType, ModuleType
from typing import Any

from cachelift import engine
from cachelift.config import load_settings
from cachelift.model import Applicability, Finding, RunResult
from cachelift.wording import MARKER

STUB = Path(__file__).parent.parent / "fixtures" / "stub"
STUB_FILES = {path.relative_to(STUB).as_posix(): path.read_bytes() for path in sorted(STUB.rglob("*.py"))}
LEGACY_PATH = "app/services/cache_service.py"
TARGET_PATH = "app/services/unified_cache.py"
_CODES: dict[tuple[str, bytes], CodeType] = {}


class Texts(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    """Imports the modules of a program from its texts."""

    def __init__(self, files: Mapping[str, bytes]) -> None:
        self.files = files

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> importlib.machinery.ModuleSpec | None:
        base = fullname.replace(".", "/")
        for name in (f"{base}/__init__.py", f"{base}.py"):
            if name in self.files:
                return importlib.util.spec_from_loader(
                    fullname, self, origin=name, is_package=name.endswith("__init__.py")
                )
        return None

    def create_module(self, spec: importlib.machinery.ModuleSpec) -> None:
        """Python's own modules do."""

    def exec_module(self, module: ModuleType) -> None:
        spec = module.__spec__
        assert spec is not None
        path = str(spec.origin)
        module.__file__ = path
        exec(_code(path, self.files[path]), module.__dict__)
        if module.__name__ == "app.recorder":
            module.__dict__["log"] = Log()


class Log(list[tuple[str, ...]]):
    """The record, as part of the output: so the order of both is compared."""

    def append(self, event: tuple[str, ...]) -> None:
        """Print what happened."""
        sys.stdout.write(f"record {' '.join(event)}\n")


class Endless(BaseException):
    """A program that does not come to an end; no handler of its own catches it."""


class Output(io.StringIO):
    """What a program prints, as long as that is something that programs of this size print."""

    most = 50_000

    def write(self, text: str) -> int:
        """Take text, or end the program."""
        if self.tell() > self.most:
            raise Endless
        return super().write(text)


def _code(path: str, data: bytes) -> CodeType:
    if STUB_FILES.get(path) != data:
        return compile(data, path, "exec", dont_inherit=True)
    if (path, data) not in _CODES:
        _CODES[path, data] = compile(data, path, "exec", dont_inherit=True)
    return _CODES[path, data]


@contextlib.contextmanager
def _on_its_own(files: Mapping[str, bytes]) -> Iterator[None]:
    """The modules of a program can be imported, and nothing of it is left afterwards.

    Its garbage is collected before anything else runs: finalizers that print or warn belong to the program, and what
    goes wrong in them is nobody's concern.
    """
    finder = Texts(files)
    hook, sys.unraisablehook = sys.unraisablehook, lambda _: None
    path, known = list(sys.path), set(sys.modules)
    collecting = gc.isenabled()
    gc.disable()
    sys.meta_path.insert(0, finder)
    try:
        yield
    finally:
        sys.meta_path.remove(finder)
        sys.path[:] = path
        for name in sys.modules.keys() - known:
            if isinstance(getattr(sys.modules[name], "__loader__", None), Texts):
                del sys.modules[name]
        gc.collect(0)
        sys.unraisablehook = hook
        if collecting:
            gc.enable()


ENDLESS = "no end"


def run(files: Mapping[str, bytes], *modules: str | None) -> str:
    """What a program prints and records, and the type of the exception that ends it."""
    out = Output()
    with contextlib.redirect_stdout(out), warnings.catch_warnings(), _on_its_own({**STUB_FILES, **files}):
        warnings.simplefilter("ignore")
        try:
            for name in filter(None, modules):
                importlib.import_module(name)
        except Exception as error:
            out.write(f"ended by {type(error).__name__}\n")
        except Endless:
            return ENDLESS
    return _ADDRESS.sub("at 0x", _MOCK.sub("<Mock>", out.getvalue()))


_LACKED = re.compile("<module .* does not have the attribute")
"""How a patch says that a module has no such name."""
_MOCK = re.compile(r"<\w*Mock\b[^>]*>")
_ADDRESS = re.compile(r"at 0x[0-9a-f]+")


def findings(result: RunResult) -> list[Finding]:
    return [finding for outcome in result.outcomes for finding in outcome.findings]


def left(result: RunResult) -> list[Finding]:
    return [finding for outcome in result.outcomes for finding in outcome.left]


def spelled(found: Sequence[Finding]) -> str:
    return "\n".join(
        f"  {f.path}:{f.line}:{f.column} {f.code} {f.applicability} {f.reason or '-'} {f.message}" for f in found
    )


class Tree:
    """A folder that programs are laid out in, one after the other."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.written: dict[str, bytes] = {}
        self.place({})

    def place(self, files: Mapping[str, bytes], config: str = "") -> None:
        """Put the files of a program in the place of the last one's; they may be others than the stub has."""
        wanted = {**STUB_FILES, **files, "pyproject.toml": f"[tool.cachelift]\n{config}\n".encode()}
        for path in self.written.keys() - wanted.keys():
            (self.root / path).unlink()
        for path, data in wanted.items():
            if self.written.get(path) != data:
                target = self.root / path
                target.parent.mkdir(parents=True, exist_ok=True)
                target.write_bytes(data)
        self.written = wanted

    def fix(self, *, unsafe: bool = False, paths: Sequence[str] = (".",)) -> RunResult:
        """Run the tool; nothing is written."""
        given = [str(self.root / path) for path in paths]
        return engine.fix_paths(load_settings(str(self.root)), given, unsafe=unsafe, write=False)

    def check(self, *, paths: Sequence[str] = (".",)) -> RunResult:
        return engine.check_paths(load_settings(str(self.root)), [str(self.root / path) for path in paths])


@contextlib.contextmanager
def tree() -> Iterator[Tree]:
    with tempfile.TemporaryDirectory() as folder:
        yield Tree(Path(folder).resolve())


def judge(
    place: Tree,
    files: Mapping[str, bytes],
    modules: Sequence[str | None],
    *,
    paths: Sequence[str] = (".",),
    unsafe: bool = False,
    config: str = "",
) -> list[str]:
    """Everything that is wrong with what the tool does to a program; ``modules`` are what running it imports."""
    place.place(files, config)
    first = place.fix(paths=paths, unsafe=unsafe)
    after = {**files, **{o.path: o.after for o in first.outcomes if o.after is not None}}
    problems = [f"failure: {o.failure}" for o in first.outcomes if o.failure]
    problems += [f"safe but left:\n{spelled([f])}" for f in left(first) if f.applicability is Applicability.SAFE]
    for outcome in first.outcomes:
        if outcome.after is not None:
            problems += text_problems(files[outcome.path], outcome.after, outcome.fixed)
    if problems:
        return problems
    place.place(after, config)
    if findings(first):
        second = place.fix(paths=paths, unsafe=unsafe)
        if findings(second) != left(first):
            problems.append(
                "check afterwards differs from what fix says is left: check\n"
                f"{spelled(findings(second))}\n fix\n{spelled(left(first))}"
            )
        problems += [
            f"a second fix changes {o.path}:\n{o.after.decode()}" for o in second.outcomes if o.after is not None
        ]
    if not unsafe:
        silenced = any(mark in data for data in files.values() for mark in (b"noqa", b"cachelift:"))
        clean = not silenced and not left(first) and tuple(paths) == (".",)
        problems += run_problems(files, after, modules, clean=clean)
    return problems


def run_problems(
    files: Mapping[str, bytes], after: Mapping[str, bytes], modules: Sequence[str | None], *, clean: bool
) -> list[str]:
    """Differences between two runs; where nothing is left, the class itself may go as well."""
    old = run(files, *modules)
    problems: list[str] = []
    # What does not compile does not run, and how deep a recursion gets depends on what the replacement calls.
    if "SyntaxError" in old or "RecursionError" in old or old == ENDLESS:
        return problems
    new = run(after, *modules) if after != files else old
    if old != new and not finds_a_missing_name(files, after, modules):
        problems.append(f"the program does not run the same:\n{old}--- after:\n{new}")
    elif clean:
        gone = run({**after, LEGACY_PATH: without_class(after)}, *modules)
        if gone != new:
            problems.append(f"nothing is left, but without the class it does not run:\n{new}--- without:\n{gone}")
    return problems


def finds_a_missing_name(
    before: Mapping[str, bytes], after: Mapping[str, bytes], modules: Sequence[str | None]
) -> bool:
    """Whether a name is bound that was not: the target has an import of its own there."""
    return bool(missing_names(before, modules) - missing_names(after, modules))


def missing_names(files: Mapping[str, bytes], modules: Sequence[str | None]) -> set[tuple[str, int]]:
    """The names and attributes of modules that a program reads and that are not bound, and how much it has printed."""
    found: dict[int, tuple[BaseException, int]] = {}

    def trace(frame: FrameType, event: str, argument: Any) -> Any:
        if event == "exception":
            error: BaseException = argument[1]
            is_of_module = isinstance(error, AttributeError) and (
                isinstance(error.obj, ModuleType) or _LACKED.match(str(error))
            )
            if is_of_module or isinstance(error, NameError | ImportError):
                found.setdefault(id(error), (error, sys.stdout.tell()))
        return trace

    usual = sys.gettrace()
    sys.settrace(trace)
    try:
        run(files, *modules)
    finally:
        sys.settrace(usual)
    return {(repr(error), printed) for error, printed in found.values()}


def text_problems(before: bytes, after: bytes, fixed: Sequence[Finding]) -> list[str]:
    """What has changed that no rewritten usage stands for."""
    try:
        added = import_lines(after, "unified_cache")
    except SyntaxError as error:
        return [f"the text after does not parse: {error}"]
    new = b"".join(line for number, line in enumerate(after.splitlines(keepends=True), 1) if number not in added)
    old = before.splitlines(keepends=True)
    touched = {line for finding in fixed for line in range(finding.line, finding.end_line + 1)}
    touched |= import_lines(before) | fallback_lines(before)
    gaps: list[list[bytes]] = [[]]
    for number, line in enumerate(old, 1):
        if number in touched:
            if gaps[-1]:
                gaps.append([])
        else:
            gaps[-1].append(line)
    position = 0
    for gap in gaps:
        text = b"".join(gap)
        found = new.find(text, position)
        if found < 0:
            return [f"lines are not kept:\n{text.decode()}"]
        position = found + len(text)
    lost = comments(before) - comments(after)
    for comment in comments(before, lines=import_lines(before)):
        if MARKER.match(comment):  # it speaks to a tool of a statement, and goes with it
            del lost[comment]
    return [f"comments are lost: {dict(lost)}"] if lost else []


def import_lines(data: bytes, name: str = "") -> set[int]:
    """The lines of imports that say a name: a rewrite changes them, and adds others."""
    lines: set[int] = set()
    for node in ast.walk(ast.parse(data)):
        if isinstance(node, ast.Import | ast.ImportFrom) and name in ast.unparse(node):
            lines |= set(range(node.lineno, (node.end_lineno or node.lineno) + 1))
    return lines


def fallback_lines(data: bytes) -> set[int]:
    """The lines of what moves with an import without a finding of its own: fallbacks of it, and ``__all__``."""
    found = re.finditer(rb"^ *(?:__all__|\w+ = None).*", data.expandtabs(), re.MULTILINE)
    return {data.expandtabs().count(b"\n", 0, match.start()) + 1 for match in found}


def comments(data: bytes, lines: Set[int] | None = None) -> Counter[str]:
    """The comments that no rewrite may change, on some lines: those that are types are usages."""
    tokens = tokenize.tokenize(io.BytesIO(data).readline)
    on_lines = (token for token in tokens if lines is None or token.start[0] in lines)
    found = [token.string for token in on_lines if token.type == tokenize.COMMENT]
    return Counter(text for text in found if not re.match(r"# type: (?!ignore)", text))


def without_class(files: Mapping[str, bytes]) -> bytes:
    """The legacy module when its class is deleted."""
    return re.sub(rb"\nclass CacheService:.*", b"", files.get(LEGACY_PATH, STUB_FILES[LEGACY_PATH]), flags=re.DOTALL)
