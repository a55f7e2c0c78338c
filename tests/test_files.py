"""Trees as file systems have them: what cannot be written, odd names, links, sizes, encodings, other processes."""

from __future__ import annotations

import contextlib
import encodings
import errno
import os
import pkgutil
import resource
import shutil
import socket
import stat
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import cases
import pytest
from helpers import LEGACY

from cachelift import saving, writing
from cachelift.cli import main
from cachelift.config import load_settings
from cachelift.engine import fix_paths
from cachelift.reading import LARGEST, LARGEST_SOURCE, read_file
from cachelift.writing import ChangedOnDisk, alone, replace_file

CALL = LEGACY + "cache = CacheService(system='KP')\n"
FIXED = "from app.services.unified_cache import get_unified_cache\ncache = get_unified_cache('KP')\n"
FACADE = "from app.services.cache_service import CacheService\n\n\ndef make():\n    return CacheService(system='A')\n"
USER = "from app.facade import CacheService\n\ncache = CacheService(system='KP')\n"
Capture = pytest.CaptureFixture[str]
ROOT = os.getuid() == 0


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with the stub, which is also the current one."""
    top = tmp_path / "root"
    shutil.copytree(cases.FIXTURES / "stub", top, ignore=shutil.ignore_patterns("__pycache__"))
    (top / "pyproject.toml").write_text("[tool.cachelift]\n")
    monkeypatch.chdir(top)
    return top


@pytest.fixture
def reachable() -> Iterator[Path]:
    """The same where everybody may go: pytest's own folders are for their owner alone."""
    with tempfile.TemporaryDirectory() as folder:
        os.chmod(folder, 0o755)
        top = Path(folder) / "root"
        shutil.copytree(cases.FIXTURES / "stub", top, ignore=shutil.ignore_patterns("__pycache__"))
        (top / "pyproject.toml").write_text("[tool.cachelift]\n")
        yield top


def litter(root: Path) -> list[str]:
    return [str(path) for path in root.rglob("*") if ".tmp" in path.name]


def unprivileged(root: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run the tool in a tree as somebody for whom permissions count."""
    user = 65534
    for path in (root, *root.rglob("*")) if ROOT else ():
        os.chown(path, user, user)
    code = (
        f"import io, os, sys; sys.path[:0] = {[entry for entry in sys.path if entry]!r}\n"
        "import cachelift.writing, fcntl, threading\n"
        "from cachelift.cli import main\n"
        # A first run loads what that user may not read.
        "sys.stdout = io.TextIOWrapper(io.BytesIO()); main(['fix', '--diff']); sys.stdout = sys.__stdout__\n"
        f"if {ROOT}: os.setgroups([]); os.setgid({user}); os.setuid({user})\n"
        "sys.stderr.write('now'); sys.exit(main(sys.argv[1:]))"
    )
    return subprocess.run(
        [sys.executable, "-c", code, *arguments], cwd=root, capture_output=True, text=True, check=False
    )


# what cannot be written


def test_read_only_files_and_folders(reachable: Path) -> None:
    root = reachable
    (root / "app/read_only.py").write_text(CALL)
    (root / "app/read_only.py").chmod(0o444)
    (root / "app/closed").mkdir()
    (root / "app/closed/inside.py").write_text(CALL)
    (root / "app/closed").chmod(0o555)
    (root / "app/open.py").write_text(CALL)

    result = unprivileged(root, "fix", "--quiet")
    (root / "app/closed").chmod(0o755)

    assert result.returncode == 2
    errors = [line for line in result.stdout.splitlines() if "error" in line]
    assert errors == [
        "app/closed/inside.py: error: cannot be written: Permission denied",
        "app/read_only.py: error: cannot be written: Permission denied",
    ]
    assert result.stderr.endswith("now")
    assert (root / "app/open.py").read_text() == FIXED
    assert (root / "app/read_only.py").read_text() == (root / "app/closed/inside.py").read_text() == CALL
    assert litter(root) == []


def test_a_file_that_cannot_be_read_may_use_any_name(reachable: Path) -> None:
    """So no module takes away a name that it may import from there."""
    (reachable / "app/unreadable.py").write_text(CALL)
    (reachable / "app/unreadable.py").chmod(0)
    (reachable / "app/open.py").write_text(CALL)

    result = unprivileged(reachable, "fix", "--quiet")

    assert result.returncode == 2
    assert result.stdout.endswith("app/unreadable.py: error: cannot read the file: Permission denied\n")
    kept, rest = FIXED.split("\n", 1)
    assert (reachable / "app/open.py").read_text() == f"{LEGACY}{kept}\n{rest}"


def test_a_module_waits_for_the_file_that_needs_it(reachable: Path) -> None:
    """The user cannot be written, so the facade goes on handing the class on."""
    root = reachable
    (root / "app/facade.py").write_text(FACADE)
    (root / "app/user.py").write_text(USER)
    (root / "app/user.py").chmod(0o444)

    result = unprivileged(root, "fix", "--quiet")

    assert result.returncode == 2
    assert (root / "app/user.py").read_text() == USER
    assert "import CacheService" in (root / "app/facade.py").read_text()
    (root / "app/user.py").chmod(0o644)
    unprivileged(root, "fix", "--quiet")
    assert (root / "app/user.py").read_text().endswith("cache = get_unified_cache('KP')\n")


def test_permissions_that_change_in_between(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What a file's mode becomes while the new text is put beside it is what the new file gets."""
    path = root / "app/user.py"
    path.write_text(CALL)
    path.chmod(0o640)
    commit = writing.commit

    def late(staged: writing.Staged) -> None:
        path.chmod(0o755)
        commit(staged)

    monkeypatch.setattr(saving, "commit", late)
    assert main(["fix", "--quiet"]) == 0
    assert path.read_text() == FIXED
    assert stat.S_IMODE(path.stat().st_mode) == 0o755


@pytest.mark.parametrize("text", [b"theirs\n", b""])
def test_a_file_that_an_editor_writes_in_between(
    root: Path, monkeypatch: pytest.MonkeyPatch, capsys: Capture, text: bytes
) -> None:
    """In the last moment: the other files are in their places, the module that it needs waits."""
    (root / "app/facade.py").write_text(FACADE)
    (root / "app/other.py").write_text(CALL)
    user = root / "app/user.py"
    user.write_text(USER)
    commit = writing.commit

    def late(staged: writing.Staged) -> None:
        if staged.name.endswith("user.py"):
            user.write_bytes(text)
        commit(staged)

    monkeypatch.setattr(saving, "commit", late)
    assert main(["fix", "--quiet"]) == 2
    assert user.read_bytes() == text
    assert (root / "app/facade.py").read_text() == FACADE
    assert (root / "app/other.py").read_text() == FIXED
    shown = capsys.readouterr().out
    assert "app/user.py: error: cannot be written: the file was changed by somebody else in the meantime" in shown
    assert "app/facade.py: error: cannot be written: app/user.py could not, and may depend on it" in shown
    assert litter(root) == []


def test_a_file_that_is_gone_in_the_last_moment(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = root / "app/user.py"
    path.write_text(CALL)
    commit = writing.commit

    def late(staged: writing.Staged) -> None:
        path.unlink()
        commit(staged)

    monkeypatch.setattr(saving, "commit", late)
    assert main(["fix", "--quiet"]) == 2
    assert not path.exists()
    assert litter(root) == []


def test_a_pipe_in_the_place_of_a_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Opening it does not wait for somebody who writes to it."""
    path = tmp_path / "a.py"
    path.write_bytes(b"old")
    write_new = writing._write_new

    def late(temporary: str, data: bytes, like: str, status: os.stat_result) -> None:
        write_new(temporary, data, like, status)
        path.unlink()
        os.mkfifo(path)

    monkeypatch.setattr(writing, "_write_new", late)
    with pytest.raises(ChangedOnDisk):
        replace_file(path, b"old", b"new")
    assert os.listdir(tmp_path) == ["a.py"]


def test_what_another_run_has_written_already(tmp_path: Path) -> None:
    path = tmp_path / "a.py"
    path.write_bytes(b"new")
    before = path.stat()
    replace_file(path, b"old", b"new")
    after = path.stat()  # reading a file may change the time of its last access
    assert (after.st_ino, after.st_mtime_ns, after.st_ctime_ns) == (
        before.st_ino,
        before.st_mtime_ns,
        before.st_ctime_ns,
    )
    staged = writing.Staged(str(path), str(path), str(tmp_path / "t"), b"old", b"new")
    (tmp_path / "t").write_bytes(b"new")
    writing.commit(staged)
    assert os.listdir(tmp_path) == ["a.py"]


def test_extended_attributes_stay(tmp_path: Path) -> None:
    path = tmp_path / "a.py"
    path.write_bytes(b"old")
    try:
        os.setxattr(path, "user.cachelift", b"kept")
    except OSError:
        pytest.skip("this file system has no extended attributes")
    replace_file(path, b"old", b"new")
    assert os.getxattr(path, "user.cachelift") == b"kept"


def test_extended_attributes_that_cannot_be_had(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "a.py"
    path.write_bytes(b"old")

    def refuse(*arguments: object) -> None:
        raise PermissionError(errno.EPERM, "Operation not permitted")

    monkeypatch.setattr(os, "listxattr", lambda path: ["security.one"], raising=False)
    monkeypatch.setattr(os, "getxattr", refuse, raising=False)
    replace_file(path, b"old", b"new")
    monkeypatch.delattr(os, "listxattr")
    replace_file(path, b"new", b"newer")
    assert path.read_bytes() == b"newer"


# full disks


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of 256 KiB."""
    folder = tmp_path / "disk"
    folder.mkdir()
    mounted = (
        shutil.which("mount") is not None
        and not subprocess.run(
            ["mount", "-t", "tmpfs", "-o", "size=256k", "none", str(folder)], capture_output=True, check=False
        ).returncode
    )
    if not mounted:
        pytest.skip("no file system may be mounted here")
    yield folder
    subprocess.run(["umount", str(folder)], check=True)


def test_a_full_disk(small_disk: Path, capsys: Capture) -> None:
    """Nothing is half written; when there is room the next run completes the work."""
    top = small_disk / "root"
    shutil.copytree(cases.FIXTURES / "stub", top, ignore=shutil.ignore_patterns("__pycache__"))
    (top / "pyproject.toml").write_text("[tool.cachelift]\n")
    for number in range(6):
        (top / f"app/user_{number}.py").write_text(CALL)
    filler = small_disk / "filler"
    with contextlib.suppress(OSError), filler.open("wb") as file:
        while True:
            file.write(b"x" * 512)
            file.flush()
    # Room for some of the new files, not for all.
    os.truncate(filler, filler.stat().st_size - 2 * os.sysconf("SC_PAGESIZE"))

    assert main(["fix", "--quiet", str(top)]) == 2
    shown = capsys.readouterr().out
    assert "error: cannot be written: No space left on device" in shown
    texts = [(top / f"app/user_{number}.py").read_text() for number in range(6)]
    assert set(texts) <= {CALL, FIXED}
    assert CALL in texts
    assert litter(top) == []
    filler.unlink()
    assert main(["fix", "--quiet", str(top)]) == 0
    assert all((top / f"app/user_{number}.py").read_text() == FIXED for number in range(6))


def test_a_limit_of_file_sizes(root: Path) -> None:
    """As a full disk, where nothing can be mounted: the large file cannot be written, the small one can."""
    large = CALL + "#" * 20_000 + "\n"
    (root / "app/large.py").write_text(large)
    (root / "app/small.py").write_text(CALL)
    result = subprocess.run(
        [sys.executable, "-m", "cachelift", "fix", "--quiet"],
        cwd=root,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path), "PYTHONDONTWRITEBYTECODE": "1"},
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (10_000, 10_000)),
        capture_output=True,
        text=True,
        check=False,
    )
    assert result.returncode == 2
    assert result.stdout.endswith("\napp/large.py: error: cannot be written: File too large\n")
    assert (root / "app/large.py").read_text() == large
    assert (root / "app/small.py").read_text() == FIXED
    assert litter(root) == []


# several at once


def test_two_runs_at_once(root: Path) -> None:
    for number in range(10):
        (root / f"app/user_{number}.py").write_text(USER if number % 2 else CALL)
    (root / "app/facade.py").write_text(FACADE)
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path), "PYTHONDONTWRITEBYTECODE": "1"}
    command = [sys.executable, "-m", "cachelift", "fix", "--quiet"]
    runs = [subprocess.Popen(command, cwd=root, env=environment, stdout=subprocess.PIPE) for _ in range(3)]
    outputs = [run.communicate()[0] for run in runs]
    assert ([run.returncode for run in runs], outputs) == ([0] * 3, [b""] * 3)
    assert main(["check", "--quiet"]) == 0
    assert litter(root) == []


def test_a_run_that_waits_looks_again(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What it saw before the other one ended is no more."""
    import fcntl

    flock = fcntl.flock
    comes_second = threading.Event()

    def watched(descriptor: int, operation: int) -> None:
        try:
            flock(descriptor, operation)
        except BlockingIOError:
            comes_second.set()
            raise

    monkeypatch.setattr(fcntl, "flock", watched)
    path = root / "app/user.py"
    path.write_text(CALL)
    results: list[int] = []
    settings = load_settings(str(root))
    with alone(str(root)) as waited:
        assert waited is False
        other = threading.Thread(
            target=lambda: results.append(sum(len(each.fixed) for each in fix_paths(settings, [str(root)]).outcomes))
        )
        other.start()
        assert comes_second.wait(60)
        assert not results
        path.write_text("pass\n")
    other.join()
    assert results == [0]
    assert path.read_text() == "pass\n"


def test_a_run_does_not_wait_for_ever(root: Path, monkeypatch: pytest.MonkeyPatch, capsys: Capture) -> None:
    (root / "app/user.py").write_text(CALL)
    monkeypatch.setattr(writing, "_PATIENCE", 0.0)
    with alone(str(root)):
        assert main(["fix"]) == 2
    assert capsys.readouterr().err == (
        f"cachelift: error while rewriting: another run is rewriting this folder: {root}\n"
    )
    assert (root / "app/user.py").read_text() == CALL


def test_a_folder_that_cannot_be_locked(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import fcntl

    def refuse(descriptor: int, operation: int) -> None:
        raise OSError(errno.ENOLCK, "No locks available")

    with alone(str(root / "missing")) as waited:
        assert waited is False
    monkeypatch.setattr(fcntl, "flock", refuse)
    with alone(str(root)) as waited:
        assert waited is False


# kinds of files


def test_links_that_lead_around_and_out(root: Path, tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "theirs.py").write_text(CALL)
    (root / "app/out.py").symlink_to(outside / "theirs.py")
    (root / "app/folder").symlink_to(outside)
    (root / "app/loop.py").symlink_to("loop.py")
    (root / "app/up").symlink_to("..")
    (root / "app/one").symlink_to("two")
    (root / "app/two").symlink_to("one")
    (root / "app/own.py").write_text(CALL)
    (root / "app/second_name.py").symlink_to("own.py")

    assert main(["fix", "--quiet"]) == 0

    assert (outside / "theirs.py").read_text() == CALL
    assert (root / "app/own.py").read_text() == FIXED
    assert (root / "app/second_name.py").is_symlink()


def test_hard_links(root: Path) -> None:
    """Each name is a file of its own afterwards."""
    (root / "app/one.py").write_text(CALL)
    os.link(root / "app/one.py", root / "app/two.py")
    os.link(root / "app/one.py", root / "app/three.txt")

    assert main(["fix", "--quiet"]) == 0

    assert (root / "app/one.py").read_text() == (root / "app/two.py").read_text() == FIXED
    assert (root / "app/three.txt").read_text() == CALL


def test_pipes_sockets_and_folders_with_the_names_of_files(root: Path, capsys: Capture) -> None:
    os.mkfifo(root / "app/pipe.py")
    (root / "app/folder.py").mkdir()
    (root / "app/folder.py/inside.py").write_text(CALL)
    listening = socket.socket(socket.AF_UNIX)
    with listening:
        listening.bind("app/socket.py")
        assert main(["fix", "--quiet"]) == 0
        assert main(["check", "--quiet", "app/pipe.py", "app/socket.py", "app/folder.py"]) == 2
    assert (root / "app/folder.py/inside.py").read_text() == FIXED
    assert capsys.readouterr().out == (
        "app/pipe.py: error: not a regular file\napp/socket.py: error: not a regular file\n"
    )


def test_a_file_that_became_a_pipe(root: Path) -> None:
    os.mkfifo(root / "pipe.py")
    assert read_file(str(root / "pipe.py")) == b""


NAMES = [b"a b.py", b"a\nb.py", b"a'b.py", b'a"b.py', b"a\\b.py", b"\xff\xfe.py", b"\x1b[31m.py", b"-r.py", b"%0A.py"]


@pytest.mark.parametrize("name", [*NAMES, b"n" * 252 + b".py", "\N{SNOWMAN}.py".encode(), b":: .py", b"##[x].py"])
@pytest.mark.parametrize("tracked", [False, True])
def test_names(root: Path, name: bytes, tracked: bool, capsys: Capture) -> None:
    path = os.path.join(os.fsencode(root), b"app", name)
    with open(path, "wb") as file:
        file.write(CALL.encode() + b"CacheService('x', 'y')\n")
    if tracked:
        subprocess.run(["git", "init", "-q"], check=True)
        subprocess.run(["git", "add", "."], check=True)

    for output_format in ("text", "json", "sarif", "github", "gitlab", "rdjson"):
        assert main(["check", "--format", output_format]) == 1
        shown = capsys.readouterr().out
        assert "\x1b" not in shown
        # A line with one command holds no other.
        assert "##[" not in shown or output_format == "github"
        assert all(line.startswith("::error file=") for line in shown.split("\n") if line.lstrip().startswith("::"))
    assert main(["fix", "--quiet"]) == 1
    with open(path, "rb") as file:
        assert b"cache = get_unified_cache('KP')\n" in file.read()
    assert litter(root) == []


def test_paths_longer_than_the_stack_is_deep(reachable: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """1,500 folders in one another; no system has room for many more in a path."""
    monkeypatch.chdir(reachable)
    levels = 1_500
    try:
        for _ in range(levels):
            os.mkdir("a")
            os.chdir("a")
        Path("x.py").write_text(CALL)
        os.chdir(reachable)
        for _ in range(2):
            assert main(["fix", "--quiet", "--exclude", "b/"]) == 0
            path = os.path.join(*["a"] * levels, "x.py")
            assert Path(path).read_text() == FIXED
            Path(path).write_text(CALL)
            subprocess.run(["git", "init", "-q"], check=True)
    finally:
        os.chdir(reachable)
        subprocess.run(["rm", "-rf", "a"], check=True)  # Python's own way to do it is not deep enough


# sizes and depths


def test_a_large_file_without_a_name_is_none_of_our_business(root: Path) -> None:
    (root / "app/large.py").write_bytes(b"# x\n" * (50_000_000 // 4))
    (root / "app/user.py").write_text(CALL)
    assert main(["fix", "--quiet"]) == 0
    assert (root / "app/user.py").read_text() == FIXED


@pytest.mark.parametrize(
    ("make", "why"),
    [
        (lambda: CALL.encode() + b"# x\n" * (50_000_000 // 4), "the file is larger than 1 MiB and is not analysed"),
        (lambda: CALL.encode() + b"x = '" + b"y" * 10_000_000 + b"'\n", "the file is larger than 1 MiB"),
        (lambda: CALL.encode() + b"#" * LARGEST, "cannot read the file: larger than 64 MiB"),
        (lambda: CALL.encode() + b"\0", "source code cannot contain null bytes"),
        (lambda: CALL.encode() + b"'\xff'", "the file is not utf-8: cannot decode byte 0xff"),
    ],
    ids=["file", "line", "too large to search", "null", "undecodable"],
)
def test_files_that_cannot_be_held(root: Path, capsys: Capture, make: Callable[[], bytes], why: str) -> None:
    data = make()
    (root / "app/large.py").write_bytes(data)
    (root / "app/user.py").write_text(CALL)
    assert main(["fix", "--quiet"]) == 2
    assert "cache = get_unified_cache('KP')\n" in (root / "app/user.py").read_text()
    assert (root / "app/large.py").read_bytes() == data
    (line,) = (line for line in capsys.readouterr().out.splitlines() if "error" in line)
    assert line.startswith("app/large.py:")
    assert why in line


def test_a_line_of_ten_thousand_usages(root: Path) -> None:
    text = LEGACY + "x = CacheService(system='a');" * 2_000 + "\n"
    (root / "app/user.py").write_text(text)
    assert main(["check", "--quiet"]) == 1


N = 10_000
DEEP = {
    "parentheses": "x = " + "(" * N + "CacheService(system='a')" + ")" * N,
    "attributes": "x = CacheService(system='a')" + ".a" * N,
    "minus": "x = " + "-" * N + "CacheService(system='a')",
    "lists": "x = " + "[" * N + "CacheService(system='a')" + "]" * N,
    "sum": "x = CacheService(system='a')" + "+1" * N,
    "sum inside": "x = CacheService(system=1" + "+1" * N + ")",
    "and inside": "x = CacheService(system=1" + " and 1" * N + ")",
    "calls": "x = " + "CacheService(system=" * N + "1" + ")" * N,
    "annotation": "x: " + "list[" * N + "CacheService" + "]" * N,
    "annotation in quotes": "x: '" + "list[" * N + "CacheService" + "]" * N + "'",
    "branches": "if 1: pass\n" + "elif 2: x = CacheService(system='a')\n" * N,
    "mistake first": "]\n" + "(" * N + ")" * N,
    "a thousand brackets": "x = " + "[" * 1_000 + "CacheService(system='a')" + "]" * 1_000,
    "long sum inside": "x = CacheService(system=1" + "+1" * 2_500 + ")",
    "long or inside": "x = CacheService(system=1" + " or 1" * 2_500 + ")",
    "names": "x = CacheService(system=" + ".".join("a" * 900) + ")",
}


def test_depths(root: Path) -> None:
    """A failure for each file, or nothing said; no trace of the stack, and the process lives to do the other one."""
    for number, text in enumerate(DEEP.values()):
        (root / f"app/deep_{number}.py").write_text(f"{LEGACY}{text}\n")
    (root / "app/user.py").write_text(CALL)
    result = subprocess.run(
        [sys.executable, "-m", "cachelift", "fix", "--quiet"],
        cwd=root,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert result.returncode == 2
    assert result.stderr == ""
    assert "internal error" not in result.stdout
    assert "Recursion" not in result.stdout
    assert (root / "app/user.py").read_text() == FIXED
    for number, name in enumerate(DEEP):
        text = (root / f"app/deep_{number}.py").read_text()
        is_rewritten = "CacheService" not in text
        failed = f"app/deep_{number}.py:" in result.stdout
        assert is_rewritten != failed, name


# encodings


def codecs_of_python() -> list[str]:
    """Every name of a codec that this Python has, aliases left out."""
    found = {module.name for module in pkgutil.iter_modules(encodings.__path__)} | {*encodings.aliases.aliases.values()}
    return sorted(found - {"aliases"})


BYTES = bytes(byte for byte in range(0x80, 0x100))


@pytest.fixture(scope="module")
def by_codec(tmp_path_factory: pytest.TempPathFactory) -> tuple[dict[str, bytes], Path, str]:
    """A file for each codec, in one tree, after ``fix``."""
    top = tmp_path_factory.mktemp("codecs")
    shutil.copytree(cases.FIXTURES / "stub", top, dirs_exist_ok=True, ignore=shutil.ignore_patterns("__pycache__"))
    (top / "pyproject.toml").write_text("[tool.cachelift]\n")
    written = {}
    for name in codecs_of_python():
        comment = b"# kept: " + _characters(name) + b"\r\n"
        data = b"# -*- coding: %b -*-\n" % name.encode() + comment + CALL.encode() + comment + b"x = 1 "
        (top / f"app/in_{name}.py").write_bytes(data)
        written[name] = data
    result = subprocess.run(
        [sys.executable, "-m", "cachelift", "fix", "--quiet"],
        cwd=top,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (result.returncode, result.stderr) == (2, "")
    return written, top, result.stdout


SAMPLES = ("\u00e9\u00df", "\u0416\u044f", "\u3042\u4e9c", "\u4e2d\u6587", "\ud55c\uae00", "\u0e01", "\u05d0", "\u0627")


def _characters(codec: str) -> bytes:
    """Some characters outside ASCII in a codec, where it has any."""
    for sample in SAMPLES:
        with contextlib.suppress(Exception):
            data: object = sample.encode(codec)
            if isinstance(data, bytes) and not {*data} & {*b"\0\r\n"}:
                return data
    return b""


@pytest.mark.parametrize("codec", codecs_of_python())
def test_codecs(by_codec: tuple[dict[str, bytes], Path, str], codec: str) -> None:
    """What Python can read in a codec is rewritten and nothing else changes; for anything else the file fails."""
    written, top, shown = by_codec
    before, after = written[codec], (top / f"app/in_{codec}.py").read_bytes()
    try:
        compile(before, "x.py", "exec", dont_inherit=True)
        is_source = True
    except (SyntaxError, LookupError, ValueError):
        is_source = False
    if after == before:
        assert f"app/in_{codec}.py:" in shown
    else:
        assert is_source
        assert after == before.replace(CALL.encode(), FIXED.encode())
        assert f"app/in_{codec}.py:" not in shown
    if is_source and after == before:
        # Read, but what was read cannot be written as it was: utf-7 and its like have several spellings.
        assert "does not give back the bytes" in shown


def test_what_is_read_has_a_bound(tmp_path: Path) -> None:
    path = tmp_path / "a"
    for size in (0, 1, 65_535, 65_536, 65_537, 200_000):
        path.write_bytes(b"x" * size)
        assert read_file(str(path)) == b"x" * size
    path.write_bytes(b"x" * (LARGEST_SOURCE + 1))
    with pytest.raises(OSError, match="larger than 1 MiB"):
        read_file(str(path), LARGEST_SOURCE)
    if os.path.exists("/dev/zero"):
        with pytest.raises(OSError, match="not a regular file"):
            read_file("/dev/zero")
