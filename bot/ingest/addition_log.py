"""One line of the log for each addition: how it ended and how long it took, but no word of it."""

from __future__ import annotations

import logging
import time
from collections.abc import Awaitable

from bot.answer_records import Spending, to_money
from bot.errors import FootnoteError
from bot.ingest.submission import IngestResult
from bot.logs import log_event

log = logging.getLogger(__name__)


async def log_addition(
    server_id: str, adding: Awaitable[IngestResult], spent: Spending
) -> IngestResult:
    """Await an addition, and log how it ended and what it ``spent``. Raises what it raises."""
    began = time.perf_counter()
    fields: dict[str, object] = {}
    try:
        result = await adding
        article = result.article
        fields = {
            "outcome": result.status,
            "article": article.id,
            "version": article.version,
            "passages": article.passages,
            "characters": article.characters,
        }
        return result
    except FootnoteError as error:
        fields = {"outcome": "refused", "code": error.code}
        raise
    finally:
        if fields:  # anything else is no end of an addition: it is tried again
            total_ms = round((time.perf_counter() - began) * 1000)
            log_event(
                log,
                "addition",
                server=server_id,
                **fields,
                tokens=spent.usage.prompt_tokens,
                cost=to_money(spent.cost),
                total_ms=total_ms,
            )
