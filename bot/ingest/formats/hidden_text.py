"""Drops from a page's tree what a reader of the page cannot see, and counts it.

Looks at attributes, style attributes and the page's own style sheets, the way a browser would:
not displayed, transparent, no size, clipped, moved off the screen, or written in the colour of
its background. A closed ``<details>`` stays: a reader can open it. What only a style sheet from
elsewhere hides is not seen here, but for the class names that the common frameworks hide with.
Scripts and styles stay in the tree (they hold the page's origin); no reader takes them for text.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

from bot.ingest.formats.colours import (
    BLACK,
    LINK_BLUE,
    UNSEEN_ALPHA,
    WHITE,
    Colour,
    is_unseen,
    parse_colour,
)
from bot.ingest.formats.styles import VIEWPORT_PX, Styles

FONT_PX = 16.0
UNSEEN_FONT_PX = 1.5
UNSEEN_BOX_PX = 1.0  # "sr-only" boxes have one pixel
OFF_SCREEN_PX = -400.0  # menus slide in from 300 px, texts are parked at -9,999 px
FAR_OFF_SCREEN_PX = 2.0 * VIEWPORT_PX  # slides wait one screen away
UNSEEN_SPACING_EM = -0.4  # letters on top of each other; headlines are set at -0.05
NOT_TEXT = frozenset(("script", "style", "head", "title"))
PAGE = ("html", "body")
NOT_SHOWN = frozenset(
    (
        *("template", "noscript", "noframes", "noembed", "object", "iframe", "audio", "video"),
        *("canvas", "datalist", "map"),
    )
)
HIDING_CLASSES = frozenset(
    (
        *("sr-only", "visually-hidden", "visuallyhidden", "screen-reader-text", "hidden"),
        *("d-none", "is-hidden", "u-hidden", "invisible", "element-invisible", "hide"),
    )
)
RESOLVED_ATTRIBUTES = (
    "style",
    "hidden",
    "aria-hidden",
)  # trafilatura would judge by them again, and worse
SHOWN_AGAIN = re.compile(r":|-(?:block|flex|inline|grid|table)|not-sr-only")  # on wider screens

_LENGTH = re.compile(r"(-?(?:\d+\.?\d*|\.\d+))(px|em|rem|ex|ch|pt|cm|mm|in|vw|vh|%)?")
_PX = {"px": 1.0, "": 1.0, "pt": 4 / 3, "cm": 37.8, "mm": 3.78, "in": 96.0, "rem": 16.0}
_CLIPPED = re.compile(
    r"inset\(\s*(?:100%|[5-9]\d%|100vw)|circle\(\s*0|ellipse\(\s*0|polygon\(\s*(?:0\S*[\s,]+){3,}0"
    r"|rect\(\s*(?:[01]\S*[\s,]+){3}[01]"
)
_FLAT = re.compile(
    r"scale(?:3d|x|y)?\(\s*0(?:\.0\d*)?\s*[,)]|rotate[xy]\(\s*-?(?:90deg|270deg|\.25turn|0\.25turn)"
    r"|matrix\(\s*0\s*,\s*0\s*,\s*0\s*,\s*0"
)
_MOVED = re.compile(r"translate(?:3d|x|y)?\(([^()]*)\)")
_FILTERED = re.compile(r"opacity\(\s*0?\.?0*%?\s*\)")


@dataclass(frozen=True)
class _Ink:
    """What an element hands down to the text in it. ``paper`` is None where it cannot be told."""

    hidden: bool = False
    font_px: float = FONT_PX
    colour: Colour | None = BLACK
    paper: Colour | None = WHITE

    @cached_property
    def unseen(self) -> bool:
        if self.hidden or self.font_px < UNSEEN_FONT_PX:
            return True
        if self.colour is None:
            return False
        if self.paper is None:
            return self.colour[3] < UNSEEN_ALPHA
        return is_unseen(self.colour, self.paper)


def drop_hidden_text(tree: Any) -> int:
    """Takes out of the tree what cannot be seen; the number of characters so lost."""
    for comment in [node for node in tree.iter() if not isinstance(node.tag, str)]:
        if comment.getparent() is not None:
            comment.drop_tree()
    styles = Styles([sheet.text or "" for sheet in tree.iter("style")])
    whole = _characters(tree)
    dropped = 0
    waiting: list[tuple[Any, _Ink]] = [(tree, _Ink())]
    while waiting:
        element, above = waiting.pop()
        tag, plain = element.tag, not element.attrib
        if tag in NOT_TEXT:
            continue
        style = styles.declarations_for(element)
        if tag in PAGE:
            # A page that is hidden as a whole is one that is faded in: AMP's pages all are.
            ink = above if "animation" in style else _ink(element, style, above)
        elif tag in NOT_SHOWN or _is_gone(element, style, above, whole):
            dropped += 0 if tag in NOT_SHOWN else _characters(element)
            element.drop_tree()
            continue
        else:
            ink = above if plain and not style else _ink(element, style, above)
        if ink.unseen:
            dropped += _blank(element)
        for decided in () if plain else RESOLVED_ATTRIBUTES:
            element.attrib.pop(decided, None)
        waiting.extend((child, ink) for child in reversed(element))
    return dropped


def _characters(element: Any) -> int:
    """Characters of words in an element, without its scripts."""
    texts = (
        text
        for each in element.iter()
        if isinstance(each.tag, str)
        for text in (
            "" if each.tag in NOT_TEXT or each.tag in NOT_SHOWN else each.text,
            "" if each is element else each.tail,
        )
    )
    return sum(len("".join(text.split())) for text in texts if text)


def _blank(element: Any) -> int:
    """Empties the words that are the element's own, not its children's."""
    lost = len("".join((element.text or "").split()))
    element.text = None
    for child in element:
        lost += len("".join((child.tail or "").split()))
        child.tail = " " if child.tail else None
    return lost


def _is_gone(element: Any, style: dict[str, str], above: _Ink, whole: int) -> bool:
    if _is_hidden_by_attribute(element, style, whole) or style.get("display") == "none":
        return True
    if not style:
        return False
    if style.get("content-visibility") == "hidden" or style.get("zoom") in ("0", "0%"):
        return True
    if _px(style.get("letter-spacing", "0"), above.font_px) <= UNSEEN_SPACING_EM * above.font_px:
        return True
    if _is_transparent(style) or _is_clipped(style, above.font_px):
        return True
    return _is_off_screen(style, above.font_px)


def _is_hidden_by_attribute(element: Any, style: dict[str, str], whole: int) -> bool:
    if not element.attrib:
        return bool(element.tag == "dialog")
    if "hidden" in element.attrib or "popover" in element.attrib:
        return style.get("display", "none") == "none"
    if element.tag == "dialog" and "open" not in element.attrib:
        return True
    if element.tag == "input" and element.get("type", "").lower() == "hidden":
        return True
    if element.get("aria-hidden", "").strip().lower() == "true":
        # Consent dialogs mark the whole page behind them, and a saved page keeps the mark.
        return _characters(element) < whole / 2
    classes = element.get("class", "").lower().split()
    hiding = not HIDING_CLASSES.isdisjoint(classes)
    return hiding and "display" not in style and not any(map(SHOWN_AGAIN.search, classes))


def _is_transparent(style: dict[str, str]) -> bool:
    opacity = style.get("opacity", "1")
    number = _LENGTH.fullmatch(opacity)
    if number and float(number[1]) / (100 if number[2] == "%" else 1) < UNSEEN_ALPHA:
        return True
    return _FILTERED.search(style.get("filter", "")) is not None


def _is_clipped(style: dict[str, str], em: float) -> bool:
    if _CLIPPED.search(style.get("clip", "") + " " + style.get("clip-path", "")):
        return True
    if _FLAT.search(style.get("transform", "")) or style.get("scale", "").split()[:1] == ["0"]:
        return True
    if style.get("overflow", "visible").split()[0:1] not in (["hidden"], ["clip"]):
        return False
    sizes = (style.get(name) for name in ("width", "height", "max-width", "max-height"))
    if any(
        size is not None and _px(size, em, UNSEEN_BOX_PX + 1) <= UNSEEN_BOX_PX for size in sizes
    ):
        return True
    indent = style.get("text-indent", "0").split()[:1]
    return bool(indent) and _px(indent[0], em) >= VIEWPORT_PX


def _is_off_screen(style: dict[str, str], em: float) -> bool:
    shifts = [
        _px(style.get(name, "0"), em) for name in ("text-indent", "margin-left", "margin-top")
    ]
    moves = [*_MOVED.findall(style.get("transform", "")), style.get("translate", "")]
    shifts += [_px(part, em) for move in moves for part in re.split(r"[\s,]+", move.strip())]
    if style.get("position", "static") not in ("static", "sticky"):
        postings = [_px(style.get(side, "0"), em) for side in ("left", "top", "right", "bottom")]
        shifts += postings
        if any(place >= FAR_OFF_SCREEN_PX for place in postings):
            return True
    return any(shift <= OFF_SCREEN_PX for shift in shifts)


def _px(value: str, em: float, otherwise: float = 0.0) -> float:
    found = _LENGTH.fullmatch(value.strip().removeprefix("calc(").removesuffix(")").strip())
    if found is None:
        return otherwise
    number, unit = float(found[1]), found[2] or ""
    if unit in ("em", "ex", "ch"):
        return number * em
    if unit in ("%", "vw", "vh"):
        return number / 100 * VIEWPORT_PX
    return number * _PX[unit]


def _ink(element: Any, style: dict[str, str], above: _Ink) -> _Ink:
    ink = above
    if "visibility" in style:
        ink = replace(ink, hidden=style["visibility"] in ("hidden", "collapse"))
    if "font-size" in style:
        ink = replace(ink, font_px=_font_px(style["font-size"], above.font_px))
    colour = style.get("-webkit-text-fill-color") or style.get("color")
    if element.tag in ("font", "body"):
        colour = colour or (element.get("color") or element.get("text") or "").lower()
    if colour and colour not in ("inherit", "currentcolor", "unset"):
        ink = replace(ink, colour=parse_colour(colour))
    elif element.tag == "a" and "href" in element.attrib and not colour:
        ink = replace(ink, colour=LINK_BLUE)
    return replace(ink, paper=_paper(element, style, above.paper))


def _font_px(value: str, above: float) -> float:
    found = _LENGTH.fullmatch(value)
    if found is not None and found[2] == "%":
        return above * float(found[1]) / 100
    return _px(value, above, FONT_PX)


def _paper(element: Any, style: dict[str, str], above: Colour | None) -> Colour | None:
    image = style.get("background-image", "")
    if "url(" in image or "gradient(" in image or "background" in element.attrib:
        return None
    value = style.get("background-color") or element.get("bgcolor", "").lower()
    if not value or value in ("none", "inherit", "initial", "unset", "0", "0 0"):
        return above
    paper = parse_colour(value)
    if paper is not None and paper[3] < UNSEEN_ALPHA:
        return above
    return paper if paper is not None and paper[3] == 1 else None
