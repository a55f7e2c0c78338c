"""One small repository with everything that a report can show, and the reports of it that are kept."""

from __future__ import annotations

import shutil
from pathlib import Path

from cachelift import engine
from cachelift.config import load_settings
from cachelift.report import Mode, Report, Style, emitter, make_report

FOLDER = Path(__file__).parent / "golden"
STUB = Path(__file__).parent.parent / "fixtures" / "stub"

FILES = {
    "app/plain.py": "from app.services.cache_service import CacheService\n\n"
    'print("naïve 🙂", CacheService(system="KP").get("k"))\n',
    "app/windows.py": "from app.services.cache_service import CacheService, make_key\r\n\r\n\r\n"
    "class Session:\r\n"
    "    def load(self, system):\r\n"
    "        return CacheService(\r\n"
    "            system=system,  # one of ours\r\n"
    '        ).get(make_key("a"))\r\n',
    "app/maker.py": "from app.services.cache_service import CacheService\n\n\n"
    'def make():\n    return CacheService(system="KP")\n',
    "app/by hand, 100%.py": "from app.services.cache_service import CacheService\n\n"
    'old = CacheService("data", system="KP")\n',
    "app/broken.py": "from app.services.cache_service import CacheService\n\ncache = CacheService(\n",
    "tests/test_maker.py": "from unittest.mock import patch\n\nfrom app.maker import make\n\n\n"
    'def test_make():\n    with patch("app.maker.CacheService") as fake:\n        assert make() is fake.return_value\n',
}


def lay_out(root: Path) -> None:
    """Write the repository."""
    shutil.copytree(STUB, root, dirs_exist_ok=True, ignore=shutil.ignore_patterns("__pycache__"))
    for path, text in FILES.items():
        target = root / path
        target.parent.mkdir(exist_ok=True)
        target.write_bytes(text.encode())
    (root / "pyproject.toml").write_text("[tool.cachelift]\n")


def checked(root: Path) -> Report:
    """Check the repository."""
    lay_out(root)
    result = engine.check_paths(load_settings(str(root)), [str(root)], fixes=True)
    return make_report(result, Mode.CHECK)


def rendered(root: Path, name: str) -> str:
    """Give the report of the repository in one format."""
    return emitter(name)(checked(root), Style())


def kept(name: str) -> str:
    """Read a report that is kept."""
    return (FOLDER / name).read_text(encoding="utf-8")
