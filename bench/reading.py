"""Prints what reading costs, without embedding, as a table beside its goals.

    python -m bench.reading [DIR]

DIR holds documents.jsonl (default: ../shared/data/covidqa). CPU seconds are those of one core,
medians of a few runs; the event loop is watched while the bot's own reader works, as it does.
"""

from __future__ import annotations

import asyncio
import gc
import html
import json
import os
import resource
import statistics
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from itertools import cycle, islice, pairwise
from pathlib import Path
from typing import Any, NamedTuple

from bot.ingest.chunk import split_passages
from bot.ingest.extract.document import Bounds
from bot.ingest.extract.extract import extract
from bot.ingest.worker.pool import Reader
from bot.ingest.worker.worker import PRELOADED_MODULES
from bot.tokens import count_tokens
from tests.ingest import office_files, sample_files
from tests.ingest.test_xlsx import raw_xlsx

DEFAULT = Path(__file__).parent.parent.parent / "shared" / "data" / "covidqa"
PDF_PAGES = 100
PDF_PARAGRAPHS = 2_000  # of sample_files.prose, a good hundred pages
DOCUMENTS = 200
LARGE_FILES = 20
LARGE_BYTES = 4_000_000
BEAT_S = 0.005
IDLE_S = 15.0
PATIENCE_S = 600.0
ADDED_READERS = ("pptx", "xlsx", "odf", "ods", "rtf", "zipped_pages", "mail", "csv_text")
RUNS = 3
MIB = 1024 * 1024


class File(NamedTuple):
    """What somebody adds."""

    name: str
    data: bytes


class Beats(NamedTuple):
    """The longest time between two turns of the event loop, and the most CPU in one of them."""

    gap_s: float
    cpu_s: float


def main() -> None:
    """Measures everything in turn."""
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else DEFAULT
    if not (folder / "documents.jsonl").is_file():
        sys.exit(f"{folder} holds no documents.jsonl: name a folder that does.")
    pages, pdf = (
        _web_pages(folder),
        File("a.pdf", sample_files.pdf(sample_files.prose(PDF_PARAGRAPHS))),
    )
    print("| figure | reached | goal |\n|---|---|---|")
    print(f"| a PDF of {PDF_PAGES} pages, CPU | {_pdf_s(pdf):.2f} s | ≤ 3 |")
    took_s = _median(lambda: _cpu_s(pages))
    print(f"| the {len(pages)} articles of {folder.name} as HTML, CPU | {took_s:.1f} s | ≤ 10 |")
    for file in _office_files():
        kind, size = file.name.partition(".")[2], len(file.data) / MIB
        print(f"| {kind}, {size:.1f} MiB, CPU | {_median(lambda: _cpu_s([file])):.1f} s | ≤ 10 |")  # noqa: B023
    peak = asyncio.run(_peak_mib([*_large_files(pages, pdf)[:4], *_office_files()]))
    print(f"| a reader's most memory over large files of all kinds | {peak:.0f} MiB | ≤ 300 |")
    starts = [asyncio.run(_start_s()) for _ in range(RUNS)]
    started_s, computed_s = map(statistics.median, zip(*starts, strict=True))
    print(f"| start of a reader process | {started_s:.2f} s (CPU {computed_s:.2f}) | ≤ 1 |")
    print(f"| of it the readers of ADR 8, CPU | {_median(_added_readers_s):.2f} s | |")
    before, after = asyncio.run(_resident(pages))
    grown = f"{before:.0f} → {after:.0f} MiB ({after - before:+.1f})"
    print(f"| the bot's memory over {DOCUMENTS} documents | {grown} | ± 20 |")
    beats, idle = asyncio.run(_beats(_large_files(pages, pdf))), asyncio.run(_idle_beats())
    gaps = f"{1000 * beats.gap_s:.0f} ms (idle {1000 * idle.gap_s:.0f})"
    print(f"| event loop's longest gap while {LARGE_FILES} large files are read | {gaps} | ≤ 100 |")
    print(f"| most CPU in one turn of it | {1000 * beats.cpu_s:.0f} ms | ≤ 100 |")


def _web_pages(folder: Path) -> list[File]:
    lines = (folder / "documents.jsonl").read_text("utf-8").splitlines()
    return [_web_page(json.loads(line)) for line in lines]


def _web_page(document: dict[str, str]) -> File:
    """As a site would show it: a head, menus around it, a paragraph for each line."""
    title = html.escape(document["title"])
    menu = "".join(f"<li><a href='/{i}'>Section {i}</a></li>" for i in range(30))
    text = [f"<p>{html.escape(line)}</p>" for line in document["text"].splitlines() if line.strip()]
    return File(
        f"{document['id']}.html",
        f"<!doctype html><html><head><title>{title}</title><style>nav{{color:red}}</style></head>"
        f"<body><nav><ul>{menu}</ul></nav><article><h1>{title}</h1>{''.join(text)}</article>"
        f"<footer><ul>{menu}</ul></footer></body></html>".encode(),
    )


def _pdf_s(pdf: File) -> float:
    """For ``PDF_PAGES`` of its pages."""
    bounds = Bounds(pages=PDF_PAGES)
    assert len(extract(pdf.data, pdf.name, bounds=bounds).pages) == PDF_PAGES
    return _median(lambda: _cpu_s([pdf], bounds))


def _cpu_s(files: Sequence[File], bounds: Bounds | None = None) -> float:
    """Of turning files into passages, in this process."""
    began = time.process_time()
    for file in files:
        document = extract(file.data, file.name, bounds=bounds)
        split_passages(
            document.text, count_tokens, headings=document.headings, pages=document.pages
        )
    return time.process_time() - began


def _median(measure: Callable[[], float]) -> float:
    return statistics.median(measure() for _ in range(RUNS))


@asynccontextmanager
async def _opened(*, patient: bool = False) -> AsyncIterator[Reader]:
    """A reader as the bot has it; a patient one, on a busy machine, without its limits on time."""
    reader = Reader(cpu_s=PATIENCE_S, wall_s=PATIENCE_S) if patient else Reader()
    try:
        yield reader
    finally:
        await reader.close()


async def _start_s() -> tuple[float, float]:
    """Seconds by the clock and of CPU, until a process is ready to read."""
    began, before = time.perf_counter(), _children_s()
    async with _opened() as reader:
        await reader.layers()
        started_s = time.perf_counter() - began
    return started_s, _children_s() - before


def _added_readers_s() -> float:
    """CPU of loading the readers of office files and mail, where the older ones are loaded."""
    older = [name for name in PRELOADED_MODULES if name.rpartition(".")[2] not in ADDED_READERS]
    added = [name for name in PRELOADED_MODULES if name not in older]
    program = (
        "import importlib, sys, time; sys.path[:0] = ['']\n"
        f"for name in {older}: importlib.import_module(name)\n"
        f"began = time.process_time()\nfor name in {added}: importlib.import_module(name)\n"
        "print(time.process_time() - began)"
    )
    ended = subprocess.run([sys.executable, "-c", program], capture_output=True, check=True)
    return float(ended.stdout)


def _children_s() -> float:
    """CPU of the processes that have ended."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


async def _resident(pages: Sequence[File]) -> tuple[float, float]:
    """MiB in use by this process before and after the documents; the reader's are its own."""
    async with _opened() as reader:
        for page in pages[:5]:
            await reader.read(page.data, page.name)
        before = _resident_mib()
        for page in islice(cycle(pages), DOCUMENTS):
            await reader.read(page.data, page.name)
        return before, _resident_mib()


def _resident_mib() -> float:
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / MIB


def _large_files(pages: Sequence[File], pdf: File) -> list[File]:
    """A PDF, a web page, a Word file and a text, in turn."""
    prose = sample_files.prose(LARGE_BYTES // 300)
    paragraphs = "".join(f"<w:p><w:r><w:t>{line}</w:t></w:r></w:p>" for line in prose)
    kinds = [
        pdf,
        File("a.html", sample_files.page("".join(f"<p>{line}</p>" for line in prose)).encode()),
        File("a.docx", sample_files.raw_docx(paragraphs)),
        File("a.txt", "\n\n".join(prose).encode()),
    ]
    return list(islice(cycle(kinds), LARGE_FILES))


def _office_files() -> list[File]:
    """A large file of each other kind."""
    prose = sample_files.prose(LARGE_BYTES // 300)
    cells = "<c><v>1234.5</v></c>" * 10
    paragraphs = "".join(f"<text:p>{line}</text:p>" for line in prose)
    row = "<table:table-row>{}</table:table-row>".format(
        "<table:table-cell><text:p>1,234.5</text:p></table:table-cell>" * 10
    )
    sheet = f"<table:table>{row * 10_000}</table:table>"
    cue = "{0}\n00:{1:02}:{2:02},000 --> 00:{1:02}:{2:02},900\n{3}\n"
    mail = "From: a@example.org\nMessage-ID: x\nSubject: Works\n\n"
    return [
        File("a.xlsx", raw_xlsx(f"<sheetData>{f'<row>{cells}</row>' * 10_000}</sheetData>")),
        File("a.pptx", _slides(prose[:2_000])),
        File("a.odt", office_files.odf("text", paragraphs)),
        File("a.ods", office_files.odf("spreadsheet", sheet)),
        File("a.rtf", ("{\\rtf1 " + "\\par ".join(prose) + "}").encode()),
        File("a.csv", b"port;tonnes;year\n" + b"Selby;1234.5;2025\n" * 100_000),
        File("a.eml", (mail + "\n\n".join(prose)).encode()),
        File(
            "a.srt",
            "\n".join(
                cue.format(n, n // 60 % 60, n % 60, line) for n, line in enumerate(prose)
            ).encode(),
        ),
    ]


def _slides(prose: Sequence[str]) -> bytes:
    """A presentation of ten paragraphs on a slide."""

    def make(presentation: Any) -> None:
        for number in range(0, len(prose), 10):
            office_files.slide(
                presentation, f"Slide {number}", "\n".join(prose[number : number + 10])
            )

    return office_files.pptx(make)


async def _peak_mib(files: Sequence[File]) -> float:
    """The most memory that one reader process had while it read the files."""
    async with _opened(patient=True) as reader:
        for file in files:
            await reader.read(file.data, file.name)
    return resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024


async def _beats(files: Sequence[File]) -> Beats:
    async with _opened() as reader:
        gc.freeze()  # as Ingest.warm does
        await reader.warm()
        return await _watched(asyncio.gather(*(_read(reader, file) for file in files)))


async def _read(reader: Reader, file: File) -> None:
    """Keeps nothing, as the bot once an article is stored."""
    assert (await reader.read(file.data, file.name)).passages


async def _watched(work: asyncio.Future[Any]) -> Beats:
    walls, cpus = [time.perf_counter()], [time.thread_time()]
    while not work.done():
        await asyncio.wait({work}, timeout=BEAT_S)
        walls.append(time.perf_counter())
        cpus.append(time.thread_time())
    gap_s, cpu_s = (max(b - a for a, b in pairwise(times)) for times in (walls, cpus))
    return Beats(gap_s, cpu_s)


async def _idle_beats() -> Beats:
    """What the machine does to a loop in which nothing happens."""
    return await _watched(asyncio.ensure_future(asyncio.sleep(IDLE_S)))


if __name__ == "__main__":
    main()
