"""Makes a model's sentence plain text: no links, addresses, mentions or hidden characters.

The design assumes that a model may obey instructions in an article. So a link keeps only its label,
an address is replaced, and mentions are broken up. A bare domain ("Booking.com", "Node.js") stays:
nothing makes it a link, and it may be a name. The result is one line without markup for bold, code
and headings, since front ends show text as it is. Takes time linear in the sentence.
"""

from __future__ import annotations

import re

from bot.strings import N_, _
from bot.text.normalize import normalize

ADDRESS_REMOVED = N_("(address removed)")
_DOMAIN = r"(?i:[a-z0-9](?:[a-z0-9-]{0,62})\.){1,6}(?:[a-z]{2,24}|[A-Z]{2,24})"
_LABELLED_LINK = re.compile(r"!?\[([^\[\]]*)\]\([^()]*(?:\([^()]*\)[^()]*)*\)")
_LINK_TARGET = re.compile(r"(?<=\])\(")
_ADDRESS = re.compile(
    r"<?(?:"
    r"(?i:[a-z][a-z0-9+.-]{0,20})\s?\\?:\s?[/\\]\s?[/\\]+\s?"  # https://, also misspelled
    r"|(?i:mailto:|\b(?:tel|sms|javascript):)(?=[^\s:])"
    r"|(?i:\bwww\d?\.)(?=\w)"
    rf"|(?<!\w){_DOMAIN}(?::\d{{1,5}})?/(?<!\.[jt]s/)(?=\w)"  # Node.js/Express has no host
    r")(?:\([^\s()]*\)|[^\s<>\"'()\]）】])+(?<![.,;:!?])>?"
)
_SLASHES = re.compile(r"(?<=:)//+(?=\S)")  # the rest of a malformed address
_MENTION = re.compile(
    r"<(?:@[!&]?|#|/[^<>:]{1,80}:|a?:\w{1,40}:|[at]:|id:|sound:)[^<>]{0,60}>"
    r"|(?<!@)@+(?=(?i:everyone|here))"
)
_ANGLED_CONTACT = re.compile(r"<(?=[^<>\s]*@|\+?\d{5})([^<>\s]*)>")  # <me@host>: Discord links it
_DECORATION = re.compile(
    r"(?<![\w*])\*{2,3}(?=\S)|(?<=\S)\*{2,3}(?![\w*])|(?<!`)`{1,3}(?!`)|^(?:#{1,6} |> )+"
)


def sanitize(sentence: str) -> str:
    """The sentence in one line, with nothing that links or pings."""
    text = normalize(sentence.encode("utf-16", "surrogatepass").decode("utf-16", "ignore"))
    text = _DECORATION.sub("", " ".join(text.split()))
    text = _until_stable(_LABELLED_LINK, r"\1", text)
    text = _until_stable(_MENTION, "", text)
    text = _ANGLED_CONTACT.sub(r"\1", text)
    removed = _(ADDRESS_REMOVED)
    text = _SLASHES.sub(" ", _ADDRESS.sub(lambda match: removed, text))
    return " ".join(_LINK_TARGET.sub(" (", text).split())


def _until_stable(pattern: re.Pattern[str], replacement: str, text: str) -> str:
    """Replace until nothing matches, since nested matches appear one by one."""
    while (shorter := pattern.sub(replacement, text)) != text:
        text = shorter
    return text
