"""Scans: read page by page where tesseract is installed; else the refusal says how to get it."""

from __future__ import annotations

import io
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from bot.errors import ScannedDocument
from bot.ingest.extract.extract import extract
from bot.ingest.extract.pdf import ocr, scans
from bot.ingest.pipeline import Ingest, Limits
from bot.ingest.progress import Progress
from bot.ingest.submission import Submission
from bot.ingest.worker.pool import Reader
from bot.search.memory_index import MemoryIndex
from bot.store.protocols import Library
from bot.store.sqlite.store import SqliteStore
from bot.store.values import JobPayload, JobResult
from tests.contract.samples import ALL, SERVER
from tests.ingest.sample_files import pdf, prose
from tests.quick import QuickEmbedder
from tests.web_server import fetcher

needs_tesseract = pytest.mark.skipif(
    not ocr.is_available(), reason="tesseract is not installed (apt install tesseract-ocr)"
)
SENTENCE = "The town council accepted the plan by eleven votes to four."


def scan(pages: int, *, with_text: tuple[int, ...] = ()) -> bytes:
    """Pictures of pages of prose; those in ``with_text`` (from 1) hold the text itself."""
    import pypdfium2
    from reportlab.lib.utils import ImageReader
    from reportlab.pdfgen.canvas import Canvas

    out = io.BytesIO()
    canvas = Canvas(out, pagesize=(595, 842), invariant=1)
    for number in range(1, pages + 1):
        if number in with_text:
            canvas.drawString(72, 700, f"This page number {number} was typed, not scanned.")
        else:
            page = pypdfium2.PdfDocument(pdf(prose(1, f"Town {number}")))[0]
            picture = page.render(scale=200 / 72, grayscale=True).to_pil()
            canvas.drawImage(ImageReader(picture), 0, 0, 595, 842)
        canvas.showPage()
    canvas.save()
    return out.getvalue()


@asynccontextmanager
async def library(folder: Path) -> AsyncIterator[tuple[Ingest, Library]]:
    reader, store = Reader(wall_s=100), await SqliteStore.open(folder, MemoryIndex)
    limits = Limits(file_mb=10, characters=100_000)
    try:
        async with fetcher(0) as web, store.library(SERVER) as opened:
            yield Ingest(QuickEmbedder(), reader, web, limits), opened
    finally:
        await reader.close()
        await store.close()


@pytest.fixture
def without_tesseract(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(scans, "is_available", lambda: False)


@pytest.mark.usefixtures("without_tesseract")
def test_without_tesseract_the_refusal_says_how_to_get_it() -> None:
    with pytest.raises(ScannedDocument, match=r"installed tesseract \(\w+ install "):
        extract(scan(2), "a.pdf", ocr=True)


@needs_tesseract
def test_a_scan_names_its_pages_and_becomes_a_document_with_their_texts() -> None:
    data = scan(3, with_text=(2,))
    assert extract(data, "a.pdf", ocr=True).unread_pages == (1, 3)

    texts = {str(page): extract(data, "a.pdf", ocr_page=page).text for page in (1, 3)}
    document = extract(data, "a.pdf", recognized=texts)

    assert document.text.count(SENTENCE) == 2
    assert document.by_ocr
    assert [mark.value for mark in document.pages] == ["1", "2", "3"]
    assert document.notes[0] == "Read by OCR (pages 1, 3), so some letters may be wrong."


def test_a_scan_without_any_letters_is_refused() -> None:
    with pytest.raises(ScannedDocument, match="found no letters"):
        extract(scan(2), "a.pdf", recognized={"1": "", "2": " "})


@needs_tesseract
async def test_a_scan_is_read_in_the_confined_process_with_progress(tmp_path: Path) -> None:
    seen: list[Progress] = []
    async with library(tmp_path) as (ingest, known_library):
        submission = Submission("scan.pdf", scan(2))
        added = await ingest.add(submission, known_library, ALL, seen.append)
        version = await known_library.articles.version(added.article.id, ALL)

    assert version.text.count(SENTENCE) == 2
    assert added.article.notes[0].startswith("Read by OCR")
    assert [(p.done, p.total) for p in seen if p.stage == "recognizing"] == [(1, 2), (2, 2)]
    assert Progress("recognizing", 1, 2).describe() == "recognizing text, page 1 of 2 …"


@needs_tesseract
async def test_an_interrupted_job_goes_on_where_it_was(tmp_path: Path) -> None:
    data = scan(2)
    async with library(tmp_path) as (ingest, jobs_library):
        jobs = jobs_library.jobs
        job = await jobs.enqueue(JobPayload("{}", data, 7), now=0, most=9)
        await jobs.save_recognized(job, 1, "This page was recognized before the crash.")
        submission = Submission("scan.pdf", data, job_id=job)
        added = await ingest.add(submission, jobs_library, ALL)
        version = await jobs_library.articles.version(added.article.id, ALL)

        assert version.text.startswith("This page was recognized before the crash.")
        assert version.text.count(SENTENCE) == 1
        assert await jobs.recognized_pages(job) == {}  # the job has ended


async def test_pages_are_forgotten_with_their_job(tmp_path: Path) -> None:
    async with library(tmp_path) as (_ingest, jobs_library):
        jobs = jobs_library.jobs
        job = await jobs.enqueue(JobPayload("{}", b"x", 7), now=0, most=9)
        await jobs.save_recognized(job, 1, "Some words.")
        assert await jobs.recognized_pages(job) == {1: "Some words."}

        await jobs.finish(job, JobResult("cancelled"), 1)
        assert await jobs.recognized_pages(job) == {}
        await jobs.save_recognized(job, 2, "Too late.")
        assert await jobs.recognized_pages(job) == {}
