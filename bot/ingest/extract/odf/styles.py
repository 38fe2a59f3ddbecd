"""The styles of an OpenDocument file: which text, rows, sheets and slides nobody can see."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import Any

from bot.ingest.extract.archive import integer
from bot.ingest.extract.colours import WHITE, is_unseen, parse_colour
from bot.ingest.extract.raised_text import Position

OFFICE = "{urn:oasis:names:tc:opendocument:xmlns:office:1.0}"
STYLE = "{urn:oasis:names:tc:opendocument:xmlns:style:1.0}"
TEXT = "{urn:oasis:names:tc:opendocument:xmlns:text:1.0}"
TABLE = "{urn:oasis:names:tc:opendocument:xmlns:table:1.0}"
DRAW = "{urn:oasis:names:tc:opendocument:xmlns:drawing:1.0}"
PRESENTATION = "{urn:oasis:names:tc:opendocument:xmlns:presentation:1.0}"
FO = "{urn:oasis:names:tc:opendocument:xmlns:xsl-fo-compatible:1.0}"
STYLE_DEPTH = 20  # of styles based on styles
UNSEEN_POINTS = 1.5
CAPTIONS = ("Caption", "caption")  # LibreOffice's, which those of tables inherit, and Word's


@dataclass(frozen=True, slots=True)
class OdfStyle:
    """What a style hides. Colours are CSS values; empty where the style says nothing."""

    hidden: bool = False
    colour: str = ""
    ground: str = ""
    size: str = ""
    outline: int = 0
    caption: bool = False
    parent: str = ""
    position: Position = ""
    struck: bool = False

    @property
    def unseen(self) -> bool:
        """Whether nobody can read letters in this style on white paper."""
        points = self.size.removesuffix("pt")
        is_tiny = self.size.endswith("pt") and _number(points) <= UNSEEN_POINTS
        ink, ground = parse_colour(self.colour), parse_colour(self.ground) or WHITE
        is_lost = ink is not None and ground[3] > 0 and is_unseen(ink, ground)
        return self.hidden or is_tiny or is_lost


@dataclass
class OdfStyles:
    """The styles of a file by their families and names."""

    _styles: dict[tuple[str, str], OdfStyle] = field(default_factory=dict)
    _resolved: dict[tuple[str, str], OdfStyle] = field(default_factory=dict)

    def read(self, roots: Iterable[Any]) -> None:
        """Take in the styles of these parts."""
        for root in roots:
            for style in root.iter(f"{STYLE}style"):
                key = style.get(f"{STYLE}family", ""), style.get(f"{STYLE}name", "")
                self._styles[key] = _read_style(style)

    def get(self, family: str, name: str | None) -> OdfStyle:
        """A style with what it inherits."""
        key = (family, name or "")
        if key not in self._resolved:
            style = self._styles.get(key, OdfStyle())
            parent, depth = style.parent, 0
            while parent and depth < STYLE_DEPTH:
                above = self._styles.get((family, parent), OdfStyle())
                style = _inherit(style, above)
                parent, depth = above.parent, depth + 1
            self._resolved[key] = style
        return self._resolved[key]


def _inherit(style: OdfStyle, above: OdfStyle) -> OdfStyle:
    return replace(
        style,
        hidden=style.hidden or above.hidden,
        colour=style.colour or above.colour,
        ground=style.ground or above.ground,
        size=style.size or above.size,
        outline=style.outline or above.outline,
        caption=style.caption or above.caption,
        position=style.position or above.position,
        struck=style.struck or above.struck,
    )


def _read_style(style: Any) -> OdfStyle:
    values: dict[str, str] = {}
    for properties in style:
        values.update({str(name): value for name, value in properties.attrib.items()})
    background = values.get(f"{FO}background-color", "")
    name = style.get(f"{STYLE}display-name") or style.get(f"{STYLE}name", "")
    return OdfStyle(
        hidden=values.get(f"{TEXT}display") == "none"
        or values.get(f"{TABLE}display") == "false"
        or values.get(f"{PRESENTATION}visibility") == "hidden",
        colour=values.get(f"{FO}color", ""),
        ground="" if background == "transparent" else background,
        size=values.get(f"{FO}font-size", ""),
        outline=integer(style, f"{STYLE}default-outline-level", int(name == "Title")),
        caption=name in CAPTIONS,
        parent=style.get(f"{STYLE}parent-style-name", ""),
        position=_position(values.get(f"{STYLE}text-position", "")),
        struck=values.get(f"{STYLE}text-line-through-style", "none") != "none"
        or values.get(f"{STYLE}text-line-through-type", "none") != "none",
    )


def _position(value: str) -> Position:
    """Of "super 58%", "sub", or how far above the line: "33% 58%", "-33%"."""
    place = value.partition(" ")[0]
    if place in ("super", "sub"):
        return "raised" if place == "super" else "lowered"
    percent = _number(place.removesuffix("%")) if place.endswith("%") else 0
    return "" if not percent else "raised" if percent > 0 else "lowered"


def _number(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        return UNSEEN_POINTS + 1
