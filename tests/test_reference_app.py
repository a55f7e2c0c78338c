"""The application that the tool was made for, migrated and run: with a real Redis, before and after."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from environment import environment
from servers import RedisServer, WebServer

from cachelift.cli import main
from cachelift.config import load_settings
from cachelift.discover import discover

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parent.parent
APP = ROOT / "fixtures" / "reference_app"

Capture = pytest.CaptureFixture[str]

DEVELOPMENT = """\
ENVIRONMENT=development PYTHONPATH=./src:. python -c "
from app.services.unified_cache import get_unified_cache
cache = get_unified_cache('TEST')
print('Backend:', cache._backend_type)  # Should be 'file'
"
"""
PRODUCTION = """\
ENVIRONMENT=production PYTHONPATH=./src:. python -c "
from app.services.unified_cache import get_unified_cache
cache = get_unified_cache('TEST')
print('Backend:', cache._backend_type)  # Should be 'redis' 
"
"""  # noqa: W291

CONSUMERS = {
    "scripts/refresh_prices.py",
    "src/api/dependencies.py",
    "src/api/routers/accounts.py",
    "src/api/routers/admin.py",
    "src/api/routers/catalog.py",
    "src/app/accounts/audit.py",
    "src/app/accounts/preferences.py",
    "src/app/accounts/profiles.py",
    "src/app/catalog/prices.py",
    "src/app/catalog/search.py",
    "src/app/catalog/stock.py",
    "src/app/jobs/cleanup.py",
    "src/app/jobs/export.py",
    "src/app/jobs/warmup.py",
    "src/app/notifications/__init__.py",
    "src/app/notifications/digest.py",
    "src/app/notifications/events.py",
    "src/app/notifications/mailer.py",
    "src/app/reports/daily.py",
}
LEFTOVERS = """\
src/api/routers/admin.py:8 CLF001 manual reference-stays
src/api/routers/admin.py:14 CLF003 unsafe mixed-file
src/api/routers/admin.py:14 CLF004 manual dependency
src/app/accounts/audit.py:6 CLF001 manual reference-stays
src/app/accounts/audit.py:11 CLF006 manual subclass
src/app/catalog/prices.py:3 CLF010 manual None
src/app/jobs/export.py:6 CLF001 manual reference-stays
src/app/jobs/export.py:11 CLF002 manual unmapped-argument
src/app/jobs/warmup.py:4 CLF001 manual reference-stays
src/app/jobs/warmup.py:9 CLF002 manual missing-member
src/app/jobs/warmup.py:10 CLF009 manual missing-member
src/app/notifications/__init__.py:3 CLF007 manual reference-stays
src/app/notifications/mailer.py:5 CLF001 manual reference-stays
src/app/notifications/mailer.py:7 CLF004 manual class-as-value
tests/test_accounts.py:9 CLF001 manual reference-stays
tests/test_accounts.py:42 CLF004 manual spec-members
tests/test_cache_service.py:5 CLF001 manual reference-stays
tests/test_cache_service.py:15 CLF002 unsafe own-test
tests/test_cache_service.py:19 CLF002 manual unmapped-argument
tests/test_cache_service.py:30 CLF002 unsafe own-test
tests/test_cache_service.py:41 CLF002 manual missing-member
tests/test_cache_service.py:44 CLF009 manual missing-member
tests/test_cache_service.py:52 CLF002 unsafe own-test
tests/test_cache_service.py:53 CLF002 unsafe own-test
tests/test_cache_service.py:59 CLF002 manual missing-member
tests/test_cache_service.py:68 CLF009 manual missing-member
"""

REQUESTS = (
    ("GET", "/products/A-100"),
    ("GET", "/search?q=tea"),
    ("GET", "/users/ann"),
    ("PUT", "/users/ann/preferences/language/en"),
    ("GET", "/users/ann/recent?seen=A-100"),
    ("POST", "/events/WEB/hello"),
    ("GET", "/reports/2024-05-01"),
)
WRITTEN = {
    "KP:preferences:ann": {"language": "en"},
    "KP:price:A-100": 1990,
    "KP:price:A-200": 690,
    "KP:price:B-100": 1290,
    "KP:profile:ann": {"user": "ann", "mail": "ann@example.com"},
    "KP:stock:A-100": 12,
    "KP:views:A-100": 1,
    "MAIL:digest:today": ["hello"],
    "OFFICE:report:2024-05-01": {"day": "2024-05-01", "products": 3, "value": 120480},
    "SEARCH:search:a9f74d1ec36ebdeb": ["A-100", "A-200"],
    "WEB:events": [[1, {"text": "hello"}]],
    "WEB:recent:ann": ["A-100"],
}
"""What the requests leave in the caches of the consumers, by system and key."""


@pytest.fixture
def app(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of the application, as the working directory."""
    root = tmp_path / "portal"
    shutil.copytree(APP, root, ignore=shutil.ignore_patterns("__pycache__", "data", ".pytest_cache"))
    monkeypatch.chdir(root)
    return root


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RedisServer]:
    """A Redis server for several tests."""
    with RedisServer(tmp_path_factory.mktemp("redis")) as server:
        yield server


@pytest.fixture
def redis(server: RedisServer) -> RedisServer:
    """An empty Redis server."""
    with server.client() as client:
        client.flushall()
    return server


def production(server: RedisServer) -> dict[str, str]:
    return {"ENVIRONMENT": "production", "CACHE_BACKEND": "redis", "REDIS_URL": server.url}


def migrate() -> None:
    assert main(["fix", "--quiet"]) == 1


def content(root: Path) -> dict[str, bytes]:
    return {str(path.relative_to(root)): path.read_bytes() for path in root.rglob("*") if path.is_file()}


def files(root: Path) -> dict[str, Any]:
    """What the cache files hold, by system and key."""
    entries = [(path.parent.name, json.loads(path.read_text())) for path in (root / "data").rglob("*.json")]
    return {f"{system}:{entry['key']}": entry["value"] for system, entry in entries}


def use(server: WebServer) -> str:
    """Log in, send all requests, read the stream; the key of the session."""
    token = json.loads(server.ask("POST", "/sessions/ann"))["token"]
    for method, path in REQUESTS:
        server.ask(method, path)
    assert server.ask("GET", "/stream/WEB") == 'retry: 3000\n\nid: 1\ndata: {"text": "hello"}\n\n'
    return f"KP:session:{token}"


def metrics(server: WebServer, *words: str) -> dict[str, float]:
    """The counters whose name holds one of the words."""
    lines = re.findall(r"^(\w+_total\{.*\}) (\S+)$", server.ask("GET", "/metrics"), re.MULTILINE)
    return {name: float(value) for name, value in lines if any(word in name for word in words)}


# the application


def test_it_is_a_repository_of_its_own() -> None:
    found = discover(str(APP), [str(APP)])

    assert load_settings(str(APP)).src == ("src", ".")
    assert found.given == set(found.files)
    assert found.given > CONSUMERS


def test_its_requirements_are_the_extra() -> None:
    extras = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["optional-dependencies"]

    assert (APP / "requirements.txt").read_text().splitlines() == extras["reference-app"]


def backend(command: str, **variables: str) -> str:
    done = subprocess.run(
        ["bash", "-c", command],
        cwd=APP,
        env=environment(**variables),
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    return done.stdout


def test_development_uses_files() -> None:
    assert backend(DEVELOPMENT) == "Backend: file\n"


def test_production_uses_redis(redis: RedisServer) -> None:
    assert backend(PRODUCTION, REDIS_URL=redis.url) == "Backend: redis\n"


def test_production_without_redis_uses_memory() -> None:
    assert backend(PRODUCTION, REDIS_URL="redis://127.0.0.1:1/0") == "Backend: memory\n"


# the migration


@pytest.mark.parametrize("migrated", [False, True], ids=["before", "after"])
@pytest.mark.parametrize("name", ["development", "production"])
def test_its_own_tests_pass(name: str, migrated: bool, app: Path, request: pytest.FixtureRequest) -> None:
    variables = {"ENVIRONMENT": "development"}
    if name == "production":
        variables = production(request.getfixturevalue("redis"))
    if migrated:
        migrate()
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider"],
        cwd=app,
        env=environment(PYTEST_DISABLE_PLUGIN_AUTOLOAD="1", **variables),
        stdout=subprocess.PIPE,
        text=True,
        check=False,
    )
    assert re.search(r"\n\d+ passed, \d+ skipped in", done.stdout), done.stdout
    assert done.returncode == 0


def test_only_what_a_person_decides_is_left(app: Path, capsys: Capture) -> None:
    main(["check", "--format", "json"])
    before = json.loads(capsys.readouterr().out)["findings"]
    migrate()
    after_first = content(app)
    migrate()
    capsys.readouterr()
    assert main(["check", "--select", "CLF,CLF010", "--format", "json"]) == 1
    left = json.loads(capsys.readouterr().out)["findings"]

    assert {finding["path"] for finding in before if not finding["path"].startswith("tests/")} == CONSUMERS
    assert {f["name"] for f in before if f["applicability"] == "safe"} == {
        "legacy-import", "legacy-call", "legacy-type", "legacy-reference", "legacy-string",
    }  # fmt: skip
    assert [
        f"{f['path']}:{f['line']} {f['code']} {f['applicability']} {f['reason']}" for f in left
    ] == LEFTOVERS.splitlines()
    assert content(app) == after_first


def test_in_production_values_move_from_files_to_redis(app: Path, redis: RedisServer) -> None:
    with WebServer(app, production(redis)) as server:
        session = use(server)
    assert files(app) == WRITTEN
    assert redis.values() == {f"cache:{session}": {"user": "ann"}, "cache:rate:127.0.0.1": 1}

    shutil.rmtree(app / "data")
    with redis.client() as client:
        client.flushall()
    migrate()
    with WebServer(app, production(redis)) as server:
        session = use(server)
        counted = metrics(server, "errors", "fallbacks", "hits")
    assert not (app / "data").exists()
    assert redis.values() == {
        **{f"cache:{key}": value for key, value in WRITTEN.items()},
        f"cache:{session}": {"user": "ann"},
        "cache:rate:127.0.0.1": 1,
    }
    assert counted == {
        'cache_hits_total{backend="redis",system="KP"}': 2.0,
        'cache_hits_total{backend="redis",system="WEB"}': 1.0,
    }


def test_in_development_values_stay_in_their_files(app: Path) -> None:
    with WebServer(app, {"ENVIRONMENT": "development"}) as server:
        session = use(server)
    before = files(app)
    assert before == {**WRITTEN, session: {"user": "ann"}}

    migrate()
    with WebServer(app, {"ENVIRONMENT": "development"}) as server:
        assert json.loads(server.ask("GET", "/users/ann/recent")) == ["A-100"]
        assert json.loads(server.ask("GET", "/products/A-100/views")) == {"views": 1}
    assert files(app) == before


def test_redis_goes_and_comes_back(app: Path, tmp_path: Path) -> None:
    migrate()
    with RedisServer(tmp_path) as redis, WebServer(app, production(redis)) as server:
        use(server)
        assert metrics(server, "errors", "fallbacks") == {}
        redis.kill()
        # One after the other: each finds out by itself that Redis is gone.
        assert json.loads(server.ask("GET", "/products/A-100"))["views"] == 1
        assert json.loads(server.ask("GET", "/products/A-100"))["views"] == 2
        assert json.loads(server.ask("GET", "/users/ann/recent")) == []
        assert server.ask("GET", "/stream/WEB") == "retry: 3000\n\n"
        gone = metrics(server, "errors", "fallbacks")

        redis.start()
        assert json.loads(server.ask("GET", "/products/A-100"))["views"] == 3
        assert redis.values() == {}
        with WebServer(app, production(redis)) as again:
            assert json.loads(again.ask("GET", "/products/A-100"))["views"] == 1
            assert metrics(again, "errors", "fallbacks") == {}
        assert set(redis.values()) == {f"cache:KP:{name}:A-100" for name in ("price", "stock", "views")}
    assert gone == {
        'cache_errors_total{backend="redis",system="KP"}': 1.0,
        'cache_errors_total{backend="redis",system="WEB"}': 1.0,
        'cache_fallbacks_total{backend="redis",system="KP"}': 1.0,
        'cache_fallbacks_total{backend="redis",system="WEB"}': 1.0,
        'rate_limit_fallbacks_total{backend="redis"}': 1.0,
    }
    assert "the cache of KP falls back from redis to memory" in (app / "server.log").read_text()
    assert not os.path.exists(app / "data")
