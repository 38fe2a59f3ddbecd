"""RTF's tokens → runs of characters, each with where it goes and whether anybody can see it.

Keeps what holds in each group (destination, font, size, colours, hidden), and the file's tables of
fonts, colours and styles. Knows nothing of paragraphs.
"""

from __future__ import annotations

import codecs
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Any, Literal, NamedTuple

from bot.errors import DamagedDocument
from bot.ingest.extract.colours import BLACK, WHITE, Colour, is_unseen
from bot.ingest.extract.left_out import LeftOut, Thing
from bot.ingest.extract.raised_text import APART, Position
from bot.ingest.extract.rtf.tokens import FONT_CHARSETS, RtfToken
from bot.strings import _

Destination = Literal[
    "body",
    "note",
    "header",
    "marker",
    "box",
    "title",
    "author",
    "created",
    "saved",
    "fonts",
    "colours",
    "styles",
    "",
]
DEPTH = 10_000  # of groups; Word nests a few dozen
UNSEEN_HALF_POINTS = 3
DEFAULT_HALF_POINTS = 24
HEADING_LEVELS = 9
STYLE_DEPTH = 20  # of styles based on styles
NO_STYLE = 222  # by the specification
DESTINATIONS: dict[bytes, Destination] = {
    **dict.fromkeys((b"header", b"headerl", b"headerr", b"headerf"), "header"),
    **dict.fromkeys((b"footer", b"footerl", b"footerr", b"footerf"), "header"),
    **{b"footnote": "note", b"listtext": "marker", b"pntext": "marker", b"shptxt": "box"},
    **{b"title": "title", b"author": "author", b"creatim": "created", b"revtim": "saved"},
    b"ud": "body",
    **{b"fonttbl": "fonts", b"colortbl": "colours", b"stylesheet": "styles"},
    # Groups whose text is not the document's; unknown ones begin with \*, and are skipped, too.
    **dict.fromkeys((b"info", b"listtable", b"listoverridetable", b"revtbl", b"rsidtbl"), ""),
    **dict.fromkeys((b"themedata", b"datastore", b"colorschememapping", b"latentstyles"), ""),
    **dict.fromkeys((b"generator", b"xmlnstbl", b"fldinst", b"filetbl", b"private", b"sp"), ""),
    **dict.fromkeys((b"nonshppict", b"nonesttables", b"objdata", b"xe", b"tc", b"upr"), ""),
    **dict.fromkeys((b"bkmkstart", b"bkmkend", b"datafield", b"ftnsep", b"aftnsep"), ""),
    **dict.fromkeys((b"pict", b"annotation", b"atnid", b"atnauthor", b"falt", b"panose"), ""),
}
COUNTED: dict[bytes, Thing] = {
    b"pict": "picture",
    b"object": "embedded file",
    b"annotation": "comment",
}
READ_WITHIN_SKIPPED = frozenset((b"title", b"author", b"creatim", b"revtim", b"ud"))
READ_THOUGH_STARRED = frozenset((b"shpinst", b"shppict", b"ud", b"nesttableprops"))
SPECIAL = {
    **{b"tab": "\t", b"line": "\n", b"emdash": "—", b"endash": "–", b"bullet": "•"},
    **{b"lquote": "‘", b"rquote": "’", b"ldblquote": "“", b"rdblquote": "”"},
    **{b"emspace": "\u2003", b"enspace": "\u2002", b"qmspace": "\u2005"},
}
SYMBOLS = {b"~": "\u00a0", b"_": "\u2011", b"\\": "\\", b"{": "{", b"}": "}"}
CODE_PAGES = {b"mac": "mac_roman", b"pc": "cp437", b"pca": "cp850", b"ansi": "cp1252"}
CHANNELS = (b"red", b"green", b"blue")
DRAWN = (b"pict", b"object", b"shp")
POSITIONS: dict[bytes, Position] = {
    **{b"super": "raised", b"up": "raised", b"sub": "lowered", b"dn": "lowered"},
    b"nosupersub": "",
}
RAISED_HALF_POINTS = 4  # less is the setting of a line; \up alone means 6


class Run(NamedTuple):
    """Characters, or a control word that means something to paragraphs (then ``text`` is empty)."""

    destination: Destination
    text: str = ""
    unseen: bool = False
    word: bytes = b""
    number: int | None = None
    position: Position = ""
    struck: bool = False


@dataclass(frozen=True, slots=True)
class _Group:
    """What holds in a group until it ends."""

    destination: Destination = "body"
    hidden: bool = False
    half_points: int = DEFAULT_HALF_POINTS
    colour: int = 0
    ground: int = 0
    font: int = 0
    style: int = 0
    fallbacks: int = 1  # characters after \u for readers that know no Unicode
    position: Position = ""
    struck: bool = False


@dataclass
class RtfState:
    """Follows the groups of a file.

    ``outlines`` gives the heading levels of styles, from 1.
    """

    left_out: LeftOut = field(default_factory=LeftOut)
    outlines: dict[int, int] = field(default_factory=dict)
    _captions: set[int] = field(default_factory=set)
    _bases: dict[int, int] = field(default_factory=dict)  # of styles
    _charsets: dict[int, str] = field(default_factory=dict)
    _colours: list[Colour | None] = field(default_factory=list)
    _channels: dict[bytes, int] = field(default_factory=dict)
    _code_page: str = "cp1252"
    _group: _Group = field(default_factory=_Group)
    _above: list[_Group] = field(default_factory=list)
    _bytes: bytearray = field(default_factory=bytearray)
    _to_skip: int = 0
    _is_starred: bool = False
    _is_shaded: bool = False  # the paragraph or a cell of the row has a ground of its own

    def runs(self, tokens: Iterator[RtfToken]) -> Iterator[Run]:
        """The runs of all tokens, in order. Raises DamagedDocument."""
        for token in tokens:
            if token.kind in ("text", "byte"):
                self._add_bytes(token)
                continue
            yield from self._decoded()
            if token.kind == "open":
                self._open()
            elif token.kind == "close":
                yield Run(self._group.destination, word=b"}")
                self._group = self._above.pop() if self._above else _Group("")
            elif token.kind == "symbol":
                yield from self._symbol(token.value)
            else:
                yield from self._word(token.value, token.number)
        yield from self._decoded()

    def _open(self) -> None:
        self._above.append(self._group)
        self._is_starred, self._to_skip = False, 0
        if len(self._above) > DEPTH:
            raise DamagedDocument(
                _(
                    "The RTF file is damaged, so nothing was stored. "
                    "Save it again, or paste the text."
                )
            )

    def _add_bytes(self, token: RtfToken) -> None:
        value = token.value
        if self._to_skip:
            skipped = min(self._to_skip, len(value))
            self._to_skip -= skipped
            value = value[skipped:]
        if self._group.destination == "colours":
            self._add_colours(value)
        elif self._group.destination == "styles":
            self._name_style(value.strip(b"; ").lower())
        elif self._group.destination not in ("", "fonts", "styles"):
            self._bytes += value

    def _name_style(self, name: bytes) -> None:
        if name.startswith(b"heading ") and name[8:9].isdigit():
            self.outlines.setdefault(self._group.style, int(name[8:9]))
        elif name == b"caption":
            self._captions.add(self._group.style)

    def is_caption(self, style: int) -> bool:
        """Whether a paragraph's style is that of captions, or is based on it."""
        for _depth in range(STYLE_DEPTH):
            if style in self._captions:
                return True
            style = self._bases.get(style, NO_STYLE)
        return False

    def _add_colours(self, value: bytes) -> None:
        for _end in range(value.count(b";")):
            red, green, blue = (self._channels.get(name, 0) for name in CHANNELS)
            self._colours.append((red, green, blue, 1) if self._channels else None)
            self._channels = {}

    def _decoded(self) -> Iterator[Run]:
        if self._bytes:
            charset = self._charsets.get(self._group.font, self._code_page)
            yield self._run(self._bytes.decode(charset, "replace"))
            self._bytes.clear()

    def _run(self, text: str) -> Run:
        group = self._group
        unseen = self._is_unseen()
        return Run(group.destination, text, unseen, position=group.position, struck=group.struck)

    def _is_unseen(self) -> bool:
        group = self._group
        if group.hidden or group.half_points <= UNSEEN_HALF_POINTS:
            return True
        if self._is_shaded and not group.ground:
            return False
        ink, ground = self._colour(group.colour, BLACK), self._colour(group.ground, WHITE)
        return is_unseen(ink, ground)

    def _colour(self, number: int, automatic: Colour) -> Colour:
        stated = self._colours[number] if 0 < number < len(self._colours) else None
        return stated or automatic

    def _symbol(self, symbol: bytes) -> Iterator[Run]:
        if symbol == b"*":
            self._is_starred = True
        elif symbol in b"\r\n":
            yield Run(self._group.destination, word=b"par")
        elif symbol in SYMBOLS:
            yield self._run(SYMBOLS[symbol])

    def _word(self, word: bytes, number: int | None) -> Iterator[Run]:
        starred, self._is_starred = self._is_starred, False
        if word in COUNTED and self._group.destination:
            self.left_out[COUNTED[word]] += 1
        if word in DRAWN:
            yield self._run(APART)
        if word in DESTINATIONS:
            self._enter(word)
            yield Run(self._group.destination, word=word)
        elif starred and word not in READ_THOUGH_STARRED:
            self._group = replace(self._group, destination="")
        elif word == b"u":
            self._to_skip = self._group.fallbacks
            yield self._run(chr((number or 0) % 0x10000))
        elif word in SPECIAL:
            yield self._run(SPECIAL[word])
        elif not self._format(word, number):
            yield Run(self._group.destination, word=word, number=number)

    def _enter(self, word: bytes) -> None:
        """Begin a destination; inside a skipped group all is skipped, but for a few."""
        destination = DESTINATIONS[word]
        if not self._group.destination and word not in READ_WITHIN_SKIPPED:
            return
        self._group = replace(self._group, destination=destination, position="", struck=False)

    def _format(self, word: bytes, number: int | None) -> bool:
        """Apply a word that says how characters look or are coded; False for any other word."""
        value = number or 0
        if word in (b"v", b"deleted"):
            self._group = replace(self._group, hidden=number != 0)
        elif word in _FIELDS:
            changed: dict[str, Any] = {_FIELDS[word]: value}
            self._group = replace(self._group, **changed)
        elif word == b"plain":
            plain = _Group(self._group.destination, font=self._group.font)
            self._group = replace(plain, style=self._group.style, fallbacks=self._group.fallbacks)
        elif word in POSITIONS:
            self._group = replace(self._group, position=_position(word, number))
        elif word in (b"strike", b"striked"):
            self._group = replace(self._group, struck=number != 0)
        elif word in CHANNELS:
            self._channels[word] = min(max(value, 0), 255)
        elif word == b"fcharset":
            self._charsets[self._group.font] = FONT_CHARSETS.get(value, self._code_page)
        elif word in CODE_PAGES:
            self._code_page = CODE_PAGES[word]
        elif word == b"ansicpg":
            self._code_page = _codec(value, self._code_page)
        elif word in (b"cbpat", b"clcbpat"):
            self._is_shaded = True
        else:
            return self._style(word, value)
        return True

    def _style(self, word: bytes, value: int) -> bool:
        """Styles: their definitions, and paragraphs that use them."""
        is_definition = self._group.destination == "styles"
        if word in (b"pard", b"trowd"):
            self._is_shaded = False
        elif word == b"s":
            self._group = replace(self._group, style=value)
        elif is_definition and word == b"outlinelevel" and value < HEADING_LEVELS:
            self.outlines[self._group.style] = value + 1
        elif is_definition and word == b"sbasedon":
            self._bases[self._group.style] = value
        return is_definition


_FIELDS = {
    **{b"fs": "half_points", b"cf": "colour", b"uc": "fallbacks", b"f": "font"},
    **dict.fromkeys((b"cb", b"chcbpat", b"highlight"), "ground"),
}


def _position(word: bytes, number: int | None) -> Position:
    half_points = 6 if number is None else abs(number)
    is_slight = word in (b"up", b"dn") and half_points < RAISED_HALF_POINTS
    return "" if is_slight or number == 0 else POSITIONS[word]


def _codec(code_page: int, otherwise: str) -> str:
    try:
        return codecs.lookup(f"cp{code_page}").name
    except LookupError:
        return "utf-8" if code_page == 65_001 else otherwise
