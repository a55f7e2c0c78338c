"""Who takes all names of which file, and where a new name would hide another one."""

from __future__ import annotations

from pathlib import Path

import pytest
from helpers import CONSUMER, LEGACY, fixed, reported
from memory import project

from cachelift.knowledge import ProgramKnowledge
from cachelift.model import Migration
from cachelift.stars import Stars, has_star, star_imports

CALL = 'cache = CacheService(system="A")\n'
NEW = (CONSUMER, "get_unified_cache")


def stars(files: dict[str, str]) -> Stars:
    statements = {path: star_imports(text.encode()) for path, text in files.items()}
    return Stars(ProgramKnowledge(project(files), [Migration()]), lambda: statements)


@pytest.mark.parametrize(
    ("statement", "importers"),
    [
        ("from app.consumer import *", {"app/user.py"}),
        ("if 1:\n    from app.consumer import *  # all", {"app/user.py"}),
        ("from .consumer import *", {"app/user.py"}),
        ("from . import *", set()),
        ("from third import *", set()),
        ("from app.consumer import cache", set()),
        ("# from app.consumer import *", set()),
        ("from app.consumer import*", {"app/user.py"}),
        ("from app . consumer import\t*", {"app/user.py"}),
        ("from.consumer import*", {"app/user.py"}),
        ("from . consumer import  *", {"app/user.py"}),
        ("from.import*", set()),
        ("from \\\n app.consumer \\\n import \\\r\n *", {"app/user.py"}),
        ("import os; from app.consumer import *", {"app/user.py"}),
        ("if 1: from app.consumer import *", {"app/user.py"}),
        ("import os\rfrom app.consumer import *", {"app/user.py"}),
        ("\ufefffrom app.consumer import *", {"app/user.py"}),
        ("x = 1\n\ffrom app.consumer import *", {"app/user.py"}),
        ("from app.consumerimport *", set()),
        ("from app.consumer_import *", set()),
        ("fromapp.consumer import *", set()),
    ],
)
def test_who_takes_all_names(statement: str, importers: set[str]) -> None:
    found = stars({CONSUMER: "", "app/__init__.py": "", "app/user.py": f"{statement}\n"})
    assert found.importers(CONSUMER) == importers
    assert found.importers(CONSUMER) == importers  # the second answer comes from memory


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        (b"from m import *", True),
        (b"from m import*", True),
        (b"from m import \\\r\n\t*", True),
        (b"from m import" + 40 * b" " + b"*", True),
        (b"x = 1" + 40 * b" " + b"* 2", False),
        (b"x = a * b\nfrom m import *", True),
        (b"x = a ** b\ndef f(*args, **kwargs): ...", False),
        (b"* import", False),
        (b"import os", False),
        (b"", False),
    ],
)
def test_whether_there_may_be_a_star_import(raw: bytes, expected: bool) -> None:
    assert has_star(raw) is expected


def test_a_package_is_taken_by_its_dot() -> None:
    found = stars({"app/__init__.py": "", "app/user.py": "from . import *\n"})
    assert found.importers("app/__init__.py") == {"app/user.py"}


def test_followers_in_a_circle() -> None:
    found = stars({CONSUMER: "from app.user import *\n", "app/user.py": "from app.consumer import *\n"})
    assert list(found.followers([CONSUMER])) == ["app/user.py"]


TAKE = "from app.consumer import *\n"
MIDDLE = "from app.middle import *\n"

HIDES = {
    "an assignment": {"app/user.py": TAKE + "get_unified_cache = None\n"},
    "an assignment two modules on": {"app/middle.py": TAKE, "app/user.py": MIDDLE + "get_unified_cache = None\n"},
    "an import of something else": {"app/user.py": "from third import get_unified_cache\n" + TAKE},
    "a submodule": {"app/pack/__init__.py": TAKE, "app/pack/get_unified_cache.py": ""},
    "a name in a module with another star import": {
        "app/user.py": "from third import *\n" + TAKE + "print(get_unified_cache)\n"
    },
    "a module that does not parse": {"app/user.py": TAKE + "def (\n"},
}

HIDES_NOTHING = {
    "nobody takes the names": {},
    "a module that does not know the name": {"app/user.py": TAKE},
    "another star import, without the name": {
        "app/user.py": "from third import *\n" + TAKE + "get_unified_caches = 1\n"
    },
    "a module in a circle": {"app/user.py": TAKE, CONSUMER: "from app.user import *\n"},
    "a list that leaves the name out": {
        CONSUMER: "__all__ = []\n",
        "app/user.py": TAKE + "get_unified_cache = None\n",
    },
    "a list in between": {
        "app/middle.py": TAKE + "__all__ = []\n",
        "app/user.py": MIDDLE + "get_unified_cache = None\n",
    },
    "the replacement itself": {
        "app/user.py": "from app.services.unified_cache import get_unified_cache\n" + TAKE,
        "app/services/unified_cache.py": "def get_unified_cache(system): ...\n",
    },
    "the replacement itself, in between": {
        "app/middle.py": "from app.services.unified_cache import get_unified_cache\n" + TAKE,
        "app/services/unified_cache.py": "def get_unified_cache(system): ...\n",
        "app/user.py": MIDDLE + "get_unified_cache = None\n",
    },
}


@pytest.mark.parametrize("files", HIDES.values(), ids=HIDES)
def test_what_a_new_name_would_hide(files: dict[str, str]) -> None:
    found = stars({CONSUMER: "", "app/__init__.py": "", **files})
    assert found.hidden({CONSUMER: {"get_unified_cache"}}) == {NEW}


@pytest.mark.parametrize("files", HIDES_NOTHING.values(), ids=HIDES_NOTHING)
def test_what_a_new_name_does_not_hide(files: dict[str, str]) -> None:
    found = stars({CONSUMER: "", "app/__init__.py": "", **files})
    assert found.hidden({CONSUMER: {"get_unified_cache"}}) == set()


def test_a_private_name_is_not_taken() -> None:
    found = stars({CONSUMER: "", "app/user.py": TAKE + "_new = None\n"})
    assert found.hidden({CONSUMER: {"_new"}}) == set()


def test_a_call_stays_where_the_new_name_would_hide_another(tmp_path: Path) -> None:
    files = {"app/user.py": TAKE + "def get_unified_cache(): ...\n"}
    assert reported(tmp_path, LEGACY + CALL, files=files) == [
        "1:1 CLF007 manual reference-stays",
        "2:9 CLF002 manual name-taken",
    ]


def test_a_private_class_goes_under_a_star_import(tmp_path: Path) -> None:
    text = LEGACY.replace("CacheService\n", "CacheService as _Cache\n") + '_cache = _Cache(system="A")\n'
    after, left = fixed(tmp_path, text, files={"app/user.py": TAKE})
    assert after == LEGACY.replace("cache_service import CacheService", "unified_cache import get_unified_cache") + (
        '_cache = get_unified_cache("A")\n'
    )
    assert left == []
