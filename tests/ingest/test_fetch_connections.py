"""The address checked is the address connected to, at each redirect; nothing else is sent to."""

from __future__ import annotations

import socket
from typing import Any

import pytest
from aiohttp import web

from bot.errors import AddressRefused, PageUnavailable, TooManyRedirects
from bot.ingest.fetch.fetch import MAX_REDIRECTS, Fetched
from tests.ingest.fetching import PAGE, SENT, SITE, fetched, refused
from tests.web_server import HOST, Answers, Names, Pages, connects, fetcher, html, leads_to, site


@pytest.mark.parametrize(
    "url", ["http://127.0.0.1/", "http://[::1]/", "http://localhost/", "http://0x7f.1/", "file:///"]
)
async def test_an_address_that_says_what_it_is_costs_not_even_a_lookup(url: str) -> None:
    names = Names(1)
    with refused(AddressRefused):
        async with fetcher(names) as web_:
            await web_.fetch(url)
    assert (names.asked, connects) == ([], [])


@pytest.mark.parametrize(
    "answer",
    [
        ["10.0.0.1"],
        [HOST, "10.0.0.1"],
        [HOST] * 20 + ["::1"],
        ["fe80::1%eth0"],
        ["::ffff:10.0.0.1"],
        [],
        socket.gaierror(socket.EAI_NONAME, "no such name"),
    ],
    ids=["private", "mixed", "late", "link-local", "mapped", "none", "unknown"],
)
async def test_a_name_with_a_private_answer_or_none_is_refused_unconnected(answer: Any) -> None:
    async with site({"/page": html()}) as served:
        names = Names(served.port, {"site.example": [answer]})
        async with fetcher(names) as web_:
            with refused(AddressRefused):
                await web_.fetch(PAGE)
    assert (served.requests, connects) == ([], [])


async def test_the_number_checked_is_the_number_connected_to() -> None:
    """DNS changes its mind after its first answer: nobody asks it a second time."""
    async with site({"/page": html()}) as served:
        names = Names(served.port, {"site.example": [[HOST], ["127.0.0.2"]]})
        async with fetcher(names) as web_:
            assert isinstance(await web_.fetch(PAGE), Fetched)
            assert (names.asked, connects) == (["site.example"], [(HOST, served.port)])
            with refused(AddressRefused):
                await web_.fetch(PAGE)
    assert connects == [(HOST, served.port)]


async def test_a_lookup_that_fails_may_pass() -> None:
    failing = socket.gaierror(socket.EAI_AGAIN, "try again")
    async with fetcher(Names(1, {"site.example": [failing]})) as web_:
        with refused(PageUnavailable):
            await web_.fetch(PAGE)


# --- redirects


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
@pytest.mark.parametrize("location", ["/end", "//other.example/end", "http://other.example/end#x"])
async def test_a_redirect_is_followed(status: int, location: str) -> None:
    result = await fetched({"/page": leads_to(location, status), "/end": html("<p>End")})
    assert result.data == b"<p>End"
    assert result.url in {f"{SITE}/end", "http://other.example/end"}


@pytest.mark.parametrize(
    "location",
    [
        "http://10.0.0.1/",
        "http://127.0.0.1/",
        "http://[::1]/",
        "http://2130706433/",
        "http://localhost/",
        "http://metadata.google.internal/",
        "http://inside.example/",
        "http://rebound.example/",
        "http://user:secret@other.example/",
        "//user@other.example/",
        "http://other.example:8080/",
        "https://other.example:80/",
        "http://other.example\\@10.0.0.1/",
        "file:///etc/passwd",
        "javascript:alert(1)",
        "http://[bad/",
    ],
)
async def test_each_redirect_is_checked_again(location: str) -> None:
    async with site({"/page": leads_to(location)}) as served:
        answers: Answers = {
            "inside.example": [["10.0.0.1"]],
            "rebound.example": [[HOST, "10.0.0.1"]],
        }
        async with fetcher(Names(served.port, answers)) as web_:
            with refused(AddressRefused):
                await web_.fetch(PAGE)
    assert connects == [(HOST, served.port)]


def sends_on(target: str, delay: str = "0") -> web.Response:
    head = f'<meta http-equiv="refresh" content="{delay}; url={target}">'
    return html(f"<html><head>{head}</head><body>One moment…</body></html>")


@pytest.mark.parametrize("target", ["/end", "//other.example/end", "'http://other.example/end'"])
@pytest.mark.parametrize("delay", ["0", "5", "0.5"])
async def test_a_page_that_only_sends_its_readers_on_is_followed(target: str, delay: str) -> None:
    result = await fetched({"/page": sends_on(target, delay), "/end": html("<p>End")})
    assert result.data == b"<p>End"
    assert result.url in {f"{SITE}/end", "http://other.example/end"}


STAYS = {
    "it reloads itself": '<meta http-equiv="refresh" content="300">',
    "much later": '<meta http-equiv="refresh" content="600;url=/end">',
    "without scripts only": '<noscript><meta http-equiv=refresh content="0;url=/end"></noscript>',
    "in a comment": '<!-- <meta http-equiv="refresh" content="0;url=/end"> -->',
    "in a script": "<script>x = '<meta http-equiv=refresh content=0;url=/end>'</script>",
    "a page with text": f'<meta http-equiv=refresh content="0;url=/end"><p>{"words " * 500}',
}


@pytest.mark.parametrize("page", STAYS.values(), ids=STAYS.keys())
async def test_a_page_that_shows_itself_is_not_left(page: str) -> None:
    result = await fetched({"/page": html(page), "/end": html("<p>End")})
    assert result.url == PAGE


@pytest.mark.parametrize(
    "target", ["http://10.0.0.1/", "http://rebound.example/", "file:///etc/passwd", "http://[bad/"]
)
async def test_where_a_page_sends_its_readers_is_checked_as_a_redirect_is(target: str) -> None:
    async with site({"/page": sends_on(target)}) as served:
        answers: Answers = {"rebound.example": [[HOST, "10.0.0.1"]]}
        async with fetcher(Names(served.port, answers)) as web_:
            with refused(AddressRefused):
                await web_.fetch(PAGE)
    assert connects == [(HOST, served.port)]


async def test_pages_that_send_readers_round_in_a_circle_are_counted_as_redirects() -> None:
    async def page(_: web.BaseRequest) -> web.Response:
        return sends_on("/page")

    async with site({"/page": page}) as served, fetcher(served.port) as web_:
        with refused(TooManyRedirects):
            await web_.fetch(PAGE)
    assert len(served.requests) == MAX_REDIRECTS + 1


async def test_a_redirect_back_to_a_rebound_name_is_refused() -> None:
    async with site({"/page": leads_to("/again")}) as served:
        names = Names(served.port, {"site.example": [[HOST], ["10.0.0.1"]]})
        async with fetcher(names) as web_:
            with refused(AddressRefused):
                await web_.fetch(PAGE)
    assert connects == [(HOST, served.port)]


async def test_so_many_redirects_are_followed_and_no_more() -> None:
    async def hop(request: web.BaseRequest) -> web.Response:
        left = int(request.query["left"])
        return leads_to(f"/page?left={left - 1}") if left else html("<p>End")

    arrived = await fetched({"/page": hop}, f"{PAGE}?left={MAX_REDIRECTS}")
    assert arrived.data == b"<p>End"
    async with site({"/page": hop}) as served, fetcher(served.port) as web_:
        with refused(TooManyRedirects):
            await web_.fetch(f"{PAGE}?left={MAX_REDIRECTS + 1}")
    assert len(served.requests) == MAX_REDIRECTS + 1


async def test_a_redirect_carries_nothing_along() -> None:
    cookie = {"Set-Cookie": "session=secret; Domain=example; Path=/"}
    pages: Pages = {
        "/page": leads_to("http://other.example/second", 307, **cookie),
        "/second": leads_to(f"{SITE}/third", 302, **cookie),
        "/third": html(),
    }
    async with site(pages) as served, fetcher(served.port) as web_:
        await web_.fetch(PAGE, etag='"v1"', last_modified="Tue, 01 Sep 2026 10:00:00 GMT")
    assert served.hosts == ["site.example", "other.example", "site.example"]
    assert set(served.requests[1].headers) == SENT
    assert not [r for r in served.requests if {"Cookie", "Authorization", "Referer"} & {*r.headers}]


async def test_no_cookie_is_kept_for_the_next_fetch() -> None:
    async def page(_: web.BaseRequest) -> web.Response:
        return html(**{"Set-Cookie": "session=secret"})

    async with site({"/page": page}) as served, fetcher(served.port) as web_:
        await web_.fetch(PAGE)
        await web_.fetch(PAGE)
    assert "Cookie" not in served.requests[1].headers
