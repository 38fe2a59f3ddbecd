"""How far a reading is, told page by page from within the reader process; and warming it up."""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from bot.app import App
from bot.errors import DocumentTooComplex
from bot.ingest.progress import Progress
from bot.ingest.submission import Submission
from bot.ingest.worker.ipc import PROGRESS_INTERVAL_S, ThrottledProgress
from bot.ingest.worker.pool import Reader
from bot.records import Scope
from tests.ingest import sample_files
from tests.ingest.hostile_extract import PAGES

HOSTILE = "tests.ingest.hostile_extract:extract"


@asynccontextmanager
async def opened(reader: Reader) -> AsyncIterator[Reader]:
    try:
        yield reader
    finally:
        await reader.close()


async def told_while_reading(reader: Reader, data: bytes, name: str) -> list[tuple[int, int]]:
    told: list[tuple[int, int]] = []
    await reader.read(data, name, lambda page, pages: told.append((page, pages)))
    return told


def test_the_first_page_is_told_at_once_and_the_next_ones_not_too_soon() -> None:
    told: list[int] = []
    moments = iter([5.0, 5.01, 5.09, 5.0 + PROGRESS_INTERVAL_S, 5.11, 9.0])
    tell = ThrottledProgress(lambda page, pages: told.append(page), lambda: next(moments))
    for page in range(1, 7):
        tell(page, 6)

    assert told == [1, 4, 6]


async def test_the_pages_of_a_pdf_are_told_while_they_are_read() -> None:
    pytest.importorskip("reportlab", reason="PDFs are made with reportlab")
    data = sample_files.pdf(sample_files.prose(200))
    async with opened(Reader()) as reader:
        pages = len((await reader.read(data, "a.pdf")).document.pages)
        began = time.monotonic()
        told = await told_while_reading(reader, data, "a.pdf")
        took_s = time.monotonic() - began

    assert [total for _, total in told] == [pages] * len(told)
    assert [page for page, _ in told] == sorted({page for page, _ in told})
    assert told[0] == (1, pages)
    assert len(told) <= took_s / PROGRESS_INTERVAL_S + 1


async def test_a_second_reader_of_pdfs_tells_its_pages_too() -> None:
    pytest.importorskip("reportlab", reason="PDFs are made with reportlab")
    data = sample_files.pdf(sample_files.prose(20))
    told: list[tuple[int, int]] = []
    async with opened(Reader()) as reader:
        await reader.read(data, "a.pdf", lambda *at: told.append(at), careful=True)

    assert told[0] == (1, 2)


@pytest.mark.parametrize("name", ["pages", "flood"])
async def test_a_reader_that_tells_very_often_does_not_flood_the_bot(name: str) -> None:
    async with opened(Reader(extract=HOSTILE)) as reader:
        began = time.monotonic()
        told = await told_while_reading(reader, b"text", name)
        took_s = time.monotonic() - began

    assert told[0] == (1, PAGES)
    assert len(told) <= took_s / PROGRESS_INTERVAL_S + 1


async def test_a_count_that_is_none_is_a_crash() -> None:
    async with opened(Reader(extract=HOSTILE)) as reader:
        with pytest.raises(DocumentTooComplex, match="crashes the program"):
            await told_while_reading(reader, b"text", "pages in words")


def test_progress_has_words_for_people() -> None:
    assert Progress("reading").describe() == "reading …"
    assert Progress("reading", 14, 117).describe() == "page 14 of 117 …"


@pytest.mark.quick
async def test_who_hands_in_a_pdf_hears_of_its_pages(app: App) -> None:
    pytest.importorskip("reportlab", reason="PDFs are made with reportlab")
    submission = Submission("harbours.pdf", sample_files.pdf(sample_files.prose(60)))
    heard: list[str] = []
    async with app.store.library("local") as library:
        await app.ingest.add(
            submission, library, Scope("local"), lambda p: heard.append(p.describe())
        )

    assert heard[0] == "reading …"
    assert re.fullmatch(r"page 1 of \d+ …", heard[1])
    assert heard[-1].endswith("indexing 100 % …")


async def test_a_warmed_reader_has_its_process_before_the_first_file() -> None:
    async with opened(Reader(extract=HOSTILE)) as reader:
        await reader.warm()
        warm = [child.documents_read for child in reader._idle]
        await reader.read(b"", "who")

        assert warm == [0]
        assert [child.documents_read for child in reader._idle] == [1]


async def test_warming_keeps_nobody_waiting_and_ends_with_the_reader() -> None:
    reader = Reader(extract=HOSTILE)
    warming = reader.warm()
    assert not warming.done()
    assert not reader._alive
    await asyncio.sleep(0)

    await reader.close()

    assert warming.done()
    assert not reader._alive


async def test_a_reader_that_cannot_be_warmed_is_logged_and_the_bot_starts(
    caplog: pytest.LogCaptureFixture,
) -> None:
    async with opened(Reader(extract="bot.ingest.nowhere:extract")) as reader:
        await reader.warm()

    assert "no reader process could be started" in caplog.text
