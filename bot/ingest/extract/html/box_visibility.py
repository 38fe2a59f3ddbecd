"""Whether declarations hide an element's box: transparent, clipped, flat, or off the screen.

Works on resolved declarations (property → value, lower case), as of a browser 1,280 pixels wide.
Each judgement names the property that hides, so that a page which hides most of itself by one rule
can be told from one that hides a sentence. Knows nothing of trees.
"""

from __future__ import annotations

import re

from bot.ingest.extract.colours import UNSEEN_ALPHA
from bot.ingest.extract.html.styles import VIEWPORT_PX

FONT_PX = 16.0
UNSEEN_BOX_PX = 1.0  # "sr-only" boxes have one pixel
OFF_SCREEN_PX = -400.0  # menus slide in from 300 px, texts are parked at -9,999 px
FAR_OFF_SCREEN_PX = 2.0 * VIEWPORT_PX  # slides wait one screen away
UNSEEN_SPACING_EM = -0.4  # letters on top of each other; headlines are set at -0.05
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


def hiding_property(style: dict[str, str], em: float) -> str | None:
    """The property that hides a box of this style in a text of ``em`` pixels; None if none does."""
    if style.get("display") == "none":
        return "display"
    if style.get("content-visibility") == "hidden":
        return "content-visibility"
    if style.get("zoom") in ("0", "0%"):
        return "zoom"
    if px(style.get("letter-spacing", "0"), em) <= UNSEEN_SPACING_EM * em:
        return "letter-spacing"
    return _transparent(style) or _clipped(style, em) or _off_screen(style, em)


def _transparent(style: dict[str, str]) -> str | None:
    number = _LENGTH.fullmatch(style.get("opacity", "1"))
    if number and float(number[1]) / (100 if number[2] == "%" else 1) < UNSEEN_ALPHA:
        return "opacity"
    return "filter" if _FILTERED.search(style.get("filter", "")) else None


def _clipped(style: dict[str, str], em: float) -> str | None:
    for name in ("clip", "clip-path"):
        if _CLIPPED.search(style.get(name, "")):
            return name
    if _FLAT.search(style.get("transform", "")):
        return "transform"
    if style.get("scale", "").split()[:1] == ["0"]:
        return "scale"
    if style.get("overflow", "visible").split()[0:1] not in (["hidden"], ["clip"]):
        return None
    for name in ("width", "height", "max-width", "max-height"):
        if name in style and px(style[name], em, UNSEEN_BOX_PX + 1) <= UNSEEN_BOX_PX:
            return name
    indent = style.get("text-indent", "0").split()[:1]
    return "text-indent" if indent and px(indent[0], em) >= VIEWPORT_PX else None


def _off_screen(style: dict[str, str], em: float) -> str | None:
    for name in ("text-indent", "margin-left", "margin-top"):
        if px(style.get(name, "0"), em) <= OFF_SCREEN_PX:
            return name
    moves = [("transform", move) for move in _MOVED.findall(style.get("transform", ""))]
    for name, move in (*moves, ("translate", style.get("translate", ""))):
        if any(px(part, em) <= OFF_SCREEN_PX for part in re.split(r"[\s,]+", move.strip())):
            return name
    if style.get("position", "static") in ("static", "sticky"):
        return None
    for name in ("left", "top", "right", "bottom"):
        offset = px(style.get(name, "0"), em)
        if offset <= OFF_SCREEN_PX or offset >= FAR_OFF_SCREEN_PX:
            return name
    return None


def px(value: str, em: float, otherwise: float = 0.0) -> float:
    """A length in pixels; percentages are of the window's width."""
    match = _LENGTH.fullmatch(value.strip().removeprefix("calc(").removesuffix(")").strip())
    if match is None:
        return otherwise
    number, unit = float(match[1]), match[2] or ""
    if unit in ("em", "ex", "ch"):
        return number * em
    if unit in ("%", "vw", "vh"):
        return number / 100 * VIEWPORT_PX
    return number * _PX[unit]


def font_px(value: str, inherited: float) -> float:
    """A font size in pixels."""
    match = _LENGTH.fullmatch(value)
    if match is not None and match[2] == "%":
        return inherited * float(match[1]) / 100
    return px(value, inherited, FONT_PX)
