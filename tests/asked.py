"""A call whose object is handed to another module, which may ask it for its class."""

from __future__ import annotations

from pathlib import Path

from helpers import LEGACY, reported

HERE = LEGACY + 'from app.other import take\n\nx = CacheService("A")\ntake(x)\n'
"""An object is handed to a function of another module."""
OLD = "app/services/cache_service.py"
NEW = "app/services/unified_cache.py"
CLASS = "class {}{}:\n    def __init__(self, system='KP'): self.system = system\n    def get(self, key): return key\n"
LEGACY_CLASS = CLASS.format("CacheService", "")
TYPE_CLASS = CLASS.format("UnifiedCache", "")
FACTORY = "def get_unified_cache(system='KP') -> UnifiedCache: return UnifiedCache(system)\n"
TYPE = "from app.services.unified_cache import UnifiedCache, get_unified_cache\n"


def verdict(root: Path, files: dict[str, str], text: str = HERE, *, config: str = "", at: int = 0) -> str:
    """What becomes of the first call of the consumer, or of the first from a line on."""
    modules = {OLD: LEGACY_CLASS, NEW: TYPE_CLASS + FACTORY, "app/other.py": "def take(o): ...\n"}
    found = reported(root, text, files={**modules, **files}, config=config)
    calls = (each for each in found if " CLF002 " in each and int(each.partition(":")[0]) >= at)
    return next(" ".join(each.split()[2:]) for each in calls)
