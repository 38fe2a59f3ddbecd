"""Which reader fits what a site sends: its media type and file name → a name with an extension."""

from __future__ import annotations

import re
from email.message import Message
from pathlib import PurePath
from typing import Any

from bot.errors import NotAnArticle
from bot.strings import N_, _

# The file extensions that fit a media type, its own first. Plain file servers call everything
# text/plain.
HTML = (".html", ".htm", ".xhtml")
MARKDOWN = (".md", ".markdown")
ENDINGS = {
    "text/html": HTML,
    "application/xhtml+xml": (".xhtml",),
    "text/plain": (".txt", ".text", ".log", *MARKDOWN, *HTML),
    "text/markdown": MARKDOWN,
    "text/x-markdown": MARKDOWN,
    "application/pdf": (".pdf",),
    "application/x-pdf": (".pdf",),
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document": (".docx",),
    "application/epub+zip": (".epub",),
}
KNOWN_ENDINGS = frozenset(ending for endings in ENDINGS.values() for ending in endings)
GENERIC_TYPE = re.compile(  # the site does not know what it is: the file extension decides
    r"(application|binary)/(octet-stream|zip|x-zip-compressed|(x-|force-)?download)"
)
MEDIA_NAMES = {"image": N_("a picture"), "audio": N_("a recording"), "video": N_("a video")}
FILE_NAME_CHARACTERS = 200


def content_headers(headers: Any) -> Message:
    """The headers that describe a file, for the standard library's parser of parameters."""
    message = Message()
    for name in ("Content-Type", "Content-Disposition"):
        if headers.get(name):
            message[name] = headers[name]
    return message


def file_name(media_type: str, site_name: str) -> str:
    """A file name whose extension picks the reader. Raises NotAnArticle if no reader fits.

    The media type outranks the name (a page about report.pdf is a page), except where the site
    only says that it is a file.
    """
    name = "".join(c for c in re.split(r"[/\\]", site_name)[-1] if c.isprintable())
    stem, ending = PurePath(name[-FILE_NAME_CHARACTERS:]).stem, PurePath(name).suffix.lower()
    if not media_type or (GENERIC_TYPE.fullmatch(media_type) and ending in KNOWN_ENDINGS):
        return f"{stem}{ending}"
    if media_type not in ENDINGS:
        kind = MEDIA_NAMES.get(media_type.partition("/")[0], N_("data"))
        raise NotAnArticle(
            _(
                "This address leads to {kind}, not an article, so nothing was stored. "
                "Add the address of a page or of a PDF, Word or EPUB file, or paste the text."
            ).format(kind=_(kind))
        )
    if ending in ENDINGS[media_type]:
        return f"{stem}{ending}"
    return (name if ending else "page") + ENDINGS[media_type][0]
