"""Through a proxy: it looks the names up, and what can be checked before is checked."""

from __future__ import annotations

import socket
from typing import Any

import pytest
from aiohttp import web

from bot.errors import AddressRefused, ArticleRefused, PageForbidden, PageUnavailable, SettingsError
from bot.ingest.fetch.fetch import Fetched, Fetcher
from tests.ingest.fetching import PAGE, refused
from tests.web_server import HOST, Names, connects, fetcher, html, site


async def proxied(answer: web.Response, url: str, **answers: Any) -> tuple[Any, list[str]]:
    async with site({"*": answer}) as proxy:
        address = f"http://{HOST}:{proxy.port}"
        async with fetcher(Names(1, answers), proxy=address) as web_:
            result = await web_.fetch(url)
    return result, [request.raw_path for request in proxy.requests]


@pytest.mark.parametrize("known", [[HOST], socket.gaierror(socket.EAI_NONAME, "no DNS here")])
async def test_a_proxy_is_asked_by_name_even_where_there_is_no_dns(known: Any) -> None:
    result, asked = await proxied(html(), PAGE, **{"site.example": [known]})
    assert isinstance(result, Fetched)
    assert asked == [PAGE]


@pytest.mark.parametrize("url", [PAGE, "http://10.0.0.1/", "http://wiki/"])
async def test_a_proxy_is_not_asked_for_what_is_known_to_be_private(url: str) -> None:
    with refused(AddressRefused):
        await proxied(html(), url, **{"site.example": [["10.0.0.1"]]})
    assert connects == []


@pytest.mark.parametrize(("status", "cause"), [(403, PageForbidden), (503, PageUnavailable)])
async def test_a_proxy_that_refuses_is_told(status: int, cause: type[ArticleRefused]) -> None:
    with refused(cause):
        await proxied(web.Response(status=status), "https://site.example/page")


async def test_a_proxy_that_is_down_may_pass() -> None:
    with socket.socket() as free:
        free.bind((HOST, 0))
        proxy = f"http://{HOST}:{free.getsockname()[1]}"
        async with fetcher(1, proxy=proxy) as web_:
            with pytest.raises(PageUnavailable, match="proxy"):
                await web_.fetch(PAGE)


@pytest.mark.parametrize("proxy", ["http://", "nonsense", "socks5://me:secret@host:1", "http://[x"])
def test_a_proxy_that_is_none_is_refused_at_the_start(proxy: str) -> None:
    with pytest.raises(SettingsError, match="http://host:port") as refusal:
        Fetcher(max_bytes=1, proxy=proxy)
    assert "secret" not in refusal.value.message
