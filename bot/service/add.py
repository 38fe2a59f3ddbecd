"""Adds articles: queued for members, one after another in a terminal; and finds a text's URLs.

A member's submission is queued, so that it survives a restart; the operator's is read while they
wait. A refusal does not stop the others.
"""

from __future__ import annotations

import re
from collections import deque
from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from dataclasses import dataclass, replace

from bot.errors import ArticleRefused, ArticleTooLarge, EmptyArticle
from bot.ingest.job_payload import part_id
from bot.ingest.jobs import IngestQueue, Ticket
from bot.ingest.pipeline import MIB, Ingest
from bot.ingest.progress import Progress
from bot.ingest.submission import IngestResult, Submission
from bot.records import Scope
from bot.service.permissions import Actor, check_may_add, check_may_refresh, needs_approval
from bot.store.protocols import Library
from bot.store.values import StatusMessage
from bot.strings import _

# Ends at a space, at invisible characters, and at signs that no address has unencoded: quotation
# marks, brackets and stops of CJK text, backticks. Two may be joined by a comma.
URL = re.compile(
    r"https?://(?:(?![,;]https?://)[^\s<>|`\"{}\\^\u00ab\u00bb\u200b-\u200f\u2018-\u201f\u2028-\u202f"
    r"\u2060-\u206f\u3000-\u3003\u3008-\u3011\u3014-\u301b\ufeff\uff01\uff08\uff09\uff0c\uff1a\uff1b"
    r"\uff1f\uff5b\uff5d])+",
    re.IGNORECASE,
)
URL_TRAILING_PUNCTUATION = ".,;:!?*_~'…]"  # belongs to the sentence around a URL


@dataclass(frozen=True, slots=True)
class SourceToAdd:
    """Something to add, by the name that it was given. ``load`` may be refused."""

    name: str
    load: Callable[[], Awaitable[Submission]]


@dataclass(frozen=True, slots=True)
class SourceOutcome:
    """What became of a source: it has either a result or a refusal."""

    source: str
    result: IngestResult | None = None
    refusal: ArticleRefused | None = None
    notes: tuple[str, ...] = ()  # besides those of the article


async def add_each(
    ingest: Ingest,
    library: Library,
    scope: Scope,
    sources: Sequence[SourceToAdd],
    on_progress: Callable[[int, Progress], None],
) -> AsyncGenerator[SourceOutcome]:
    """Adds one source after another, each with the files attached to it.

    ``on_progress`` gets the number of the source, from 0.
    """
    for i, source in enumerate(sources):

        def report(progress: Progress, number: int = i) -> None:
            on_progress(number, progress)

        waiting = deque([source])
        while waiting:
            current = waiting.popleft()
            try:
                result = await ingest.add(await current.load(), library, scope, report)
            except ArticleRefused as error:
                yield SourceOutcome(current.name, refusal=error)
                continue
            yield SourceOutcome(current.name, result)
            waiting.extend(_attached_source(file, current.name) for file in result.attachments)


def _attached_source(file: Submission, mail: str) -> SourceToAdd:
    async def load() -> Submission:
        return file

    name = _("{file}, attached to {mail}").format(file=file.source, mail=mail)
    return SourceToAdd(name, load)


async def pages_to_refresh(
    library: Library, article_ids: Sequence[int], scope: Scope
) -> list[Submission]:
    """The pages of some articles to fetch again; without ids, of all. Raises ArticleNotFound."""
    pages = [
        await library.articles.page_of(article_id, scope)
        for article_id in article_ids or await library.articles.with_url(scope)
    ]
    return [Submission(page.address, None, article_id=page.article.id) for page in pages]


def check_size(name: str, size: int, limit_mb: int) -> None:
    """Raises ArticleTooLarge for a file of more than ``limit_mb``. ``name`` is shown."""
    if size > limit_mb * MIB:
        raise ArticleTooLarge(
            _(
                "{name} is larger than the limit of {limit} MB, so it wasn't stored. Split it "
                "into parts, or ask the operator to raise MAX_FILE_MB."
            ).format(name=name, limit=limit_mb)
        )


async def queue_submission(
    jobs: IngestQueue,
    library: Library,
    submission: Submission,
    scope: Scope,
    actor: Actor,
    event_id: int,
    part: int,
    shown: StatusMessage | None,
) -> Ticket:
    """Queues one of the things that an event adds: it is then on disk, and is not added twice.

    ``actor``: who adds it. ``shown``: the public message that shows its progress.
    Raises ArticleRefused, and NotAllowed if the server's settings don't let them.
    """
    settings = await library.settings.current()
    if submission.article_id is None:
        check_may_add(settings, actor, submission.submitter.channel_id)
    else:
        check_may_refresh(settings, actor)
    submission = replace(submission, needs_approval=needs_approval(settings, actor))
    return await jobs.submit(submission, scope, event_id=event_part_id(event_id, part), shown=shown)


async def keep_similar(
    jobs: IngestQueue, library: Library, ticket: Ticket, actor: Actor, channel_id: int | None
) -> None:
    """Stores a text beside its near duplicate, or lets it wait, as the server's settings are now.

    ``channel_id``: where it is added. Raises EmptyArticle if it was dropped meanwhile, NotAllowed.
    """
    settings = await library.settings.current()
    check_may_add(settings, actor, channel_id)
    if not await jobs.keep_similar(ticket, actor.user_id, waits=needs_approval(settings, actor)):
        raise EmptyArticle(_("This has expired. Please add it again."))


def urls_in(text: str) -> list[str]:
    """The URLs in a text, in order, each once, without the punctuation around them."""
    urls = []
    for match in URL.finditer(text):
        url = match[0].rstrip(URL_TRAILING_PUNCTUATION)
        while url.endswith(")") and url.count(")") > url.count("("):
            url = url[:-1].rstrip(URL_TRAILING_PUNCTUATION)
        urls.append(url)
    return list(dict.fromkeys(urls))


def event_part_id(event_id: int, part: int) -> int:
    """A stable id for one part of an event, such as one file; the first has the event's own id."""
    return part_id(str(event_id), part) if part else event_id
