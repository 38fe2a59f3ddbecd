"""A submission ↔ the payload of its job, which a later process or version may read.

Knows nothing of the workers.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, replace
from hashlib import blake2b

from bot.ingest.submission import Submission
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
        name=submission.source,
    )


def attached_payloads(
    attached: Sequence[Submission], scope: Scope, job_id: int | None
) -> tuple[JobPayload, ...]:
    """The payloads of the files attached to what a job reads; none without a job.

    Their events are made of the job and their numbers, so that the job can queue them again.
    """
    if job_id is None:
        return ()
    return tuple(
        to_payload(submission, scope, part_id(f"job {job_id}", number))
        for number, submission in enumerate(attached)
    )


def part_id(whole: str, part: int) -> int:
    """A stable event id for one part of an event or of a job, such as one file of several.

    It is negative, which an event's own is not: 63 bits of a hash.
    """
    digest = blake2b(f"{whole}:{part}".encode(), digest_size=8).digest()
    return -(int.from_bytes(digest, "big") >> 1) - 1


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
