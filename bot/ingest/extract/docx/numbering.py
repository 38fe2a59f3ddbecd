"""The numbers that Word writes before paragraphs by itself: 1.1, (a), Article IV."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any

from bot.ingest.extract.docx.xml import W, find_value
from bot.ingest.extract.numbering import format_number

LEVELS = 9  # of a list in Word
BULLET = "-"
_PLACE = re.compile(r"%([1-9])")


@dataclass
class _Level:
    style: str = "decimal"
    text: str = ""
    start: int = 1
    restarts: bool = True
    in_digits: bool = False  # the numbers of outer levels, too ("legal" numbering)
    paragraph_style: str = ""


@dataclass
class _Series:
    """A numbering that paragraphs share, and how far it is."""

    levels: dict[int, _Level]
    counts: dict[int, int] = field(default_factory=dict)


@dataclass
class Numbering:
    """The numberings of a document. ``label`` must be asked once for each paragraph, in order."""

    _series: dict[str, _Series]  # by numId; several may share one
    _starts: dict[str, dict[int, int]]  # where a numId starts again

    @classmethod
    def read(cls, root: Any) -> Numbering:
        """From the XML of ``word/numbering.xml``; None if the file has none."""
        if root is None:
            return cls({}, {})
        parts = {part.get(f"{W}abstractNumId", ""): part for part in root.iter(f"{W}abstractNum")}
        by_style = {find_value(part, "styleLink"): part for part in parts.values()}
        series: dict[Any, _Series] = {}
        by_id, starts = {}, {}
        for number in root.iter(f"{W}num"):
            part = parts.get(find_value(number, "abstractNumId"))
            if part is None:
                continue
            linked = find_value(part, "numStyleLink")
            part = by_style.get(linked, part) if linked else part
            id_ = number.get(f"{W}numId", "")
            by_id[id_] = series.setdefault(part, _Series(_read_levels(part)))
            overrides = list(number.iter(f"{W}lvlOverride"))
            by_id[id_] = _overridden(by_id[id_], overrides)
            starts[id_] = _new_starts(overrides)
        return cls(by_id, starts)

    def level_of_style(self, number_id: str, style: str) -> int:
        """The level that a paragraph style has in a numbering."""
        series = self._series.get(number_id)
        levels = series.levels.items() if series else ()
        return next((at for at, level in levels if level.paragraph_style == style), 0)

    def label(self, number_id: str, level: int) -> str:
        """What stands before the next paragraph of a numbering; ``BULLET`` for bullets."""
        series = self._series.get(number_id)
        form = series.levels.get(level) if series else None
        if series is None or form is None:
            return BULLET
        self._count(series, number_id, level, form)
        if form.style == "bullet":
            return BULLET
        if form.style == "none" and not _PLACE.search(form.text):
            return form.text.strip()
        return _PLACE.sub(lambda match: self._number(series, int(match[1]) - 1, form), form.text)

    def _count(self, series: _Series, number_id: str, level: int, form: _Level) -> None:
        start = self._starts.get(number_id, {}).pop(level, None)
        before = series.counts.get(level)
        series.counts[level] = form.start if before is None else before + 1
        if start is not None:
            series.counts[level] = start
        for deeper in range(level + 1, LEVELS):
            if deeper in series.levels and series.levels[deeper].restarts:
                series.counts.pop(deeper, None)

    def _number(self, series: _Series, level: int, form: _Level) -> str:
        own = series.levels.get(level, form)
        count = series.counts.setdefault(level, own.start)
        return format_number(count, "decimal" if form.in_digits else own.style)


def _read_levels(part: Any) -> dict[int, _Level]:
    levels = {}
    for level in part.iter(f"{W}lvl"):
        at = level.get(f"{W}ilvl", "")
        if at.isdigit() and int(at) < LEVELS:
            levels[int(at)] = _read_level(level)
    return levels


def _read_level(level: Any) -> _Level:
    start = find_value(level, "start")
    return _Level(
        style=find_value(level, "numFmt") or "decimal",
        text=find_value(level, "lvlText"),
        start=int(start) if start.isdigit() and len(start) < 10 else 1,
        restarts=find_value(level, "lvlRestart") != "0",
        in_digits=level.find(f"{W}isLgl") is not None,
        paragraph_style=find_value(level, "pStyle"),
    )


def _overridden(series: _Series, overrides: list[Any]) -> _Series:
    """The series with levels of its own; it then counts for itself."""
    levels: dict[int, _Level] = {}
    for override in overrides:
        levels |= _read_levels(override)
    return _Series(series.levels | levels) if levels else series


def _new_starts(overrides: list[Any]) -> dict[int, int]:
    starts = {}
    for override in overrides:
        level, start = override.get(f"{W}ilvl", ""), find_value(override, "startOverride")
        if level.isdigit() and start.isdigit() and len(start) < 10:
            starts[int(level)] = int(start)
    return starts
