"""Which files are worth a look for what others hand out (:mod:`cachelift.analysis.handouts`), told by their bytes."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence, Set

from cachelift.analysis import namesakes, reflection, structure
from cachelift.analysis.asking import QUESTION
from cachelift.analysis.differences import keeps_other_state, lost_members, missing_members, told_apart
from cachelift.analysis.handouts import word_of
from cachelift.analysis.lazy import HOOK
from cachelift.model import Handout, Replacement, Trail

_NOTHING = re.compile(rb"(?!)")
_HOOKED = re.compile(rb"^def[ \t]+__getattr__\b", re.MULTILINE)
"""What stands in a module that hands out what others have."""
_GIVEN = rb"[=(,{\[:]|\b(?:return|yield|if|else|or|and)\b"
"""What stands before a module that is a value."""
_PATH = re.compile(rb"[\"']([\w.]+[.:]\w+)[\"']")
_VARS = re.compile(rb"[=(,][ \t]*vars\b(?!\()")
"""Where ``vars`` is an argument: ``json.dumps(x, default=vars)``."""
_SETTING = re.compile(rb"\bdef[ \t]+__set(?:attr)?__\b")
"""What stands in a class that is told of each attribute that is set."""
_QUESTION = re.compile(QUESTION.encode())
_IMPORT = re.compile(
    rb"^[ \t]*(?:from[ \t][^(\n]*\bimport\b[ \t]*(?:\([^)]*\)|[^\n(]*)|import[ \t][^\n]*)", re.MULTILINE
)
_ALIAS = re.compile(rb"\bimport\b[^#]*?\bas\b")
_MAKES = re.compile(
    rb"__init_subclass__|\bmetaclass\s*=|^@|^class\b[^:]{0,200}\([^\n]{0,200}\b(?:namedtuple|NamedTuple|tuple|dict|list|set|frozenset|str|bytes|int|float|User\w+)\b",
    re.MULTILINE,
)
"""What stands where the making of a class does something."""
_TAKEN = rb"(?:\btype\(|\.__class__\b)"
_KEEPS = (
    rb"setdefault|add|append|appendleft|insert|extend|update|fromkeys|register|set|frozenset|Counter|dict|zip|pairwise|"
    rb"groupby|tuple|list|sorted|id|str|hash|assert\w+"
)
_AROUND = 300
"""So many bytes may stand between what is compared: a line may have millions."""
_COMPARISON = re.compile(
    rb"""
    %(taken)s .*? (?:\bis\b|\bin\b|==|!=) .*? %(taken)s          # two of them are compared
    | isinstance\( .*? %(taken)s
    | \w\s*:?=\s*%(taken)s                                       # one has a name
    | \w\s*:?=\s*[\w.]+\.__class__
    | [\w)\]]\s*[|+]?=\s* .{0,80}? %(taken)s
    | \b(?:lambda|yield|return|for)\b .{0,80}? %(taken)s
    | issubclass\( .*? %(taken)s .*? %(taken)s
    | \{ [^}]{0,80}? %(taken)s                                    # one is kept
    | \[ [^]]{0,80}? %(taken)s [^]]{0,80}? \] \s* (?:[-+*/|&]?=|\.)
    | \b(?:%(keeps)s)\( .{0,80}? %(taken)s
    | %(taken)s .{0,80}? , .{0,80}? %(taken)s
    """
    % {b"taken": _TAKEN, b"keeps": _KEEPS},
    re.DOTALL | re.VERBOSE,
)
"""What stands where the classes of two objects are compared, or one is kept."""
_FUNCTION = re.compile(rb"[(=]\s*type\s*[,)]")
"""What stands where the classes of many objects are taken: ``map(type, objects)``, ``key=type``."""
_WORD = rb"(?:\"\w*\"|'\w*')"
_SIMPLE = rb"(?:[\w.\s]++|\[(?:[^\[\](){}\"'#\\]|%b)*+\]|\((?:[^\[\](){}\"'#\\]|%b)*+\))*+" % (_WORD, _WORD)
"""An expression in which no comma stands but in brackets."""
_OF_TWO = rb"\s*\((?!%b,\s*%b\s*[,)])" % (_SIMPLE, _WORD)
"""Arguments of which the second is no text."""
_AS_VALUE = rb"\s*[,)\r\n]"
_BY_ANY_NAME = {
    token: re.compile(pattern)
    for token, pattern in (
        (b"getattr", rb"(?<!\w)getattr(?:_static)?(?:%b|%b)" % (_OF_TWO, _AS_VALUE)),
        (b"hasattr", rb"(?<!\w)hasattr(?:%b|%b)" % (_OF_TWO, _AS_VALUE)),
        (b"delattr", rb"(?<!\w)delattr(?:%b|%b)" % (_OF_TWO, _AS_VALUE)),
        (b".object(", rb"\.object%b" % _OF_TWO),  # patch.object(x, name)
        (
            b"attrgetter",
            rb"(?<!\w)attrgetter(?:\s*\((?!(?:\s*+[\"'][\w.]*+[\"']\s*+(?:,|(?=\))))*+\s*+\))|%b)" % _AS_VALUE,
        ),
        (b"methodcaller", rb"(?<!\w)methodcaller(?:\s*\((?!\s*+%b\s*[,)])|%b)" % (_WORD, _AS_VALUE)),
        (b".__getattribute__(", rb"(?<!super\(\))(?<!object)\.__getattribute__\((?!\s*+%b\s*+\))" % _WORD),
        (b"dir(", rb"(?<!\w)dir\("),
        (b"getmembers", rb"(?<!\w)getmembers"),
        (b"type(", rb"(?<!\w)type\([^()]*\)\.\w+[ \t]*=(?!=)"),  # the class of an object is changed
        (b".__class__.", rb"\.__class__\.\w+[ \t]*=(?!=)"),
        (b"attr(", rb"attr\(\s*(?:type\(|[\w.]+\.__class__\b)"),
    )
}
"""What stands in a file that reads a member by a name that is not written down, or lists all: by a word of it.

The name is written down only where it is a text of its own.
"""
_COMPARES = re.compile(rb"dataclass|\battrs?\b")
"""What stands where a decorator makes a class compare its objects."""


class Search:
    """Which files may take what is handed out.

    Args:
        replacements: the migrations.
    """

    def __init__(self, replacements: Sequence[Replacement]) -> None:
        missing = [missing_members(replacement) for replacement in replacements]
        known: frozenset[str] = frozenset().union(*(names for names in missing if names is not None))
        self.is_needed = any(names != frozenset() for names in missing)
        self.members = frozenset[str]().union(*map(lost_members, replacements))
        """The words of which one stands wherever another file uses a missing member by its name."""
        self.by_syntax = None in missing or not known <= self.members
        """Whether a file may use a missing member without one of them."""
        is_other = any(map(keeps_other_state, replacements))
        closers = {"closing"} if self.members & {"close", "aclose"} else set[str]()
        self.readers = self.members | closers | ({"vars", "__dict__"} if is_other else set())
        """The words of which one stands in every file of which :meth:`uses` is true."""
        self._named = _reads(self.members, state=False) if self.members else _NOTHING
        self._member = _reads(self.members, state=is_other) if self.members or is_other else _NOTHING
        dotted = frozenset[str]().union(*map(told_apart, replacements))
        named = (name for name in dotted if not name.startswith("builtins.") or name == "builtins.callable")
        self.kinds = frozenset(name.rpartition(".")[2] for name in named)
        """The classes that objects may be asked for and that only one of the two is."""
        makers = frozenset(replacement.migration.factory_name for replacement in replacements)
        types = {replacement.type.rpartition(".")[2] for replacement in replacements if replacement.type is not None}
        self._made = re.compile("|".join(rf"\b{name}\s*\(" for name in sorted(types)).encode()) if types else _NOTHING
        made = "|".join(sorted(types | makers))
        called = "|".join(sorted(makers))
        self._made_at_home = re.compile(
            rf"^\w[^\n]*=\s*(?:{made})\s*\(|(?<!def )\b(?:{called})\s*\(".encode(), re.MULTILINE
        )
        new = {replacement.migration.factory for replacement in replacements}
        new |= {replacement.type for replacement in replacements if replacement.type is not None}
        self.new_names = frozenset(dotted.rpartition(".")[2] for dotted in new)
        self.new_modules = frozenset(dotted.split(".")[-2] for dotted in new if "." in dotted)
        """The names by which migrated code has a replacement, and those by which it has its module."""
        self._puts, self._puts_module = putting(self.new_names), _putting_module(self.new_modules)
        answers = structure.WORDS if any(map(structure.may_differ, replacements)) else ()
        visited = {name for each in replacements for name in namesakes.visitors(each)}
        self.words = self.kinds | makers | {*answers} | visited
        """The words of which one stands in every file that makes objects of a replacement, or asks for their class."""
        self._answer = re.compile("|".join(answers).encode()) if answers else _NOTHING
        calls = "|".join(sorted(map(re.escape, visited)))
        self._visitor = re.compile(rf"(?:{calls})\s*[(=]".encode()) if visited else _NOTHING
        self._pairs = [pair for replacement in replacements for pair in namesakes.pairs(replacement)]
        self._maker = _words(makers) if makers else _NOTHING
        self._kind = _words(self.kinds) if self.kinds else _NOTHING
        self._value = _values(self.kinds) if self.kinds else _NOTHING
        self._quoted = (
            re.compile(rb"[\"'](?:[\w.]+\.)?(?:%b)[\"']" % "|".join(self.kinds).encode()) if self.kinds else _NOTHING
        )
        own = self.kinds | {replacement.migration.legacy_name for replacement in replacements}
        self._own = _values(own) if own else _NOTHING
        self.users: set[str] = set()
        """The files that hold one."""
        self.listers: set[str] = set()
        """Those that read members by names that are not written down, or list all."""
        self.offers: dict[tuple[str, str], frozenset[tuple[str, Trail]]] = {}
        """All that is on offer."""
        self.names: frozenset[str] = frozenset()
        """What stands in every file that takes something of the latest offer by name, at least one of them."""
        self.any_name = False
        """Something of the latest offer can be had by any name."""
        self._imports = self._words = self._method = _NOTHING
        self._values = self._quoted_modules = _NOTHING
        self._paths: set[bytes] = set()
        self._targets: set[str] = set()
        self._attributes: frozenset[str] = frozenset()
        self._given_to: set[str] = set()

    def uses(self, raw: bytes) -> bool:
        """Whether a file holds one of :attr:`members`."""
        return self._member.search(raw) is not None

    def uses_any(self, raw: bytes) -> bool:
        """Whether a file reads a member by a name that is not written down, or lists all."""
        return self.is_needed and reads_any_name(raw)

    def names_one(self, raw: bytes) -> bool:
        """Whether a file uses one of :attr:`members` by its name, or hands on what reads all of them."""
        return self._named.search(raw) is not None or ("vars" in self.readers and _VARS.search(raw) is not None)

    def asks(self, raw: bytes) -> bool:
        """Whether a file may ask objects for one of :attr:`kinds`, or keep it where another one does."""
        if self._answer.search(raw) is not None or self._visitor.search(raw) is not None:
            return True
        if self._maker.search(raw) is not None and _takes_class(raw):  # `type(get_unified_cache())`
            return True
        if self._kind.search(raw) is None:
            return False
        if may_ask(raw) or self._quoted.search(raw) is not None or _ALIAS.search(raw) is not None:
            return True
        return self._value.search(_IMPORT.sub(b"", raw)) is not None

    def makes(self, raw: bytes) -> bool:
        """Whether a file names a factory, or makes an object of a replacement type itself."""
        return self._maker.search(raw) is not None or self._made.search(raw) is not None

    def puts(self, raw: bytes) -> bool:
        """Whether a file may put something in the place of a new name, or of a module's name for a target."""
        return self._puts(raw) is not None or self._puts_module(raw) is not None

    def keeps(self, raw: bytes) -> bool:
        """Whether a module of the classes may make an object of a replacement that others get without the factory."""
        return self._made_at_home.search(raw) is not None

    def tells(self, raw: bytes) -> bool:
        """Whether a file may look for a part of the name of a class."""
        return namesakes.may_tell(raw, self._pairs)

    @staticmethod
    def compares(raw: bytes) -> bool:
        """Whether a file may compare the classes of two objects, with no class named."""
        if not _takes_class(raw):
            return False
        if _FUNCTION.search(raw) is not None:
            return True
        return any(_COMPARISON.search(raw, start, end) is not None for start, end in _surroundings(raw))

    def may_act(self, raw: bytes) -> bool:
        """Whether a module of the classes may ask for them, or put one somewhere."""
        return may_ask(raw) or _MAKES.search(raw) is not None or self._own.search(_IMPORT.sub(b"", raw)) is not None

    @staticmethod
    def importing(paths: Set[str]) -> Callable[[bytes], object]:
        """A search for where a file may import one of some modules."""
        return _imports(paths).search

    @staticmethod
    def may_import(raw: bytes, paths: Set[str]) -> bool:
        """Whether a file may import one of some modules."""
        return _imports(paths).search(raw) is not None

    @staticmethod
    def may_read(raw: bytes, word: str, path: str) -> bool:
        """Whether a file may read a variable of a module, or an attribute that a class of the module has."""
        name = re.escape(word.encode())
        if re.search(rb"(?:(?<!\bself)\.[ \t]*|[\"'])%b(?!\w)" % name, raw) is not None:
            return True
        return re.search(rb"(?<!\w)%b(?!\w)" % name, raw) is not None and _imports({path}).search(raw) is not None

    @staticmethod
    def without_imports(raw: bytes) -> bytes:
        """A file without the lines on which its import statements begin."""
        return _IMPORT.sub(b"", raw)

    @staticmethod
    def renamed(raw: bytes, name: str) -> set[str]:
        """What a file may call something else's name in another way: ``import K as C``, ``C = K + (int,)``."""
        word = re.escape(name.encode())
        pattern = rb"\b%b[ \t]+as[ \t]+(\w+)|^(\w+)[ \t]*=[^=\n][^\n]{0,200}?(?<!\w)%b(?!\w)" % (word, word)
        found = re.finditer(pattern, raw, re.MULTILINE)
        return {(match[1] or match[2]).decode() for match in found} - {name}

    def offer(self, given: Iterable[Handout], readers: Sequence[bytes]) -> bool:
        """Put names on offer; True if there is anything new.

        Args:
            given: what is handed out.
            readers: the files that use one of :attr:`members` by its name, or by any.
        """
        new: dict[tuple[str, str], set[tuple[str, Trail]]] = {}
        for handout in given:
            key, value = (handout.path, handout.name), (handout.shape, handout.trail)
            if value not in self.offers.get(key, ()):
                new.setdefault(key, set()).add(value)
        for key, values in new.items():
            self.offers[key] = self.offers.get(key, frozenset()) | values
        methods = sorted({name[2:].partition("(")[0] for path, name in new if path == "*"})
        self._method = re.compile(rb"\bdef[ \t]+(?:%b)\b" % "|".join(methods).encode()) if methods else _NOTHING
        names = {word_of(name) for _, name in new}
        self.names = frozenset(names)
        self.any_name = HOOK in names
        self._given_to = {path for path, name in new if name.endswith(")")}
        self._attributes = frozenset(word_of(name) for _, name in new if "." in name and not name.endswith(")"))
        self._targets = {
            path
            for (path, name), values in new.items()
            if (name.endswith(")") and any(trail.holder is None for _, trail in values))
            or any(
                trail.origin is not None and trail.origin[0] != path for _, trail in values if not name.endswith(")")
            )
        }
        if new:
            self._words = _words(names)
            self._imports = _imports({path for path, name in new if not name.endswith(")")})
            self._note_modules({(path, name) for path, name in new if name.isidentifier()}, readers)
        return bool(new)

    def _is_path(self, text: bytes) -> bool:
        """Whether a text may be the path of something in a module: two of its parts are its name and the module's."""
        parts = re.split(rb"[.:]", text)
        return parts[-1] in self._paths and not self._paths.isdisjoint(parts[:-1])

    def _note_modules(self, new: Set[tuple[str, str]], readers: Sequence[bytes]) -> None:
        """Look for paths in texts, and for modules that are values where a file may read what they have."""
        attributes = {name for _, name in new}
        self._paths = {name.encode() for name in attributes | _last_names({path for path, _ in new})}
        pattern = _attribute_of_any(attributes) if attributes else _NOTHING
        read = {name.decode() for raw in readers for name in pattern.findall(raw)}
        modules = _last_names({path for path, name in new if name in read})
        modules |= {part for path, name in new if name in read for part in path.split("/")[:-1] if part.isidentifier()}
        words = "|".join(sorted(modules)).encode() or _NOTHING.pattern
        self._values = _values(modules, behind=_GIVEN) if modules else _NOTHING
        self._quoted_modules = re.compile(rb"[\"'][\w.]*(?<!\w)(?:%b)[\"']" % words)
        self.names |= modules

    def takes(self, path: str, raw: bytes, *, has_star: bool) -> bool:
        """Whether a file, which may have star imports, may take something of the latest offer and use or hand it on."""
        found = {word.decode() for word in self._words.findall(raw)}
        if found and (path in self._targets or path in self.users):
            return True
        if path in self.listers and (path in self._given_to or not found.isdisjoint(self._attributes)):
            return True
        if self._method.search(raw) is not None:
            return True
        if path in self.users and reflection.may_read(raw) and self.names_one(raw):
            return True
        if any(_may_bind(raw, name) for name in set(self._values.findall(raw))):
            return True
        if self._paths and any(self._is_path(match[1]) for match in _PATH.finditer(raw)):
            return True
        if path in self.users and _SETTING.search(raw) is not None:
            return True
        if _HOOKED.search(raw) is not None and (self._imports.search(raw) or self._quoted_modules.search(raw)):
            return True
        # A name that the file gives itself is not what it takes.
        found = {name for name in found if (path, name) not in self.offers}
        return (bool(found) or has_star or self.any_name) and self._imports.search(raw) is not None


def reads_any_name(raw: bytes) -> bool:
    """Whether a file reads attributes by a name that is not written down, or lists all."""
    for token, pattern in _BY_ANY_NAME.items():
        at = raw.find(token)
        while at >= 0:
            if pattern.match(raw, at) is not None:
                return True
            at = raw.find(token, at + 1)
    return False


def _takes_class(raw: bytes) -> bool:
    return any(each in raw for each in (b"type(", b"__class__", b"(type,", b"=type"))


def _surroundings(raw: bytes) -> Iterator[tuple[int, int]]:
    """Where a file takes the class of an object, each place with what stands around it."""
    for token in (b"type(", b"__class__"):
        at = raw.find(token)
        while at >= 0:
            yield max(at - _AROUND, 0), at + 2 * _AROUND
            at = raw.find(token, at + _AROUND)


def putting(names: Iterable[str]) -> Callable[[bytes], object]:
    """A search for where a file may put something in the place of a name: at the end of a string, or assigned."""
    words = b"|".join(re.escape(name.encode()) for name in sorted(names)) or _NOTHING.pattern
    ends = rb"[\"'{]|[ \t]*(?:=(?!=)|:[^\n=]{0,200}=)"
    listed = rb"\.(?:%b)[ \t]*[,)\]]|\b(?:del|as|for)\b[^\n]{0,200}\.(?:%b)\b" % (words, words)
    member = rb"\.\w+(?:[\"']|[ \t]*=(?!=))"  # of a class: patch("pkg.mod.Cache.get")
    held = rb"\b(?:object|setattr|delattr|multiple)\([\w.]*(?<!\w)(?:%b)[ \t]*," % words
    return re.compile(rb"(?<![A-Za-z0-9_])(?:%b)(?:%b|%b)|%b|%b" % (words, ends, member, listed, held)).search


def _putting_module(names: Iterable[str]) -> Callable[[bytes], object]:
    """The same for a module, whose name may be that of many other things: ``self.cache = cache``."""
    words = b"|".join(re.escape(name.encode()) for name in sorted(names)) or _NOTHING.pattern
    places = (
        rb"\.(?:%b)[\"']",  # patch("pkg.mod.target")
        rb"(?<!\bself)(?<!\bcls)\.(?:%b)[ \t]*=(?!=)",
        rb"\b(?:object|setattr|delattr|modules|dict|vars|__dict__)\b[^\n]{0,300}[\"'](?:%b)[\"']",
        rb"\bmultiple\([^)]{0,300}(?<!\w)(?:%b)[ \t]*=",
    )
    return re.compile(b"|".join(place % words for place in places)).search


def may_ask(raw: bytes) -> bool:
    """Whether a file may ask objects for their class."""
    return _QUESTION.search(raw) is not None or _COMPARES.search(raw) is not None


def _words(names: Iterable[str]) -> re.Pattern[bytes]:
    return re.compile(rb"(?<![A-Za-z0-9_])(?:" + b"|".join(n.encode() for n in sorted(names)) + rb")(?![A-Za-z0-9_])")


def _attribute_of_any(names: Iterable[str]) -> re.Pattern[bytes]:
    """Matches where an attribute is read that is not one of the reader's own ``self``, or may be by its text."""
    words = b"|".join(name.encode() for name in sorted(names))
    return re.compile(rb"(?:(?<!\bself)(?<!\bcls)\.[ \t]*|[\"'])(" + words + rb")(?![A-Za-z0-9_])")


def _values(names: Iterable[str], *, behind: bytes = rb"[=(,{\[]|\b(?:in|is|return|yield)\b") -> re.Pattern[bytes]:
    """Matches where one of some classes may stand as a value: it is no annotation, and not called."""
    words = b"|".join(name.encode() for name in sorted(names))
    return re.compile(rb"(?:" + behind + rb")\s*(?:\w+\.)*(" + words + rb")\s*(?:[,)\]}:\r\n#]|\Z)")


def _reads(members: Iterable[str], *, state: bool) -> re.Pattern[bytes]:
    """Matches where a member may be read from something that is not the reader's own ``self``, by text or pattern."""
    names = b"|".join(name.encode() for name in sorted(members)) or _NOTHING.pattern
    found = [rb"(?:(?<!\bself)\.[ \t]*|[\"'])(?:" + names + rb")(?![A-Za-z0-9_])"]
    found.append(rb"\b(?:case\b|multiple\()[^\n]*\b(?:" + names + rb")[ \t]*=")
    found += [rb"\ba?closing\b"] if {"close", "aclose"} & {*members} else []
    found += [rb"\bvars\b|\b__dict__\b"] if state else []
    return re.compile(b"|".join(found))


def _may_bind(raw: bytes, module: bytes) -> bool:
    """Whether an import may bind a module itself, or its package."""
    statement = rb"^[ \t]*(?:from[ \t][^#\r\n]*)?\bimport\b[^#\r\n]*(?<!\w)%b(?!\w)" % module
    listed = rb"^[ \t]*%b[ \t]*,?[ \t]*\)?[ \t]*$" % module
    return re.search(statement + b"|" + listed, raw, re.MULTILINE) is not None


def _last_names(paths: Set[str]) -> set[str]:
    """The last parts of the dotted names of modules; a file whose name is no identifier is imported by no statement."""
    modules = {path.removesuffix("/__init__.py").rpartition("/")[2].partition(".")[0] for path in paths}
    return set(filter(str.isidentifier, modules))


def _imports(paths: Set[str]) -> re.Pattern[bytes]:
    """Matches import statements that may name one of some modules."""
    names = b"|".join(name.encode() for name in sorted(_last_names(paths))) or _NOTHING.pattern
    package = rb"|from[ \t]+\.+[ \t]+import" if any(path.endswith("__init__.py") for path in paths) else b""
    own_line = rb"(?:" + names + rb")[ \t]*+(?:as[ \t]++\w++)?[ \t]*+[,)\r\n]"
    statement = rb"(?:from|import)[ \t][^#\r\n]*(?<!\w)(?:" + names + rb")(?!\w)"
    return re.compile(rb"^[ \t]*(?:" + statement + rb"|" + own_line + package + rb")", re.MULTILINE)
