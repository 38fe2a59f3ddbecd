"""The bot's socket: carries out the commands that are typed beside it.

A command runs in the bot's own process, with its open libraries, index, budget and model. If the
one who typed it goes away, or the bot stops, it is cancelled as Ctrl-C would.
"""

from __future__ import annotations

import argparse
import asyncio
import logging
import socket
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import asdict
from pathlib import Path

from bot import __version__
from bot.app import App
from bot.errors import BotUnavailable, FootnoteError
from bot.logs import log_error
from bot.strings import N_, _
from bot.terminal.commands import COMMANDS, READING
from bot.terminal.console import Abilities, talking_to
from bot.terminal.remote.frames import BrokenFrame, Json, address_in, pack, receive, socket_name
from bot.terminal.remote.remote_console import RemoteConsole

log = logging.getLogger(__name__)

OWNER_ONLY = 0o600
CLOSING_S = 1.0  # of the 10 s within which the bot stops
# Called with the server whose library may have changed, and the ids of new articles.
Changed = Callable[[str, list[int]], Awaitable[None]]
OTHER_VERSION = N_("The running bot is Footnote {running}, and this is {this}. Restart the bot.")
UNEXPECTED = N_("Something went wrong in the bot. To see what: footnote why {reference}")
STOPPING = N_("The bot is stopping. Nothing that was finished is lost. Try again in a minute.")


async def _nothing(_server_id: str, _new_ids: list[int]) -> None:
    """Nobody wants to know."""


class CommandServer:
    """Listens on a socket in a data folder, whose shards must be locked by this process."""

    def __init__(self, app: App, *, on_changed: Changed = _nothing):
        self._app = app
        self._on_changed = on_changed
        self._sessions: set[asyncio.Task[None]] = set()

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Carries out commands inside the block."""
        folder, name = self._app.settings.data_dir, socket_name(self._app.settings.shards)
        try:
            server = await asyncio.start_unix_server(self._accept, sock=_bind(folder, name))
        except (OSError, AttributeError) as error:  # the latter on Windows
            log.warning("no commands beside the bot: the socket can't be made (%s)", error)
            yield
            return
        try:
            yield
        finally:
            server.close()
            await self._end_sessions()
            _unlink(folder, name)

    async def _end_sessions(self) -> None:
        for session in self._sessions:
            session.cancel()
        if self._sessions:
            await asyncio.wait(self._sessions, timeout=CLOSING_S)

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        session = asyncio.current_task()
        assert session is not None
        self._sessions.add(session)
        try:
            await self._serve(reader, writer)
        except (EOFError, BrokenFrame, ConnectionError):
            pass  # whoever it was has gone, or is no footnote
        except asyncio.CancelledError:  # the bot stops
            writer.write(pack(_error_message(BotUnavailable(_(STOPPING)))))
        finally:
            self._sessions.discard(session)
            writer.close()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        request, _data = await receive(reader)
        if request.get("version") != __version__:
            message = _(OTHER_VERSION).format(running=__version__, this=request.get("version"))
            writer.write(pack(_error_message(BotUnavailable(message))))
            return
        if "shards" in request:
            writer.write(pack({"shards": asdict(self._app.store.shards)}))
            return
        try:
            arguments = argparse.Namespace(**request["arguments"])
            console = RemoteConsole(reader, writer, Abilities(**request["abilities"]))
        except (KeyError, TypeError) as error:
            raise BrokenFrame("not a command") from error
        outcome = await self._run_listening(console, arguments)
        writer.write(pack(outcome))
        await writer.drain()
        if arguments.command not in READING and "server" in arguments:
            await self._on_changed(arguments.server, _new_articles(outcome))

    async def _run_listening(self, console: RemoteConsole, arguments: argparse.Namespace) -> Json:
        """What a command ends with. Raises EOFError if the other end goes away before."""
        command = asyncio.ensure_future(self._run(console, arguments))
        listening = asyncio.ensure_future(console.listen())
        both = (command, listening)
        try:
            await asyncio.wait(both, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in both:
                task.cancel()
            await asyncio.wait(both)
        if command.cancelled():
            listening.result()
        return command.result()

    async def _run(self, console: RemoteConsole, arguments: argparse.Namespace) -> Json:
        log.info("command %s", arguments.command)
        with talking_to(console):
            try:
                status, document, text = await COMMANDS[arguments.command](self._app, arguments)
            except FootnoteError as error:
                return _error_message(error)
            except Exception as error:  # noqa: BLE001 - the outer edge of a command
                reference = log_error(log, error, during=f"footnote {arguments.command}")
                return _error_message(FootnoteError(_(UNEXPECTED).format(reference=reference)))
        return {"status": status, "document": document, "text": text}


def _bind(folder: Path, name: str) -> socket.socket:
    """A socket that only this user can connect to. One that is left over is replaced."""
    listening = socket.socket(socket.AF_UNIX)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with address_in(folder, name) as address:
            Path(address).unlink(missing_ok=True)  # its process is dead: these shards are locked
            listening.bind(address)
            Path(address).chmod(OWNER_ONLY)  # nobody can connect before it listens
    except BaseException:
        listening.close()
        raise
    return listening


def _unlink(folder: Path, name: str) -> None:
    with suppress(OSError), address_in(folder, name) as address:
        Path(address).unlink()


def _new_articles(outcome: Json) -> list[int]:
    rows = (outcome.get("document") or {}).get("articles", ())
    return [row["id"] for row in rows if row["status"] in ("added", "updated")]


def _error_message(error: FootnoteError) -> Json:
    return {"error": {"code": error.code, "message": error.message}}
