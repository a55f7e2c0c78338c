"""Type comments and mentions as ``check`` reports them, on the stub application."""

from __future__ import annotations

import shutil
from pathlib import Path

import cases
import pytest

IMPORT = "from app.services.cache_service import CacheService\n"


def check(root: Path, text: str, *, config: str = "", crlf: bool = False) -> list[str]:
    """The findings of one file of the stub application, imports left out: ``LINE:COLUMN CODE applicability reason``."""
    lay_out(root, text.replace("\n", "\r\n") if crlf else text, config)
    result = cases.check(root)
    assert [outcome.failure for outcome in result.outcomes if outcome.failure] == []
    found = [cases.spelled(finding, tree=False) for finding in cases.findings(result)]
    return [line for line in found if " CLF001 " not in line]


def lay_out(root: Path, text: str, config: str = "") -> None:
    shutil.copytree(cases.FIXTURES / "stub", root, dirs_exist_ok=True, ignore=shutil.ignore_patterns("__pycache__"))
    (root / "pyproject.toml").write_text(f"[tool.cachelift]\n{config}\n", encoding="utf-8")
    (root / "app" / "consumer.py").write_bytes(text.encode())


def fixed(root: Path, text: str, config: str = "") -> str:
    """What ``fix`` makes of one file."""
    lay_out(root, text, config)
    result = cases.fix(root)
    assert [outcome.failure for outcome in result.outcomes if outcome.failure] == []
    return (root / "app" / "consumer.py").read_bytes().decode()


def reported(*columns: int, line: int = 2, verdict: str = "safe -") -> list[str]:
    return [f"{line}:{column} CLF003 {verdict}" for column in columns]


@pytest.mark.parametrize(
    ("body", "columns"),
    [
        ("x = 1 # type: CacheService", [15]),
        ("x = 1 # type: CacheService | None # CacheService", [15]),
        ("x = 1 # type: dict[CacheService, list[CacheService]]", [20, 39]),
        ("x = 1 # type: (CacheService)", [16]),
        ("x = 1 # type: int, CacheService", [20]),
        ("x = 1 # type: 'CacheService'", [16]),
        ("x = 1 # type: r'''  list[CacheService] '''", [26]),
        ("x = 1 # type: list[' dict[\"CacheService\", CacheService]']", [28, 43]),
        ("\u00e4 = '\u00e4\U0001f600' # type: \u00e4.\u00f6['CacheService'] # \u00fc", [23]),
        ("x.y = 1 # type: CacheService", [17]),
        ("x[0] = 1 # type: CacheService", [18]),
        ("x, y = 1, 2 # type: CacheService, int", [21]),
        ("[x, y] = z = 1, 2 # type: CacheService, CacheService", [27, 41]),
        ("for x, y in z: # type: CacheService, int\n    pass", [24]),
        ("with x: # type: CacheService\n    pass", [17]),
        ("with x as y, z as w, v: # type: CacheService, int\n    pass", [33]),
        ("def f(a): # type: () -> CacheService\n    pass", [25]),
        ("def f(a): # type: (*CacheService, **CacheService) -> int\n    pass", [21, 37]),
        ("def f(a, b): # type: (CacheService) -> int\n    pass", [23]),
        ("def f(a, b, c): # type: (CacheService) -> int\n    pass", [26]),
        ("def f(a): # type: (...) -> CacheService\n    pass", [28]),
        ("class A: x = 1 # type: CacheService", [24]),
        ("x = 1 # type: Union[Literal[Color.RED], list[list[CacheService]]]", [51]),
    ],
)
def test_spellings(tmp_path: Path, body: str, columns: list[int]) -> None:
    assert check(tmp_path, f"{IMPORT}{body}\n") == reported(*columns)
    assert check(tmp_path, f"{IMPORT}{body}\n", crlf=True) == reported(*columns)
    expected = f"{IMPORT}{body}\n"
    for column in reversed(columns):
        start = len(IMPORT) + column - 1
        assert expected[start : start + 12] == "CacheService"
        expected = f"{expected[:start]}UnifiedCache{expected[start + 12 :]}"
    expected = expected.replace(IMPORT, "from app.services.unified_cache import UnifiedCache\n")
    assert fixed(tmp_path, f"{IMPORT}{body}\n") == expected


@pytest.mark.parametrize(
    "body",
    [
        "x = 1 # type: CacheService is what it is",
        "x = 1 # type: 'CacheService is what it is'",
        "x = 1 # type: CacheServices",
        "x = 1 # type: other.CacheService",
        "x = 1 # type: Literal['CacheService', CacheService]",
        "x = 1 # type: typing.Literal['CacheService']",
        "x = 1 # type: L['CacheService']\nfrom typing import Literal as L",
        "x = 1 # type: Annotated[int, 'CacheService']",
        "x = 1 # type: ignore[CacheService]",
        "x = 1 # type: b'CacheService'",
        "def f(a): # type: CacheService\n    pass",
        "def f(a): # type: (CacheService,) -> int\n    pass",
        "def f(CacheService):\n    x = 1 # type: CacheService",
        "# type: CacheService",
        "print('# type: CacheService')",
    ],
)
def test_look_alikes(tmp_path: Path, body: str) -> None:
    text = f"{IMPORT}{body}\n"
    assert check(tmp_path, text) == []
    assert fixed(tmp_path, text) == text


@pytest.mark.parametrize(
    ("body", "verdict"),
    [
        ("x = 1 # type: CacheService[int]", "manual type-argument"),
        ("x = 1 # type: CacheService.DEFAULT_TTL", "manual class-attribute"),
        ("x = 1 # type: Annotated[int, CacheService]", "manual class-as-value"),
        ("x = 1 # type: 'Cache' 'Service | CacheService'", "manual complex-string"),
        ("x = 1 # type: '\\x20CacheService'", "manual complex-string"),
    ],
)
def test_refusals(tmp_path: Path, body: str, verdict: str) -> None:
    text = f"{IMPORT}{body}\n"
    assert [line.split(" ", 2)[2] for line in check(tmp_path, text)] == [verdict]
    assert fixed(tmp_path, text) == text


def test_a_first_element_of_annotated_is_a_type(tmp_path: Path) -> None:
    text = f"{IMPORT}x = 1 # type: Annotated[CacheService, 'CacheService']\ny = 1 # type: Annotated['CacheService']\n"
    assert check(tmp_path, text) == [*reported(25), *reported(26, line=3)]


@pytest.mark.parametrize(
    ("statement", "name", "new_statement", "new"),
    [
        (
            "import app.services.cache_service",
            "app.services.cache_service.CacheService",
            "import app.services.unified_cache",
            "app.services.unified_cache.UnifiedCache",
        ),
        (
            "import app.services.cache_service as old",
            "old.CacheService",
            "import app.services.unified_cache as old",
            "old.UnifiedCache",
        ),
        (
            "from app.services.cache_service import CacheService as Old",
            "Old",
            "from app.services.unified_cache import UnifiedCache",
            "UnifiedCache",
        ),
    ],
)
def test_imports(tmp_path: Path, statement: str, name: str, new_statement: str, new: str) -> None:
    text = f"{statement}\ndef f(a): # type: (str) -> {name}\n    pass\n"
    assert fixed(tmp_path, text) == f"{new_statement}\ndef f(a): # type: (str) -> {new}\n    pass\n"


@pytest.mark.parametrize(
    "text",
    [
        "import app.services.cache_service\nx = 1 # type: app.services.cache_service.CacheKey\n",
        "from app.services import cache_service\nx = 1 # type: cache_service\n",
        "from app.services import cache_service as CacheService\nx = 1 # type: CacheService.CacheKey\n",
        "from app.services.cache_service import *\nx = 1 # type: CacheKey, cache_service\n",
        "from json import *\nx = 1 # type: CacheService\n",
        "from app.services.unknown import *\nx = 1 # type: CacheService\n",
        "import app\nx = 1 # type: app.CacheService\n",
        "import app\nx = 1 # type: app.services.cache_service.CacheKey\n",
        "from typing import Any as CacheService\nx = 1 # type: CacheService\n",
    ],
)
def test_other_names_are_none_of_ours(tmp_path: Path, text: str) -> None:
    assert [line for line in check(tmp_path, text) if "CLF003" in line] == []
    assert fixed(tmp_path, text) == text


def test_a_star_import_is_reported(tmp_path: Path) -> None:
    text = "from app.services.cache_service import *\nx = 1 # type: CacheService\ny = 2 # type: 'CacheKey'\n"
    assert check(tmp_path, text) == ["1:1 CLF008 manual star-import", *reported(15, verdict="manual star-import")]


def test_through_a_module_that_hands_it_on(tmp_path: Path) -> None:
    (tmp_path / "app").mkdir()
    (tmp_path / "app" / "hands.py").write_text(IMPORT, encoding="utf-8")
    text = (
        "from app import hands\nfrom app.hands import CacheService\n"
        "x = 1 # type: hands.CacheService\ny = 2 # type: CacheService.Inner\n"
    )
    found = check(tmp_path, text)
    assert [line for line in found if line.startswith(("3:15", "4:15"))] == [
        *reported(15, line=3),
        *reported(15, line=4, verdict="manual class-attribute"),
    ]
    cases.fix(tmp_path)
    assert (tmp_path / "app" / "hands.py").read_text(encoding="utf-8") == IMPORT


@pytest.mark.parametrize(
    "body",
    [
        "def f(cache): # type: (CacheService) -> None\n    cache.warmup()",
        "def f(self, cache): # type: (CacheService) -> None\n    cache.warmup()",
        "def f(self, *, cache): # type: (int, CacheService) -> None\n    cache.warmup()",
        "def f(\n    cache # type: CacheService | None\n):\n    cache.warmup()",
        "def f(\n    cache, # type: Optional['CacheService']\n):\n    cache.warmup()",
        "def f(\n    cache, # type: 'Union[int, CacheService]'\n):\n    cache.warmup()",
        "def f(): # type: () -> CacheService\n    pass\nf().warmup()",
        "cache = g() # type: CacheService\ncache.warmup()",
        "a, cache = g() # type: int, CacheService\ncache.warmup()",
        "for cache in g(): # type: CacheService\n    cache.warmup()",
        "with g() as cache: # type: CacheService\n    cache.warmup()",
        "with g() as a, g() as cache: # type: int, CacheService\n    cache.warmup()",
    ],
)
def test_a_member_that_is_missing_keeps_the_type(tmp_path: Path, body: str) -> None:
    found = check(tmp_path, f"{IMPORT}from typing import Optional, Union\n{body}\n")
    assert [line.split(" ", 1)[1] for line in found if "CLF003" in line] == ["CLF003 manual missing-member"]
    assert [line.split(" ", 1)[1] for line in found if "CLF009" in line] == ["CLF009 manual missing-member"]


@pytest.mark.parametrize(
    "body",
    [
        "def f(caches): # type: (list[CacheService]) -> None\n    caches.warmup()",
        "def f(cache): # type: (CacheService + None) -> None\n    cache.warmup()",
        "def f(cache): # type: (f(CacheService)[0]) -> None\n    cache.warmup()",
        "def f(cache): # type: (g[CacheService, int]) -> None\n    cache.warmup()",
        "def f(cache): # type: (x()[CacheService]) -> None\n    cache.warmup()",
        "def f(cache): # type: ((CacheService, int)) -> None\n    cache.warmup()",
        "def f(a, b, cache): # type: (CacheService) -> None\n    cache.warmup()",
        "a, cache = g() # type: CacheService\ncache.warmup()",
    ],
)
def test_members_of_something_else(tmp_path: Path, body: str) -> None:
    found = check(tmp_path, f"{IMPORT}{body}\n")
    assert [line.split(" ", 1)[1] for line in found] == ["CLF003 safe -"]


MENTIONS = 'select = ["CLF010"]'


@pytest.mark.parametrize(
    ("text", "places"),
    [
        ("# CacheService, and CacheService\n", ["1:3", "1:21"]),
        ('"""CacheService\n\nCacheService"""\n', ["1:4", "3:1"]),
        ('def f():\n    "CacheService"\n', ["2:6"]),
        ('x = 1\n"Of the\\\n CacheService."\n', ["3:2"]),
        ('"""The \\nCacheService."""  # CacheService\n', ["1:1", "1:30"]),
        ('"Cache" "Service"  # CacheService\n', ["1:1", "1:22"]),
        ('"The " "CacheService"  # CacheService\n', ["1:9", "1:26"]),
        ('("The "  # CacheService\n "CacheService")\n', ["1:12", "2:3"]),
        ("x = 1 # type: ignore[CacheService] # CacheService\n", ["1:38"]),
        ("# type: CacheService\n", ["1:9"]),
        (f"{IMPORT}x = 1 # type: CacheService # CacheService\n", ["2:30"]),
        (f"{IMPORT}x = 1 # type: list[int] # CacheService\n", ["2:27"]),
        (f"{IMPORT}# CacheService\n", ["2:3"]),
        ("# cache_service\n", []),
        ("# MyCacheService CacheServices CacheService_\n", []),
        ("x = 'CacheService', '# CacheService'\n", []),
        ("f'CacheService'\n", []),
        ("b'CacheService'\n", []),
        ("...\nCacheService\n", []),
        ("class CacheService: pass\n# CacheService\n", []),
        ("import CacheService\n# CacheService\n", []),
        ("# CacheService # noqa\n", []),
    ],
)
def test_mentions(tmp_path: Path, text: str, places: list[str]) -> None:
    assert check(tmp_path, text, config=MENTIONS) == [f"{place} CLF010 manual -" for place in places]
    assert [line for line in check(tmp_path, text) if "CLF010" in line] == []


@pytest.mark.parametrize("config", ["", 'select = ["CLF"]', 'select = ["CLF01"]', f'{MENTIONS}\nignore = ["CLF01"]'])
def test_mentions_that_are_not_wanted(tmp_path: Path, config: str) -> None:
    assert check(tmp_path, "# CacheService\n", config=config) == []


def test_a_module_of_the_migration_is_not_told_about_itself(tmp_path: Path) -> None:
    assert check(tmp_path, "x = 1\n", config=MENTIONS) == []
    for name in ("cache_service", "unified_cache"):
        path = tmp_path / "app" / "services" / f"{name}.py"
        path.write_text(f"# CacheService\n{path.read_text(encoding='utf-8')}", encoding="utf-8")
    assert cases.findings(cases.check(tmp_path)) == []


def test_the_message_of_a_mention(tmp_path: Path) -> None:
    lay_out(tmp_path, '"""CacheService"""\n# CacheService\n', MENTIONS)
    assert [(finding.message, finding.end_column) for finding in cases.findings(cases.check(tmp_path))] == [
        ("a docstring mentions CacheService, which is deprecated", 16),
        ("a comment mentions CacheService, which is deprecated", 15),
    ]


def test_mentions_decide_nothing(tmp_path: Path) -> None:
    text = f"{IMPORT}# CacheService\nx = CacheService(system='A')  # CacheService\nassert isinstance(x, CacheService)\n"
    plain = fixed(tmp_path, text)
    assert "x = get_unified_cache('A')" in plain
    assert fixed(tmp_path, text, 'select = ["CLF0", "CLF010"]') == plain


def test_mentions_of_two_migrations(tmp_path: Path) -> None:
    config = (
        f"{MENTIONS}\n[[tool.cachelift.migrations]]\n"
        'legacy = "a.Old"\nfactory = "b.old"\n[[tool.cachelift.migrations]]\nlegacy = "c.Older"\nfactory = "d.older"\n'
    )
    assert check(tmp_path, "# Old and Older\n", config=config) == ["1:3 CLF010 manual -", "1:11 CLF010 manual -"]
