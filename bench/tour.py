"""The README's animated picture: some cards, one after another, on pages of the same size."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

BACKGROUND = (49, 51, 56)  # Discord's, in its dark theme
CAPTION = (148, 155, 164)
MARGIN = 24
CAPTION_HEIGHT = 56
WIDTH = 760
HEIGHT = 560
COLORS = 64
SHOWN_MS = 3_000


def write_tour(file: Path, pages: Sequence[tuple[str, Path]]) -> None:
    """Write captions with pictures as a looping GIF. ``pages``: what is done, what then stands."""
    from PIL import Image, ImageDraw, ImageFont  # noqa: PLC0415 - only for pictures

    frames: list[Any] = []
    for caption, picture in pages:
        frame = Image.new("RGB", (WIDTH, HEIGHT), BACKGROUND)
        draw = ImageDraw.Draw(frame)
        draw.text((MARGIN, 18), caption, fill=CAPTION, font=ImageFont.load_default(20))
        with Image.open(picture) as card:
            frame.paste(_fitted(card.convert("RGB")), (0, CAPTION_HEIGHT))
        frames.append(frame.quantize(COLORS))
    first, *others = frames
    first.save(file, save_all=True, append_images=others, duration=SHOWN_MS, loop=0, optimize=True)


def _fitted(card: Any) -> Any:
    """A picture as wide as the page, cut below."""
    height = round(card.height * WIDTH / card.width)
    return card.resize((WIDTH, height)).crop((0, 0, WIDTH, min(height, HEIGHT - CAPTION_HEIGHT)))
