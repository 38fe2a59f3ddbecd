"""The text of one Word paragraph: its runs, raised and lowered ones, symbols, formulas, marks."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from bot.ingest.extract.colours import WHITE, is_unseen, parse_colour
from bot.ingest.extract.docx.symbols import UNKNOWN, is_symbol_font, read_symbols, symbol
from bot.ingest.extract.docx.xml import W, find, find_value, is_on
from bot.ingest.extract.formula import M, omml_text
from bot.ingest.extract.office import FALLBACK
from bot.ingest.extract.raised_text import APART, Piece, Position, join_pieces

UNSEEN_HALF_POINTS = 3
RAISED_HALF_POINTS = 4  # "raised by 2 pt": less is the setting of a line
STYLE_DEPTH = 20  # of styles based on styles
HEADING_LEVELS = 6
NOT_READ = frozenset(
    (
        *(f"{W}{name}" for name in ("del", "moveFrom", "instrText", "delText", "rPr", "sectPr")),
        *(f"{W}{name}" for name in ("pPr", "tblPr", "tblGrid", "trPr", "tcPr", "commentReference")),
        FALLBACK,
    )
)
_SIGNS = {
    **{f"{W}tab": "\t", f"{W}ptab": "\t", f"{W}br": "\n", f"{W}cr": "\n"},
    **{f"{W}noBreakHyphen": "\u2011", f"{W}drawing": APART, f"{W}pict": APART},
}


@dataclass
class Style:
    """What a named style of Word says of text, with what it inherits."""

    heading: int = 0  # its level, from 1; 0 for none
    hidden: bool = False
    position: Position = ""
    caption: bool = False
    bold: bool = False
    number_id: str = ""
    level: int | None = None  # of its numbering


@dataclass
class ParagraphReader:
    """Reads paragraphs, and gathers what they refer to."""

    styles: dict[str, Style]
    notes: list[tuple[str, str]] = field(default_factory=list)  # kind and id
    boxes: list[Any] = field(default_factory=list)
    hidden: int = 0
    unknown_symbols: int = 0

    def read(self, paragraph: Any) -> tuple[str, str]:
        """The text of a paragraph, and how much of it at its beginning is bold."""
        pieces = [piece for piece in self._pieces(paragraph) if piece.text]
        bold_pieces = []
        for piece in pieces:
            if not piece.bold and piece.text.strip():
                break
            bold_pieces.append(piece)
        text = join_pieces(pieces)
        self.unknown_symbols += text.count(UNKNOWN)
        return text, join_pieces(bold_pieces) if pieces else ""

    def _pieces(self, paragraph: Any) -> list[Piece]:
        pieces: list[Piece] = []
        waiting = [(child, Piece("")) for child in reversed(paragraph)]
        while waiting:
            element, look = waiting.pop()
            tag = element.tag
            if not isinstance(tag, str) or tag in NOT_READ:
                continue
            if tag == f"{W}r":
                if self._is_hidden(element):
                    letters = ("".join((t.text or "").split()) for t in element.iter(f"{W}t"))
                    self.hidden += sum(map(len, letters))
                    continue
                look = self._look(element)
            piece = self._piece(element, look)
            if piece is not None:
                pieces.append(piece)
            else:
                waiting.extend((child, look) for child in reversed(element))
        return pieces

    def _piece(self, element: Any, look: Piece) -> Piece | None:
        """What one element says; None if that is what is inside it."""
        tag = element.tag
        if tag == f"{W}txbxContent":
            self.boxes.append(element)
            return Piece("")
        if tag == f"{W}t":
            font = find_font(element.getparent())
            text = element.text or ""
            return look._replace(text=read_symbols(text, font) if is_symbol_font(font) else text)
        if tag == f"{W}sym":
            code, font = element.get(f"{W}char", ""), element.get(f"{W}font", "")
            return look._replace(text=_symbol(code, font))
        if tag in (f"{M}oMath", f"{M}oMathPara"):
            return Piece(_formula(element))
        if tag == f"{W}ruby":
            return look._replace(text=_ruby(element))
        if tag in (f"{W}footnoteReference", f"{W}endnoteReference"):
            self.notes.append((tag.removesuffix("Reference"), element.get(f"{W}id", "")))
            return Piece(f"[{len(self.notes)}]")
        if tag in (f"{W}drawing", f"{W}pict"):
            self.boxes += element.iter(f"{W}txbxContent")
        sign = _SIGNS.get(tag)
        return look._replace(text=sign, position="") if sign else None

    def _look(self, run: Any) -> Piece:
        """How the letters of a run stand, as an empty piece."""
        if find(run, "rPr") is None:
            return Piece("")
        style = self.styles.get(find_value(run, "rPr/rStyle"), Style())
        bold = is_on(run, "rPr/b") or (style.bold and find(run, "rPr/b") is None)
        struck = is_on(run, "rPr/strike") or is_on(run, "rPr/dstrike")
        return Piece("", read_position(run) or style.position, bold, struck)

    def _is_hidden(self, run: Any) -> bool:
        if find(run, "rPr") is None:
            return False
        style = self.styles.get(find_value(run, "rPr/rStyle"), Style())
        if is_on(run, "rPr/vanish") or (style.hidden and find(run, "rPr/vanish") is None):
            return True
        size = find_value(run, "rPr/sz")
        if size.isdigit() and int(size) <= UNSEEN_HALF_POINTS:
            return True
        colour = parse_colour("#" + find_value(run, "rPr/color").lower())
        return colour is not None and is_unseen(colour, WHITE) and not _is_shaded(run)


def read_position(run: Any) -> Position:
    """Whether a run (or a style) raises or lowers its letters."""
    aligned = find_value(run, "rPr/vertAlign")
    if aligned in ("superscript", "subscript"):
        return "raised" if aligned == "superscript" else "lowered"
    offset = find_value(run, "rPr/position")
    if not offset.lstrip("-").isdigit() or abs(int(offset)) < RAISED_HALF_POINTS:
        return ""
    return "raised" if int(offset) > 0 else "lowered"


def find_font(run: Any) -> str:
    """The font of a run's letters, if it names one."""
    fonts = find(run, "rPr/rFonts") if run is not None else None
    return "" if fonts is None else fonts.get(f"{W}ascii") or fonts.get(f"{W}hAnsi") or ""


def _symbol(code: str, font: str) -> str:
    try:
        return symbol(int(code, 16), font)
    except ValueError:
        return UNKNOWN


def _formula(element: Any) -> str:
    """A formula, apart from words that touch it."""
    formulas = [element] if element.tag == f"{M}oMath" else element.findall(f"{M}oMath")
    return APART + f"{APART} ".join(map(omml_text, formulas)) + APART


def _ruby(element: Any) -> str:
    """Words with their reading above them, which follows in brackets."""
    base, reading = (
        "".join(t.text or "" for part in element.iter(f"{W}{name}") for t in part.iter(f"{W}t"))
        for name in ("rubyBase", "rt")
    )
    return f"{base}({reading})" if reading else base


def _is_shaded(run: Any) -> bool:
    """Whether something gives the letters another background than the page's."""
    if find(run, "rPr/highlight") is not None or find(run, "rPr/shd") is not None:
        return True
    for above in run.iterancestors():
        if above.tag in (f"{W}tbl", f"{W}txbxContent"):
            return True  # table styles and shapes bring their own colours
        if find(above, "pPr/shd") is not None or find(above, "tcPr/shd") is not None:
            return True
    return False
