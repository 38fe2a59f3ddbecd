"""Drops hidden text from a page's tree, and counts it.

Evaluates attributes, style attributes and the page's own style sheets as a browser would: text that
is not displayed, transparent, without size, clipped, off the screen, or in the colour of its
background. A closed ``<details>`` stays: a reader can open it. External style sheets are not
loaded; only the common frameworks' class names for hidden text are known. Scripts and styles stay
in the tree (they hold the page's metadata); they are never read as text.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

from bot.ingest.extract.colours import (
    BLACK,
    LINK_BLUE,
    UNSEEN_ALPHA,
    WHITE,
    Colour,
    is_unseen,
    parse_colour,
)
from bot.ingest.extract.styles import VIEWPORT_PX, Styles

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
RAISABLE = frozenset(("span", "font", "small", "i", "em", "b", "strong", "cite", "a"))
RAISED_TAGS = {"super": "sup", "sub": "sub"}  # by their style
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
class _TextStyle:
    """What an element's text inherits. ``paper``, the background, is None where it is unknown."""

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
    """Remove hidden text from the tree; the number of characters removed."""
    for comment in [node for node in tree.iter() if not isinstance(node.tag, str)]:
        if comment.getparent() is not None:
            comment.drop_tree()
    styles = Styles([sheet.text or "" for sheet in tree.iter("style")])
    page_characters = _count_characters(tree)
    dropped = 0
    stack: list[tuple[Any, _TextStyle]] = [(tree, _TextStyle())]
    while stack:
        element, inherited = stack.pop()
        tag, plain = element.tag, not element.attrib
        if tag in NOT_TEXT:
            continue
        style = styles.declarations_for(element)
        if tag in PAGE:
            # A page that is hidden as a whole is one that is faded in: AMP's pages all are.
            text_style = (
                inherited if "animation" in style else _inherit_style(element, style, inherited)
            )
        elif tag in NOT_SHOWN or _is_not_displayed(element, style, inherited, page_characters):
            dropped += 0 if tag in NOT_SHOWN else _count_characters(element)
            element.drop_tree()
            continue
        else:
            text_style = (
                inherited if plain and not style else _inherit_style(element, style, inherited)
            )
        if text_style.unseen:
            dropped += _clear_own_text(element)
        if tag in RAISABLE and style.get("vertical-align") in RAISED_TAGS:
            element.tag = RAISED_TAGS[style["vertical-align"]]  # its style is taken off below
        for decided in () if plain else RESOLVED_ATTRIBUTES:
            element.attrib.pop(decided, None)
        stack.extend((child, text_style) for child in reversed(element))
    return dropped


def _count_characters(element: Any) -> int:
    """Characters of words in an element, without its scripts."""
    texts = (
        text
        for node in element.iter()
        if isinstance(node.tag, str)
        for text in (
            "" if node.tag in NOT_TEXT or node.tag in NOT_SHOWN else node.text,
            "" if node is element else node.tail,
        )
    )
    return sum(len("".join(text.split())) for text in texts if text)


def _clear_own_text(element: Any) -> int:
    """Clear the element's own text, not its children's; the number of characters removed."""
    lost = len("".join((element.text or "").split()))
    element.text = None
    for child in element:
        lost += len("".join((child.tail or "").split()))
        child.tail = " " if child.tail else None
    return lost


def _is_not_displayed(
    element: Any, style: dict[str, str], inherited: _TextStyle, page_characters: int
) -> bool:
    if _is_hidden_by_attribute(element, style, page_characters) or style.get("display") == "none":
        return True
    if not style:
        return False
    if style.get("content-visibility") == "hidden" or style.get("zoom") in ("0", "0%"):
        return True
    if (
        _px(style.get("letter-spacing", "0"), inherited.font_px)
        <= UNSEEN_SPACING_EM * inherited.font_px
    ):
        return True
    if _is_transparent(style) or _is_clipped(style, inherited.font_px):
        return True
    return _is_off_screen(style, inherited.font_px)


def _is_hidden_by_attribute(element: Any, style: dict[str, str], page_characters: int) -> bool:
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
        return _count_characters(element) < page_characters / 2
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
        offsets = [_px(style.get(side, "0"), em) for side in ("left", "top", "right", "bottom")]
        shifts += offsets
        if any(offset >= FAR_OFF_SCREEN_PX for offset in offsets):
            return True
    return any(shift <= OFF_SCREEN_PX for shift in shifts)


def _px(value: str, em: float, otherwise: float = 0.0) -> float:
    match = _LENGTH.fullmatch(value.strip().removeprefix("calc(").removesuffix(")").strip())
    if match is None:
        return otherwise
    number, unit = float(match[1]), match[2] or ""
    if unit in ("em", "ex", "ch"):
        return number * em
    if unit in ("%", "vw", "vh"):
        return number / 100 * VIEWPORT_PX
    return number * _PX[unit]


def _inherit_style(element: Any, style: dict[str, str], inherited: _TextStyle) -> _TextStyle:
    text_style = inherited
    if "visibility" in style:
        text_style = replace(text_style, hidden=style["visibility"] in ("hidden", "collapse"))
    if "font-size" in style:
        text_style = replace(text_style, font_px=_font_px(style["font-size"], inherited.font_px))
    colour = style.get("-webkit-text-fill-color") or style.get("color")
    if element.tag in ("font", "body"):
        colour = colour or (element.get("color") or element.get("text") or "").lower()
    if colour and colour not in ("inherit", "currentcolor", "unset"):
        text_style = replace(text_style, colour=parse_colour(colour))
    elif element.tag == "a" and "href" in element.attrib and not colour:
        text_style = replace(text_style, colour=LINK_BLUE)
    return replace(text_style, paper=_background(element, style, inherited.paper))


def _font_px(value: str, inherited: float) -> float:
    match = _LENGTH.fullmatch(value)
    if match is not None and match[2] == "%":
        return inherited * float(match[1]) / 100
    return _px(value, inherited, FONT_PX)


def _background(element: Any, style: dict[str, str], inherited: Colour | None) -> Colour | None:
    image = style.get("background-image", "")
    if "url(" in image or "gradient(" in image or "background" in element.attrib:
        return None
    value = style.get("background-color") or element.get("bgcolor", "").lower()
    if not value or value in ("none", "inherit", "initial", "unset", "0", "0 0"):
        return inherited
    paper = parse_colour(value)
    if paper is not None and paper[3] < UNSEEN_ALPHA:
        return inherited
    return paper if paper is not None and paper[3] == 1 else None
