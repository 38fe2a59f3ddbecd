"""Text recognition (OCR) of a scan's pages, one reader's step after the other.

Each page has the limits on time and memory to itself. A job keeps what was recognized until
it ends, so that it goes on where it was interrupted.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence

from bot.errors import DocumentTooComplex
from bot.ingest.worker.pool import Reader
from bot.store.protocols import Library

log = logging.getLogger(__name__)


async def recognize_pages(
    reader: Reader,
    data: bytes | str,
    name: str,
    pages: Sequence[int],
    library: Library,
    job_id: int | None,
    on_page: Callable[[int, int], None],
) -> dict[str, str]:
    """The text on each page, by its number; none on a page that cannot be read.

    ``on_page`` is called with how many pages were begun and how many there are.
    """
    texts = {} if job_id is None else await library.jobs.recognized_pages(job_id)
    for number, page in enumerate(pages, 1):
        on_page(number, len(pages))
        if page in texts:
            continue
        try:
            texts[page] = (await reader.read(data, name, ocr_page=page)).document.text
        except DocumentTooComplex as refusal:
            log.warning("a page could not be recognized: %s", refusal.message)
            texts[page] = ""
        if job_id is not None:
            await library.jobs.save_recognized(job_id, page, texts[page])
    return {str(page): text for page, text in texts.items()}
