"""A web on the loopback: pages as a test scripts them, names as it answers them, and a record
of every connection that this process opens.

``Site`` speaks HTTP through aiohttp; ``raw_site`` writes bytes, for servers that misbehave
(``GARBAGE``, ``SLOW``). ``Names`` stands in for DNS. Names resolve to the site's own port, so
addresses in tests look as they do in life. Only 127.0.0.1 counts as public here.
"""

from __future__ import annotations

import asyncio
import gzip
import sys
import zlib
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web

from bot.ingest.fetch.addresses import IPAddress, SocketAddress
from bot.ingest.fetch.fetch import HEADERS, Fetcher

MIB = 1024 * 1024
HOST = "127.0.0.1"
connects: list[Any] = []  # the address of every connect() since a test cleared it

Answers = Mapping[str, list[Sequence[str] | OSError]]
Page = Callable[[web.BaseRequest], Awaitable[web.StreamResponse]]
Pages = dict[str, Page | web.Response]
Talk = Callable[[asyncio.StreamReader, asyncio.StreamWriter, asyncio.Event], Awaitable[None]]


def _record(event: str, arguments: tuple[Any, ...]) -> None:
    if event == "socket.connect":
        connects.append(arguments[1])


sys.addaudithook(_record)


def counts_as_public(address: IPAddress) -> bool:
    """The test's own idea of the public internet."""
    return str(address) == HOST


@dataclass
class Names:
    """A name server. Each look-up of a name takes its next answer; the last one stays."""

    port: int
    answers: Answers = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)

    async def __call__(self, host: str, port: int) -> list[SocketAddress]:
        self.asked.append(host)
        answers = self.answers.get(host, [[HOST]])
        answer = answers.pop(0) if len(answers) > 1 else answers[0]
        if isinstance(answer, OSError):
            raise answer
        return [(number, self.port) for number in answer]


@dataclass
class Site:
    """What it serves by path, and every request that came."""

    port: int = 0
    pages: Pages = field(default_factory=dict)
    requests: list[web.BaseRequest] = field(default_factory=list)

    async def answer(self, request: web.BaseRequest) -> web.StreamResponse:
        self.requests.append(request)
        page = self.pages.get(request.path) or self.pages.get("*") or web.Response(status=404)
        return page if isinstance(page, web.Response) else await page(request)

    @property
    def hosts(self) -> list[str]:
        return [request.host for request in self.requests]


@asynccontextmanager
async def site(pages: Pages) -> AsyncIterator[Site]:
    """A web server; "*" is every other page. A Response serves one request, a Page any number."""
    served = Site(pages=pages)
    runner = web.ServerRunner(web.Server(served.answer), shutdown_timeout=0.1)
    await runner.setup()
    server = web.TCPSite(runner, HOST, 0)
    await server.start()
    served.port = runner.addresses[0][1]
    try:
        yield served
    finally:
        await runner.cleanup()


@asynccontextmanager
async def raw_site(talk: Talk) -> AsyncIterator[int]:
    """A port where ``talk`` writes what it likes; it should stop when the event is set."""
    over = asyncio.Event()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await reader.readuntil(b"\r\n\r\n")
            await talk(reader, writer, over)
        except (OSError, asyncio.IncompleteReadError):
            pass  # the other side has left, as it should
        finally:
            writer.close()

    server = await asyncio.start_server(serve, HOST, 0)
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        over.set()
        server.close()
        await server.wait_closed()


@asynccontextmanager
async def fetcher(names: Names | int, **limits: Any) -> AsyncIterator[Fetcher]:
    """A Fetcher that finds the loopback server (a port will do) behind every name."""
    resolve = Names(names) if isinstance(names, int) else names
    made = Fetcher(
        **{"max_bytes": 10 * MIB, "resolve": resolve, "public": counts_as_public, **limits}
    )
    connects.clear()
    try:
        yield made
    finally:
        await made.close()


def html(text: str = "<p>Hello", **headers: str) -> web.Response:
    return web.Response(text=text, content_type="text/html", headers=headers)


def leads_to(location: str, status: int = 302, **headers: str) -> web.Response:
    return web.Response(status=status, headers={"Location": location, **headers})


def packed(how: str, body: bytes) -> web.Response:
    return web.Response(body=body, content_type="text/html", headers={"Content-Encoding": how})


def bombs() -> list[web.Response]:
    """Zeros, in every packing that is asked for."""
    zeros = bytes(100 * MIB)
    deflated = zlib.compress(zeros)
    return [
        packed("gzip", gzip.compress(zeros[: 10 * MIB]) * 1_000),
        packed("gzip", gzip.compress(zeros)),
        packed("deflate", deflated),
        packed("deflate", deflated[2:-4]),  # as some servers do: without its header
    ]


def writes(answer: bytes) -> Talk:
    """Says one thing and hangs up."""

    async def talk(_: Any, writer: asyncio.StreamWriter, __: asyncio.Event) -> None:
        writer.write(answer)
        await writer.drain()

    return talk


def begins(answer: bytes, again: bytes = b"") -> Talk:
    """Says one thing, and another for ever; with nothing to say it stays silent."""

    async def talk(_: Any, writer: asyncio.StreamWriter, over: asyncio.Event) -> None:
        writer.write(answer)
        while again and not over.is_set():
            writer.write(again)
            await asyncio.sleep(0)
        await over.wait()

    return talk


OK = b"HTTP/1.1 200 OK\r\n"
CHUNKED = OK + b"Content-Type: text/html\r\nTransfer-Encoding: chunked\r\n\r\n"
GARBAGE = {
    "nothing": b"",
    "no http": b"220 smtp ready\r\n\r\n",
    "half a status": b"HTTP/1.1 2",
    "a status in words": b"HTTP/1.1 OK\r\n\r\n",
    "a header without a name": OK + b": x\r\n\r\n",
    "nul in a header": OK + b"A: \0\r\n\r\n",
    "two lengths": OK + b"Content-Length: 1\r\nContent-Length: 2\r\n\r\nab",
    "a length in words": OK + b"Content-Length: many\r\n\r\nab",
    "cut off": OK + b"Content-Length: 99\r\n\r\nab",
    "cut off in a chunk": CHUNKED + b"ff\r\nab",
    "a bad chunk": CHUNKED + b"zz\r\nab",
    "gzip that is none": OK + b"Content-Encoding: gzip\r\n\r\nab",
    "a thousand empty gzips": OK + b"Content-Encoding: gzip\r\n\r\n" + gzip.compress(b"") * 2_000,
    "a long header": OK + b"A: " + b"x" * 99_999 + b"\r\n\r\n",
    "many headers": OK + b"A: x\r\n" * (HEADERS + 1) + b"\r\n",
}
SLOW = {
    "silence": begins(b""),
    "slow headers": begins(OK + b"Content-Type: text/ht"),
    "slow body": begins(OK + b"Content-Type: text/html\r\nContent-Length: 9\r\n\r\n<p>"),
    "endless drops": begins(CHUNKED, b"1\r\nx\r\n"),
    "endless patience": begins(b"", b"HTTP/1.1 102 Processing\r\n\r\n"),
}
