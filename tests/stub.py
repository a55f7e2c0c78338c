"""A small repository to run the tool in: the application of the fixtures, and the files of a test."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path

STUB = Path(__file__).parent.parent / "fixtures" / "stub"
IMPORT = "from app.services.cache_service import CacheService\n"
NEW_IMPORT = "from app.services.unified_cache import get_unified_cache\n"

Place = tuple[str, int, int, str]
"""Path, line, column and code."""
_LINE = re.compile(r"(?:\./)?(.+?):(\d+):(\d+): (CLF\d+) .*")


def lay_out(root: Path, files: dict[str, str | bytes], config: str = "") -> Path:
    """Put the application, a configuration and some files into a folder; text is UTF-8, its newlines are kept."""
    shutil.copytree(STUB, root, dirs_exist_ok=True, ignore=shutil.ignore_patterns("__pycache__"))
    (root / "pyproject.toml").write_text(f"[tool.cachelift]\n{config}")
    for name, content in files.items():
        write(root / name, content)
    return root


def write(path: Path, content: str | bytes) -> None:
    """Write a file; text is UTF-8, its newlines are kept."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content if isinstance(content, bytes) else content.encode())


def flake8(
    root: Path, *arguments: str, text: bytes | None = None, select: bool = True
) -> subprocess.CompletedProcess[str]:
    """Run flake8 as a user does, only for this tool's codes unless told otherwise."""
    command = [sys.executable, "-m", "flake8", "--isolated", *(["--select=CLF"] if select else []), *arguments]
    done = subprocess.run(command, cwd=root, input=text, capture_output=True, check=False, timeout=120)
    return subprocess.CompletedProcess(command, done.returncode, done.stdout.decode(), done.stderr.decode())


def places(output: str) -> set[Place]:
    """What flake8's default format says; each line has to be a finding."""
    found = set()
    for line in output.splitlines():
        match = _LINE.fullmatch(line)
        assert match is not None, line
        found.add((match[1], int(match[2]), int(match[3]), match[4]))
    return found
