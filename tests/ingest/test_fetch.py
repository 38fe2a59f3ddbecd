"""Fetching from the loopback: what arrives, what is refused with nothing sent, what is cut off."""

from __future__ import annotations

import asyncio
import gzip
import json
import re
import socket
import ssl
import sys
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from aiohttp import web

from bot import __version__
from bot.errors import (
    AddressRefused,
    ArticleRefused,
    ArticleTooLarge,
    NotAnArticle,
    PageForbidden,
    PageNotFound,
    PageUnavailable,
    SettingsError,
    SiteNotTrusted,
    TooManyRedirects,
)
from bot.ingest.web.fetch import REDIRECTS, Fetched, Fetcher, Unchanged, _translated, file_name
from tests.web_server import (
    GARBAGE,
    HOST,
    SLOW,
    Answers,
    Names,
    Pages,
    begins,
    bombs,
    connects,
    fetcher,
    html,
    leads_to,
    packed,
    raw_site,
    site,
    writes,
)

SITE = "http://site.example"
PAGE = f"{SITE}/page"
TELLTALE = re.compile(r"\d+\.\d+\.\d+|::|:\d|second|closed|timed", re.IGNORECASE)
SENT = {"Host", "User-Agent", "Accept", "Accept-Encoding", "Connection"}


@contextmanager
def refused(cause: type[ArticleRefused]) -> Iterator[None]:
    """The refusal is of this very cause, and its words give nothing away."""
    with pytest.raises(ArticleRefused) as refusal:
        yield
    assert type(refusal.value) is cause
    assert not TELLTALE.search(refusal.value.message)
    assert refusal.value.may_pass is (cause is PageUnavailable)


async def fetched(pages: dict[str, Any], url: str = PAGE, **options: Any) -> Fetched:
    async with site(pages) as served, fetcher(served.port) as web_:
        result = await web_.fetch(url, **options)
    assert isinstance(result, Fetched)
    return result


# --- what arrives


async def test_a_page_arrives_with_what_its_reader_needs() -> None:
    page = web.Response(
        body="<p>Grüße".encode("latin-1"),
        headers={
            "Content-Type": 'TEXT/HTML; Charset="ISO-8859-1"',
            "ETag": '"v1"',
            "Last-Modified": "Tue, 01 Sep 2026 10:00:00 GMT",
        },
    )
    assert await fetched({"/wiki/Gruß": page}, f"{SITE}/wiki/Gruß#part") == Fetched(
        url=f"{SITE}/wiki/Gru%C3%9F",
        data="<p>Grüße".encode("latin-1"),
        content_type="text/html",
        charset="iso-8859-1",
        etag='"v1"',
        last_modified="Tue, 01 Sep 2026 10:00:00 GMT",
        file_name="page.html",
    )


@pytest.mark.parametrize(("name", "pack"), [("gzip", gzip.compress), ("deflate", zlib.compress)])
async def test_a_packed_page_arrives_unpacked(name: str, pack: Callable[[bytes], bytes]) -> None:
    page = packed(name, pack(b"text " * 99_999))
    assert (await fetched({"/page": page})).data == b"text " * 99_999


async def test_the_request_says_who_asks_and_nothing_more() -> None:
    async with site({"/page": html()}) as served, fetcher(served.port) as web_:
        await web_.fetch(PAGE)
    headers = served.requests[0].headers
    assert set(headers) == SENT
    assert headers["User-Agent"].startswith(f"Footnote/{__version__} (")
    assert headers["Accept-Encoding"] == "gzip, deflate"


async def test_progress_counts_the_bytes() -> None:
    told: list[tuple[int, int | None]] = []
    await fetched(
        {"/page": html("x" * 200_000)}, on_progress=lambda done, total: told.append((done, total))
    )
    assert [done for done, _ in told] == sorted(done for done, _ in told)
    assert told[-1] == (200_000, 200_000)


@pytest.mark.parametrize(
    ("content_type", "path", "disposition", "name"),
    [
        ("text/html", "/", "", "page.html"),
        ("text/html", "/wiki/Foo", "", "page.html"),
        ("text/html", "/a.htm", "", "a.htm"),
        ("text/html", "/index.php", "", "index.php.html"),
        ("text/html", "/report.pdf", "", "report.pdf.html"),
        ("application/xhtml+xml", "/a", "", "page.xhtml"),
        ("text/plain", "/a", "", "page.txt"),
        ("text/plain", "/README.md", "", "README.md"),
        ("text/plain", "/setup.py", "", "setup.py.txt"),
        ("text/markdown", "/a", "", "page.md"),
        ("application/pdf", "/download", "", "page.pdf"),
        ("application/pdf", "/x", 'attachment; filename="a b.PDF"', "a b.pdf"),
        ("application/pdf", "/x", "attachment; filename*=UTF-8''na%C3%AFve.pdf", "naïve.pdf"),
        ("application/pdf", "/x", 'attachment; filename="../../etc/a.pdf"', "a.pdf"),
        ("application/epub+zip", "/book", "", "page.epub"),
        ("application/octet-stream", "/a.docx", "", "a.docx"),
        ("application/zip", "/b.epub", "", "b.epub"),
        ("binary/octet-stream", "/x", "attachment; filename=c.pdf", "c.pdf"),
    ],
)
async def test_the_file_name_says_how_to_read_it(
    content_type: str, path: str, disposition: str, name: str
) -> None:
    given = {"Content-Type": content_type, "Content-Disposition": disposition}
    page = web.Response(body=b"text", headers={k: v for k, v in given.items() if v})
    result = await fetched({path: page}, SITE + path)
    assert (result.file_name, result.content_type) == (name, content_type)


async def test_a_page_without_a_type_keeps_its_name() -> None:
    async with raw_site(writes(b"HTTP/1.0 200 OK\r\n\r\n# Text")) as port, fetcher(port) as web_:
        result = await web_.fetch(f"{SITE}/a.md")
    assert isinstance(result, Fetched)
    assert (result.file_name, result.content_type, result.data) == ("a.md", "", b"# Text")


def test_a_file_name_is_one_short_printable_name() -> None:
    assert file_name("text/html", "a\n/..\\b\x00\u202e.html") == "b.html"
    assert len(file_name("text/plain", "x" * 5_000 + ".txt")) <= 205


@pytest.mark.parametrize(
    ("content_type", "word"),
    [
        ("image/png", "a picture"),
        ("video/mp4", "a video"),
        ("audio/mpeg", "a recording"),
        ("application/json", "data"),
        ("text/css", "data"),
        ("application/octet-stream", "data"),
        ("application/zip", "data"),
    ],
)
async def test_what_is_no_article_is_refused_before_it_is_read(
    content_type: str, word: str
) -> None:
    with pytest.raises(NotAnArticle, match=f"holds {word}, not"):
        await fetched({"/page": web.Response(body=b"x", content_type=content_type)})


# --- nothing is sent where nothing may go


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

    arrived = await fetched({"/page": hop}, f"{PAGE}?left={REDIRECTS}")
    assert arrived.data == b"<p>End"
    async with site({"/page": hop}) as served, fetcher(served.port) as web_:
        with refused(TooManyRedirects):
            await web_.fetch(f"{PAGE}?left={REDIRECTS + 1}")
    assert len(served.requests) == REDIRECTS + 1


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


# --- refreshing


async def test_an_unchanged_page_is_told_apart_from_a_changed_one() -> None:
    async def page(request: web.BaseRequest) -> web.Response:
        same = request.headers.get("If-None-Match") == '"v2"'
        return web.Response(status=304) if same else html(ETag='"v2"')

    async with site({"/page": page}) as served, fetcher(served.port) as web_:
        changed = await web_.fetch(PAGE, etag='"v1"')
        assert isinstance(changed, Fetched)
        assert isinstance(await web_.fetch(PAGE, etag=changed.etag), Unchanged)


async def test_the_date_is_sent_as_it_was_given() -> None:
    date = "Tue, 01 Sep 2026 10:00:00 GMT"
    async with site({"/page": web.Response(status=304)}) as served, fetcher(served.port) as web_:
        assert isinstance(await web_.fetch(PAGE, last_modified=date), Unchanged)
    assert served.requests[0].headers["If-Modified-Since"] == date


@pytest.mark.parametrize("etag", ['"a\r\nHost: evil"', '"\u20ac"', '"' + "x" * 5_000 + '"', ""])
async def test_a_strange_validator_is_not_sent(etag: str) -> None:
    async with site({"/page": html()}) as served, fetcher(served.port) as web_:
        assert isinstance(await web_.fetch(PAGE, etag=etag), Fetched)
    assert "If-None-Match" not in served.requests[0].headers


# --- answers that are no page


@pytest.mark.parametrize(
    ("status", "cause"),
    [
        *((status, PageNotFound) for status in (404, 410)),
        *((status, PageForbidden) for status in (300, 302, 304, 400, 401, 402, 403, 406, 451, 999)),
        *((status, PageUnavailable) for status in (408, 425, 429, 500, 502, 503, 504)),
    ],
)
async def test_a_status_is_refused_by_its_cause(status: int, cause: type[ArticleRefused]) -> None:
    with refused(cause):
        await fetched({"/page": web.Response(status=status)})


async def test_nobody_listening_may_pass() -> None:
    with socket.socket() as free:
        free.bind((HOST, 0))
        async with fetcher(free.getsockname()[1]) as web_:
            with refused(PageUnavailable):
                await web_.fetch(PAGE)


async def test_https_is_not_spoken_in_the_clear() -> None:
    async with site({"/page": html()}) as served, fetcher(served.port) as web_:
        with refused(PageUnavailable):
            await web_.fetch("https://site.example/page")
    assert served.requests == []


@pytest.mark.parametrize("answer", GARBAGE.values(), ids=GARBAGE)
async def test_an_answer_that_is_no_http_is_refused_in_words(answer: bytes) -> None:
    async with raw_site(writes(answer)) as port, fetcher(port) as web_:
        with refused(PageUnavailable):
            await web_.fetch(PAGE)


@pytest.mark.parametrize("how", ["br", "zstd", "compress", "gzip, gzip", "x-gzip", "rot13"])
async def test_a_compression_nobody_asked_for_is_not_unpacked(how: str) -> None:
    with pytest.raises((NotAnArticle, PageUnavailable)):  # aiohttp's refusal, or ours after it
        await fetched({"/page": packed(how, b"\x1f\x8b")})


@pytest.mark.parametrize("error", [*aiohttp.ClientError.__subclasses__(), OSError])
def test_every_error_of_aiohttp_is_translated(error: type[Exception]) -> None:
    for kind in (error, *error.__subclasses__()):
        made = kind.__new__(kind)  # without the arguments that each would need
        vars(made)["status"] = 0
        with pytest.raises(ArticleRefused), _translated():
            raise made


def test_a_wrong_certificate_is_its_own_cause() -> None:
    key: Any = None
    with refused(SiteNotTrusted), _translated():
        raise aiohttp.ClientConnectorCertificateError(key, ssl.SSLCertVerificationError())


# --- too slow, too large


@pytest.mark.parametrize("talk", SLOW.values(), ids=SLOW)
async def test_a_slow_site_ends_at_the_total_time(talk: Any) -> None:
    async with raw_site(talk) as port, fetcher(port, total_s=0.15) as web_:
        began = asyncio.get_running_loop().time()
        with refused(PageUnavailable):
            await web_.fetch(PAGE)
        assert asyncio.get_running_loop().time() - began < 5  # of 20 by default, on a busy machine


async def test_the_total_time_is_for_all_redirects_together() -> None:
    async def hop(request: web.BaseRequest) -> web.Response:
        await asyncio.sleep(0.06)  # the slowness under test
        return leads_to("/page")

    async with site({"/page": hop}) as served, fetcher(served.port, total_s=0.15) as web_:
        with refused(PageUnavailable):
            await web_.fetch(PAGE)
    assert len(served.requests) <= 3


async def test_a_lookup_counts_into_the_total_time() -> None:
    async def never_answers(host: str, port: int) -> list[tuple[str, int]]:
        await asyncio.Event().wait()
        return []

    async with fetcher(1, resolve=never_answers, total_s=0.05) as web_:
        with refused(PageUnavailable):
            await web_.fetch(PAGE)


async def test_cancelling_a_fetch_leaves_nothing_behind() -> None:
    async with raw_site(SLOW["slow body"]) as port, fetcher(port) as web_:
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.1):
                await web_.fetch(PAGE)


@pytest.mark.parametrize(("size", "fits"), [(1_000, True), (1_001, False)])
@pytest.mark.parametrize("told", [True, False])
async def test_a_page_may_be_exactly_as_large_as_the_limit(
    size: int, fits: bool, told: bool
) -> None:
    async def page(request: web.BaseRequest) -> web.StreamResponse:
        if told:
            return html("x" * size)
        response = web.StreamResponse(headers={"Content-Type": "text/html"})
        await response.prepare(request)
        await response.write(b"x" * size)
        return response

    async with site({"/page": page}) as served, fetcher(served.port, max_bytes=1_000) as web_:
        if fits:
            assert isinstance(await web_.fetch(PAGE), Fetched)
        else:
            with refused(ArticleTooLarge):
                await web_.fetch(PAGE)


async def test_a_length_over_the_limit_is_refused_before_anything_has_come() -> None:
    head = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 1001\r\n\r\n"
    async with raw_site(begins(head)) as port, fetcher(port, max_bytes=1_000) as web_:
        with refused(ArticleTooLarge):
            await web_.fetch(PAGE)


BOMB_FETCHER = """
import asyncio, json, re, sys
from pathlib import Path
from bot.errors import ArticleTooLarge
from tests.web_server import fetcher

def memory(kind):
    return int(re.search(kind + r":\\s+(\\d+)", Path("/proc/self/status").read_text())[1]) / 1024

async def main(port, count):
    async with fetcher(port) as web:
        await web.fetch("http://site.example/page")
        Path("/proc/self/clear_refs").write_text("5")
        before = memory("VmRSS")
        for number in range(count):
            try:
                await web.fetch(f"http://site.example/bomb{number}")
                sys.exit("a bomb arrived")
            except ArticleTooLarge:
                pass
        print(json.dumps(memory("VmHWM") - before))

asyncio.run(main(*map(int, sys.argv[1:])))
"""


@pytest.mark.skipif(sys.platform != "linux", reason="the peak is read from /proc")
async def test_bombs_stop_at_the_limit_and_cost_little_memory() -> None:
    pages: Pages = {"/page": html()}
    pages |= {f"/bomb{number}": bomb for number, bomb in enumerate(bombs())}
    async with site(pages) as served:
        command = [sys.executable, "-c", BOMB_FETCHER, str(served.port), str(len(pages) - 1)]
        child = await asyncio.create_subprocess_exec(
            *command, stdout=asyncio.subprocess.PIPE, cwd=Path(__file__).parents[2]
        )
        out, _ = await child.communicate()
    assert child.returncode == 0
    assert json.loads(out) <= 64


# --- through a proxy


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
