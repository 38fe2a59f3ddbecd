"""A Discord on loopback: its state and its gateway, with sessions that can be resumed.

The bot connects to ``discord.url``. ``discord.until(condition)`` waits for what it does; the
condition is looked at after every call. REST, and what starts the server, are in ``rest``. What
Discord would refuse is noted in ``discord.violations``.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

from aiohttp import WSMsgType, web

from tests.wire import payloads
from tests.wire.faults import Fault
from tests.wire.payloads import APPLICATION_ID, BOT_ID, OWNER_ID, Payload

HEARTBEAT_MS = 41_250  # Discord's
FRAME_BYTES = 4_096  # larger frames of a client are refused
WHERE = ("user_id", "guild_id", "channel_id")
HELLO, HEARTBEAT, IDENTIFY, RESUME, INVALID_SESSION, RECONNECT, ACK = 10, 1, 2, 6, 9, 7, 11
GUILD_ID, CHANNEL_ID = 1_000, 1_001
SHARD_SHIFT = 22  # of a server's id, modulo the number of shards


@dataclass(slots=True)
class Session:
    """One session of the gateway, of one shard, and all its events."""

    id: str
    shard: tuple[int, int]  # number and count
    token: str = ""  # that the process identified with
    events: list[Payload] = field(default_factory=list)
    socket: web.WebSocketResponse | None = None


@dataclass(slots=True)
class Interaction:
    """What became of an interaction: how it was acknowledged, and the messages that answer it."""

    payload: Payload
    sent_at: float
    session: Session | None = None  # that was told of it at once
    acknowledged_after_s: float | None = None
    response_type: int = 0
    ephemeral: bool = False
    original_id: int | None = None
    message_ids: list[int] = field(default_factory=list)
    form: Payload | None = None


@dataclass(slots=True)
class Call:
    """A REST call: ``status`` 0 when its connection was cut."""

    method: str
    path: str
    body: Payload
    status: int


class Discord:
    """The state of a Discord with one bot in it."""

    def __init__(self) -> None:
        self.url = ""
        self.guilds: dict[int, Payload] = {}
        self.granted = payloads.PERMISSIONS  # to the bot, in each
        self.unavailable: set[int] = set()  # servers with an outage
        self.channels: dict[int, Payload] = {}
        self.messages: dict[int, Payload] = {}
        self.interactions: dict[str, Interaction] = {}  # by token
        self.files: dict[str, bytes] = {}  # by path
        self.commands: list[Payload] = []
        self.calls: list[Call] = []
        self.faults: list[Fault] = []
        self.violations: list[str] = []
        self.deleted: list[int] = []
        self.handshakes: list[str] = []  # "identify" or "resume", in order
        self.is_strict = True  # refuses an acknowledgement after 3 s
        self.is_silent = False  # a zombie: heartbeats are not acknowledged
        self.is_black_hole = False  # connections stay open, but nothing is replied
        self.stop_listening: Callable[[], Awaitable[None]]
        self.sessions: dict[str, Session] = {}
        self.recommended_shards = 1
        self.max_concurrency = 1
        self.hang_ups = 0  # how many more connections are closed before a word
        self.closes_with = 0  # a code of the gateway, after an IDENTIFY
        self.shards: dict[int, Session] = {}  # the newest session of each
        self.identified: list[tuple[int, int]] = []  # the shards that identified, in order
        self._changed = asyncio.Condition()
        self.add_guild(GUILD_ID, CHANNEL_ID)

    def add_guild(self, guild_id: int, channel_id: int) -> None:
        """Adds a server with one channel."""
        place = payloads.channel(channel_id, guild_id)
        self.channels[channel_id] = place
        self.guilds[guild_id] = payloads.guild(guild_id, [place])

    # --- waiting -----------------------------------------------------------------------------

    async def changed(self) -> None:
        """Wakes whoever waits in ``until``."""
        async with self._changed:
            self._changed.notify_all()

    async def until(self, condition: Callable[[], Any]) -> Any:
        """Waits until a condition holds; its value."""
        async with self._changed:
            return await self._changed.wait_for(condition)

    # --- what people do ------------------------------------------------------------------------

    async def send_interaction(
        self,
        kind: int,
        data: Payload,
        *,
        user_id: int = OWNER_ID,
        guild_id: int = GUILD_ID,
        channel_id: int = CHANNEL_ID,
        message: Payload | None = None,
    ) -> Interaction:
        """A member uses a command, presses a button or sends a form."""
        who = payloads.member(user_id, f"user{user_id}")
        payload = payloads.interaction(kind, guild_id, self.channels[channel_id], who, data)
        if message is not None:
            payload["message"] = message
        sent = Interaction(payload, asyncio.get_running_loop().time())
        self.interactions[payload["token"]] = sent
        sent.session = await self.dispatch("INTERACTION_CREATE", payload)
        return sent

    async def slash(self, name: str, file: Payload | None = None, **options: Any) -> Interaction:
        """A slash command, such as ``article add``. ``file`` was uploaded with ``upload``."""
        where = {key: options.pop(key) for key in WHERE if key in options}
        return await self.send_interaction(2, payloads.command_data(name, options, file), **where)

    async def press(self, message: Payload, custom_id: str, **where: int) -> Interaction:
        """A press of a button."""
        data = {"custom_id": custom_id, "component_type": 2}
        return await self.send_interaction(3, data, message=message, **where)

    async def say(self, text: str, channel_id: int = CHANNEL_ID) -> Payload:
        """A member mentions the bot in a message."""
        author = payloads.user(OWNER_ID, "owner")
        body = {"content": f"<@{BOT_ID}> {text}", "mentions": [payloads.user(BOT_ID, "Footnote")]}
        message = payloads.message(channel_id, author, body)
        message["guild_id"] = self.channels[channel_id]["guild_id"]
        message["member"] = {**payloads.member(OWNER_ID, "owner"), "user": None}
        self.messages[int(message["id"])] = message
        await self.dispatch("MESSAGE_CREATE", message)
        return message

    async def choose_in_menu(self, name: str, message: Payload) -> Interaction:
        """A command of a message's menu."""
        return await self.send_interaction(2, payloads.message_menu_data(name, message))

    async def submit(
        self, shown: Interaction, files: Sequence[Payload] = (), **filled: str
    ) -> Interaction:
        """Fills in the form that an interaction was answered with, and sends it."""
        form = await self.until(lambda: shown.form)
        return await self.send_interaction(5, payloads.form_data(form, filled, files))

    def upload(self, name: str, data: bytes, size: int | None = None) -> Payload:
        """An attachment for an option or a form."""
        file_id = payloads.snowflake()
        path = f"/attachments/{file_id}/{name}"
        self.files[path] = data
        return {
            "id": str(file_id),
            "filename": name,
            "size": len(data) if size is None else size,
            "url": self.url + path,
            "proxy_url": self.url + path,
            "content_type": "text/plain",
            "ephemeral": True,
        }

    async def delete_message(self, message_id: int) -> None:
        """Someone deletes a message."""
        message = self.messages.pop(message_id)
        self.deleted.append(message_id)
        where = {"id": message["id"], "channel_id": message["channel_id"]}
        guild_id = self.channels[int(message["channel_id"])]["guild_id"]
        await self.dispatch("MESSAGE_DELETE", {**where, "guild_id": guild_id})

    async def remove_bot(self, guild_id: int = GUILD_ID) -> None:
        """Someone removes the bot from a server."""
        await self.dispatch("GUILD_DELETE", {"id": str(guild_id)})

    async def begin_outage(self, guild_id: int = GUILD_ID) -> None:
        """A server can't be reached for a while."""
        self.unavailable.add(guild_id)
        await self.dispatch("GUILD_DELETE", {"id": str(guild_id), "unavailable": True})

    async def end_outage(self, guild_id: int = GUILD_ID) -> None:
        """A server is back, or the bot was added to it again."""
        self.unavailable.discard(guild_id)
        await self.dispatch("GUILD_CREATE", self.guilds[guild_id])

    # --- what is seen --------------------------------------------------------------------------

    def answers_to(self, interaction: Interaction) -> list[Payload]:
        """The messages that answer an interaction and were not deleted."""
        ids = interaction.message_ids
        return [self.messages[i] for i in ids if i in self.messages]

    def text_of(self, interaction: Interaction) -> str:
        """All that an interaction's messages say."""
        cards = self.answers_to(interaction)
        return "\n".join(text for card in cards for text in payloads.texts(card["components"]))

    def cards(self) -> list[Payload]:
        """The bot's messages that were not deleted."""
        return [m for m in self.messages.values() if m["author"]["id"] == str(BOT_ID)]

    def loading(self) -> list[Payload]:
        """The bot's messages that still say "thinking …"."""
        return [card for card in self.cards() if card["flags"] & payloads.LOADING]

    # --- the gateway ---------------------------------------------------------------------------

    @property
    def session(self) -> Session:
        """The session of shard 0."""
        return self.shards[0]

    def shard_of(self, guild_id: int) -> int:
        """The shard that hears of a server."""
        return (guild_id >> SHARD_SHIFT) % self.shard_count

    @property
    def shard_count(self) -> int:
        """How many shards the bot has, as it said last."""
        return self.identified[-1][1] if self.identified else 1

    async def dispatch(self, event: str, data: Payload) -> Session | None:
        """Sends an event to the shard of its server, or else to shard 0; None if nobody hears it.

        It is kept for a session that is resumed.
        """
        of_guild = data["id"] if event.startswith("GUILD_") else data.get("guild_id")
        session = self.shards.get(self.shard_of(int(of_guild or 0)))
        if session is None:
            return None
        was_open = session.socket is not None
        await self._send(session, event, data)
        return session if was_open else None

    async def _send(self, session: Session, event: str, data: Payload) -> None:
        session.events.append({"op": 0, "t": event, "s": len(session.events) + 1, "d": data})
        if session.socket is not None:
            with suppress(ConnectionError):
                await session.socket.send_json(session.events[-1])

    async def repeat(self) -> None:
        """Sends the last event of shard 0 again, as Discord sometimes does."""
        last = self.session.events[-1]
        await self.dispatch(last["t"], last["d"])

    async def cut(self) -> None:
        """Tears the connection of shard 0 down."""
        socket, self.session.socket = self.session.socket, None
        assert socket is not None
        transport = socket._req.transport  # type: ignore[union-attr]
        if transport is not None:
            transport.abort()

    async def refuse(self) -> None:
        """Discord is gone: the gateway's connection is cut, and new ones are refused."""
        await self.stop_listening()
        await self.cut()

    async def gateway(self, request: web.Request) -> web.WebSocketResponse:
        """One connection of the bot."""
        socket = web.WebSocketResponse(max_msg_size=FRAME_BYTES, autoclose=False)
        await socket.prepare(request)
        if self.hang_ups:
            self.hang_ups -= 1
            await socket.close()
            return socket
        await socket.send_json({"op": HELLO, "d": {"heartbeat_interval": HEARTBEAT_MS}})
        session: Session | None = None
        async for frame in socket:
            if frame.type is not WSMsgType.TEXT:
                break
            sent = json.loads(frame.data)
            if sent["op"] == HEARTBEAT and not self.is_silent:
                await socket.send_json({"op": ACK})
            elif sent["op"] == IDENTIFY and self.closes_with:
                await socket.close(code=self.closes_with)
            elif sent["op"] == IDENTIFY:
                session = await self._identify(socket, sent["d"])
            elif sent["op"] == RESUME:
                session = await self._resume(socket, sent["d"])
        if session is not None and session.socket is socket:
            session.socket = None
        await self.changed()
        await self.reply_or_not()
        await socket.close()
        return socket

    async def reply_or_not(self) -> None:
        """Does not return in a black hole."""
        if self.is_black_hole:
            await asyncio.Event().wait()

    async def _identify(self, socket: web.WebSocketResponse, data: Payload) -> Session:
        shard, count = data.get("shard", (0, 1))
        if not 0 <= shard < count:
            self.violations.append(f"no such shard: {shard} of {count}")
        session = Session(
            f"session-{len(self.sessions)}", (shard, count), data["token"], socket=socket
        )
        self.identified.append(session.shard)
        self.shards = {i: s for i, s in self.shards.items() if s.shard[1] == count}
        self.sessions[session.id] = self.shards[shard] = session
        own = {key: guild for key, guild in self.guilds.items() if self.shard_of(key) == shard}
        await self._send(
            session,
            "READY",
            {
                "v": 10,
                "user": payloads.user(BOT_ID, "Footnote"),
                "guilds": [{"id": str(guild_id), "unavailable": True} for guild_id in own],
                "session_id": session.id,
                "resume_gateway_url": self.url.replace("http", "ws") + "/gateway",
                "shard": [shard, count],
                "application": {"id": str(APPLICATION_ID), "flags": 0},
            },
        )
        for guild_id, guild in own.items():
            if guild_id not in self.unavailable:
                await self._send(session, "GUILD_CREATE", guild)
        self.handshakes.append("identify")
        await self.changed()
        return session

    async def _resume(self, socket: web.WebSocketResponse, data: Payload) -> Session | None:
        self.handshakes.append("resume")
        session = self.sessions.get(data["session_id"])
        if session is None:
            await socket.send_json({"op": INVALID_SESSION, "d": False})
            return None
        for event in session.events[data["seq"] :]:
            await socket.send_json(event)
        session.socket = socket
        await self._send(session, "RESUMED", {})
        await self.changed()
        return session
