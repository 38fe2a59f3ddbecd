"""A submission ↔ the payload of its job, which a later process or version may read.

Knows nothing of the workers.
"""

from __future__ import annotations

import json
from dataclasses import asdict, replace

from bot.ingest.pipeline import Submission
from bot.records import Scope, SourceMessage, Submitter
from bot.store.values import JobPayload


def to_payload(submission: Submission, scope: Scope, event_id: int | None) -> JobPayload:
    """The payload that stores a submission and what its submitter may see."""
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


def from_payload(payload: JobPayload, job_id: int) -> tuple[Submission, Scope]:
    """The submission and its submitter's scope, restored from a payload."""
    details = json.loads(payload.details)
    data = None if details["is_address"] else payload.data
    fields = details["submission"] | {"data": data, "job_id": job_id}
    submitter = Submitter(**fields.pop("submitter"))
    fields["tags"] = tuple(fields.get("tags", ()))
    if fields.get("message"):
        fields["message"] = SourceMessage(**fields["message"])
    channels = details["channels"]
    scope = Scope(details["server_id"], None if channels is None else frozenset(channels))
    return Submission(submitter=submitter, **fields), scope
