"""Answers that are no page, sites too slow and pages too large: each is a refusal of its own."""

from __future__ import annotations

import asyncio
import json
import socket
import ssl
import sys
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from aiohttp import web

from bot.errors import (
    ArticleRefused,
    ArticleTooLarge,
    NotAnArticle,
    PageForbidden,
    PageNotFound,
    PageUnavailable,
    SiteNotTrusted,
)
from bot.ingest.fetch.fetch import Fetched, _translate_errors
from tests.ingest.fetching import PAGE, fetched, refused
from tests.web_server import (
    GARBAGE,
    HOST,
    SLOW,
    Pages,
    begins,
    bombs,
    fetcher,
    html,
    leads_to,
    packed,
    raw_site,
    site,
    writes,
)


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
def test_every_error_of_aiohttp_is_translate_errors(error: type[Exception]) -> None:
    for kind in (error, *error.__subclasses__()):
        made = kind.__new__(kind)  # without the arguments that each would need
        vars(made)["status"] = 0
        with pytest.raises(ArticleRefused), _translate_errors():
            raise made


def test_a_wrong_certificate_is_its_own_cause() -> None:
    key: Any = None
    with refused(SiteNotTrusted), _translate_errors():
        raise aiohttp.ClientConnectorCertificateError(key, ssl.SSLCertVerificationError())


# --- too slow, too large


@pytest.mark.parametrize("talk", SLOW.values(), ids=SLOW)
async def test_a_slow_site_ends_at_the_total_time(talk: Any) -> None:
    async with raw_site(talk) as port, fetcher(port, total_s=0.15) as web_:
        with refused(PageUnavailable):
            await web_.fetch(PAGE)


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
