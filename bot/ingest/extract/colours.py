"""CSS colours, as far as telling whether text can be seen on its background."""

from __future__ import annotations

import colorsys
import re

Colour = tuple[float, float, float, float]  # red, green, blue 0-255; alpha 0-1

WHITE: Colour = (255, 255, 255, 1)
BLACK: Colour = (0, 0, 0, 1)
# WCAG 2's contrast ratio runs from 1 to 21; #f5f5f5 on white has 1.09 and cannot be read.
UNSEEN_CONTRAST = 1.1
UNSEEN_ALPHA = 0.06

_NAMES = {
    "transparent": (0, 0, 0, 0),
    **dict.fromkeys(("white", "canvas", "window"), (255, 255, 255, 1)),
    **dict.fromkeys(("snow", "ghostwhite", "floralwhite", "ivory", "azure"), (250, 250, 250, 1)),
    **dict.fromkeys(("mintcream", "seashell", "whitesmoke", "aliceblue"), (246, 246, 246, 1)),
    **dict.fromkeys(("honeydew", "lavenderblush", "oldlace", "lightyellow"), (248, 248, 240, 1)),
    **{"black": BLACK, "canvastext": BLACK, "red": (255, 0, 0, 1), "green": (0, 128, 0, 1)},
    **{"blue": (0, 0, 255, 1), "yellow": (255, 255, 0, 1), "gray": (128, 128, 128, 1)},
    **{"grey": (128, 128, 128, 1), "silver": (192, 192, 192, 1), "navy": (0, 0, 128, 1)},
    **{"maroon": (128, 0, 0, 1), "orange": (255, 165, 0, 1), "purple": (128, 0, 128, 1)},
}
_COLOUR = re.compile(r"#[0-9a-f]{3,8}\b|(?:rgb|hsl)a?\([^()]*\)|[a-z]+")
_NUMBER = re.compile(r"(-?[\d.]+)(%|deg|turn)?")


def parse_colour(value: str) -> Colour | None:
    """The first colour in a CSS value, or None if there is none that can be told."""
    for match in _COLOUR.finditer(value):
        word = match.group()
        if word in _NAMES:
            return _NAMES[word]
        if word.startswith("#"):
            return _hex(word[1:])
        if "(" in word:
            return _function(word)
    return None


def _hex(digits: str) -> Colour | None:
    if len(digits) in (3, 4):
        digits = "".join(digit * 2 for digit in digits)
    if len(digits) not in (6, 8):
        return None
    parts = [int(digits[i : i + 2], 16) for i in range(0, len(digits), 2)]
    return (parts[0], parts[1], parts[2], parts[3] / 255 if len(parts) > 3 else 1)


def _function(word: str) -> Colour | None:
    try:
        numbers = [(float(number), unit) for number, unit in _NUMBER.findall(word)]
        first, second, third = numbers[:3]
    except ValueError:
        return None
    alpha = 1.0 if len(numbers) < 4 else _share(*numbers[3], 1)
    if word.startswith("rgb"):
        return (_share(*first, 255), _share(*second, 255), _share(*third, 255), alpha)
    hue = first[0] if first[1] == "turn" else first[0] / 360
    red, green, blue = colorsys.hls_to_rgb(hue % 1, third[0] / 100, second[0] / 100)
    return (red * 255, green * 255, blue * 255, alpha)


def _share(number: float, unit: str, of: float) -> float:
    return number / 100 * of if unit == "%" else number


def is_unseen(ink: Colour, paper: Colour) -> bool:
    """Whether text of one colour cannot be read on another."""
    if ink[3] < UNSEEN_ALPHA:
        return True
    mixed = [i * ink[3] + p * (1 - ink[3]) for i, p in zip(ink[:3], paper[:3], strict=True)]
    light, dark = sorted((_luminance(mixed), _luminance(list(paper[:3]))), reverse=True)
    return (light + 0.05) / (dark + 0.05) < UNSEEN_CONTRAST


def _luminance(channels: list[float]) -> float:
    linear = []
    for channel in channels:
        share = min(max(channel / 255, 0), 1)
        linear.append(share / 12.92 if share <= 0.04045 else ((share + 0.055) / 1.055) ** 2.4)
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
