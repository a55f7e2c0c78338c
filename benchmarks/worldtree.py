"""The trees that nobody here wrote: standard libraries and packages from the registry, unpacked."""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import subprocess
import sys
import tarfile
import warnings
import zipfile
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

_PLATFORMS = (
    "any", "manylinux_2_28_x86_64", "manylinux_2_27_x86_64", "manylinux_2_17_x86_64", "manylinux2014_x86_64",
    "macosx_14_0_arm64", "macosx_11_0_arm64",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Entry:
    """Something to unpack.

    Attributes:
        name: the package, or ``python3.11`` for a standard library.
        version: the exact version.
        kind: ``wheel``, ``sdist`` or ``library``.
        source: the folder of a standard library.
        every: each of its files is analysed as well; False where that would take hours and tell the same each time.
    """

    name: str
    version: str
    kind: str
    source: str = ""
    every: bool = True


def entries(data: dict[str, Any], pythons: Sequence[str]) -> Iterator[Entry]:
    """What the data file lists, with the standard libraries of some interpreters in front."""
    code = "import platform, sysconfig; print(platform.python_version(), sysconfig.get_path('stdlib'))"
    for python in pythons:
        done = subprocess.run([python, "-c", code], check=True, capture_output=True, text=True)
        version, _, folder = done.stdout.strip().partition(" ")
        yield Entry(f"python{version.rpartition('.')[0]}", version, "library", folder)
    tree = data["tree"]
    for kind in ("wheel", "sdist"):
        for requirement in tree[f"{kind}s"]:
            name, _, version = requirement.partition("==")
            yield Entry(name, version, kind, every=name not in tree["searched_only"])


def fetch(entry: Entry, work: Path) -> Path:
    """Return the folder with an unpacked package: downloaded and unpacked once, nothing in it is run."""
    target = work / "trees" / f"{entry.name}-{entry.version}"
    if target.is_dir():
        return target
    partial = target.with_name(f"{target.name}.partial")
    shutil.rmtree(partial, ignore_errors=True)
    if entry.kind == "library":
        shutil.copytree(entry.source, partial, ignore=shutil.ignore_patterns("site-packages", "__pycache__"))
    else:
        unpack(download(entry, work / "downloads"), partial)
    # A table of the package's own would be read in place of the default.
    (partial / "pyproject.toml").write_text("[tool.cachelift]\n", encoding="utf-8")
    partial.rename(target)
    return target


def download(entry: Entry, folder: Path) -> Path:
    """Return the package's archive, downloaded by pip if it is not in the folder."""
    stem = re.sub(r"[-_.]+", "_", entry.name).lower()
    end = ".whl" if entry.kind == "wheel" else ".tar.gz"

    def found() -> Iterator[Path]:
        for path in sorted(folder.glob(f"*{end}")):
            name, _, rest = re.sub(r"[-_.]+(?=.*-\d)", "_", path.name).lower().partition(f"-{entry.version}")
            if name == stem and (rest == end or rest.startswith("-")):
                yield path

    if not any(found()):
        command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--ignore-requires-python"]
        if entry.kind == "wheel":
            command += ["--only-binary=:all:", "--python-version=3.13"]
            command += [f"--platform={platform}" for platform in _PLATFORMS]
        else:
            command += [f"--no-binary={entry.name}"]
        subprocess.run([*command, "--dest", str(folder), f"{entry.name}=={entry.version}"], check=True)
    return next(found())


def unpack(archive: Path, target: Path) -> None:
    """Unpack the Python files of an archive."""
    if archive.suffix == ".whl":
        with zipfile.ZipFile(archive) as wheel:
            wheel.extractall(target, [name for name in wheel.namelist() if name.endswith((".py", ".pyi"))])
        return
    with tarfile.open(archive) as tar:
        members = [member for member in tar.getmembers() if member.name.endswith((".py", ".pyi"))]
        tar.extractall(target, members, filter="data")


def python_files(tree: Path) -> list[str]:
    """All ``.py`` files, relative and sorted."""
    return sorted(path.relative_to(tree).as_posix() for path in tree.rglob("*.py") if path.is_file())


def digest(tree: Path, files: Iterable[str]) -> dict[str, str]:
    """What each file holds, and that nothing else is there, in short."""
    found = {path: hashlib.sha256((tree / path).read_bytes()).hexdigest() for path in files}
    found["."] = str(sum(len(names) for _, _, names in os.walk(tree)))
    return found


def differing(tree: Path, before: dict[str, str]) -> list[str]:
    """The files that are no longer what they were; ``.`` for a file more or less."""
    after = digest(tree, (path for path in before if path != "."))
    return sorted(path for path in before if after[path] != before[path])


def holding(tree: Path, files: Iterable[str], words: Iterable[str]) -> int:
    """How many files hold one of some words."""
    pattern = re.compile(rb"(?<![A-Za-z0-9_])(?:" + b"|".join(w.encode() for w in words) + rb")(?![A-Za-z0-9_])")
    return sum(pattern.search((tree / path).read_bytes()) is not None for path in files)


_NOT_CODE = ("{{", "{%", "<%")


def kind_of_failure(path: Path, message: str) -> str:
    """What kind of file could not be done; ``defect`` where Python compiles the file and so should the tool."""
    raw = path.read_bytes()
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            compile(raw, str(path), "exec", dont_inherit=True)
    except RecursionError:
        return "nested too deeply for Python"
    except (SyntaxError, ValueError) as error:
        if "internal error" in message:
            return "defect"
        return _kind_of_text(raw.decode("latin-1"), str(error), message)
    return "defect"


def _kind_of_text(text: str, error: str, message: str) -> str:
    if "newer" in message or "needs Python" in message:
        return "syntax of a newer Python"
    if any(mark in text for mark in _NOT_CODE):
        return "template"
    old = (
        r"^\s*print +[\"'\w%(]|^\s*except [\w.(), ]+, *\w+:|\bexec +[\"'\w]|<>|^\s*raise \w+, |`\w+`|\b0[0-7]+\b|\bur\""
    )
    if "print" in error or "multiple exception types" in error or re.search(old, text, re.MULTILINE):
        return "Python 2"
    if "encod" in error or "codec" in error or "null byte" in error or "decode" in error:
        return "broken encoding"
    return "broken on purpose"
