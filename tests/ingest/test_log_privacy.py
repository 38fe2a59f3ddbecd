"""No failure of reading or fetching tells the log what an article says, or where it is.

Nor does a refusal's message, nor what a traceback of it would print of the article.
"""

from __future__ import annotations

import logging
import traceback
from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest
import pytest_asyncio
from aiohttp import web

from bot.errors import ArticleRefused
from bot.ingest.worker.pool import Reader
from tests.ingest import sample_files
from tests.web_server import GARBAGE, fetcher, leads_to, raw_site, site, writes

pytestmark = pytest.mark.asyncio(loop_scope="module")  # the readers are shared

CANARY = "canary-7d1f"  # in texts, names, paths, tokens
HOST = "site-of-canary.example"
ADDRESS = f"http://{HOST}/{CANARY}?token={CANARY}"
TEST_SERVER = ("aiohttp.access", "aiohttp.server", "aiohttp.web")  # the other side of the loopback
WORDS = f"Words with {CANARY} in them. ".encode()

FILES: dict[str, Callable[[], bytes]] = {
    "noise": lambda: WORDS + bytes(range(128, 256)) * 9,
    "picture": lambda: b"\x89PNG\r\n" + WORDS,
    "xml": lambda: b"<?xml version='1.0'?><feed>" + WORDS,
    "broken pdf": lambda: b"%PDF-1.4\n" + WORDS,
    "broken zip": lambda: b"PK\x03\x04" + WORDS,
    "zip": lambda: sample_files.archive({f"{CANARY}.txt": WORDS}),
    "docx": lambda: sample_files.archive({"word/document.xml": b"<a>" + WORDS}),
    "epub": lambda: sample_files.archive({"META-INF/container.xml": WORDS}),
    "climbing": lambda: sample_files.archive({"word/document.xml": "<a/>", f"../{CANARY}": WORDS}),
    "wall": lambda: b"<!doctype html><p>Subscribe to continue reading " + WORDS,
}
DEEDS = ["fail", "abort always"]


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def readers() -> AsyncIterator[tuple[Reader, Reader]]:
    """One in earnest, and one that does what the file's name says."""
    pair = Reader(), Reader(extract="tests.ingest.hostile_extract:extract")
    try:
        yield pair
    finally:
        for reader in pair:
            await reader.close()


def assert_silent(refusal: ArticleRefused, caplog: pytest.LogCaptureFixture) -> None:
    logged = [each for each in caplog.records if not each.name.startswith(TEST_SERVER)]
    formatter = logging.Formatter()
    lines = "\n".join(formatter.format(record) for record in logged)
    assert CANARY not in lines
    assert HOST not in lines
    assert CANARY not in refusal.message
    assert HOST not in refusal.message
    assert CANARY not in "".join(traceback.format_exception(refusal))


@pytest.mark.parametrize("name", FILES)
async def test_a_refused_file_is_not_logged(
    readers: tuple[Reader, Reader], name: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    with pytest.raises(ArticleRefused) as refusal:
        await readers[0].read(FILES[name](), f"{CANARY}.bin", address=ADDRESS)

    assert_silent(refusal.value, caplog)


@pytest.mark.parametrize("deed", DEEDS)
async def test_a_reader_that_fails_or_dies_does_not_log_the_file(
    readers: tuple[Reader, Reader], deed: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    with pytest.raises(ArticleRefused) as refusal:
        await readers[1].read(WORDS, deed, address=ADDRESS)

    assert caplog.records  # something is logged
    assert_silent(refusal.value, caplog)


PAGES: dict[str, web.Response] = {
    "gone": web.Response(status=404, text=CANARY),
    "forbidden": web.Response(status=403, text=CANARY),
    "broken": web.Response(status=500, text=CANARY),
    "a picture": web.Response(body=WORDS, content_type="image/png"),
    "packed oddly": web.Response(body=WORDS, headers={"Content-Encoding": "br"}),
    "a way inside": leads_to(f"http://10.0.0.1/{CANARY}"),
    "a way around": leads_to(f"http://{CANARY}:{CANARY}@{HOST}/"),
    "too large": web.Response(body=WORDS * 999),
}


@pytest.mark.parametrize("page", PAGES)
async def test_a_refused_address_is_not_logged(page: str, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    async with site({"*": PAGES[page]}) as served, fetcher(served.port, max_bytes=999) as web_:
        with pytest.raises(ArticleRefused) as refusal:
            await web_.fetch(ADDRESS)

    assert_silent(refusal.value, caplog)


@pytest.mark.parametrize("answer", GARBAGE)
async def test_a_site_that_talks_garbage_is_not_logged(
    answer: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    async with raw_site(writes(GARBAGE[answer])) as port, fetcher(port) as web_:
        with pytest.raises(ArticleRefused) as refusal:
            await web_.fetch(ADDRESS)

    assert_silent(refusal.value, caplog)


@pytest.mark.parametrize("url", [f"ftp://{HOST}/", f"http://{CANARY}@{HOST}/", f"http://[{CANARY}"])
async def test_an_address_that_is_none_is_not_logged(
    url: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    async with fetcher(1) as web_:
        with pytest.raises(ArticleRefused) as refusal:
            await web_.fetch(url)

    assert_silent(refusal.value, caplog)


async def test_a_proxy_that_refuses_is_not_logged(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    pages: dict[str, Any] = {"*": web.Response(status=403, text=CANARY)}
    async with site(pages) as proxy:
        address = f"http://user:{CANARY}@127.0.0.1:{proxy.port}"
        async with fetcher(1, proxy=address) as web_:
            with pytest.raises(ArticleRefused) as refusal:
                await web_.fetch(ADDRESS.replace("http:", "https:"))

    assert_silent(refusal.value, caplog)
