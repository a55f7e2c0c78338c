"""The texts of ``cachelift explain``: what each code means, and what to do about each reason. No logic."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Explanation:
    """What there is to say about one code. Paragraphs are one line each and are wrapped when shown."""

    meaning: str
    why: str
    before: str
    after: str
    by_hand: bool
    """True where a person writes ``after``; else ``fix`` does."""
    reasons: tuple[str, ...]
    """Reasons that findings of this code can have, the most telling first."""


_NAMES = (
    "name-taken",
    "rebound",
    "fallback-binding",
    "conditional-import",
    "star-import",
    "class-scope",
    "global-statement",
)
_PROGRAM = ("no-factory", "import-cycle", "own-test", "outside-paths", "suppressed")

EXPLANATIONS: dict[str, Explanation] = {
    "CLF001": Explanation(
        meaning="An import of the legacy class, or of its module in order to reach the class. It is rewritten "
        "together with the usages that need it, in the same place and the same form: a local import stays local, "
        "a relative one relative, one under TYPE_CHECKING stays there. Other names of the statement stay.",
        why="As long as a file imports the class, the legacy module cannot be deleted, and the next person copies "
        "what is there.",
        before="""\
from app.services.cache_service import CacheKey, CacheService

cache = CacheService(system="KP")
""",
        after="""\
from app.services.cache_service import CacheKey
from app.services.unified_cache import get_unified_cache

cache = get_unified_cache("KP")
""",
        by_hand=False,
        reasons=("reference-stays", "unused-import", "import-effects", *_NAMES, *_PROGRAM),
    ),
    "CLF002": Explanation(
        meaning="A call that makes an object of the legacy class. Its arguments are matched to the parameters of "
        "the legacy constructor by name, as its source gives them, and handed on to the factory's parameters that "
        "the configuration names for them.",
        why="This is the usage that decides which cache the program has when it runs: each call that is left keeps "
        "a part of the program on the old one.",
        before="""\
from app.services.cache_service import CacheService

cache = CacheService(system="KP")
""",
        after="""\
from app.services.unified_cache import get_unified_cache

cache = get_unified_cache("KP")
""",
        by_hand=False,
        reasons=(
            "unmapped-argument",
            "dropped-argument",
            "invalid-call",
            "star-arguments",
            "unknown-signature",
            "unknown-default",
            "missing-argument",
            "evaluation-order",
            "type-argument",
            "self-documenting",
            "async-factory",
            "factory-result",
            "missing-member",
            "special-method",
            "type-test",
            "runtime-annotation",
            "class-as-value",
            "class-attribute",
            "patched-name",
            "patched-definition",
            "stand-in",
            "asserted-call",
            "spec-members",
            "alias",
            "import-effects",
            "reference-stays",
            *_NAMES,
            *_PROGRAM,
        ),
    ),
    "CLF003": Explanation(
        meaning="The legacy class as a type: an annotation, also one in a string or a type comment, an argument of "
        "cast, TypeVar and their like. It becomes the replacement type, not the factory, which is a function.",
        why="A type that names the old class makes the type checker refuse the new object, and keeps the import "
        "of the old one alive.",
        before="""\
from app.services.cache_service import CacheService


def load(cache: CacheService | None = None) -> "list[CacheService]": ...
""",
        after="""\
from app.services.unified_cache import UnifiedCache


def load(cache: UnifiedCache | None = None) -> "list[UnifiedCache]": ...
""",
        by_hand=False,
        reasons=(
            "mixed-file",
            "runtime-annotation",
            "missing-member",
            "class-as-value",
            "class-attribute",
            "type-argument",
            "no-replacement-type",
            "complex-string",
            "dotted-string",
            "self-documenting",
            "import-effects",
            "reference-stays",
            *_NAMES,
            *_PROGRAM,
        ),
    ),
    "CLF004": Explanation(
        meaning="Any other reference to the class: isinstance and its like, a class pattern, the class as a value, "
        "an alias, a class attribute, the specification of a mock. A test of an object's class must accept every "
        "object that is alive: both classes while the program can make a legacy object, else the new one alone.",
        why="These references depend on the class being a class, and on which objects the program makes. Changed "
        "without looking, the program still starts, and then takes another branch.",
        before="""\
from app.services.cache_service import CacheService


def is_cache(value: object) -> bool:
    return isinstance(value, CacheService)
""",
        after="""\
from app.services.cache_service import CacheService
from app.services.unified_cache import UnifiedCache


def is_cache(value: object) -> bool:
    return isinstance(value, (CacheService, UnifiedCache))
""",
        by_hand=False,
        reasons=(
            "class-as-value",
            "class-attribute",
            "module-as-value",
            "alias",
            "dependency",
            "spec-members",
            "legacy-alive",
            "type-test",
            "class-name",
            "pattern-arguments",
            "runtime-annotation",
            "missing-member",
            "special-method",
            "unknown-default",
            "unknown-signature",
            "missing-argument",
            "invalid-call",
            "async-factory",
            "factory-result",
            "self-documenting",
            "patched-name",
            "patched-definition",
            "stand-in",
            "asserted-call",
            "import-effects",
            "reference-stays",
            "no-replacement-type",
            *_NAMES,
            *_PROGRAM,
        ),
    ),
    "CLF005": Explanation(
        meaning="A string, or a keyword of patch.multiple, that names the class: most often the target of a patch "
        "in a test. It is rewritten together with the module that it patches, to the name that this module then has.",
        why="A patch replaces a name in a module. Once the module has the new name instead, the old patch fails, "
        "or replaces nothing and the test talks to a real cache.",
        before="""\
from unittest.mock import patch


def test_session():
    with patch("app.core.session.CacheService"):
        ...
""",
        after="""\
from unittest.mock import patch


def test_session():
    with patch("app.core.session.get_unified_cache"):
        ...
""",
        by_hand=False,
        reasons=(
            "patched-name",
            "patched-definition",
            "stand-in",
            "asserted-call",
            "unbound-patch",
            "dotted-string",
            "complex-string",
            "class-name",
            "type-test",
            "module-as-value",
            "missing-member",
            "self-documenting",
            "no-replacement-type",
            *_PROGRAM,
        ),
    ),
    "CLF006": Explanation(
        meaning="A class that derives from the legacy class. A factory is a function and cannot be a base class, "
        "and whether the replacement type is meant to be one, only its authors know.",
        why="A subclass makes legacy objects and relies on the inside of the legacy class. It is the last thing "
        "that has to go before that class can.",
        before="""\
from app.services.cache_service import CacheService


class CountingCache(CacheService):
    hits = 0

    def get(self, key):
        self.hits += 1
        return super().get(key)
""",
        after="""\
from app.services.unified_cache import get_unified_cache


class CountingCache:
    hits = 0

    def __init__(self, system):
        self._cache = get_unified_cache(system)

    def get(self, key):
        self.hits += 1
        return self._cache.get(key)
""",
        by_hand=True,
        reasons=("subclass", "suppressed"),
    ),
    "CLF007": Explanation(
        meaning="An import that other modules import the class from: in a package's __init__.py, in __all__, or in "
        "the form `import X as X`. For whoever imports it from here it is the legacy class.",
        why="It can only go when nobody imports the name from here any more, and code outside the repository may. "
        "Until then it opens the door for new usages.",
        before="""\
from .cache_service import CacheService

__all__ = ["CacheService"]
""",
        after="""\
from .unified_cache import get_unified_cache

__all__ = ["get_unified_cache"]
""",
        by_hand=True,
        reasons=("reexport", "reference-stays", "import-effects", "import-cycle", "outside-paths", "suppressed"),
    ),
    "CLF008": Explanation(
        meaning="A star import of the legacy module, or of a module that hands the class on. It binds the class "
        "together with everything else, so which names the file needs from it has to be written out first.",
        why="A star import hides who uses the class: every name in the file may be bound by it.",
        before="""\
from app.services.cache_service import *

cache = CacheService(system="KP")
""",
        after="""\
from app.services.unified_cache import get_unified_cache

cache = get_unified_cache("KP")
""",
        by_hand=True,
        reasons=("star-import", "suppressed"),
    ),
    "CLF009": Explanation(
        meaning="An object from the legacy constructor is used through a member that the replacement type does not "
        "have. The constructor call that it comes from stays as well.",
        why="After the rewrite this line would fail with an AttributeError, and only when it runs.",
        before="""\
from app.services.cache_service import CacheService

cache = CacheService(system="KP")
cache.warmup()
""",
        after="""\
from app.services.unified_cache import get_unified_cache

cache = get_unified_cache("KP")
""",
        by_hand=True,
        reasons=("missing-member", "special-method", "suppressed"),
    ),
    "CLF010": Explanation(
        meaning="A docstring or comment that mentions the class. It is off by default. Nothing that runs "
        "depends on it, so it is never rewritten.",
        why="A text that still names the old class teaches it to the next reader.",
        before='''\
def load():
    """Read through a CacheService."""
''',
        after='''\
def load():
    """Read through the unified cache."""
''',
        by_hand=True,
        reasons=(),
    ),
}

ADVICE: dict[str, str] = {
    "unmapped-argument": "Drop the argument if it no longer matters, map it to a parameter of the factory under "
    "`arguments`, or name it under `drop` in the configuration.",
    "dropped-argument": "Rewritten with --unsafe-fixes; where it matters, evaluate the argument in a statement of "
    "its own first.",
    "invalid-call": "Repair the call first: it raises TypeError as it is.",
    "star-arguments": "Write the arguments out, or call the factory by hand.",
    "unknown-signature": "Give the constructor's signature as `signature` in the configuration, or name the arguments "
    "in the call.",
    "unknown-default": "Write the argument out in the call.",
    "missing-argument": "Write the argument out in the call.",
    "evaluation-order": "Give the arguments names in variables first, in the order in which they are to run.",
    "type-argument": "Rewritten with --unsafe-fixes; annotate the variable if the type checker needs the argument.",
    "self-documenting": "Write the label as text: f'cache={...}' instead of f'{...=}'; before a template string, give "
    "the object a name.",
    "async-factory": "Await the factory by hand, in a coroutine function.",
    "factory-result": "Let the factory return the object itself: a generator, a context manager, a decorator that is "
    "not known or a name that a call is assigned to (`partial`) stands in the way. Where the class gives one object "
    "out again and again, let the factory keep what it made.",
    "name-taken": "Rename what has the name now, or import the factory under another name by hand.",
    "rebound": "Give the other value a name of its own.",
    "fallback-binding": "Decide what the fallback is to be for the new import, and change import, fallback and tests "
    "of it together.",
    "conditional-import": "Move the import to where it runs whenever the usage does.",
    "star-import": "Write out the names that the file needs.",
    "class-scope": "Import at the top of the module, unless others read the attribute.",
    "global-statement": "Import at the top of the module instead.",
    "class-as-value": "Look at where the value goes: hand on the factory if it is only called there.",
    "class-attribute": "Find what takes the place of the attribute in the new module.",
    "module-as-value": "Look at where the module goes and hand on what is needed.",
    "subclass": "Hold an object from the factory instead of deriving from the class.",
    "alias": "Use the factory directly, or give it the other name by hand.",
    "dependency": "Write a dependency function that calls the factory.",
    "spec-members": "Adapt what the mock is used for, then name the new type as its specification.",
    "legacy-alive": "Nothing to do now: once the last usage that makes a legacy object is gone, `cachelift fix` leaves "
    "the new class alone in the test.",
    "type-test": "Decide what the place that is named has to answer for objects of either class. A test for both, "
    "in a tuple, is always right; where no such object gets there, make the call by hand.",
    "class-name": "Compare what the object can do, not the name of its class.",
    "pattern-arguments": "Check that the new type has the attributes the pattern reads.",
    "runtime-annotation": "Look at what the framework does with the annotation, then change it together with the "
    "calls whose objects reach it.",
    "mixed-file": "Migrate what is left in the file first; --unsafe-fixes rewrites the type at once.",
    "no-replacement-type": "Name it as `type` in the configuration.",
    "no-factory": "Check `factory` and `src` in the configuration.",
    "special-method": "Compare, test or convert the object in a way that does not depend on its class.",
    "missing-member": "Do without the member, or add it to the replacement type.",
    "unused-import": "Remove it, unless importing has an effect that is needed. An import of the class is removed with "
    "--unsafe-fixes; one of its module may be there for what the module does, and is left to you.",
    "import-effects": "Import the class from its own module, keep an import of the other one for its effects, and "
    "import a module where it is read.",
    "reexport": "Move those who import the name from here first, then remove it.",
    "reference-stays": "Do what the finding at the other reference says; the import follows. Where the message says "
    "that the file lists its own names, see what the list is for, and change the usages by hand; where it names "
    "`del` and `global`, change that statement together with the import.",
    "import-cycle": "Leave it: the new module is built on it. Or import inside the function.",
    "own-test": "Delete the test together with the class, or rewrite it with --unsafe-fixes to test the new one.",
    "dotted-string": "Look at who reads the string and change both together.",
    "patched-name": "Do what the finding in the patched module says; then both follow. Where the message says that the "
    "new name is in use, or that something else is put in its place, change the call and the tests by hand.",
    "patched-definition": "Patch the name in the module that uses it, or use --unsafe-fixes.",
    "stand-in": "Make the stand-in take the arguments of the factory.",
    "asserted-call": "Assert the call of the factory; then both follow.",
    "unbound-patch": "Correct the target: the module has no such name.",
    "complex-string": "Write the string as one plain literal.",
    "outside-paths": "Run on the whole repository, or name the other files as well.",
    "suppressed": "Remove the suppression when its reason is gone.",
}
