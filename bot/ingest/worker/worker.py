"""The code inside a reader process: confine itself, then turn files into documents and passages.

``process`` starts it as an interpreter of its own. Promises: once warm, it opens no connection,
starts no process and writes no file; it stays within its limits; it exits when its standard input
ends, even in the middle of a file. Whatever a library prints is discarded. Knows nothing of the
rest of the bot.
"""

from __future__ import annotations

import ctypes
import importlib
import math
import os
import sys
import threading
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from queue import SimpleQueue
from traceback import walk_tb
from types import ModuleType
from typing import Any, BinaryIO, NamedTuple

from bot.errors import ArticleRefused
from bot.ingest.chunk import split_passages
from bot.ingest.extract.document import Bounds, Document, OnProgress, truncate
from bot.ingest.extract.extract import read_text
from bot.ingest.worker import ipc
from bot.tokens import count_tokens, encoding

MIB = 1024 * 1024
OPEN_FILES = 64  # three are open; a library may read a table of its own
MIN_HEADROOM_MIB = 64  # beyond what is in use, whatever the memory limit says
CLONE_NEWUSER, CLONE_NEWNET = 0x10000000, 0x40000000  # <linux/sched.h>
WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_APPEND | os.O_TRUNC
FORBIDDEN_EVENTS = frozenset(
    f"{module}.{action}"
    for module, actions in {
        "socket": "__new__ bind connect getaddrinfo gethostbyaddr gethostbyname sendmsg sendto",
        "subprocess": "Popen",
        "os": "exec fork forkpty posix_spawn spawn startfile startfile/2 system kill killpg "
        "chmod chown link mkdir remove rename rmdir symlink truncate utime",
    }.items()
    for action in actions.split()
)

# What ``extract`` imports when it first meets a format: imported before the process is confined.
PRELOADED_MODULES = (
    "bot.ingest.extract.html",
    "bot.ingest.extract.markdown",
    "bot.ingest.extract.docx",
    "bot.ingest.extract.pptx",
    "bot.ingest.extract.xlsx",
    "bot.ingest.extract.odf",
    "bot.ingest.extract.ods",
    "bot.ingest.extract.rtf",
    "bot.ingest.extract.epub",
    "bot.ingest.extract.zipped_pages",
    "bot.ingest.extract.mail",
    "bot.ingest.extract.csv_text",
    "bot.ingest.extract.subtitles",
    "bot.ingest.extract.json_text",
    "bot.ingest.extract.pdf",
    "bot.ingest.extract.pdf_pdfium",
    "bot.ingest.extract.pdf_pypdf",
    "chardet",
    "trafilatura",
)


def _import_if_there(name: str) -> ModuleType | None:
    try:
        return importlib.import_module(name)
    except ImportError:
        return None


resource: Any = _import_if_there("resource")  # not on Windows


class Request(NamedTuple):
    """One file to read, as the bot sent it."""

    header: ipc.Json
    data: bytes


class WorkerSettings(NamedTuple):
    """This process's settings, from the bot's first frame."""

    extract: str  # "package.module:function"
    memory_mb: int
    cpu_s: float


def main() -> None:
    """Serve requests until standard input ends."""
    requests, answers = _take_over_pipes()
    settings = WorkerSettings(**ipc.load(ipc.receive(requests)))
    try:
        extract = _warm_up(settings.extract)
        layers = {"network_namespace": _leave_network()}  # needs a process of one thread
        queue: SimpleQueue[Request] = SimpleQueue()
        threading.Thread(target=_listen, args=(requests, queue), daemon=True).start()
        layers |= _confine(settings)
    except Exception as error:  # noqa: BLE001 - the outer edge: the bot logs the reason
        ipc.send(answers, ipc.dump({"kind": "failed", "error": repr(error)}))
        return
    ipc.send(answers, ipc.dump({"kind": "ready", "layers": layers}))
    while True:
        request = queue.get()
        _limit_cpu(settings.cpu_s)
        on_progress = ipc.ThrottledProgress(partial(_send_progress, answers))
        ipc.send(answers, *_answer(extract, request, on_progress))


def _take_over_pipes() -> tuple[BinaryIO, BinaryIO]:
    """The two pipes to the bot, moved out of the reach of ``print`` and ``input``."""
    requests, answers = os.fdopen(os.dup(0), "rb"), os.fdopen(os.dup(1), "wb")
    devnull = os.open(os.devnull, os.O_RDWR)
    os.dup2(devnull, 0)
    os.dup2(devnull, 1)
    os.close(devnull)
    return requests, answers


def _listen(stream: BinaryIO, queue: SimpleQueue[Request]) -> None:
    """Queue the bot's requests, in a thread: so the process exits with the bot even mid-file."""
    try:
        while True:
            header = ipc.load(ipc.receive(stream))
            queue.put(Request(header, ipc.receive(stream)))
    finally:
        os._exit(0)


def _warm_up(path: str) -> Callable[..., Document]:
    """Import what reading needs, before writing is forbidden and CPU time is counted."""
    module, _, function = path.partition(":")
    extract: Callable[..., Document] = getattr(importlib.import_module(module), function)
    for name in PRELOADED_MODULES:
        _import_if_there(name)
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
        header = ipc.dump({"kind": "read", "passages": len(passages)})
        return [header, *ipc.dump_document(document), *ipc.dump_passages(passages)]
    except ArticleRefused as refusal:
        answer = {"kind": "refused", "error": type(refusal).__name__, "message": refusal.message}
    except MemoryError:
        answer = {"kind": "exceeded"}
    except Exception as error:  # noqa: BLE001 - the outer edge: no file may stop the reader
        answer = {"kind": "failed", "error": f"{type(error).__name__} at {_location(error)}"}
    return [ipc.dump(answer)]


def _read(extract: Callable[..., Document], request: Request, on_progress: OnProgress) -> Document:
    header = request.header
    bounds = Bounds(**header["bounds"]) if header["bounds"] else Bounds()
    if header["is_text"]:
        return truncate(read_text(ipc.load_text(request.data)), bounds.characters)
    options = {**header["options"], "on_progress": on_progress}
    return extract(request.data, header["name"], bounds=bounds, **options)


def _send_progress(answers: BinaryIO, page: int, pages: int) -> None:
    ipc.send(answers, ipc.dump({"kind": "progress", "page": page, "pages": pages}))


def _location(error: Exception) -> str:
    """The file and line an error came from. Not its message, which may quote the article."""
    *_, (frame, line) = walk_tb(error.__traceback__)
    return f"{Path(frame.f_code.co_filename).name}:{line}"


def _confine(settings: WorkerSettings) -> dict[str, bool]:
    """Apply the layers of protection; which of them hold. The audit hook has to come last."""
    layers = {
        "memory_limit": _limit_memory(settings.memory_mb),
        "cpu_limit": _limit_cpu(settings.cpu_s),
        "open_files_limit": _limit("RLIMIT_NOFILE", OPEN_FILES),
        "no_core_dump": _limit("RLIMIT_CORE", 0),
        "no_file_growth": _limit("RLIMIT_FSIZE", 0),
        "no_new_process": _limit("RLIMIT_NPROC", 0),
        "audit_hook": True,
    }
    sys.addaudithook(_refuse)
    return layers


def _refuse(event: str, arguments: tuple[Any, ...]) -> None:
    if event in FORBIDDEN_EVENTS or (event == "open" and _writes(arguments)):
        raise PermissionError("not in the reader process")


def _writes(arguments: tuple[Any, ...]) -> bool:
    flags = arguments[2]
    return isinstance(flags, int) and bool(flags & WRITING)


def _limit(name: str, soft: int, *, final: bool = True) -> bool:
    """Lower a resource limit of this process, for good if ``final``; False if that failed."""
    kind = getattr(resource, name, None)
    if kind is None:
        return False
    _, hard = resource.getrlimit(kind)
    soft = soft if hard == resource.RLIM_INFINITY else min(soft, hard)
    try:
        resource.setrlimit(kind, (soft, soft if final else hard))
    except (OSError, ValueError):
        return False
    return True


def _limit_cpu(seconds: float) -> bool:
    """Limit the CPU time from now on; the kernel counts whole seconds."""
    return _limit("RLIMIT_CPU", math.ceil(time.process_time() + seconds), final=False)


def _limit_memory(megabytes: int) -> bool:
    """Limit the address space: libraries reserve more than they use, so that comes on top."""
    if not sys.platform.startswith("linux"):
        return False  # other kernels do not enforce RLIMIT_AS
    addresses, resident = (
        int(pages) * resource.getpagesize()
        for pages in Path("/proc/self/statm").read_text().split()[:2]
    )
    return _limit("RLIMIT_AS", addresses + max(megabytes * MIB - resident, MIN_HEADROOM_MIB * MIB))


def _leave_network() -> bool:
    """Move into an empty network namespace; not every machine permits it."""
    try:
        unshare = ctypes.CDLL(None).unshare
    except (AttributeError, OSError, TypeError):
        return False
    return any(unshare(spaces) == 0 for spaces in (CLONE_NEWNET, CLONE_NEWUSER | CLONE_NEWNET))
