"""Fetching from the loopback: what arrives, under what name, and whether it has changed."""

from __future__ import annotations

import gzip
import zlib
from collections.abc import Callable

import pytest
from aiohttp import web

from bot import __version__
from bot.errors import NotAnArticle
from bot.ingest.fetch.fetch import Fetched, NotModified
from bot.ingest.fetch.media_types import file_name
from tests.ingest.fetching import PAGE, SENT, SITE, fetched
from tests.web_server import fetcher, html, packed, raw_site, site, writes

OFFICE = "application/vnd.openxmlformats-officedocument."


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
        (f"{OFFICE}presentationml.presentation", "/talk", "", "page.pptx"),
        (f"{OFFICE}spreadsheetml.sheet", "/budget.xlsx", "", "budget.xlsx"),
        ("application/octet-stream", "/budget.xlsx", "", "budget.xlsx"),
        ("application/vnd.ms-excel", "/budget.csv", "", "budget.csv"),
        ("application/vnd.oasis.opendocument.text", "/a", "", "page.odt"),
        ("application/vnd.oasis.opendocument.spreadsheet", "/a.ods", "", "a.ods"),
        ("application/vnd.oasis.opendocument.presentation", "/a", "", "page.odp"),
        ("application/rtf", "/a.rtf", "", "a.rtf"),
        ("text/csv", "/export", "", "page.csv"),
        ("text/plain", "/data.csv", "", "data.csv"),
        ("application/json", "/api/report", "", "page.json"),
        ("message/rfc822", "/1", "", "page.eml"),
        ("message/rfc822", "/saved.mhtml", "", "saved.mhtml"),
        ("application/mbox", "/list", "", "page.mbox"),
        ("text/vtt", "/talk.vtt", "", "talk.vtt"),
        ("application/x-subrip", "/talk", "", "page.srt"),
        ("application/zip", "/docs.zip", "", "docs.zip"),
    ],
)
async def test_the_file_name_says_how_to_read_it(
    content_type: str, path: str, disposition: str, name: str
) -> None:
    given = {"Content-Type": content_type, "Content-Disposition": disposition}
    page = web.Response(body=b"text", headers={k: v for k, v in given.items() if v})
    result = await fetched({path: page}, SITE + path)
    assert result.file_name == name


async def test_a_page_without_a_type_keeps_its_name() -> None:
    async with raw_site(writes(b"HTTP/1.0 200 OK\r\n\r\n# Text")) as port, fetcher(port) as web_:
        result = await web_.fetch(f"{SITE}/a.md")
    assert isinstance(result, Fetched)
    assert (result.file_name, result.data) == ("a.md", b"# Text")


def test_a_file_name_is_one_short_printable_name() -> None:
    assert file_name("text/html", "a\n/..\\b\x00\u202e.html") == "b.html"
    assert len(file_name("text/plain", "x" * 5_000 + ".txt")) <= 205


@pytest.mark.parametrize(
    ("content_type", "word"),
    [
        ("image/png", "a picture"),
        ("video/mp4", "a video"),
        ("audio/mpeg", "a recording"),
        ("application/wasm", "data"),
        ("text/css", "data"),
        ("application/octet-stream", "data"),
        ("application/zip", "data"),
    ],
)
async def test_what_is_no_article_is_refused_before_it_is_read(
    content_type: str, word: str
) -> None:
    with pytest.raises(NotAnArticle, match=f"leads to {word}, not"):
        await fetched({"/page": web.Response(body=b"x", content_type=content_type)})


# --- refreshing


async def test_an_unchanged_page_is_told_apart_from_a_changed_one() -> None:
    async def page(request: web.BaseRequest) -> web.Response:
        same = request.headers.get("If-None-Match") == '"v2"'
        return web.Response(status=304) if same else html(ETag='"v2"')

    async with site({"/page": page}) as served, fetcher(served.port) as web_:
        changed = await web_.fetch(PAGE, etag='"v1"')
        assert isinstance(changed, Fetched)
        assert isinstance(await web_.fetch(PAGE, etag=changed.etag), NotModified)


async def test_the_date_is_sent_as_it_was_given() -> None:
    date = "Tue, 01 Sep 2026 10:00:00 GMT"
    async with site({"/page": web.Response(status=304)}) as served, fetcher(served.port) as web_:
        assert isinstance(await web_.fetch(PAGE, last_modified=date), NotModified)
    assert served.requests[0].headers["If-Modified-Since"] == date


@pytest.mark.parametrize("etag", ['"a\r\nHost: evil"', '"\u20ac"', '"' + "x" * 5_000 + '"', ""])
async def test_a_strange_validator_is_not_sent(etag: str) -> None:
    async with site({"/page": html()}) as served, fetcher(served.port) as web_:
        assert isinstance(await web_.fetch(PAGE, etag=etag), Fetched)
    assert "If-None-Match" not in served.requests[0].headers
