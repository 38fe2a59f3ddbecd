"""How the cells of a workbook look: their number formats, and whether their letters can be seen."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

from bot.ingest.extract.archive import Archive, integer
from bot.ingest.extract.colours import WHITE, Colour, is_unseen, parse_colour
from bot.ingest.extract.office import read_part
from bot.ingest.extract.xlsx.number_format import BUILT_IN, hides_text, show_number

S = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
UNSEEN_POINTS = 1.5
WHITE_THEME_COLOUR = "0"  # the first one is the paper's
GENERAL = "General"


@dataclass(frozen=True, slots=True)
class CellStyle:
    """A cell's number format, and whether nobody can read what stands in it."""

    format: str = GENERAL
    unseen: bool = False


class Font(NamedTuple):
    """The colour of letters, if it is known, and their size."""

    colour: Colour | None = None
    points: float = 11


def read_styles(archive: Archive) -> list[CellStyle]:
    """The styles that cells refer to by their number."""
    root = read_part(archive, "xl/styles.xml")
    if root is None:
        return []
    codes = {
        format_.get("numFmtId", ""): format_.get("formatCode", GENERAL)
        for format_ in root.iter(f"{S}numFmt")
    }
    fonts = [_font(font) for font in root.iterfind(f"{S}fonts/{S}font")]
    grounds = [_ground(fill) for fill in root.iterfind(f"{S}fills/{S}fill")]
    return [_style(style, codes, fonts, grounds) for style in root.iterfind(f"{S}cellXfs/{S}xf")]


def show_cell(value: str, kind: str, style: CellStyle, epoch: datetime) -> str:
    """A stored value, whose kind the cell's ``t`` names, as its cell shows it."""
    if kind == "n":
        return show_number(value, style.format, epoch=epoch) if value else ""
    if kind == "b":
        return {"1": "TRUE", "0": "FALSE"}.get(value, value)
    return "" if hides_text(style.format) else value


def _style(
    style: Any, codes: dict[str, str], fonts: list[Font], grounds: list[Colour | None]
) -> CellStyle:
    number, font, fill = (integer(style, name) for name in ("numFmtId", "fontId", "fillId"))
    code = codes.get(str(number)) or BUILT_IN.get(number, GENERAL)
    colour, points = fonts[font] if 0 <= font < len(fonts) else Font()
    ground = grounds[fill] if 0 <= fill < len(grounds) else WHITE
    is_lost = colour is not None and ground is not None and is_unseen(colour, ground)
    return CellStyle(code, is_lost or points <= UNSEEN_POINTS)


def _font(font: Any) -> Font:
    colour, size = font.find(f"{S}color"), font.find(f"{S}sz")
    points = size.get("val", "") if size is not None else ""
    is_number = points.replace(".", "", 1).isdigit()
    return Font(_colour(colour), float(points) if is_number else Font().points)


def _ground(fill: Any) -> Colour | None:
    """What a cell's letters stand on; None if unknown."""
    pattern = fill.find(f"{S}patternFill")
    if pattern is None:
        return None if len(fill) else WHITE  # a gradient
    kind = pattern.get("patternType", "none")
    if kind == "solid":
        return _colour(pattern.find(f"{S}fgColor"))
    return WHITE if kind == "none" else None


def _colour(element: Any) -> Colour | None:
    """The colour that an element states; None for most colours of themes."""
    if element is None:
        return None
    if element.get("theme") == WHITE_THEME_COLOUR and element.get("tint", "0") in ("0", "0.0"):
        return WHITE
    digits = element.get("rgb", "")[-6:].lower()
    return parse_colour("#" + digits) if digits else None
