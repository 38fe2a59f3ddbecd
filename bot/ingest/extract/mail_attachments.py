"""What is attached to a mail: files that become articles of their own, and others, by name.

A file is taken if its bytes are of a kind that can be read; text must also be called text, by its
name or its media type: invitations, visiting cards and keys are text, too. The same file is taken
once. Reading it is left to others.
"""

from __future__ import annotations

import hashlib
import re
from email.errors import MessageError
from email.header import decode_header, make_header
from email.message import Message
from pathlib import PurePath
from typing import Any, TypeAlias

from bot.errors import ArticleRefused
from bot.ingest.extract.document import AttachedFile
from bot.ingest.extract.formats import MEDIA_TYPES, Format, format_of_ending
from bot.ingest.extract.metadata import shorten
from bot.ingest.extract.sniff import sniff_format
from bot.strings import _, ngettext

Mail: TypeAlias = "Message[str, str]"

MESSAGE = "message/rfc822"
NAME_CHARACTERS = 80
RAW_NAME_CHARACTERS = 1_000
NAMED_FILES = 10


class Attachments:
    """The files attached to a mail or to the mails of a mailbox; at most ``most`` are taken."""

    def __init__(self, most: int):
        self._most = most
        self._seen: set[bytes] = set()
        self._unread: list[str] = []
        self._too_many: list[str] = []
        self.files: list[AttachedFile] = []

    def add(self, part: Mail) -> None:
        """Takes what is attached, if it can be an article; else keeps its name."""
        data = _data(part)
        name = _name(part)
        digest = hashlib.sha256(data).digest()
        if digest in self._seen:
            return
        self._seen.add(digest)
        if not data or not _can_be_article(data, name, part.get_content_type()):
            self._unread.append(name)
        elif len(self.files) >= self._most:
            self._too_many.append(name)
        else:
            self.files.append(AttachedFile(name, data))

    def add_unread(self, part: Mail) -> None:
        """Keeps the name of what is attached."""
        self._unread.append(_name(part))

    def notes(self) -> list[str]:
        """What became of the attached files, in a sentence each."""
        notes = []
        if self.files:
            text = ngettext(
                "The attached file is a separate article: {names}.",
                "The attached files are separate articles: {names}.",
                len(self.files),
            )
            notes.append(text.format(names=_listed([file.name for file in self.files])))
        if self._too_many:
            text = _("Too many files are attached, so these were left out: {names}.")
            notes.append(text.format(n=len(self.files), names=_listed(self._too_many)))
        if self._unread:
            text = _("Attached, but not read: {names}.")
            notes.append(text.format(names=_listed(self._unread)))
        return notes


def is_attached(part: Mail) -> bool:
    """Whether a part is a file that was attached, rather than a part of what is said."""
    return part.get_content_disposition() == "attachment" or bool(part.get_filename())


def _listed(names: list[str]) -> str:
    return ", ".join(names[:NAMED_FILES]) + (", …" if names[NAMED_FILES:] else "")


def _data(part: Mail) -> bytes:
    """The bytes of a file; of a message, as it would be saved. None of what is broken."""
    if part.get_content_type() != MESSAGE:
        payload = part.get_payload(decode=True)
        return payload if isinstance(payload, bytes) else b""
    inner: Any = part.get_payload()
    try:
        return bytes(inner[0]) if part.is_multipart() and inner else b""
    except (MessageError, ValueError, LookupError, TypeError, AttributeError):
        return b""


def _name(part: Mail) -> str:
    """The file's name, with an extension if its media type has one; of a message, its subject."""
    kind = part.get_content_type()
    name = _file_name(part) or _inner_subject(part)
    ending = "" if kind == "text/plain" else MEDIA_TYPES.get(kind, "")
    if format_of_ending(PurePath(name).suffix.lower()) is not None:
        return name[-NAME_CHARACTERS:]
    name = shorten(name, NAME_CHARACTERS) or (_("attached file") if ending else kind)
    return name + ending


def _file_name(part: Mail) -> str:
    """As it was sent, without folders."""
    name = decode_words(str(part.get_filename() or ""))
    return shorten(re.split(r"[/\\]", name)[-1], RAW_NAME_CHARACTERS)


def _inner_subject(part: Mail) -> str:
    inner: Any = part.get_payload() if part.get_content_type() == MESSAGE else ()
    return decode_words(str(inner[0].get("Subject") or "")) if part.is_multipart() and inner else ""


def decode_words(raw: str) -> str:
    """A header's or a name's encoded words decoded, on one line."""
    try:
        text = str(make_header(decode_header(raw)))
    except (MessageError, ValueError, LookupError):
        text = raw
    return " ".join(text.split())


def _can_be_article(data: bytes, name: str, media_type: str) -> bool:
    ending = PurePath(name).suffix.lower()
    try:
        format_ = sniff_format(data, ending)
    except ArticleRefused:
        return False
    is_named = format_of_ending(ending) is not None or media_type == "text/plain"
    return format_ is not Format.TEXT or is_named
