"""The items that members add: from a command, a form or a message, before they are queued."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import discord

from bot.records import SourceMessage
from bot.service.add import urls_in
from bot.service.typed import clean_line, parse_tags
from bot.strings import _, ngettext
from bot.text.normalize import UNTITLED


@dataclass(frozen=True, slots=True)
class SubmittedItem:
    """One thing to add: an attachment, a text, bytes, or (with neither ``data`` nor ``file``) a
    URL in ``source``."""

    source: str
    data: bytes | str | None = None
    file: discord.Attachment | None = None
    title: str = ""
    author: str | None = None
    url: str | None = None
    published: str | None = None
    tags: tuple[str, ...] = ()
    article_id: int | None = None  # of the article to refresh
    message: SourceMessage | None = None  # where it comes from
    original: tuple[int, int] | None = None  # channel and message, if its author is to be found
    fallback: SubmittedItem | None = None  # added if this one can't be

    @property
    def name(self) -> str:
        """What to call it until its title is known."""
        return self.title or self.source_line

    @property
    def source_line(self) -> str:
        """The source, without invisible characters."""
        return clean_line(self.source) or UNTITLED


def with_title(items: list[SubmittedItem], title: str) -> list[SubmittedItem]:
    """Sets the title of a single item, or of the pasted text, which has no title of its own."""
    title = clean_line(title)
    return [
        replace(item, title=title) if len(items) == 1 or isinstance(item.data, str) else item
        for item in items
    ]


def with_tags(items: Sequence[SubmittedItem], typed: str) -> list[SubmittedItem]:
    """Sets the same tags on every item."""
    return [replace(item, tags=parse_tags(typed)) for item in items]


def items_in_message(message: discord.Message) -> list[SubmittedItem]:
    """What a message, or the one that it forwards, contains to add.

    Its links and files; else what its embeds show and link to (feeds and news bots post these);
    else its text, or its poll.
    """
    parts = _parts_of(message)
    items = [SubmittedItem(url) for part in parts for url in urls_in(part.text)]
    items += [SubmittedItem(file.filename, file=file) for part in parts for file in part.files]
    items = items or [item for part in parts for item in _embedded_items(part)]
    return items or [_text_item(part) for part in parts if part.text.strip()][:1]


@dataclass(frozen=True, slots=True)
class _MessagePart:
    """A message's own content, or that of the message it forwards, whose author may be unknown."""

    text: str
    files: Sequence[discord.Attachment]
    embeds: Sequence[discord.Embed]
    author: str | None
    published: str
    url: str
    original: tuple[int, int] | None = None


def _parts_of(message: discord.Message) -> list[_MessagePart]:
    own = "\n\n".join(filter(None, (message.content, _poll_text(message.poll))))
    author = clean_line(message.author.display_name)
    day = message.created_at.date().isoformat()
    parts = [_MessagePart(own, message.attachments, message.embeds, author, day, message.jump_url)]
    for snapshot in message.message_snapshots:
        day = snapshot.created_at.date().isoformat()
        files, embeds = snapshot.attachments, snapshot.embeds
        url, original = message.jump_url, _original(message)
        parts.append(_MessagePart(snapshot.content, files, embeds, None, day, url, original))
    return parts


def _original(message: discord.Message) -> tuple[int, int] | None:
    """Where the forwarded message is: the forward does not say who wrote it."""
    reference = message.reference
    if reference is None or reference.message_id is None:
        return None
    return reference.channel_id, reference.message_id


def _text_item(part: _MessagePart) -> SubmittedItem:
    name = part.author
    source = _("message by {name}").format(name=name) if name else _("forwarded message")
    return SubmittedItem(
        source,
        part.text,
        author=name,
        url=part.url,
        published=part.published,
        original=part.original,
    )


def _embedded_items(part: _MessagePart) -> list[SubmittedItem]:
    """The page that each embed links to; what the embed shows, if there is none or it fails."""
    items = []
    for embed in part.embeds:
        text = _embed_text(embed)
        if not text:
            continue
        shown = SubmittedItem(
            _("embed in a message"),
            "\n\n".join(filter(None, (part.text.strip(), text))),
            title=clean_line(embed.title or ""),
            author=clean_line(embed.author.name or "") or None,
            url=embed.url or part.url,
            published=embed.timestamp.date().isoformat() if embed.timestamp else part.published,
        )
        items.append(SubmittedItem(embed.url, fallback=shown) if embed.url else shown)
    return items


def _embed_text(embed: discord.Embed) -> str:
    fields = (f"{field.name}: {field.value}" for field in embed.fields)
    return "\n\n".join(filter(None, (embed.title, embed.description, *fields)))


def _poll_text(poll: discord.Poll | None) -> str:
    """A poll as text: the question, and its answers with their votes."""
    if poll is None:
        return ""
    answers = [
        ngettext("- {answer}: {n:,} vote", "- {answer}: {n:,} votes", answer.vote_count).format(
            answer=answer.text, n=answer.vote_count
        )
        for answer in poll.answers
    ]
    title = _("Poll: {question}").format(question=poll.question)
    return "\n".join([title, "", *answers])
