"""What a library's job queue promises. Knows nothing of SQLite."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Protocol

from bot.store.values import AttachedJob, Job, JobPayload, JobResult, StatusMessage


class Jobs(Protocol):
    """One server's jobs. An article's jobs are erased with it."""

    async def enqueue(self, payload: JobPayload, *, now: float, most: int) -> int:
        """Add a job and return its id. Raises QueueFull when ``most`` jobs are pending."""

    async def queue_attached(self, job_id: int, attached: Sequence[JobPayload]) -> None:
        """Queue the files attached to what a job reads, each once, whatever waits already.

        They are shown on the job's card. Storing an article does it in the same transaction.
        """

    async def attached(self, job_id: int) -> list[AttachedJob]:
        """The jobs of the files attached to what a job read, in their order."""

    async def claim(self, now: float) -> tuple[Job, JobPayload] | None:
        """Mark the oldest job that is due as running and return it. No one else gets it."""

    async def requeue_orphans(self, leased: Collection[int]) -> None:
        """Queue all running jobs again except those in ``leased``, which a worker still holds."""

    async def release(self, job_id: int) -> None:
        """Queue a running job again, as if it had never been claimed."""

    async def retry_later(self, job_id: int, until: float, code: str, reason: str) -> Job | None:
        """Queue a running job again after a temporary failure. Returns its new state."""

    async def finish(self, job_id: int, result: JobResult, now: float) -> Job | None:
        """End a job that has not ended, and blank its payload. Returns its new state.

        The payload of a job that ends as "similar" is kept until the job is forgotten.
        """

    async def keep_similar(self, job_id: int, now: float, *, waits: bool = False) -> Job | None:
        """Queue a job that ended as "similar" again, to be stored. Returns its new state.

        ``waits``: its article needs approval.
        """

    async def drop_similar(self, job_id: int) -> None:
        """Blank the payload of a job that ended as "similar"."""

    async def job(self, job_id: int) -> Job | None:
        """The state of a job; None if it was forgotten or erased."""

    async def undisplayed(self) -> list[tuple[int, StatusMessage]]:
        """Job ids with the status messages that do not show the result yet."""

    async def mark_displayed(self, job_ids: Collection[int]) -> None:
        """Their status messages show the result, or can no longer be edited."""

    async def pending(self) -> tuple[int, float | None]:
        """How many jobs have not ended, and when the first queued one is due."""

    async def save_recognized(self, job_id: int, page: int, text: str) -> None:
        """Keep the text of a page until the job ends."""

    async def recognized_pages(self, job_id: int) -> dict[int, str]:
        """The texts of pages that were kept for a job, by their numbers."""

    async def forget(self, before: float) -> None:
        """Delete the jobs that ended before a time."""
