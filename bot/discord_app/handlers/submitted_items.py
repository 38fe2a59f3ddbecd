"""The items that members add: from a command, a form or a message, before they are queued."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import discord

from bot.records import SourceMessage
from bot.service.add import urls_in
from bot.service.typed import clean_line, parse_tags
from bot.strings import _
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
    """What a message contains to add, including the messages that it forwards."""
    texts = [message.content, *(snapshot.content for snapshot in message.message_snapshots)]
    files = [*message.attachments, *(f for s in message.message_snapshots for f in s.attachments)]
    text = "\n\n".join(filter(None, texts))
    items = [SubmittedItem(url) for url in urls_in(text)]
    items += [SubmittedItem(file.filename, file=file) for file in files]
    if items or not text.strip():
        return items
    author = clean_line(message.author.display_name)
    published = message.created_at.date().isoformat()
    source = _("message by {name}").format(name=author)
    return [SubmittedItem(source, text, author=author, url=message.jump_url, published=published)]
