"""The code inside a reader process: confine itself, then turn files into documents and passages.

``process`` starts it as an interpreter of its own. Promises: once warm, it opens no connection,
starts no process and writes no file; it stays within its limits; it exits when its standard input
ends, even in the middle of a file. Whatever a library prints is discarded. Knows nothing of the
rest of the bot.
"""

from __future__ import annotations

import importlib
import os
import threading
from collections.abc import Callable
from functools import partial
from pathlib import Path
from queue import SimpleQueue
from traceback import walk_tb
from typing import BinaryIO, NamedTuple

from bot.child_process import frames
from bot.child_process.confinement import (
    confine,
    import_if_there,
    leave_network,
    limit_cpu,
    take_over_pipes,
)
from bot.errors import ArticleRefused
from bot.ingest.chunk import split_passages
from bot.ingest.extract.document import Bounds, Document, OnProgress, truncate
from bot.ingest.extract.extract import read_text
from bot.ingest.worker import ipc
from bot.tokens import count_tokens, encoding

# What ``extract`` imports when it first meets a format: imported before the process is confined.
PRELOADED_MODULES = (
    "bot.ingest.extract.html.html",
    "bot.ingest.extract.markdown",
    "bot.ingest.extract.docx.docx",
    "bot.ingest.extract.pptx.pptx",
    "bot.ingest.extract.xlsx.xlsx",
    "bot.ingest.extract.odf.odf",
    "bot.ingest.extract.odf.ods",
    "bot.ingest.extract.rtf.rtf",
    "bot.ingest.extract.epub",
    "bot.ingest.extract.zipped_pages",
    "bot.ingest.extract.mail",
    "bot.ingest.extract.csv_text",
    "bot.ingest.extract.subtitles",
    "bot.ingest.extract.json_text",
    "bot.ingest.extract.pdf.pdf",
    "bot.ingest.extract.pdf.pdfium",
    "bot.ingest.extract.pdf.pypdf",
    "chardet",
    "trafilatura",
)


class Request(NamedTuple):
    """One file to read, as the bot sent it."""

    header: frames.Json
    data: bytes


class WorkerSettings(NamedTuple):
    """This process's settings, from the bot's first frame."""

    extract: str  # "package.module:function"
    memory_mb: int
    cpu_s: float


def main() -> None:
    """Serve requests until standard input ends."""
    requests, answers = take_over_pipes()
    settings = WorkerSettings(**frames.load(frames.receive(requests)))
    try:
        extract = _warm_up(settings.extract)
        layers = {"network_namespace": leave_network()}  # needs a process of one thread
        queue: SimpleQueue[Request] = SimpleQueue()
        threading.Thread(target=_listen, args=(requests, queue), daemon=True).start()
        layers |= confine(memory_mb=settings.memory_mb, cpu_s=settings.cpu_s)
    except Exception as error:  # noqa: BLE001 - the outer edge: the bot logs the reason
        frames.send(answers, frames.dump({"kind": "failed", "error": repr(error)}))
        return
    frames.send(answers, frames.dump({"kind": "ready", "layers": layers}))
    while True:
        request = queue.get()
        limit_cpu(settings.cpu_s)
        on_progress = ipc.ThrottledProgress(partial(_send_progress, answers))
        frames.send(answers, *_answer(extract, request, on_progress))


def _listen(stream: BinaryIO, queue: SimpleQueue[Request]) -> None:
    """Queue the bot's requests, in a thread: so the process exits with the bot even mid-file."""
    try:
        while True:
            header = frames.load(frames.receive(stream))
            queue.put(Request(header, frames.receive(stream)))
    finally:
        os._exit(0)


def _warm_up(path: str) -> Callable[..., Document]:
    """Import what reading needs, before writing is forbidden and CPU time is counted."""
    module, _, function = path.partition(":")
    extract: Callable[..., Document] = getattr(importlib.import_module(module), function)
    for name in PRELOADED_MODULES:
        import_if_there(name)
    encoding()
    return extract


def _answer(
    extract: Callable[..., Document], request: Request, on_progress: OnProgress
) -> list[bytes]:
    """The frames for one file: its document and passages, or why there are none."""
    try:
        document = _read(extract, request, on_progress)
        passages = split_passages(
            document.text,
            count_tokens,
            headings=document.headings,
            pages=document.pages,
            blocks=document.blocks,
        )
        header = frames.dump({"kind": "read", "passages": len(passages)})
        return [header, *ipc.dump_document(document), *ipc.dump_passages(passages)]
    except ArticleRefused as refusal:
        answer = {"kind": "refused", "error": type(refusal).__name__, "message": refusal.message}
    except MemoryError:
        answer = {"kind": "exceeded"}
    except Exception as error:  # noqa: BLE001 - the outer edge: no file may stop the reader
        answer = {"kind": "failed", "error": f"{type(error).__name__} at {_location(error)}"}
    return [frames.dump(answer)]


def _read(extract: Callable[..., Document], request: Request, on_progress: OnProgress) -> Document:
    header = request.header
    bounds = Bounds(**header["bounds"]) if header["bounds"] else Bounds()
    if header["is_text"]:
        return truncate(read_text(frames.load_text(request.data)), bounds.characters)
    options = {**header["options"], "on_progress": on_progress}
    return extract(request.data, header["name"], bounds=bounds, **options)


def _send_progress(answers: BinaryIO, page: int, pages: int) -> None:
    frames.send(answers, frames.dump({"kind": "progress", "page": page, "pages": pages}))


def _location(error: Exception) -> str:
    """The file and line an error came from. Not its message, which may quote the article."""
    *_, (frame, line) = walk_tb(error.__traceback__)
    return f"{Path(frame.f_code.co_filename).name}:{line}"
