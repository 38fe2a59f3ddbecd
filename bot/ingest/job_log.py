"""What the log says of jobs: how they end and where they fail, but no word of an article."""

from __future__ import annotations

import logging

from bot.errors import ArticleRefused, FootnoteError
from bot.logs import log_error
from bot.store.values import Job
from bot.strings import N_, _

UNEXPECTED = N_(
    "Something went wrong on my side while reading this. Nothing was stored. "
    "The operator can find the reason in the log (reference {reference})."
)
log = logging.getLogger(__name__)


def log_unexpected(error: Exception, server_id: str) -> ArticleRefused:
    """Log where an error happened; what the submitter is told."""
    reference = log_error(log, error, during="reading an article", server=server_id)
    return ArticleRefused(_(UNEXPECTED).format(reference=reference))


def log_trouble(server_id: str, error: Exception) -> None:
    """Log why a server's jobs have to wait."""
    if isinstance(error, FootnoteError):
        log.warning("jobs server=%s wait: %s", server_id, error.message)
    else:
        log_unexpected(error, server_id)


def log_job(server_id: str, job_id: int, job: Job | None) -> None:
    """Log what became of an attempt; nothing for a job that was erased."""
    if job is not None:
        log.info(
            "job server=%s id=%s state=%s code=%s failures=%s article=%s",
            *(server_id, job_id, job.state, job.code, job.failures, job.article_id),
        )
