"""A small site on loopback, so that an article can be added by its address without a network.

The bot fetches only from public names and standard ports, in the sandbox too. So its site has a
name, which this module resolves to the loopback address; every other name is looked up as always.
In a browser the same page stands at ``Site.url``, where a button publishes a corrected version: a
refresh then shows what becomes of the answers that cite the first.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from importlib import resources
from ipaddress import ip_address

from aiohttp import web

from bot.ingest.fetch.addresses import (
    IPAddress,
    Resolver,
    SocketAddress,
    SystemResolver,
    is_public,
)

NAME = "courier.example"  # a name that RFC 2606 keeps free of owners
PAGE = "/tidal-mill"
ADDRESS = f"http://{NAME}{PAGE}"
VERSIONS = ("tidal-mill.html", "tidal-mill-corrected.html")


class Site:
    """The site while it runs; ``url`` is its page in a browser on this machine."""

    def __init__(self, host: str, look_up: Resolver | None = None):
        self._host = host
        self._port = 0
        self._version = 0
        self._look_up = look_up or SystemResolver()

    @property
    def url(self) -> str:
        return f"http://{self._host}:{self._port}{PAGE}"

    async def resolve(self, name: str, port: int) -> Sequence[SocketAddress]:
        """This site for its own name, else what the system says, if all is public.

        Raises OSError.
        """
        if name == NAME:
            return [(self._host, self._port)]
        addresses = await self._look_up(name, port)
        # ``is_reachable`` allows this site's address, so another name must not lead there.
        if not all(is_public(ip_address(ip)) for ip, _ in addresses):
            return []
        return addresses

    def is_reachable(self, address: IPAddress) -> bool:
        """What is public, and this site's own address."""
        return is_public(address) or address == ip_address(self._host)

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        app = web.Application()
        app.router.add_get(PAGE, self._show)
        app.router.add_post(PAGE, self._publish)
        runner = web.AppRunner(app, access_log=None, shutdown_timeout=1)
        await runner.setup()
        await web.TCPSite(runner, self._host, 0).start()
        self._port = runner.addresses[0][1]
        try:
            yield
        finally:
            await runner.cleanup()

    async def _show(self, request: web.Request) -> web.Response:
        page = resources.files("bot.sandbox").joinpath("samples", VERSIONS[self._version])
        return web.Response(text=page.read_text("utf-8"), content_type="text/html")

    async def _publish(self, request: web.Request) -> web.Response:
        self._version = 1 - self._version
        raise web.HTTPSeeOther(PAGE)
