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
_SAME = b"""    def same(self, other):
        return isinstance(other, type(self))

    @classmethod
    def owns(cls, value):
        return isinstance(value, cls)

    def __eq__(self, other):
        return self.same(other) and other.system == self.system

    def __hash__(self):
        return 7

    def get_stats(self):"""
_IS_CACHE = b"""

def is_cache(value):
    return isinstance(value, %s)
"""
_BASE = b"""\
class Base:
    def same(self, other):
        return type(other) is type(self)


def is_base(value):
    return isinstance(value, Base)
"""
_PLAIN_BASE = _BASE.partition(b"\n\n\n")[2].join((b"class Base: ...\n\n\n", b""))
_IMPORTS_BASE = b"from app.services.base import Base\n\n\nclass "


def _with(path: str, old: bytes, new: bytes) -> dict[str, bytes]:
    assert old in STUB_FILES[path]
    return {path: STUB_FILES[path].replace(old, new)}


def _asks() -> dict[str, bytes]:
    """Both modules ask for their classes."""
    files: dict[str, bytes] = {}
    for path, name in ((LEGACY_PATH, b"CacheService"), (TARGET_PATH, b"UnifiedCache")):
        files |= _with(path, b"    def get_stats(self):", _SAME)
        files[path] += _IS_CACHE % name
    return files


def _of_base(path: str, name: bytes, base: bytes = _BASE) -> dict[str, bytes]:
    """One of the classes has a base that objects are asked for."""
    derived = _with(path, b"class " + name + b":", _IMPORTS_BASE + name + b"(Base):")
    return {**derived, path.rpartition("/")[0] + "/base.py": base}


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
    (2, ("", _asks())),
    (1, ("", {LEGACY_PATH: STUB_FILES[LEGACY_PATH] + _IS_CACHE % b"CacheService"})),
    (1, ("", _of_base(LEGACY_PATH, b"CacheService"))),
    (1, ("", _of_base(TARGET_PATH, b"UnifiedCache", _PLAIN_BASE))),
    (1, ("", {**_of_base(LEGACY_PATH, b"CacheService"), **_of_base(TARGET_PATH, b"UnifiedCache")})),
    (
        2,
        (
            '[[tool.cachelift.migrations]]\narguments = ["system", "cache_dir:folder"]',
            _with(TARGET_PATH, _FACTORY, b'def get_unified_cache(system="KP", folder="data/cache")'),
        ),
    ),
)
"""(weight, (what follows ``[tool.cachelift]``, the files of the stub that are other ones))."""
