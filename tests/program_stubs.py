"""Other stub applications and configurations: classes and factories of other signatures and members."""

from __future__ import annotations

from collections.abc import Sequence

from programs import LEGACY_PATH, STUB_FILES, TARGET_PATH

_PARAMETERS = b'cache_dir="data/cache", system="KP"'
_FACTORY = b'def get_unified_cache(system="KP")'
_WARMUP = b"""    def warmup(self):
        record("warmup")
        return self

    def get_stats(self):"""


def _with(path: str, old: bytes, new: bytes) -> dict[str, bytes]:
    assert old in STUB_FILES[path]
    return {path: STUB_FILES[path].replace(old, new)}


STUBS: Sequence[tuple[int, tuple[str, dict[str, bytes]]]] = (
    (20, ("", {})),
    (2, ('src = ["."]\n[[tool.cachelift.migrations]]\ndrop = ["cache_dir"]', {})),
    (3, ("", _with(TARGET_PATH, b"    def get_stats(self):", _WARMUP))),
    (2, ("", _with(LEGACY_PATH, _PARAMETERS, b'system="KP", cache_dir="data/cache"'))),
    (1, ("", _with(LEGACY_PATH, _PARAMETERS, b'system, cache_dir="data/cache"'))),
    (1, ("", _with(LEGACY_PATH, _PARAMETERS, b'cache_dir="data/cache", *, system="A"'))),
    (1, ("", _with(LEGACY_PATH, _PARAMETERS, b'system="KP", *, cache_dir="data/cache"'))),
    (1, ("", _with(TARGET_PATH, _FACTORY, b"def get_unified_cache(system)"))),
    (1, ("", _with(TARGET_PATH, _FACTORY, b'def get_unified_cache(*, system="KP")'))),
    (1, ("", _with(TARGET_PATH, _FACTORY, b'def get_unified_cache(ttl=None, system="KP")'))),
    (1, ("", _with(TARGET_PATH, b") -> UnifiedCache:", b"):"))),
    (
        2,
        (
            '[[tool.cachelift.migrations]]\narguments = ["system", "cache_dir:folder"]',
            _with(TARGET_PATH, _FACTORY, b'def get_unified_cache(system="KP", folder="data/cache")'),
        ),
    ),
)
"""(weight, (what follows ``[tool.cachelift]``, the files of the stub that are other ones))."""
