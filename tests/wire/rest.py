"""The REST side of the loopback Discord, with its faults; ``discord_server`` starts it all."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

from aiohttp import web

from tests.wire import payloads
from tests.wire.discord_server import Call, Discord, Interaction
from tests.wire.faults import Fault
from tests.wire.payloads import APPLICATION_ID, BOT_ID, EPHEMERAL, LOADING, OWNER_ID, Payload
from tests.wire.rules import broken_rules
from tests.wire.schema import schema_violations

ACKNOWLEDGE_S = 3.0  # Discord's deadline; an acknowledgement after it is unknown
DEFERRED_MESSAGE, DEFERRED_UPDATE, UPDATE, MODAL, CHOICES = 5, 6, 7, 9, 8
HISTORY = 50
BODY_LIMIT_BYTES = 64 * 1024 * 1024
Reply = tuple[int, Any]  # status and body


class Refused(Exception):
    """Discord's refusal: a status and a code."""

    def __init__(self, status: int, code: int):
        super().__init__(status, code)
        self.reply: Reply = (status, {"code": code, "message": f"refused with {code}"})


class Rest:
    """Carries out calls."""

    def __init__(self, discord: Discord):
        self._discord = discord
        self._routes: list[tuple[str, re.Pattern[str], Callable[..., Reply]]] = [
            (method, re.compile(pattern + r"\Z"), action) for method, pattern, action in self._all()
        ]

    def _all(self) -> list[tuple[str, str, Callable[..., Reply]]]:
        hook, message = rf"/webhooks/{APPLICATION_ID}/([^/]+)", r"/channels/(\d+)/messages/(\d+)"
        return [
            ("GET", "/gateway/bot", self._gateway),
            ("GET", "/users/@me", lambda body: (200, payloads.user(BOT_ID, "Footnote"))),
            ("GET", "/users/@me/guilds", self._own_guilds),
            ("GET", "/oauth2/applications/@me", self._application),
            ("PUT", rf"/applications/{APPLICATION_ID}/commands", self._sync),
            ("POST", r"/interactions/\d+/([^/]+)/callback", self._acknowledge),
            ("POST", hook, self._follow_up),
            ("GET", hook + "/messages/@original", self._original),
            ("PATCH", hook + r"/messages/(@original|\d+)", self._edit_response),
            ("DELETE", hook + r"/messages/(@original|\d+)", self._delete_response),
            ("POST", r"/channels/(\d+)/messages", self._create),
            ("GET", r"/channels/(\d+)/messages", self._history),
            ("GET", message, self._message),
            ("PATCH", message, self._edit),
            ("DELETE", message, self._delete),
            ("POST", message + "/threads", self._thread),
            ("GET", r"/channels/(\d+)", self._channel),
            ("GET", r"/guilds/(\d+)", self._guild),
            ("GET", r"/guilds/\d+/members/(\d+)", self._member),
            ("GET", r"/guilds/\d+/audit-logs", lambda body: (200, payloads.AUDIT_LOG)),
            ("POST", "/users/@me/channels", self._open_direct),
        ]

    async def handle(self, request: web.Request) -> web.StreamResponse:
        """One call, with the faults that strike it."""
        discord, path = self._discord, request.path.removeprefix("/api/v10")
        body, files = await _body(request)
        await discord.reply_or_not()
        discord.violations += schema_violations(request.method, path, body)
        fault = next((f for f in discord.faults if f.strikes(f"{request.method} {path}")), None)
        if fault is not None and fault.kind != "lost":
            status, reply = _failure(fault)
        else:
            status, reply = self._carry_out(request.method, path, body, files)
        cut = fault is not None and fault.kind in ("drop", "lost")
        discord.calls.append(Call(request.method, path, body, 0 if cut else status))
        await discord.changed()
        if cut and request.transport is not None:
            request.transport.abort()
        if isinstance(reply, bytes):
            return web.Response(body=reply)
        headers = {"Via": "1.1 loopback"} if status == 429 else {}
        if status == 204:
            return web.Response(status=204)
        headers["Content-Type"] = "application/json"  # exactly: no charset
        return web.Response(status=status, body=json.dumps(reply).encode(), headers=headers)

    def _carry_out(
        self, method: str, path: str, body: Payload, files: dict[str, bytes]
    ) -> tuple[int, Any]:
        if path in self._discord.files:
            return 200, self._discord.files[path]
        if path.startswith("/attachments/"):
            return 404, {"code": 0, "message": "This content is no longer available."}
        for route_method, pattern, action in self._routes:
            match = pattern.match(path)
            if match and route_method == method:
                self._attach(body, files)
                try:
                    return action(*match.groups(), body)
                except Refused as refused:
                    return refused.reply
        self._discord.violations.append(f"unknown route: {method} {path}")
        return 404, {"code": 0, "message": "404: Not Found"}

    def _attach(self, body: Payload, files: dict[str, bytes]) -> None:
        """Gives a message's files their addresses."""
        data = body.get("data") if isinstance(body.get("data"), dict) else body
        for part in data.get("attachments") or [] if isinstance(data, dict) else []:
            content = files.get(f"files[{part['id']}]", b"")
            part |= {**self._discord.upload(part.get("filename", "file"), content)}

    def _gateway(self, body: Payload) -> Reply:
        limit = {"total": 1_000, "remaining": 999, "reset_after": 0}
        limit["max_concurrency"] = self._discord.max_concurrency
        address = self._discord.url.replace("http", "ws") + "/gateway"
        shards = self._discord.recommended_shards
        return 200, {"url": address, "shards": shards, "session_start_limit": limit}

    # --- the application -----------------------------------------------------------------------

    def _application(self, body: Payload) -> Reply:
        owner = payloads.user(OWNER_ID, "owner")
        application = {"id": str(APPLICATION_ID), "name": "Footnote", "owner": owner}
        extra = {"icon": None, "description": "", "bot_public": True, "flags": 0, "summary": ""}
        return 200, {**application, **extra, "bot_require_code_grant": False, "verify_key": ""}

    def _own_guilds(self, body: Payload) -> Reply:
        granted = self._discord.granted
        names = [{"id": str(each), "name": f"Server {each}"} for each in self._discord.guilds]
        return 200, [name | {"permissions": granted} for name in names]

    def _sync(self, body: Any) -> Reply:
        common = {"application_id": str(APPLICATION_ID), "version": "1"}
        commands = body["list"]
        self._discord.commands = [
            {"description": "", **command, **common, "id": str(payloads.snowflake())}
            for command in commands
        ]
        return 200, self._discord.commands

    # --- interactions --------------------------------------------------------------------------

    def _interaction(self, token: str) -> Interaction:
        interaction = self._discord.interactions.get(token)
        if interaction is None:
            raise Refused(404, 10015)
        return interaction

    def _acknowledge(self, token: str, body: Payload) -> Reply:
        interaction = self._discord.interactions.get(token)
        if interaction is None:
            raise Refused(404, 10062)
        if interaction.acknowledged_after_s is not None:
            raise Refused(400, 40060)
        after_s = asyncio.get_running_loop().time() - interaction.sent_at
        interaction.acknowledged_after_s = after_s
        if after_s > ACKNOWLEDGE_S and self._discord.is_strict:
            raise Refused(404, 10062)
        kind, data = body["type"], body.get("data") or {}
        interaction.response_type = kind
        original: Payload | None = None
        if kind == DEFERRED_MESSAGE:
            original = self._respond(interaction, {"flags": data.get("flags", 0) | LOADING})
        elif kind in (UPDATE, DEFERRED_UPDATE):
            original = interaction.payload.get("message")
            if original is not None and kind == UPDATE:
                self._change(original, data)
        elif kind == MODAL:
            interaction.form = data
        elif kind != CHOICES:
            original = self._respond(interaction, data)
            self._check(data)
        if original is not None:
            interaction.original_id = int(original["id"])
        return 200, _callback_response(interaction, original)

    def _respond(self, interaction: Interaction, body: Payload) -> Payload:
        channel_id = int(interaction.payload["channel_id"])
        message = payloads.message(channel_id, payloads.user(BOT_ID, "Footnote"), body)
        interaction.ephemeral = bool(message["flags"] & EPHEMERAL)
        message["interaction_metadata"] = {
            "id": interaction.payload["id"],
            "type": interaction.payload["type"],
            "user": interaction.payload["member"]["user"],
            "authorizing_integration_owners": {},
        }
        self._store(message)
        interaction.message_ids.append(int(message["id"]))
        return message

    def _follow_up(self, token: str, body: Payload) -> Reply:
        interaction = self._interaction(token)
        if interaction.acknowledged_after_s is None:
            raise Refused(404, 10015)
        self._check(body)
        original = self._discord.messages.get(interaction.original_id or 0)
        if original is not None and original["flags"] & LOADING:  # the first one edits it
            return 200, self._change(original, body)
        return 200, self._respond(interaction, body)

    def _response(self, token: str, which: str) -> Payload:
        interaction = self._interaction(token)
        message_id = interaction.original_id if which == "@original" else int(which)
        message = self._discord.messages.get(message_id or 0)
        if message is None:
            raise Refused(404, 10008)
        return message

    def _original(self, token: str, body: Payload) -> Reply:
        return 200, self._response(token, "@original")

    def _edit_response(self, token: str, which: str, body: Payload) -> Reply:
        self._check(body)
        return 200, self._change(self._response(token, which), body)

    def _delete_response(self, token: str, which: str, body: Payload) -> Reply:
        return self._remove(self._response(token, which))

    # --- messages ------------------------------------------------------------------------------

    def _store(self, message: Payload) -> None:
        self._discord.messages[int(message["id"])] = message

    def _check(self, body: Payload) -> None:
        self._discord.violations += broken_rules(body)

    def _create(self, channel_id: str, body: Payload) -> Reply:
        if int(channel_id) not in self._discord.channels:
            raise Refused(404, 10003)
        self._check(body)
        if body.get("enforce_nonce"):
            for message in self._discord.cards():
                same_channel = message["channel_id"] == channel_id
                if same_channel and message["nonce"] == body["nonce"]:
                    return 200, message
        message = payloads.message(int(channel_id), payloads.user(BOT_ID, "Footnote"), body)
        if "message_reference" in body:
            message["message_reference"] = body["message_reference"]
        self._store(message)
        return 200, message

    def _history(self, channel_id: str, body: Payload) -> Reply:
        """The newest messages, first; whoever asks with ``after`` sorts and filters them."""
        seen = [m for m in self._discord.messages.values() if m["channel_id"] == channel_id]
        return 200, [m for m in reversed(seen) if not m["flags"] & EPHEMERAL][:HISTORY]

    def _found(self, channel_id: str, message_id: str) -> Payload:
        message = self._discord.messages.get(int(message_id))
        if message is None or message["channel_id"] != channel_id:
            raise Refused(404, 10008)
        if message["flags"] & EPHEMERAL:
            raise Refused(404, 10008)
        return message

    def _message(self, channel_id: str, message_id: str, body: Payload) -> Reply:
        return 200, self._found(channel_id, message_id)

    def _edit(self, channel_id: str, message_id: str, body: Payload) -> Reply:
        self._check(body)
        return 200, self._change(self._found(channel_id, message_id), body)

    def _delete(self, channel_id: str, message_id: str, body: Payload) -> Reply:
        return self._remove(self._found(channel_id, message_id))

    def _change(self, message: Payload, body: Payload) -> Payload:
        message["flags"] = (message["flags"] & EPHEMERAL) | (body.get("flags") or 0)
        message |= {k: body[k] for k in ("content", "components", "attachments") if k in body}
        message["edited_timestamp"] = payloads.now()
        return message

    def _remove(self, message: Payload) -> Reply:
        self._discord.messages.pop(int(message["id"]), None)
        self._discord.deleted.append(int(message["id"]))
        return 204, None

    # --- places and people -----------------------------------------------------------------------

    def _thread(self, channel_id: str, message_id: str, body: Payload) -> Reply:
        message = self._found(channel_id, message_id)
        guild_id = self._discord.channels[int(channel_id)]["guild_id"]
        thread = {
            **payloads.channel(int(message["id"]), int(guild_id), body["name"]),
            "type": payloads.PUBLIC_THREAD,
            "parent_id": channel_id,
            "owner_id": str(BOT_ID),
            "thread_metadata": {
                "archived": False,
                "auto_archive_duration": 1440,
                "archive_timestamp": payloads.now(),
                "locked": False,
            },
            "message_count": 0,
            "member_count": 1,
        }
        self._discord.channels[int(message["id"])] = thread
        return 201, thread

    def _channel(self, channel_id: str, body: Payload) -> Reply:
        channel = self._discord.channels.get(int(channel_id))
        if channel is None:
            raise Refused(404, 10003)
        return 200, channel

    def _guild(self, guild_id: str, body: Payload) -> Reply:
        guild = self._discord.guilds.get(int(guild_id))
        if guild is None:
            raise Refused(404, 10004)
        return 200, guild

    def _member(self, user_id: str, body: Payload) -> Reply:
        return 200, payloads.member(int(user_id), f"user{user_id}")

    def _open_direct(self, body: Payload) -> Reply:
        user_id = int(body["recipient_id"])
        people = [payloads.user(user_id, f"user{user_id}")]
        place = {"id": str(user_id + 5_000_000), "type": 1, "recipients": people}
        self._discord.channels.setdefault(user_id + 5_000_000, place)
        return 200, place


def _callback_response(interaction: Interaction, original: Payload | None) -> Payload:
    told: Payload = {"id": interaction.payload["id"], "type": interaction.payload["type"]}
    resource: Payload = {"type": interaction.response_type}
    if original is not None:
        told["response_message_id"] = original["id"]
        told["response_message_loading"] = bool(original["flags"] & LOADING)
        told["response_message_ephemeral"] = interaction.ephemeral
        resource["message"] = original
    return {"interaction": told, "resource": resource}


def _failure(fault: Fault) -> Reply:
    if fault.kind == "429":
        return 429, {"message": "You are being rate limited.", "retry_after": 0.01, "global": False}
    if fault.kind == "banned":
        return 429, "error code: 1015"
    kind = fault.kind
    if isinstance(kind, int):
        return 403, {"code": kind, "message": f"refused with {kind}"}
    return (int(kind), {}) if kind in ("401", "500", "502") else (0, None)


async def _body(request: web.Request) -> tuple[Payload, dict[str, bytes]]:
    """The JSON of a call, and its files by their field's name. A list is put under "list"."""
    if request.content_type.startswith("multipart/"):
        form = await request.post()
        files = {name: value.file.read() for name, value in form.items() if hasattr(value, "file")}
        return json.loads(str(form["payload_json"])), files
    text = await request.text()
    body = json.loads(text) if text else {}
    return (body if isinstance(body, dict) else {"list": body}), {}


@asynccontextmanager
async def discord_server() -> AsyncIterator[Discord]:
    """A running server, closed when the block ends."""
    discord = Discord()
    app = web.Application(client_max_size=BODY_LIMIT_BYTES)
    app.router.add_get("/gateway", discord.gateway)
    app.router.add_route("*", "/{path:.*}", Rest(discord).handle)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    listener = web.TCPSite(runner, "127.0.0.1", 0)
    await listener.start()
    discord.stop_listening = listener.stop
    host, port = runner.addresses[0][:2]
    discord.url = f"http://{host}:{port}"
    try:
        yield discord
    finally:
        await runner.cleanup()
