"""Which files are known to ask objects for their class."""

from __future__ import annotations

from pathlib import Path

from asked import FACTORY, LEGACY_CLASS, NEW, OLD, TYPE_CLASS
from helpers import lay_out

from cachelift.config import load_settings
from cachelift.discover import discover
from cachelift.run import Run

HELPER = "from app.services.cache_service import CacheService as Cache\n"
ASKS = """\
from app import helper
from app.services import unified_cache as kinds
print(type(helper.Cache(system='B')) is kinds.UnifiedCache)  # CacheService
"""


def test_a_file_that_takes_part_late_is_known_once(tmp_path: Path) -> None:
    """It is looked at for the name of the class, and again once it is known what the other file calls it."""
    lay_out(tmp_path, {OLD: LEGACY_CLASS, NEW: TYPE_CLASS + FACTORY, "app/helper.py": HELPER, "app/consumer.py": ASKS})
    root = str(tmp_path.resolve())
    loaded = Run(load_settings(root), discover(root, [root]), unsafe=False).loaded
    loaded.load()
    assert loaded.facts["app/consumer.py"].asks
    assert "app/consumer.py" not in loaded.questions.asking
