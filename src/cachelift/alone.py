"""Whether files that hold none of a migration's names can be concerned by it all the same.

Such a file can reach the class by another name (``from package import Cache``), or use an object that another file
made. Both can be ruled out without a look at the whole repository: another name is given by a module that holds the
class's name, and the file reaches that through its own imports and strings; and of an object only what the
replacement lacks is reported. What cannot be ruled out here is left to the run over everything.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from typing import TYPE_CHECKING, NamedTuple

from cachelift.discover import read_files
from cachelift.outcomes import Failure
from cachelift.sighting import names, sight, word_pattern
from cachelift.stars import GAP, NAME, STAR

if TYPE_CHECKING:
    from cachelift.config import Settings
    from cachelift.discover import Discovery

_MANY_MODULES = 300
"""A file that leads to more modules is not followed: a look at everything takes no longer then."""
_MANY_BYTES = 1 << 17
"""A larger file is not searched: that may take the square of its size."""
_MANY_PARSED = 50
"""The same for modules that are parsed: those that hold a name of the class, or give a name that is wanted a value."""

_START = rb"(?:^|[\r;:]|\xef\xbb\xbf)[ \t\f]*"
_LIST = rb"(?:\((?:[^()#]|#[^\r\n]*[\r\n])*\)|(?:[^\\\r\n;#]|\\\r?\n)*)"
_FROM = re.compile(
    _START + rb"from\b" + GAP + rb"*((?:\." + GAP + rb"*)*)((?:" + NAME + rb")?)"
    + GAP + rb"*\bimport\b" + GAP + rb"*(\*|" + _LIST + rb")",
    re.MULTILINE,
)  # fmt: skip
_IMPORT = re.compile(_START + rb"import\b(" + _LIST + rb")", re.MULTILINE)
_COMMENT = re.compile(rb"#[^\r\n]*")
_ITEM = re.compile(rb"(" + NAME + rb")(?:[\s\\]+as[\s\\]+([\w\x80-\xff]+))?")
_WORD = re.compile(rb"[\w\x80-\xff]+")
_COMPARISON = re.compile(rb"[=!<>]=")
_INDENT = (b"", b" ", b"\t", b"\f", b"#")
_SCOPES = (b"def ", b"class ", b"async def ", b"@")
_WALRUS = re.compile(rb"([\w\x80-\xff]+)[\s\\]*:=")
_PLAIN = re.compile(
    rb"[ \t]*(?:[rbuRBU]{0,2}(?:\"[^\"\\\r\n]*\"|'[^'\\\r\n]*')|[-\d._]+|True|False|None"
    rb"|(?!getattr\b)[\w.]+\([^()=:\r\n]*\))[ \t]*(?:#.*)?"
)
"""A value that is no other name for something: a literal, or the result of a call."""
_DOTTED = re.compile(rb"[A-Za-z_\x80-\xff][\w\x80-\xff]*(?:\.[\w\x80-\xff]+)+|(?<=[\"'])\w+(?=[\"'])")
"""What may name a module, or a member of one, outside an import statement: in a string above all."""
_PATCHES = re.compile(rb"patch|setattr|delattr")
"""Where a module's name may be put together from pieces."""
_BY_NAME = re.compile(rb"import_module|__import__|find_spec|importorskip|resolve_name|reload|\bmodules\b")
"""Where a module may be reached by a name that stands nowhere."""


def are_alone(settings: Settings, found: Discovery) -> bool:
    """Whether surely nothing is to be reported of the given files.

    Args:
        settings: the configuration.
        found: all files, and those that are given; none of them is outside of the repository.
    """
    given = sorted(found.given)
    raws = {path: raw for path, raw in read_files(found.root, given) if isinstance(raw, bytes)}
    if len(raws) < len(given) or any(len(raw) > _MANY_BYTES for raw in raws.values()):
        return False
    if any(STAR.search(raw) or _BY_NAME.search(raw) for raw in raws.values()):
        return False
    sighting = sight(found.root, given, names(settings.migrations), marked=found.given)
    if sighting.candidates or sighting.marked:
        return False
    modules = Modules(found.files, settings.src)
    return _Reach(settings, found, modules).is_nothing(raws) and _use_nothing(settings, found, modules, raws.values())


class Modules:
    """Which files a module's name can mean, whoever imports it: rather too many than too few.

    Args:
        files: the files of the repository.
        src: the import roots.
    """

    def __init__(self, files: Sequence[str], src: Iterable[str]) -> None:
        self._by_name: dict[str, list[tuple[str, str]]] = {}
        self._packages = {""}
        self._roots = {"" if root == "." else root for root in src}
        for path in files:
            stem = path.removesuffix(".pyi").removesuffix(".py")
            if stem.endswith("/__init__"):
                stem = stem[: -len("/__init__")]
                self._packages.add(stem)
            self._by_name.setdefault(stem.rpartition("/")[2], []).append((stem, path))

    def find(self, parts: Sequence[str], *, anywhere: bool = False) -> Iterator[str]:
        """The files of a module.

        Args:
            parts: the parts of its name.
            anywhere: whether the first of them may lie in a package, as where more stood before it.
        """
        tail = "/".join(parts)
        for stem, path in self._by_name.get(parts[-1], ()):
            if stem == tail:
                yield path
            elif stem.endswith(f"/{tail}"):
                folder = stem[: -len(tail) - 1]
                if anywhere or folder in self._roots or folder not in self._packages:
                    yield path


class _Lead(NamedTuple):
    """Where a name that an import binds may come from."""

    parts: tuple[str, ...]
    """A module, or a module and its member."""
    anywhere: bool
    """Whether more may stand before them: what a relative import names is known by its last package only."""
    is_module: bool
    """Whether all of them are modules of which any attribute may be read."""


class _Module(NamedTuple):
    """What the bytes of a file say of the names that it may bind, rather too much than too little."""

    bound: dict[str, list[_Lead]]
    stars: list[_Lead]


def _module(path: str, raw: bytes) -> _Module:
    """Read a file's bytes.

    Raises:
        UnicodeDecodeError: a name is not encoded as UTF-8.
    """
    found = _Module({}, [])
    folders = path.split("/")[:-1]
    for dots, module, listed in _FROM.findall(raw):
        level = dots.count(b".")
        above = folders[: len(folders) - level + 1][-1:] if level else []
        base = (*above, *_parts(module))
        if listed == b"*":
            found.stars.append(_Lead(base, level > 0, False))
        for name, other in _ITEM.findall(_COMMENT.sub(b"", listed)):
            lead = _Lead((*base, name.decode()), level > 0, False)
            found.bound.setdefault((other or name).decode(), []).append(lead)
    for listed in _IMPORT.findall(raw):
        for name, other in _ITEM.findall(_COMMENT.sub(b"", listed)):
            parts = _parts(name)
            found.bound.setdefault(other.decode() or parts[0], []).append(_Lead(parts, False, True))
    return found


def _assigned(raw: bytes) -> set[str]:
    """The names that a module may give a value that is neither a literal nor a call's result, and many more.

    Raises:
        UnicodeDecodeError: a name is not encoded as UTF-8.
    """
    found = {*_WALRUS.findall(raw)} if b":=" in raw else set()
    is_inside = False
    is_global = b"global " in raw
    for line in raw.splitlines():
        if line[:1] not in _INDENT:
            # What stands in a function or a class is no name of the module; its first line may have a second half.
            is_inside = line.startswith(_SCOPES) or (is_inside and line.startswith(b")"))
        if is_global or not is_inside:
            if b"=" not in line:
                found.update(_WORD.findall(line) if line.rstrip().endswith((b",", b"\\")) else ())
                continue
            targets, equals, value = _COMPARISON.sub(b"", line).rpartition(b"=")
            if equals and (b"," in targets or b"=" in targets or not _PLAIN.fullmatch(value)):
                found.update(_WORD.findall(targets))
    return set(map(bytes.decode, found))


def _parts(name: bytes) -> tuple[str, ...]:
    return tuple(word.decode() for word in _WORD.findall(name.replace(b"\\", b" ")))


class _Reach:
    """The modules that the names of some files lead to, and whether one of them gives the class another name."""

    def __init__(self, settings: Settings, found: Discovery, modules: Modules) -> None:
        self._root = found.root
        self._modules = modules
        self._names = names(settings.migrations)
        self._words = word_pattern(self._names).search
        self._known: dict[str, tuple[_Module, bytes] | None] = {}
        self._assigned: dict[str, set[str]] = {}
        self._aliases: dict[str, dict[str, set[str]]] = {}
        self._attributes: set[str] = set()
        """What may be read from a module: the words of the given files, and of other names for something."""
        self._parsed = 0

    def is_nothing(self, texts: Mapping[str, bytes]) -> bool:
        """Whether no other name for the class can be reached from the given files."""
        try:
            for raw in texts.values():
                self._attributes.update(map(bytes.decode, _WORD.findall(raw)))
            size = 0
            while size != len(self._attributes):
                size = len(self._attributes)
                if not self._is_nothing(texts):
                    return False
        except UnicodeDecodeError:  # a name that is spelled as only its own encoding tells
            return False
        return True

    def _is_nothing(self, texts: Mapping[str, bytes]) -> bool:
        pending: list[tuple[str, Iterable[str]]] = []
        for path, raw in texts.items():
            module = _module(path, raw)
            pending += self._leads(module, module.bound)
            pending += self._named(raw)
        followed: dict[str, set[str]] = {}
        while pending:
            path, wanted = pending.pop()
            before = followed.setdefault(path, set())
            new = {*wanted} - before
            before |= new
            known = self._look(path)
            if known is None:
                return False
            module, raw = known
            pending += self._leads(module, module.bound.keys() & new)
            pending += ((found, new) for lead in module.stars for found in self._find(lead, len(lead.parts)))
            words = self._values(path, raw, new)
            if self._parsed > _MANY_PARSED:
                return False
            self._attributes |= words
            pending += [(path, words)] if words else []
        return True

    def _look(self, path: str) -> tuple[_Module, bytes] | None:
        """A module; None where it gives the class another name, or there is too much to read."""
        if path not in self._known:
            ((_, raw),) = read_files(self._root, [path])
            self._known[path] = None
            is_much = isinstance(raw, Failure) or len(raw) > _MANY_BYTES or len(self._known) > _MANY_MODULES
            if isinstance(raw, bytes) and not is_much and not self._may_rename(raw):
                self._known[path] = (_module(path, raw), raw)
        return self._known[path]

    def _leads(self, module: _Module, wanted: Iterable[str]) -> Iterator[tuple[str, Iterable[str]]]:
        """Where names that a module imports come from, and what is wanted there."""
        for lead in (lead for name in wanted for lead in module.bound[name]):
            parts = lead.parts
            for count in range(max(1, len(parts) - 1) if lead.anywhere else 1, len(parts) + 1):
                are_attributes = lead.is_module or count == len(parts)
                names = self._attributes.union(parts[count : count + 1]) if are_attributes else {parts[count]}
                yield from ((path, names) for path in self._find(lead, count))

    def _find(self, lead: _Lead, count: int) -> Iterator[str]:
        return self._modules.find(lead.parts[:count], anywhere=lead.anywhere)

    def _named(self, raw: bytes) -> Iterator[tuple[str, Iterable[str]]]:
        """The modules that other dotted names of a file, those in its strings above all, can mean."""
        anywhere = _PATCHES.search(raw) is not None
        for dotted in {*_DOTTED.findall(raw)}:
            parts = dotted.decode().split(".")
            for count in range(1, len(parts) + 1):
                found = self._modules.find(parts[:count], anywhere=anywhere and len(parts) > 1)
                yield from ((path, self._attributes) for path in found)

    def _may_rename(self, raw: bytes) -> bool:
        """Whether a module may give the class another name."""
        if self._words(raw) is None:
            return False
        from cachelift.renaming import renames

        self._parsed += 1
        return self._parsed > _MANY_PARSED or renames(raw, self._names)

    def _values(self, path: str, raw: bytes, wanted: Set[str]) -> set[str]:
        """The words of the dotted expressions that names of a module are other names for."""
        if path not in self._assigned:
            self._assigned[path] = _assigned(raw)
        if self._assigned[path].isdisjoint(wanted):
            return set()
        if path not in self._aliases:
            from cachelift.renaming import other_names

            self._parsed += 1
            self._aliases[path] = other_names(raw)
        return {word for name in wanted for word in self._aliases[path].get(name, ())}


def _use_nothing(settings: Settings, found: Discovery, modules: Modules, raws: Iterable[bytes]) -> bool:
    """Whether none of some texts uses what an object of a replacement lacks."""
    legacy = [migration.legacy.split(".") for migration in settings.migrations]
    packages = [parts[:count] for parts in legacy for count in range(1, len(parts))]
    homes = {path for parts in packages for path in modules.find(parts, anywhere=True)}
    words = word_pattern(names(settings.migrations)).search
    if not any(isinstance(raw, Failure) or words(raw) or STAR.search(raw) for _, raw in read_files(found.root, homes)):
        return True  # nothing is known of the class, so neither is what its objects have
    from cachelift.analysis.differences import missing_members
    from cachelift.knowledge import ProgramKnowledge
    from cachelift.project import Project

    knowledge = ProgramKnowledge(Project(found.root, settings.src, found.files), settings.migrations)
    members: set[str] = set()
    for replacement in knowledge.replacements:
        missing = missing_members(replacement)
        if missing is None or any(name.startswith("_") for name in missing):
            return False
        members |= missing
    uses = word_pattern(members).search if members else None
    return uses is None or not any(map(uses, raws))
