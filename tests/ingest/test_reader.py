"""The reader process: what files become in it, and what hostile ones cannot do."""

from __future__ import annotations

import asyncio
import gc
import json
import os
import socket
import sys
import threading
import tracemalloc
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from bot.errors import (
    ArticleRefused,
    DamagedDocument,
    DocumentTooComplex,
    EmptyArticle,
    ReaderUnavailable,
    UnsupportedFormat,
)
from bot.ingest.chunk import split_passages
from bot.ingest.extract.document import Bounds
from bot.ingest.extract.extract import extract
from bot.ingest.worker.ipc import PASSAGES_PER_FRAME
from bot.ingest.worker.pool import Reader
from bot.tokens import count_tokens
from tests.ingest import sample_files

pytestmark = pytest.mark.asyncio(loop_scope="module")  # readers are shared: 0.7 s of CPU each

HOSTILE = "tests.ingest.hostile_extract:extract"
MIB = 1024 * 1024
linux = pytest.mark.skipif(sys.platform != "linux", reason="this layer is Linux's")


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def reader() -> AsyncIterator[Reader]:
    """Reads in earnest."""
    async with opened(Reader()) as reader:
        yield reader


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def hostile() -> AsyncIterator[Reader]:
    """Does what the name of the file says."""
    async with opened(Reader(extract=HOSTILE)) as reader:
        yield reader


@asynccontextmanager
async def opened(reader: Reader) -> AsyncIterator[Reader]:
    try:
        yield reader
    finally:
        await reader.close()


async def deed(reader: Reader, name: str, data: str = "") -> str:
    """The text that came of a deed in the reader process."""
    return (await reader.read(data.encode(), name)).document.text


def resident() -> int:
    """Bytes of memory that this process uses."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")


def web_page(paragraphs: int = 40) -> bytes:
    body = "".join(f"<p>{paragraph}</p>" for paragraph in sample_files.prose(paragraphs))
    return sample_files.page(body, "<title>The harbour</title>").encode()


def word_file() -> bytes:
    return sample_files.raw_docx(
        "".join(f"<w:p><w:r><w:t>{p}</w:t></w:r></w:p>" for p in sample_files.prose(9))
    )


def pdf_file() -> bytes:
    pytest.importorskip("pypdfium2")
    pytest.importorskip("reportlab")
    return sample_files.pdf(["# The harbour", *sample_files.prose(60)])


@pytest.mark.parametrize(
    ("name", "make"),
    [
        ("page.html", web_page),
        ("notes.md", lambda: b"# The harbour\n\n" + "\n\n".join(sample_files.prose(30)).encode()),
        ("notes.txt", lambda: "Größe. \N{GRINNING FACE} 港は再建された。\n".encode() * 50),
        ("report.docx", word_file),
        ("book.epub", lambda: sample_files.epub({"one": "<h1>One</h1><p>It began.</p>"})),
        ("report.pdf", pdf_file),
    ],
)
async def test_a_file_reads_as_it_would_without_the_process(
    reader: Reader, name: str, make: Callable[[], bytes]
) -> None:
    data = make()
    document = extract(data, name, address="https://example.org/a")

    read = await reader.read(data, name, address="https://example.org/a")

    assert read.document == document
    assert list(read.passages) == split_passages(
        document.text,
        count_tokens,
        headings=document.headings,
        pages=document.pages,
        blocks=document.blocks,
    )
    assert read.passages


async def test_pasted_text_is_cut_at_the_bounds(reader: Reader) -> None:
    read = await reader.read("<b>Bread</b> is baked. \ud800" * 90, "", bounds=Bounds(500))

    assert read.document.text.startswith("<b>Bread</b> is baked.")
    assert len(read.document.text) <= 500
    assert "left out" in read.document.notes[-1]


@pytest.mark.parametrize(
    ("data", "kind"), [(b"", EmptyArticle), (b"\x89PNG\r\n\x1a\n" * 9, UnsupportedFormat)]
)
async def test_a_refusal_keeps_its_kind_and_its_words(
    reader: Reader, data: bytes, kind: type[ArticleRefused]
) -> None:
    with pytest.raises(kind) as here:
        extract(data, "a.png")
    with pytest.raises(kind) as there:
        await reader.read(data, "a.png")

    assert there.value.message == here.value.message


async def test_the_event_loop_is_not_held_up_while_files_are_read(
    reader: Reader, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No frame is parsed in the loop's thread, and none is so long that the others wait for it."""
    threads, lengths = set(), []
    parse = json.loads

    def noted(text: str) -> Any:
        threads.add(threading.get_ident())
        lengths.append(len(text))
        return parse(text)

    monkeypatch.setattr("bot.child_process.frames.json.loads", noted)
    read = await reader.read(web_page(1_000), "page.html")

    assert len(read.passages) > PASSAGES_PER_FRAME
    assert threading.get_ident() not in threads
    assert max(lengths) < sum(lengths)
    assert max(lengths) < 200_000


async def test_the_bot_keeps_nothing_of_the_documents(reader: Reader) -> None:
    data = web_page(60)

    async def read_some() -> int:
        """Reads five; the bytes that Python has in use then."""
        for _ in range(5):
            await reader.read(data, "page.html")
        gc.collect()
        return tracemalloc.get_traced_memory()[0]

    tracemalloc.start()
    try:
        before = await read_some()
        grown = await read_some() - before
    finally:
        tracemalloc.stop()
    assert grown < len(data)  # not even one


async def test_a_reader_is_replaced_after_its_share_of_documents() -> None:
    async with opened(Reader(extract=HOSTILE, documents=2)) as reader:
        first, second, third = [await deed(reader, "who") for _ in range(3)]

    assert first == second != third


async def test_the_reader_knows_nothing_of_the_bot() -> None:
    os.environ["OPENAI_API_KEY"] = "sk-canary"  # noqa: TID251 - what must not be passed on
    try:
        async with opened(Reader(extract=HOSTILE)) as reader:
            variables, files, modules = (await deed(reader, "know")).split("\n")
    finally:
        del os.environ["OPENAI_API_KEY"]  # noqa: TID251

    assert variables in ("{}", "{'LC_CTYPE': 'C.UTF-8'}")  # Python's own, for want of a locale
    assert len(files.split()) <= 5  # three to nowhere, two pipes
    strangers = {"discord", "openai", "aiosqlite", "sqlite3", "numpy", "bot.settings"}
    assert not strangers & set(modules.split())


async def test_what_a_library_prints_does_not_reach_the_bot(hostile: Reader) -> None:
    assert await deed(hostile, "say") == "nothing to hear"
    assert await deed(hostile, "echo", "still there") == "still there"


@pytest.mark.parametrize(
    "forbidden",
    [
        "resolve example.org",
        "run true",
        "fork",
        "shell true",
        "create {}/new",
        "append {}/old",
        "remove {}/old",
        "rename {}/old",
    ],
)
async def test_the_reader_may_not_touch_the_world(
    hostile: Reader, tmp_path: Path, forbidden: str
) -> None:
    (tmp_path / "old").write_text("old")

    said = await deed(hostile, "attempt", forbidden.format(tmp_path))

    assert said == "refused: not in a child process"
    assert (tmp_path / "old").read_text() == "old"
    assert not (tmp_path / "new").exists()


async def test_the_reader_may_not_connect(hostile: Reader) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        said = await deed(hostile, "attempt", f"connect {server.getsockname()[1]}")

    assert said == "refused: not in a child process"


@linux
async def test_a_library_may_not_connect_behind_the_back_of_python(hostile: Reader) -> None:
    if not (await hostile.layers())["network_namespace"]:
        pytest.skip("this machine permits no network namespace")
    with socket.create_server(("127.0.0.1", 0)) as server:
        said = await deed(hostile, "connect natively", str(server.getsockname()[1]))

    assert said == "refused"


@linux
async def test_the_layers_that_hold_are_told(hostile: Reader) -> None:
    layers = await hostile.layers()

    assert {"memory_limit", "memory_watched", "cpu_limit", "audit_hook"} <= layers.keys()
    assert {name for name, holds in layers.items() if not holds} <= {"network_namespace"}


async def test_a_mistake_in_the_reader_is_a_refusal_and_its_place_is_logged(
    hostile: Reader, caplog: pytest.LogCaptureFixture
) -> None:
    with pytest.raises(DamagedDocument, match="nothing was stored"):
        await deed(hostile, "fail", "words of the article")

    assert "KeyError at hostile_extract.py:" in caplog.text
    assert "words" not in caplog.text


@pytest.mark.parametrize(
    ("limits", "name", "data", "words"),
    [
        pytest.param({"cpu_s": 0.1, "wall_s": 999}, "compute", "", "long", id="cpu", marks=linux),
        pytest.param({"wall_s": 0.3}, "wait", "", "long", id="wall"),
        pytest.param({"memory_mb": 200}, "hoard", "4000", "memory", id="memory", marks=linux),
    ],
)
async def test_a_file_that_takes_too_much_is_refused(
    limits: dict[str, float], name: str, data: str, words: str
) -> None:
    async with opened(Reader(extract=HOSTILE, **limits)) as reader:  # type: ignore[arg-type]
        await reader.warm()
        before = resident()
        with pytest.raises(DocumentTooComplex, match=words):
            await deed(reader, name, data)

        assert abs(resident() - before) < 20 * MIB


@linux
async def test_the_bot_watches_what_the_kernel_lets_pass(hostile: Reader) -> None:
    """The kernel counts addresses; of those there is room for 64 MiB at the least."""
    weight = int(await deed(hostile, "weigh")) * os.sysconf("SC_PAGE_SIZE")
    async with opened(Reader(extract=HOSTILE, memory_mb=weight // MIB + 20)) as reader:
        with pytest.raises(DocumentTooComplex, match="too much memory"):
            await deed(reader, "hoard and wait", "50")


async def test_a_file_that_kills_a_fast_library_is_read_without_it(hostile: Reader) -> None:
    assert await deed(hostile, "abort", "read by the other one") == "read by the other one"


@pytest.mark.parametrize("name", ["abort always", "babble"])
async def test_a_file_that_kills_the_reader_is_refused_and_the_next_one_reads(
    hostile: Reader, name: str
) -> None:
    with pytest.raises(DocumentTooComplex, match="crashes the program"):
        await deed(hostile, name)

    assert await deed(hostile, "echo", "next") == "next"


async def test_files_wait_for_their_turn(hostile: Reader) -> None:
    done: list[int] = []

    async def one(number: int) -> None:
        await deed(hostile, "echo", "text")
        done.append(number)

    await asyncio.gather(*map(one, range(6)))

    assert done == list(range(6))


async def test_workers_read_at_the_same_time() -> None:
    async with opened(Reader(extract=HOSTILE, workers=2, wall_s=3_600)) as reader:
        waiting = asyncio.ensure_future(deed(reader, "wait"))
        assert await deed(reader, "echo", "not kept waiting") == "not kept waiting"
        waiting.cancel()
        with pytest.raises(asyncio.CancelledError):
            await waiting
        assert await asyncio.gather(*(deed(reader, "echo", "next") for _ in range(3)))


async def test_closing_leaves_no_process_and_refuses_for_now() -> None:
    reader = Reader(extract=HOSTILE)
    pid = int(await deed(reader, "who"))
    waiting = asyncio.ensure_future(deed(reader, "wait"))
    await asyncio.sleep(0)

    await reader.close()
    await reader.close()

    with pytest.raises(ReaderUnavailable):
        await waiting
    with pytest.raises(ReaderUnavailable):
        await deed(reader, "echo")
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)


async def test_a_reader_that_cannot_start_tells_the_operator_why(
    caplog: pytest.LogCaptureFixture,
) -> None:
    async with opened(Reader(extract="bot.ingest.nowhere:extract")) as reader:
        with pytest.raises(ReaderUnavailable, match="couldn't be started"):
            await reader.read(b"text", "a.txt")

    assert "No module named 'bot.ingest.nowhere'" in caplog.text
