"""Wheels of what is installed here: from them pip builds the environments of hooks without any index."""

from __future__ import annotations

import zipfile
from collections.abc import Iterable
from importlib.metadata import Distribution, distribution
from pathlib import Path

from packaging.requirements import Requirement
from packaging.tags import sys_tags
from packaging.utils import canonicalize_name

_OWN_RECORDS = ("RECORD", "INSTALLER", "REQUESTED", "direct_url.json")
"""What pip writes into a ``.dist-info`` folder itself."""


def pack(names: Iterable[str], folder: Path) -> None:
    """Make wheels of distributions and of all that they need."""
    done: set[str] = set()
    pending = {canonicalize_name(name) for name in names}
    while pending:
        found = distribution(pending.pop())
        done.add(canonicalize_name(found.name))
        _pack(found, folder)
        requirements = map(Requirement, found.requires or ())
        needed = [each.name for each in requirements if each.marker is None or each.marker.evaluate({"extra": ""})]
        pending |= set(map(canonicalize_name, needed)) - done


def _pack(found: Distribution, folder: Path) -> None:
    """Make the wheel of one distribution.

    https://packaging.python.org/en/latest/specifications/binary-distribution-format/
    """
    supported = [str(tag) for tag in sys_tags()]
    tags = [line[5:] for line in (found.read_text("WHEEL") or "").splitlines() if line.startswith("Tag: ")]
    tag = min(tags, key=lambda each: supported.index(each) if each in supported else len(supported))
    stem = f"{found.name.replace('-', '_')}-{found.version}"
    paths = [
        path
        for path in found.files or ()
        if ".." not in path.parts and path.suffix != ".pyc" and path.name not in _OWN_RECORDS
    ]
    info = next(path.parts[0] for path in paths if path.name == "METADATA" and path.parts[0].endswith(".dist-info"))
    with zipfile.ZipFile(folder / f"{stem}-{tag}.whl", "w") as wheel:
        for path in paths:
            wheel.write(str(path.locate()), path.as_posix())
        wheel.writestr(f"{info}/RECORD", "".join(f"{path.as_posix()},,\n" for path in paths) + f"{info}/RECORD,,\n")
