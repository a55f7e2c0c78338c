"""The hooks in real commits: git and pre-commit run the snippets of the README, word for word.

The addresses in them lead to copies of this checkout (git's ``insteadOf``), and pip installs from the wheels of what is
installed here, so no network is needed.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from stub import IMPORT, NEW_IMPORT, lay_out, write
from wheelhouse import pack

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parent.parent
SHIPPED = ("pyproject.toml", "README.md", "LICENSE", ".pre-commit-hooks.yaml", "src")

SAFE = IMPORT + 'cache = CacheService(system="A")\n'
SAFE_AFTER = NEW_IMPORT + 'cache = get_unified_cache("A")\n'
MANUAL = IMPORT + 'cache = CacheService("dir")\n'

FLAKE8_HOOK = """\
- id: flake8
  name: flake8
  entry: flake8
  language: python
  types: [python]
  require_serial: true
"""
FLAKE8_PACKAGE = """\
[build-system]
requires = ["hatchling"]
build-backend = "hatchling.build"
[project]
name = "flake8-of-the-hook"
version = "1"
dependencies = ["flake8"]
[tool.hatch.build.targets.wheel]
bypass-selection = true
"""


def snippet(*parts: str) -> str:
    """The one configuration in the README that has all of the parts."""
    blocks = re.findall(r"^```yaml\n(.*?)^```$", (ROOT / "README.md").read_text(), re.MULTILINE | re.DOTALL)
    (found,) = [block for block in blocks if all(part in block for part in parts)]
    return str(found)


FIX = snippet("repo: https://example.com/cachelift.git", "id: cachelift-fix")
CHECK = snippet("repo: https://example.com/cachelift.git", "id: cachelift-check")
LOCAL = snippet("repo: local")
FLAKE8 = snippet("id: flake8")


class Git:
    """A repository of a user with pre-commit installed in it."""

    def __init__(self, root: Path, environment: dict[str, str]) -> None:
        self.root = root
        self.environment = environment

    def run(self, *command: str) -> subprocess.CompletedProcess[str]:
        """Run a command in the repository; standard error goes where standard output goes."""
        return subprocess.run(
            command,
            cwd=self.root,
            env=self.environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
            timeout=600,
        )

    def do(self, *command: str) -> str:
        """Run a command that has to succeed."""
        done = self.run(*command)
        assert done.returncode == 0, done.stdout
        return done.stdout

    def commit(self) -> subprocess.CompletedProcess[str]:
        """Commit what is staged."""
        return self.run("git", "commit", "--message", "a change")

    def log(self) -> int:
        """How many commits there are."""
        return int(self.do("git", "rev-list", "--count", "HEAD"))

    def committed(self, path: str) -> bytes:
        """A file as it was committed last."""
        done = subprocess.run(["git", "show", f"HEAD:{path}"], cwd=self.root, capture_output=True, check=True)
        return done.stdout


@pytest.fixture(scope="session")
def environment(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """A home folder, hook sources and an index; parallel workers share them, and so the environments of the hooks."""
    base = tmp_path_factory.getbasetemp()
    shared = (base.parent if "PYTEST_XDIST_WORKER" in os.environ else base) / "pre-commit"
    shared.mkdir(exist_ok=True)
    variables = {
        name: value for name, value in os.environ.items() if not name.startswith(("GIT_", "PIP_", "PRE_COMMIT"))
    }
    variables |= {
        "HOME": str(shared),
        "XDG_CONFIG_HOME": str(shared),
        "GIT_CONFIG_NOSYSTEM": "1",
        "PATH": os.pathsep.join((os.path.dirname(sys.executable), os.environ["PATH"])),
        "PIP_CONFIG_FILE": os.devnull,
        "PIP_DISABLE_PIP_VERSION_CHECK": "1",
        "PIP_FIND_LINKS": str(shared / "wheels"),
        "PIP_NO_INDEX": "1",
        "PRE_COMMIT_HOME": str(shared / "store"),
        "PRE_COMMIT_COLOR": "never",
    }
    variables.pop("PYTHONPATH", None)
    with (shared / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        with contextlib.suppress(FileExistsError):  # another worker was first
            (shared / "wheels").mkdir()
            _prepare(shared, variables)
    return variables


def _prepare(shared: Path, variables: dict[str, str]) -> None:
    """Make the sources of the hooks as git repositories, and the wheels."""
    addresses = {
        "cachelift": re.search(r"repo: (\S+)\s.*\n +rev: (\S+)", FIX),
        "flake8": re.search(r"repo: (\S+)\s.*\n? +rev: (\S+)", FLAKE8),
    }
    config = "[user]\nname = A User\nemail = user@example.com\n[init]\ndefaultBranch = main\n[core]\nautocrlf = false\n"
    for name, match in addresses.items():
        assert match is not None
        config += f'[url "{shared / name}"]\ninsteadOf = {match[1]}\n'
    (shared / ".gitconfig").write_text(config)
    for name in SHIPPED:
        copy = shutil.copytree if (ROOT / name).is_dir() else shutil.copy
        (shared / "cachelift").mkdir(exist_ok=True)
        copy(ROOT / name, shared / "cachelift" / name)
    write(shared / "flake8/.pre-commit-hooks.yaml", FLAKE8_HOOK)
    write(shared / "flake8/pyproject.toml", FLAKE8_PACKAGE)
    for name, match in addresses.items():
        assert match is not None
        source = Git(shared / name, variables)
        source.do("git", "init", "--quiet")
        write(source.root / ".gitignore", "__pycache__\n")
        source.do("git", "add", "--all")
        source.do("git", "commit", "--quiet", "--message", "a release")
        source.do("git", "tag", match[2])
    pack(["click", "flake8", "hatchling", "libcst"], shared / "wheels")


@pytest.fixture
def git(tmp_path: Path, environment: dict[str, str]) -> Git:
    """A repository with the application of the fixtures committed in it."""
    git = Git(lay_out(tmp_path / "project", {".gitignore": "__pycache__\n"}), environment)
    git.do("git", "init", "--quiet")
    git.do("git", "add", "--all")
    git.do("git", "commit", "--quiet", "--message", "before the hooks")
    return git


def install(git: Git, config: str) -> None:
    """Put a configuration of hooks in force."""
    write(git.root / ".pre-commit-config.yaml", config)
    git.do("git", "add", "--all")
    git.do("git", "commit", "--quiet", "--message", "hooks")
    git.do("pre-commit", "install")


def test_the_documentation_shows_what_the_readme_shows() -> None:
    assert f"```yaml\n{FLAKE8}```" in (ROOT / "docs" / "flake8.md").read_text()


@pytest.mark.parametrize("config", [FIX, LOCAL], ids=["from the repository", "local"])
def test_a_commit_is_refused_and_the_file_rewritten(git: Git, config: str) -> None:
    install(git, config)
    write(git.root / "app/one.py", SAFE)
    git.do("git", "add", "--all")
    refused = git.commit()

    assert refused.returncode == 1
    assert "files were modified by this hook" in refused.stdout
    assert "2 usages rewritten in 1 file, 0 left" in refused.stdout
    assert (git.root / "app/one.py").read_text() == SAFE_AFTER
    assert git.log() == 2
    git.do("git", "add", "app/one.py")
    passed = git.commit()
    assert passed.returncode == 0, passed.stdout
    assert re.search(r"cachelift fix\.+Passed", passed.stdout)
    assert git.committed("app/one.py") == SAFE_AFTER.encode()


def test_a_file_without_usages_is_committed(git: Git) -> None:
    install(git, FIX)
    write(git.root / "app/one.py", "cache = 1\n")
    write(git.root / "notes.txt", SAFE)
    git.do("git", "add", "--all")

    assert git.commit().returncode == 0
    assert git.committed("notes.txt") == SAFE.encode()


def test_what_a_person_decides_is_refused_until_it_is_silenced(git: Git) -> None:
    install(git, FIX)
    write(git.root / "app/one.py", MANUAL)
    git.do("git", "add", "--all")
    refused = git.commit()

    assert refused.returncode == 1
    assert "app/one.py:2:9: CLF002" in refused.stdout
    assert "files were modified" not in refused.stdout
    assert (git.root / "app/one.py").read_text() == MANUAL
    git.do("cachelift", "fix", "--add-noqa", "app/one.py")
    git.do("git", "add", "--all")
    assert git.commit().returncode == 0


def test_the_check_hook_refuses_and_changes_nothing(git: Git) -> None:
    install(git, CHECK)
    write(git.root / "app/one.py", SAFE)
    git.do("git", "add", "--all")
    refused = git.commit()

    assert refused.returncode == 1
    assert "app/one.py:2:9: CLF002 CacheService(...) is deprecated: use get_unified_cache(...) [safe]" in refused.stdout
    assert (git.root / "app/one.py").read_text() == SAFE
    assert git.log() == 2
    git.do("cachelift", "fix", "app/one.py")
    git.do("git", "add", "--all")
    passed = git.commit()
    assert passed.returncode == 0, passed.stdout
    assert re.search(r"cachelift check\.+Passed", passed.stdout)


def test_several_files(git: Git) -> None:
    install(git, FIX)
    write(git.root / "app/one.py", IMPORT + "cache: CacheService\n")
    write(git.root / "app/two.py", SAFE)
    write(git.root / "app/three.pyi", IMPORT + "cache: CacheService\n")
    write(git.root / "app/four.py", "cache = 1\n")
    git.do("git", "add", "--all")

    assert git.commit().returncode == 1
    assert (git.root / "app/two.py").read_text() == SAFE_AFTER
    for name in ("app/one.py", "app/three.pyi"):
        assert (git.root / name).read_text() == (
            "from app.services.unified_cache import UnifiedCache\ncache: UnifiedCache\n"
        )
    git.do("git", "add", "--all")
    assert git.commit().returncode == 0
    assert git.do("cachelift", "check")
    assert git.do("git", "status", "--porcelain") == ""


def test_a_file_that_is_staged_in_part(git: Git) -> None:
    install(git, FIX)
    filler = "".join(f"x{number} = {number}\n" for number in range(20))
    write(git.root / "app/one.py", filler)
    git.do("git", "add", "--all")
    assert git.commit().returncode == 0
    write(git.root / "app/one.py", SAFE + filler)
    git.do("git", "add", "app/one.py")
    write(git.root / "app/one.py", SAFE + filler + 'late = CacheService(system="B")\n')
    refused = git.commit()

    assert refused.returncode == 1
    assert "Unstaged files detected" in refused.stdout
    # What was staged is rewritten, what was not stays as it was: pre-commit had put it aside.
    assert (git.root / "app/one.py").read_text() == SAFE_AFTER + filler + 'late = CacheService(system="B")\n'
    git.do("git", "checkout", "--", "app/one.py")
    git.do("cachelift", "fix", "app/one.py")
    git.do("git", "add", "app/one.py")
    write(git.root / "app/one.py", SAFE_AFTER + filler + "y = 1\n")
    assert git.commit().returncode == 0
    assert git.committed("app/one.py") == (SAFE_AFTER + filler).encode()
    assert (git.root / "app/one.py").read_text() == SAFE_AFTER + filler + "y = 1\n"


def test_line_ends_stay(git: Git) -> None:
    install(git, FIX)
    write(git.root / "app/one.py", SAFE.replace("\n", "\r\n"))
    git.do("git", "add", "--all")

    assert git.commit().returncode == 1
    assert (git.root / "app/one.py").read_bytes() == SAFE_AFTER.replace("\n", "\r\n").encode()
    git.do("git", "add", "--all")
    assert git.commit().returncode == 0
    assert git.committed("app/one.py") == SAFE_AFTER.replace("\n", "\r\n").encode()


def test_flake8_with_the_plugin(git: Git) -> None:
    install(git, FLAKE8)
    write(git.root / "app/one.py", SAFE)
    git.do("git", "add", "--all")
    refused = git.commit()

    assert refused.returncode == 1
    assert [line.split(" ")[:2] for line in refused.stdout.splitlines() if line.startswith("app/")] == [
        ["app/one.py:1:1:", "CLF001"],
        ["app/one.py:2:9:", "CLF002"],
    ]
    assert (git.root / "app/one.py").read_text() == SAFE
    git.do("cachelift", "fix", "app/one.py")
    git.do("git", "add", "--all")
    assert git.commit().returncode == 0


@pytest.mark.parametrize(("hook", "text"), [("cachelift-fix", SAFE_AFTER), ("cachelift-check", SAFE)])
def test_the_hooks_of_this_checkout_can_be_tried(git: Git, environment: dict[str, str], hook: str, text: str) -> None:
    write(git.root / "app/one.py", SAFE)
    git.do("git", "add", "--all")
    source = f"{environment['HOME']}/cachelift"
    tried = git.run("pre-commit", "try-repo", source, hook, "--all-files")

    assert tried.returncode == 1
    assert f"{hook.replace('-', ' ')}." in tried.stdout
    assert (git.root / "app/one.py").read_text() == text
