"""What is shipped: metadata, the console script, the wheel, the hooks, the commands of the README."""

from __future__ import annotations

import gzip
import hashlib
import io
import os
import re
import subprocess
import sys
import tarfile
import tomllib
import zipfile
from collections.abc import Iterator
from importlib.metadata import distribution
from pathlib import Path

import pytest
from hatchling.builders.sdist import SdistBuilder
from hatchling.builders.wheel import WheelBuilder
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

import cachelift
from cachelift.config import load_settings
from cachelift.model import CODES, Migration

ROOT = Path(__file__).parent.parent


def read(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


def project() -> dict[str, object]:
    table = tomllib.loads(read("pyproject.toml"))["project"]
    assert isinstance(table, dict)
    return table


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> zipfile.ZipFile:
    folder = tmp_path_factory.mktemp("wheel")
    (built,) = WheelBuilder(str(ROOT)).build(directory=str(folder))
    return zipfile.ZipFile(built)


def test_the_wheel_holds_the_package_and_nothing_else(wheel: zipfile.ZipFile) -> None:
    info = f"cachelift-{cachelift.__version__}.dist-info"
    source = {path.relative_to(ROOT / "src").as_posix() for path in (ROOT / "src" / "cachelift").rglob("*.py")}

    assert set(wheel.namelist()) == source | {
        "cachelift/py.typed",
        *(f"{info}/{name}" for name in ("METADATA", "WHEEL", "RECORD", "entry_points.txt", "licenses/LICENSE")),
    }


def test_the_wheel_says_what_it_is(wheel: zipfile.ZipFile) -> None:
    metadata = wheel.read(f"cachelift-{cachelift.__version__}.dist-info/METADATA").decode()
    entry_points = wheel.read(f"cachelift-{cachelift.__version__}.dist-info/entry_points.txt").decode()

    assert f"\nVersion: {cachelift.__version__}\n" in metadata
    assert "\nRequires-Python: >=3.11\n" in metadata
    assert "\nLicense-Expression: MIT\n" in metadata
    assert "cachelift = cachelift.start:script" in entry_points.splitlines()


@pytest.fixture(scope="module")
def sdist(tmp_path_factory: pytest.TempPathFactory) -> Path:
    (built,) = SdistBuilder(str(ROOT)).build(directory=str(tmp_path_factory.mktemp("sdist")))
    return Path(built)


def test_the_sdist_holds_what_its_tests_need(sdist: Path) -> None:
    with tarfile.open(sdist) as archive:
        names = {name.partition("/")[2] for name in archive.getnames()}
    files = {
        path.relative_to(ROOT).as_posix()
        for folder in (".ci", "benchmarks", "docs", "fixtures", "requirements", "src", "tests")
        for path in (ROOT / folder).rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }
    texts = {"CHANGELOG.md", "CONTRIBUTING.md", "LICENSE", "README.md", "SECURITY.md"}
    others = {".gitignore", ".pre-commit-hooks.yaml", "PKG-INFO", "noxfile.py", "pyproject.toml"}

    assert names == files | texts | others


BUILD = """\
import os, sys
from hatchling.build import build_sdist, build_wheel
os.umask(int(sys.argv[2], 8))
os.mkdir(sys.argv[1])
print(build_sdist(sys.argv[1]), build_wheel(sys.argv[1]))
"""


def rebuilt(sdist: Path, folder: Path, umask: int, time: int, **environment: str) -> list[str]:
    """Unpack an sdist with other modes and times than its own and build there: the hashes of sdist and wheel."""
    with tarfile.open(fileobj=io.BytesIO(gzip.decompress(sdist.read_bytes()))) as archive:
        for member in sorted(archive.getmembers(), key=lambda member: member.name, reverse=time % 2 == 1):
            mode = (0o777 if member.mode & 0o100 else 0o666) & ~umask
            archive.extract(member.replace(mtime=time, mode=mode), folder, filter="fully_trusted")
    (root,) = folder.iterdir()
    done = subprocess.run(
        [sys.executable, "-c", BUILD, str(folder / "built"), oct(umask)],
        cwd=root,
        env={**os.environ, **environment},
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    return [digest(folder / "built" / name) for name in done.stdout.split()]


def digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def test_a_build_can_be_reproduced(sdist: Path, tmp_path: Path) -> None:
    """From another folder, with other modes and times, in another time zone and language; and from the sdist."""
    one = rebuilt(sdist, tmp_path / "one", 0o022, 10**9, TZ="UTC", LC_ALL="C", PYTHONHASHSEED="1")
    two = rebuilt(sdist, tmp_path / "two", 0o077, 10**9 + 1, TZ="Asia/Tokyo", LC_ALL="C.UTF-8", PYTHONHASHSEED="2")

    assert one == two
    assert len(one) == 2
    assert one[0] == digest(sdist)


LOCK = "requirements/ci.txt"
TOOL = re.compile(r"^([a-z0-9-]+)==(\S+).*((?:\n    --hash=sha256:[0-9a-f]{64}(?: \\)?$)*)", re.MULTILINE)


def locked() -> dict[str, tuple[str, int]]:
    """Of each locked tool its version and how many files of it are known by their hashes."""
    return {name: (version, hashes.count("sha256:")) for name, version, hashes in TOOL.findall(read(LOCK))}


def test_the_lock_pins_every_tool_by_its_hashes() -> None:
    lines = [line for line in read(LOCK).splitlines() if not line.startswith((" ", "#"))]

    assert len(locked()) == len(lines)
    assert min(hashes for _, hashes in locked().values()) > 0


def asked_for(extra: str) -> Iterator[Requirement]:
    """What an extra asks for, and the extras that it takes up."""
    extras = project()["optional-dependencies"]
    for requirement in map(Requirement, extras[extra]):  # type: ignore[index]
        if requirement.name == "cachelift":
            for other in requirement.extras:
                yield from asked_for(other)
        else:
            yield requirement


def test_the_lock_holds_what_is_asked_for() -> None:
    others = [
        *project()["dependencies"],  # type: ignore[misc]
        *tomllib.loads(read("pyproject.toml"))["build-system"]["requires"],
        *re.findall(r"^[^#\s]+", read("requirements/ci.in"), re.MULTILINE),
    ]
    wanted = [*asked_for("dev"), *map(Requirement, others)]
    tools = {name: version for name, (version, _) in locked().items()}

    missing = [str(each) for each in wanted if tools.get(canonicalize_name(each.name), "0") not in each.specifier]
    assert missing == [], "nox --session lock"


def test_a_user_needs_only_these() -> None:
    names = [re.split(r"[<>=]", requirement)[0] for requirement in project()["dependencies"]]  # type: ignore[attr-defined]

    assert names == ["click", "libcst"]


def test_the_classifiers_name_every_version() -> None:
    prefix = "Programming Language :: Python :: 3."
    versions = [text for text in project()["classifiers"] if text.startswith(prefix)]  # type: ignore[attr-defined]

    assert versions == [f"{prefix}{minor}" for minor in range(11, 15)]


def test_the_console_script_is_installed() -> None:
    scripts = {entry.name: entry.value for entry in distribution("cachelift").entry_points}

    assert scripts["cachelift"] == "cachelift.start:script"


def test_the_hooks() -> None:
    hooks = read(".pre-commit-hooks.yaml").split("\n- ")

    assert [re.findall(r"(?:id|entry|language|types_or|require_serial): (.*)", hook) for hook in hooks] == [
        [f"cachelift-{command}", f"cachelift {command}", "python", "[python, pyi]", "true"]
        for command in ("fix", "check")
    ]


def test_the_changelog_knows_the_version_or_what_comes() -> None:
    assert re.search(rf"^## \[(?:Unreleased|{re.escape(cachelift.__version__)})\]", read("CHANGELOG.md"), re.MULTILINE)


def test_the_readme_opens_with_the_two_commands() -> None:
    blocks = re.findall(r"^```bash\n(.*?)^```$", read("README.md"), re.MULTILINE | re.DOTALL)

    assert read("README.md").startswith("# cachelift\n\n```bash\n")
    assert blocks[:2] == [
        "python -m pip install .\ncachelift fix --diff fixtures/reference_app || test $? -eq 1\n",
        'python -m pip install --editable ".[test]"\npython -m pytest -n auto\n',
    ]


def test_the_readme_lists_every_code() -> None:
    rows = re.findall(r"^\| (CLF\d{3}) \| (\S+) \| (.*) \|$", read("README.md"), re.MULTILINE)

    assert rows == [(code.code, code.name, code.usage) for code in CODES.values()]


def test_the_readme_shows_the_defaults(tmp_path: Path) -> None:
    (example,) = re.findall(r"^```toml\n(.*?)^```$", read("README.md"), re.MULTILINE | re.DOTALL)
    (tmp_path / "pyproject.toml").write_text(example)
    settings = load_settings(str(tmp_path))

    assert (settings.src, settings.exclude, settings.select, settings.ignore) == (("src", "."), (), (), ())
    assert settings.migrations == (Migration(),)
