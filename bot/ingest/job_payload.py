"""A submission as its job keeps it, until it is read: maybe after a restart, by a newer Footnote.

Knows nothing of who does the jobs.
"""

from __future__ import annotations

import json
from dataclasses import asdict, replace

from bot.ingest.pipeline import Submission
from bot.records import Scope, SourceMessage, Submitter
from bot.store.values import JobPayload


def to_payload(submission: Submission, scope: Scope, event_id: int | None) -> JobPayload:
    """What a job keeps of a submission, and of what its submitter may see."""
    channels = None if scope.channels is None else sorted(scope.channels)
    details = {
        "submission": asdict(replace(submission, data=None)),
        "is_address": submission.data is None,
        "server_id": scope.server_id,
        "channels": channels,
    }
    return JobPayload(
        json.dumps(details),
        submission.data or "",
        submission.submitter.user_id,
        event_id,
        message_id=submission.message.id if submission.message else None,
    )


def from_payload(order: JobPayload, job_id: int) -> tuple[Submission, Scope]:
    """The same, when the job is taken up; maybe by a later process."""
    details = json.loads(order.details)
    data = None if details["is_address"] else order.data
    known = details["submission"] | {"data": data, "job_id": job_id}
    submitter = Submitter(**known.pop("submitter"))
    known["tags"] = tuple(known.get("tags", ()))
    if known.get("message"):
        known["message"] = SourceMessage(**known["message"])
    channels = details["channels"]
    scope = Scope(details["server_id"], None if channels is None else frozenset(channels))
    return Submission(submitter=submitter, **known), scope
