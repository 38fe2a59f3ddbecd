"""Mail (.eml, .mbox) and pages saved as mail (.mhtml) → who wrote what to whom, and when.

Each message begins with its sender, recipients, date and subject; the other headers are left out.
Of the ways in which a body is written, the plain one is read if it says as much as the HTML.
What is attached is no part of the text: see ``mail_attachments``.
"""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from email.errors import MessageError
from email.message import Message
from email.parser import BytesParser
from email.utils import parseaddr, parsedate_to_datetime
from typing import Any

from bot.errors import DamagedDocument, EncryptedDocument
from bot.ingest.extract.charset import decode
from bot.ingest.extract.document import Document, TextBuilder, hidden_text_note
from bot.ingest.extract.html.html import declared_charset, read_html, read_whole_html
from bot.ingest.extract.left_out import LeftOut
from bot.ingest.extract.mail_attachments import (
    MESSAGE,
    Attachments,
    Mail,
    decode_words,
    is_attached,
)
from bot.ingest.extract.metadata import TITLE_CHARACTERS, plausible_text, shorten
from bot.ingest.extract.plain_text import read_plain_text
from bot.strings import _

SHOWN_HEADERS = ("From", "To", "Cc", "Date", "Subject")
HEADER_CHARACTERS = 500
RAW_HEADER_CHARACTERS = 10_000
MESSAGES = 2_000  # of a mailbox, as many as pages of a PDF
PARTS = 500  # of a message
DEPTH = 3  # of messages within messages
PLAIN_SHARE = 0.5  # of the words of the HTML
ENCRYPTED = ("multipart/encrypted", "application/pkcs7-mime", "application/x-pkcs7-mime")
SIGNATURES = ("application/pgp-signature", "application/pkcs7-signature")
_MBOX_LINE = re.compile(rb"(?:\A|(?<=\n))From [^\r\n]*\d{4}[^\r\n]*\r?\n")
_QUOTED_FROM = re.compile(rb"^>(>*From )", re.MULTILINE)


@dataclass
class _MailReading:
    """What is gathered while messages are read."""

    attachments: Attachments
    builder: TextBuilder = field(default_factory=TextBuilder)
    left_out: LeftOut = field(default_factory=LeftOut)
    notes: list[str] = field(default_factory=list)
    hidden: int = 0


def read_eml(data: bytes, attachments: int) -> Document:
    """Reads one message, and takes at most so many of the files that are attached to it.

    Raises EncryptedDocument or DamagedDocument.
    """
    message = _parse(data)
    reading = _MailReading(Attachments(attachments))
    _add_message(reading, message, 1)
    return Document(
        reading.builder.text(),
        title=_subject(message),
        headings=tuple(reading.builder.headings),
        author=_sender(message),
        published=_sent(message),
        blocks=reading.builder.blocks,
        notes=_notes(reading),
        attachments=tuple(reading.attachments.files),
    )


def read_mbox(data: bytes, attachments: int) -> Document:
    """Reads the messages of a mailbox in their order, and takes at most so many attached files."""
    reading = _MailReading(Attachments(attachments))
    messages = list(_split(data))
    for part in messages[:MESSAGES]:
        message = _parse(part)
        reading.builder.add(_subject(message), "heading")
        try:
            _add_message(reading, message, 1)
        except EncryptedDocument as refusal:
            reading.notes.append(refusal.message)
    if len(messages) > MESSAGES:
        reading.notes.append(
            _("Only the first {n:,} of {total:,} messages were read.").format(
                n=MESSAGES, total=len(messages)
            )
        )
    return Document(
        reading.builder.text(),
        headings=tuple(reading.builder.headings),
        blocks=reading.builder.blocks,
        notes=_notes(reading),
        attachments=tuple(reading.attachments.files),
    )


def read_mhtml(data: bytes, address: str | None) -> Document:
    """Reads a saved web page: the first HTML in it. Raises DamagedDocument without one."""
    message = _parse(data)
    for part in _parts(message):
        if part.get_content_type() in ("text/html", "application/xhtml+xml"):
            page = _payload(part)
            text = decode(page, part.get_content_charset() or declared_charset(page)).text
            saved_from = _header(part, "Content-Location") or _header(
                message, "Snapshot-Content-Location"
            )
            return read_html(
                text, address or (saved_from if saved_from.startswith("http") else None)
            )
    raise DamagedDocument(
        _(
            "I found no page in this saved web page, so nothing was stored. "
            "Save it again as HTML, or paste the text."
        )
    )


def _split(data: bytes) -> Iterator[bytes]:
    borders = [match.span() for match in _MBOX_LINE.finditer(data)]
    ends = [start for start, _end in borders[1:]] + [len(data)]
    for (_start, begin), end in zip(borders, ends, strict=True):
        yield _QUOTED_FROM.sub(rb"\1", data[begin:end])


def _parse(data: bytes) -> Mail:
    try:
        return BytesParser().parsebytes(data)
    except (MessageError, ValueError, LookupError, TypeError) as error:
        raise DamagedDocument(
            _(
                "This email is damaged or incomplete, so nothing was stored. "
                "Save it again, or paste its text."
            )
        ) from error


def _header(message: Mail, name: str) -> str:
    """A header with its encoded words decoded, on one line."""
    raw = str(message.get(name) or "")[:RAW_HEADER_CHARACTERS]
    return shorten(decode_words(raw), HEADER_CHARACTERS)


def _subject(message: Mail) -> str:
    return shorten(_header(message, "Subject"), TITLE_CHARACTERS)


def _sender(message: Mail) -> str | None:
    """The sender's name; an address alone is none."""
    name = plausible_text(parseaddr(_header(message, "From"))[0], TITLE_CHARACTERS)
    return name if name and "@" not in name else None


def _sent(message: Mail) -> str | None:
    try:
        return parsedate_to_datetime(_header(message, "Date")).date().isoformat()
    except (ValueError, TypeError, IndexError):
        return None


def _add_message(reading: _MailReading, message: Mail, depth: int) -> None:
    """Append a message: its headers, its body, what is attached to it."""
    if message.get_content_type() in ENCRYPTED and not _is_signed(message):
        raise EncryptedDocument(
            _(
                "This email is encrypted, so I couldn't read it and nothing was stored. "
                "Paste its text instead."
            )
        )
    with reading.builder.inside("post"):
        headers = [(name, _header(message, name)) for name in SHOWN_HEADERS]
        shown = "\n".join(f"{name}: {value}" for name, value in headers if value)
        reading.builder.add(shown, "byline")
        parts = list(_parts(message))
        bodies, attached = _sort(parts[:PARTS])
        _add_body(reading, bodies)
    if len(parts) > PARTS:
        text = _("Only the first {n:,} of {total:,} parts of this email were read.")
        reading.notes.append(text.format(n=PARTS, total=len(parts)))
    for part in attached:
        _add_attachment(reading, part, depth)


def _is_signed(message: Mail) -> bool:
    return str(message.get_param("smime-type")).lower() == "signed-data"


def _parts(message: Mail) -> Iterator[Mail]:
    """The parts that hold something, without looking into attached messages."""
    waiting = deque([message])
    while waiting:
        part = waiting.popleft()
        if part.get_content_maintype() == "multipart":
            waiting.extendleft(reversed(_inner(part)))
        else:
            yield part


def _inner(part: Mail) -> list[Mail]:
    payload: Any = part.get_payload()
    return [inner for inner in payload if isinstance(inner, Message)] if part.is_multipart() else []


def _sort(parts: list[Mail]) -> tuple[dict[str, list[Mail]], list[Mail]]:
    """The bodies by their content type, and what is attached."""
    bodies: dict[str, list[Mail]] = {"text/plain": [], "text/html": []}
    attached = []
    for part in parts:
        kind = part.get_content_type()
        if kind in bodies and not is_attached(part):
            bodies[kind].append(part)
        elif kind not in SIGNATURES:
            attached.append(part)
    return bodies, attached


def _add_body(reading: _MailReading, bodies: dict[str, list[Mail]]) -> None:
    plain = "\n\n".join(map(_plain_text, bodies["text/plain"]))
    page = TextBuilder()
    hidden = 0
    for part in bodies["text/html"]:
        payload = _payload(part)
        text = decode(payload, part.get_content_charset() or declared_charset(payload)).text
        hidden += read_whole_html(text, page)
    if _words(plain) >= PLAIN_SHARE * _words(page.text()):
        reading.builder.add_document(read_plain_text(plain), 1)
    else:
        reading.hidden += hidden
        reading.builder.add_document(Document(page.text(), blocks=page.blocks), 1)


def _words(text: str) -> int:
    return len(text.split())


def _payload(part: Mail) -> bytes:
    payload = part.get_payload(decode=True)
    return payload if isinstance(payload, bytes) else b""


def _plain_text(part: Mail) -> str:
    text = decode(_payload(part), part.get_content_charset()).text if _payload(part) else ""
    text = text.replace("\r\n", "\n")
    if str(part.get_param("format")).lower() != "flowed":
        return text
    # RFC 3676: a line that ends in a space runs on, unless it is the mark of a signature.
    joint = "" if str(part.get_param("delsp")).lower() == "yes" else " "
    return re.sub(r"(?<!\n--) \n(?=\S)(?!>)", joint, text)


def _add_attachment(reading: _MailReading, part: Mail, depth: int) -> None:
    """A message that is shown in the mail is read in place; a file that is attached is taken."""
    if part.get_content_type() == MESSAGE and not is_attached(part):
        if depth >= DEPTH:
            reading.attachments.add_unread(part)
            return
        for message in _inner(part):
            reading.builder.add(_subject(message), "heading")
            _add_message(reading, message, depth + 1)
    elif part.get_content_maintype() == "image":
        reading.left_out["picture"] += 1
    else:
        reading.attachments.add(part)


def _notes(reading: _MailReading) -> tuple[str, ...]:
    notes = [*reading.left_out.notes(), *dict.fromkeys(reading.notes)]
    if reading.hidden:
        notes.append(hidden_text_note(reading.hidden))
    return (*notes, *reading.attachments.notes())
