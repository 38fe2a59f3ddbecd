"""Which reader fits what a site sends: its media type and file name → a name with an extension."""

from __future__ import annotations

import re
from email.message import Message
from pathlib import PurePath
from typing import Any

from bot.errors import NotAnArticle
from bot.ingest.extract.formats import MEDIA_TYPES, fits, format_of_ending
from bot.strings import N_, _

GENERIC_TYPE = re.compile(  # the site does not know what it is: the file extension decides
    r"(application|binary)/(octet-stream|zip|x-zip-compressed|(x-|force-)?download|vnd\.ms-excel)"
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
    is_known = format_of_ending(ending) is not None
    if not media_type or (is_known and GENERIC_TYPE.fullmatch(media_type)):
        return f"{stem}{ending}"
    declared = MEDIA_TYPES.get(media_type)
    if declared is None:
        kind = MEDIA_NAMES.get(media_type.partition("/")[0], N_("data"))
        raise NotAnArticle(
            _(
                "This address leads to {kind}, not a page or a document, so nothing was stored. "
                "Add the address of the page that shows it, or paste the text."
            ).format(kind=_(kind))
        )
    return f"{stem}{ending}" if fits(ending, declared) else (name if ending else "page") + declared
