"""The reader process's own side: confines itself, then turns files into documents and passages.

Started by ``reader`` as its own interpreter. Promises: once it is warm it opens no connection,
starts no process and writes no file; it keeps within the limits it was given; it ends when its
standard input does, also in the middle of a file. Whatever a library prints goes nowhere.
Knows nothing of the rest of the bot.
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
from bot.ingest.formats.document import Bounds, Document, OnProgress, truncate
from bot.ingest.formats.extract import read_text
from bot.ingest.reader import ipc
from bot.tokens import count_tokens, encoding

MIB = 1024 * 1024
OPEN_FILES = 64  # three are open; a library may read a table of its own
MIN_HEADROOM_MIB = 64  # of room beyond what is in use, whatever the memory limit says
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

# What ``extract`` loads when it first meets a format: loaded before the doors close.
PRELOADED_MODULES = (
    "bot.ingest.formats.html",
    "bot.ingest.formats.markdown",
    "bot.ingest.formats.docx",
    "bot.ingest.formats.epub",
    "bot.ingest.formats.pdf",
    "bot.ingest.formats.pdf_pdfium",
    "bot.ingest.formats.pdf_pypdf",
    "charset_normalizer",
    "trafilatura",
)


def _module(name: str) -> ModuleType | None:
    try:
        return importlib.import_module(name)
    except ImportError:
        return None


resource: Any = _module("resource")  # not on Windows


class Request(NamedTuple):
    """One file to read, as the bot sent it."""

    about: ipc.Json
    data: bytes


class WorkerSettings(NamedTuple):
    """What the bot wants of this process, in its first frame."""

    extract: str  # "package.module:function"
    memory_mb: int
    cpu_s: float


def main() -> None:
    """Serves until standard input ends."""
    requests, answers = _own_pipes()
    orders = WorkerSettings(**ipc.load(ipc.receive(requests)))
    try:
        extract = _warm_up(orders.extract)
        layers = {"network_namespace": _leave_network()}  # needs a process of one thread
        queue: SimpleQueue[Request] = SimpleQueue()
        threading.Thread(target=_listen, args=(requests, queue), daemon=True).start()
        layers |= _confine(orders)
    except Exception as error:  # noqa: BLE001 - the rim: the bot is told why, and logs it
        ipc.send(answers, ipc.dump({"kind": "failed", "error": repr(error)}))
        return
    ipc.send(answers, ipc.dump({"kind": "ready", "layers": layers}))
    while True:
        request = queue.get()
        _limit_cpu(orders.cpu_s)
        on_progress = ipc.ThrottledProgress(partial(_tell_progress, answers))
        ipc.send(answers, *_answer(extract, request, on_progress))


def _own_pipes() -> tuple[BinaryIO, BinaryIO]:
    """The two pipes to the bot, moved out of the reach of ``print`` and ``input``."""
    requests, answers = os.fdopen(os.dup(0), "rb"), os.fdopen(os.dup(1), "wb")
    nowhere = os.open(os.devnull, os.O_RDWR)
    os.dup2(nowhere, 0)
    os.dup2(nowhere, 1)
    os.close(nowhere)
    return requests, answers


def _listen(stream: BinaryIO, queue: SimpleQueue[Request]) -> None:
    """Runs beside the reading, so that the end of the bot ends a reading as well."""
    try:
        while True:
            about = ipc.load(ipc.receive(stream))
            queue.put(Request(about, ipc.receive(stream)))
    finally:
        os._exit(0)


def _warm_up(path: str) -> Callable[..., Document]:
    """Loads what reading will need: afterwards nothing can be written, and time is counted."""
    module, _, function = path.partition(":")
    extract: Callable[..., Document] = getattr(importlib.import_module(module), function)
    for name in PRELOADED_MODULES:
        _module(name)
    encoding()
    return extract


def _answer(
    extract: Callable[..., Document], request: Request, on_progress: OnProgress
) -> list[bytes]:
    """The frames for one file: its document and passages, or why there are none."""
    try:
        document = _read(extract, request, on_progress)
        passages = split_passages(
            document.text, count_tokens, headings=document.headings, pages=document.pages
        )
        end = ipc.dump({"kind": "read", "passages": len(passages)})
        return [end, *ipc.dump_document(document), *ipc.dump_passages(passages)]
    except ArticleRefused as refusal:
        about = {"kind": "refused", "error": type(refusal).__name__, "message": refusal.message}
    except MemoryError:
        about = {"kind": "exceeded"}
    except Exception as error:  # noqa: BLE001 - the rim: no file may stop the reader
        about = {"kind": "failed", "error": f"{type(error).__name__} at {_place(error)}"}
    return [ipc.dump(about)]


def _read(extract: Callable[..., Document], request: Request, on_progress: OnProgress) -> Document:
    about = request.about
    bounds = Bounds(**about["bounds"]) if about["bounds"] else Bounds()
    if about["is_text"]:
        return truncate(read_text(ipc.load_text(request.data)), bounds.characters)
    options = {**about["options"], "on_progress": on_progress}
    return extract(request.data, about["name"], bounds=bounds, **options)


def _tell_progress(answers: BinaryIO, page: int, pages: int) -> None:
    ipc.send(answers, ipc.dump({"kind": "progress", "page": page, "pages": pages}))


def _place(error: Exception) -> str:
    """Where an error arose. Not what it says: that may be the article's text."""
    *_, (frame, line) = walk_tb(error.__traceback__)
    return f"{Path(frame.f_code.co_filename).name}:{line}"


def _confine(orders: WorkerSettings) -> dict[str, bool]:
    """Closes the doors; tells which closed. In order: the last one watches all that follows."""
    layers = {
        "memory_limit": _limit_memory(orders.memory_mb),
        "cpu_limit": _limit_cpu(orders.cpu_s),
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
    """Lowers a limit of this process, for good if ``final``. Whether it holds now."""
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
    """From now on; the kernel counts whole seconds."""
    return _limit("RLIMIT_CPU", math.ceil(time.process_time() + seconds), final=False)


def _limit_memory(megabytes: int) -> bool:
    """Counts addresses, of which libraries reserve more than they use: so on top of those."""
    if not sys.platform.startswith("linux"):
        return False  # other kernels do not hold to RLIMIT_AS
    addresses, resident = (
        int(pages) * resource.getpagesize()
        for pages in Path("/proc/self/statm").read_text().split()[:2]
    )
    return _limit("RLIMIT_AS", addresses + max(megabytes * MIB - resident, MIN_HEADROOM_MIB * MIB))


def _leave_network() -> bool:
    """A network of its own in which there is nothing; not every machine permits it."""
    try:
        unshare = ctypes.CDLL(None).unshare
    except (AttributeError, OSError, TypeError):
        return False
    return any(unshare(spaces) == 0 for spaces in (CLONE_NEWNET, CLONE_NEWUSER | CLONE_NEWNET))
