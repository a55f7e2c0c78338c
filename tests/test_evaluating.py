"""What evaluating an argument that may be dropped would do, with the names of its file."""

from __future__ import annotations

from pathlib import Path

import cases
import pytest
from helpers import LEGACY, lay_out

CONFIG = '[tool.cachelift]\n[[tool.cachelift.migrations]]\ndrop = ["cache_dir"]\n'
HEAD = "import os\nimport tempfile\nimport os.path as osp\nfrom os import getenv\nfrom pathlib import Path\n" + LEGACY
SAFE, UNSAFE, MANUAL = "safe -", "unsafe dropped-argument", "manual unmapped-argument"

HARMLESS = [
    "os.path.join('d', 'e')",
    "osp.join('d', Path('e'))",
    "os.path.join(os.path.dirname('a/b'), os.path.basename('c'), os.path.normpath('d'))",
    "Path('d') / 'e'",
    "'d' / Path('e', 'f')",
    "Path('d').parent / Path('e').name",
    "str(Path('d'))",
    'f\'{Path("d")!s}/{"e"}\'',
    "os.getenv('D')",
    "getenv('D', folder)",
    "os.environ.get('D', 'x') + '/e'",
    "os.path.join(os.getenv('D', 'x'), 'e')",
    "folder",
    "[folder, 'd']",
    "len",
]
CAN_FAIL = [
    "str(folder)",
    "f'{folder}/x'",
    "f'{\"d\":>{folder}}'",
    "folder.name",
    "Path('d').stat_result",
    "folder['d']",
    "folder / 'x'",
    "os.path.join(folder, 'x')",
    "os.path.join('d') + b'e'",
    "os.path.join('d', b'e')",
    "os.path.join()",
    "os.path.dirname('a', 'b')",
    "str('a', 'b')",
    "str(object='a')",
    "os.getenv(folder)",
    "os.getenv('D', 'x', 'y')",
    "os.getenv('\\ud800')",
    "os.getenv('D') + '/x'",
    "os.getcwd()",
    "tempfile.gettempdir() + '/x'",
    "Path.home() / '.cache'",
    "Path(folder).resolve().parent / 'x'",
    "'{}/x'.format(folder)",
    "unknown",
]
ACTS = [
    "tempfile.mkdtemp()",
    "os.path.exists('d')",
    "folder.joinpath('x')",
    "Path('d').mkdir()",
    "Path(make())",
    "str(make())",
    "Path('d') / make()",
    "f'{make()}'",
    "f'{folder:{make()}}'",
    "os.environ.setdefault('D', 'x')",
    "'d'.join(folder)",
    "Path(*folder)",
]


def verdict(root: Path, code: str, more: dict[str, str] | None = None) -> str:
    lay_out(root, {"pyproject.toml": CONFIG, "app/user.py": HEAD + code, **(more or {})})
    found = [f for f in cases.findings(cases.check(root)) if f.code == "CLF002"]
    return f"{found[-1].applicability} {found[-1].reason or '-'}"


def call(value: str) -> str:
    return f"folder = 'd'\nprint(CacheService(cache_dir={value}, system='A'))\n"


@pytest.mark.parametrize(
    ("value", "expected"),
    [(v, SAFE) for v in HARMLESS] + [(v, UNSAFE) for v in CAN_FAIL] + [(v, MANUAL) for v in ACTS],
)
def test_an_argument_that_may_be_dropped(value: str, expected: str, tmp_path: Path) -> None:
    assert verdict(tmp_path, call(value)) == expected


MADE = "print(CacheService(cache_dir=folder, system='A'))\n"


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        (f"def f(folder):\n    return {MADE}", SAFE),
        (f"def f(folder):\n    def g():\n        return {MADE}", SAFE),
        (f"import folder\ndef f():\n    return {MADE}", SAFE),
        (f"folder: str = 'd'\nif folder:\n    {MADE}", SAFE),
        (f"for folder in 'ab':\n    {MADE}", SAFE),
        (f"with open('d') as folder:\n    if folder:\n        {MADE}", SAFE),
        ("print([CacheService(cache_dir=folder, system='A') for folder in 'ab'])\n", SAFE),
        (f"class K:\n    folder = 'd'\n    {MADE}", SAFE),
        (f"def f(folder):\n    del folder\n    {MADE}", UNSAFE),
        (f"def f():\n    return {MADE}folder = 'd'\n", UNSAFE),
        (f"if f():\n    folder = 'd'\n{MADE}", UNSAFE),
        (f"folder: str\n{MADE}", UNSAFE),
        (f"for folder in 'ab': pass\n{MADE}", UNSAFE),
        (f"for folder in 'ab':\n    def f(): return {MADE}", SAFE),
        ("for folder in CacheService(cache_dir=folder, system='A'): pass\n", UNSAFE),
        (f"f() and (folder := 'd')\n{MADE}", UNSAFE),
        (f"try: f()\nexcept OSError as folder: pass\n{MADE}", UNSAFE),
    ],
)  # fmt: skip
def test_a_name_that_may_not_be_bound(code: str, expected: str, tmp_path: Path) -> None:
    assert verdict(tmp_path, code) == expected


@pytest.mark.parametrize(
    ("before", "value", "expected"),
    [
        ("def Path(x): print(x)\n", "Path('d')", MANUAL),
        ("def str(x): print(x)\n", "str('d')", MANUAL),
        ("from app.names import *\n", "Path('d')", UNSAFE),
        ("if f():\n    import posixpath as p\n", "Path('d') / p.sep", UNSAFE),
        ("if f():\n    import os as system\n", "system.getenv('D')", UNSAFE),
        ("import app.names as os\n", "os.getenv('D')", MANUAL),
        ("import app.names\n", "app.names.getenv('D')", MANUAL),
    ],
)
def test_a_name_of_the_library_that_means_something_else(
    before: str, value: str, expected: str, tmp_path: Path
) -> None:
    assert verdict(tmp_path, before + call(value), {"app/names.py": "def getenv(x): print(x)\n"}) == expected


def test_a_module_of_the_repository_that_is_called_like_one_of_the_library(tmp_path: Path) -> None:
    own = {"tempfile.py": "def gettempdir(): print('asked')\n"}
    assert verdict(tmp_path, call("tempfile.gettempdir()"), own) == MANUAL


@pytest.mark.parametrize(
    "value",
    ["CacheService", "CacheService.shared", "[CacheService]", "lambda: CacheService(system='B')", "f'{CacheService}'"],
)
def test_what_refers_to_the_class_itself_is_not_dropped(value: str, tmp_path: Path) -> None:
    lay_out(tmp_path, {"pyproject.toml": CONFIG, "app/user.py": HEAD + call(value)})
    found = next(f for f in cases.findings(cases.check(tmp_path)) if f.code == "CLF002")
    assert f"{found.applicability} {found.reason}" == MANUAL
