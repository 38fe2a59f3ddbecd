"""What lies over or beside the text of a page: watermarks go, boxes move out of its sentences.

Works on lines with positions, whatever library read them. When in doubt, it keeps text, and keeps
it where it is.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from statistics import median

from bot.ingest.extract.pdf.layout import LayoutLine

WATERMARK_SIZE = 1.5  # of the page's usual type
WATERMARK_PAGES = 3  # that show the same words over the text; fewer if there are no more pages
SAME_PLACE_PT = 4.0
SAME_LINE_PT = 1.0  # the baselines of a row of cells
BOX_LINES = 40
PITCH_EM = 1.8  # the greatest distance of two lines of one paragraph
SAME_COLUMN_SHARE = 0.7  # of the shorter line
SENTENCE_ENDS = (".", "!", "?", "…", ":", "。", "！", "？", "”", "’", "»", ")")


def strip_watermarks(
    pages: Sequence[Sequence[LayoutLine]],
) -> tuple[list[list[LayoutLine]], list[str]]:
    """The pages without watermarks, and the words of these."""
    keys = Counter(key for lines in pages for key in {_key(line) for line in lines})
    many = min(WATERMARK_PAGES, max(2, len(pages)))
    removed: dict[str, None] = {}
    remaining = []
    for lines in pages:
        usual = median(line.size for line in lines if not line.slanted) if _has_flat(lines) else 0
        rest = []
        for line in lines:
            is_large = line.size >= WATERMARK_SIZE * usual
            is_common = keys[_key(line)] >= many
            over = line.slanted or (is_common and _lies_over(line, lines))
            if over and (is_large or is_common):
                removed[" ".join(line.text.split())] = None
            else:
                rest.append(line)
        # Slanted labels belong to drawings, not to the sentences beside them.
        remaining.append(sorted(rest, key=lambda line: line.slanted))
    return remaining, list(removed)


def _has_flat(lines: Iterable[LayoutLine]) -> bool:
    return any(not line.slanted for line in lines)


def _key(line: LayoutLine) -> tuple[str, int, int]:
    place = round(line.left / SAME_PLACE_PT), round(line.base / SAME_PLACE_PT)
    return (" ".join(line.text.casefold().split()), *place)


def _lies_over(line: LayoutLine, lines: Iterable[LayoutLine]) -> bool:
    """Whether a line covers others, as no line of a text does."""
    return any(
        line.left < other.right
        and line.right > other.left
        and line.bottom < (other.top + other.bottom) / 2 < line.top
        for other in lines
        if other.size < line.size and other is not line
    )


def settle_boxes(lines: Sequence[LayoutLine]) -> list[LayoutLine]:
    """The lines of a page, those of a box after the paragraph that they stand in the middle of.

    Two lines that follow each other on the page are one text, whatever the file draws in between
    and elsewhere.
    """
    settled = list(lines)
    at = 0
    while at < len(settled) - 2:
        after = _resumes(settled, at)
        if after is not None:
            box = settled[at + 1 : after]
            del settled[at + 1 : after]
            stop = _paragraph_end(settled, at)
            settled[stop:stop] = box
        at += 1
    return settled


def _resumes(lines: list[LayoutLine], at: int) -> int | None:
    """Where the text of a line goes on, if other lines stand in between that lie elsewhere."""
    line = lines[at]
    if line.row >= 0 or _follows(line, lines[at + 1]):
        return None
    for after in range(at + 2, min(at + BOX_LINES + 2, len(lines))):
        if _follows(line, lines[after]):
            between = lines[at + 1 : after]
            elsewhere = all(_is_elsewhere(box, line, lines[after]) for box in between)
            is_row = len(between) == 1 and abs(between[0].base - line.base) < SAME_LINE_PT
            return after if elsewhere and not is_row else None
    return None


def _follows(line: LayoutLine, following: LayoutLine) -> bool:
    """Whether a line is the next one of the same paragraph, by its place and type."""
    pitch = line.base - following.base
    shared = min(line.right, following.right) - max(line.left, following.left)
    narrow = min(line.width, following.width)
    same_type = abs(line.size - following.size) <= 0.1 * line.size
    is_near = 0.5 * line.size < pitch <= PITCH_EM * line.size
    return same_type and is_near and shared >= SAME_COLUMN_SHARE * narrow and following.row < 0


def _is_elsewhere(box: LayoutLine, line: LayoutLine, following: LayoutLine) -> bool:
    """Whether a line stands beside the two lines of a text, or above or below both."""
    is_beside = box.left >= max(line.right, following.right) - 1 or box.right <= line.left + 1
    is_apart = box.bottom >= line.top - 1 or box.top <= following.bottom + 1
    return box.row < 0 and (is_beside or is_apart)


def _paragraph_end(lines: list[LayoutLine], at: int) -> int:
    """Behind the last line of the text that goes on; a line that ends a sentence, if possible."""
    stop = at + 1
    best = stop
    while stop < len(lines) and _follows(lines[stop - 1], lines[stop]):
        stop += 1
        if lines[stop - 1].text.rstrip().endswith(SENTENCE_ENDS):
            best = stop
    return stop if best == at + 1 else best
