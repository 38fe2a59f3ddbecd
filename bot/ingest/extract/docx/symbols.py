"""The signs of symbol fonts: their letters are codes for other signs (in Symbol, "a" is α)."""

from __future__ import annotations

# Adobe's encoding of Symbol, from 0x20 and from 0xA0 on.
_SYMBOL_LOW = (
    " !∀#∃%&∋()∗+,−./0123456789:;<=>?≅ΑΒΧΔΕΦΓΗΙϑΚΛΜΝΟΠΘΡΣΤΥςΩΞΨΖ[∴]⊥_"
    "‾αβχδεφγηιϕκλμνοπθρστυϖωξψζ{|}∼"
)
_SYMBOL_HIGH = (
    "€ϒ′≤⁄∞ƒ♣♦♥♠↔←↑→↓°±″≥×∝∂•÷≠≡≈…⏐⎯↵ℵℑℜ℘⊗⊕∅∩∪⊃⊇⊄⊂⊆∈∉∠∇®©™∏√⋅¬∧∨⇔⇐⇑⇒⇓"
    "◊⟨®©™∑⎛⎜⎝⎡⎢⎣⎧⎨⎩⎪\ufffd⟩∫⌠⎮⌡⎞⎟⎠⎤⎥⎦⎫⎬⎭"
)
# The signs of Wingdings that texts use: bullets, boxes, arrows, ticks.
_WINGDINGS = {
    0x28: "☎", 0x2A: "✉", 0x45: "☜", 0x46: "☞", 0x4A: "☺", 0x4C: "☹", 0x6C: "●", 0x6E: "■",
    0x6F: "☐", 0x71: "❑", 0x72: "❒", 0x75: "◆", 0x76: "❖", 0x77: "⬥", 0x9E: "·", 0x9F: "•",
    0xA7: "▪", 0xA8: "☐", 0xD8: "➢", 0xDF: "←", 0xE0: "→", 0xE1: "↑", 0xE2: "↓", 0xE7: "⬅",
    0xE8: "➔", 0xF0: "⇨", 0xFB: "✗", 0xFC: "✓", 0xFD: "☒", 0xFE: "☑",
}  # fmt: skip
_WINGDINGS_2 = {0x4F: "✗", 0x50: "✓", 0x51: "☒", 0x52: "☑", 0x53: "☒", 0x54: "☒", 0xA3: "☐"}
UNKNOWN = "\ufffd"

FONTS: dict[str, dict[int, str]] = {
    "symbol": {
        **{0x20 + at: sign for at, sign in enumerate(_SYMBOL_LOW)},
        **{0xA0 + at: sign for at, sign in enumerate(_SYMBOL_HIGH)},
    },
    "wingdings": _WINGDINGS,
    "wingdings 2": _WINGDINGS_2,
}


def is_symbol_font(font: str) -> bool:
    """Whether the letters of a font are codes for signs."""
    return font.lower() in FONTS


def symbol(code: int, font: str) -> str:
    """The sign of a code in a symbol font; ``UNKNOWN`` if it is not known.

    Word moves the codes of symbol fonts to U+F000 … U+F0FF.
    """
    if 0xF000 <= code <= 0xF0FF:
        code -= 0xF000
    signs = FONTS.get(font.lower())
    if signs is None:
        return chr(code) if 0x20 <= code < 0x110000 else UNKNOWN
    return signs.get(code, UNKNOWN)


def read_symbols(text: str, font: str) -> str:
    """A text set in a symbol font."""
    return "".join(" " if char == " " else symbol(ord(char), font) for char in text)
