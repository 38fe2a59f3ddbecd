"""Whether the letters on a slide can be seen: their size, and their colour on what lies beneath.

A colour is judged only where the ground is certain: a shape's own fill, or the background of a
slide on which no picture or filled shape lies.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from bot.ingest.extract.archive import Archive, integer
from bot.ingest.extract.colours import Colour, is_unseen, parse_colour
from bot.ingest.extract.office import A, Relationship, read_part, relationships, targets

P = "{http://schemas.openxmlformats.org/presentationml/2006/main}"
UNSEEN_SIZE = 150  # hundredths of a point
FILLS = tuple(f"{A}{name}Fill" for name in ("solid", "blip", "grad", "patt"))
ROLES = {"bg1": "lt1", "tx1": "dk1", "bg2": "lt2", "tx2": "dk2"}  # as nearly all masters map them


@dataclass(frozen=True, slots=True)
class Background:
    """A slide's ground, None if unknown, and its theme's colours."""

    colour: Colour | None
    theme: Mapping[str, Colour]


def background_of(archive: Archive, slide: Any, related: dict[str, Relationship]) -> Background:
    """The ground of a slide: its own, or its layout's or master's."""
    layers, theme = [slide], {}
    for kind in ("slideLayout", "slideMaster", "theme"):
        part = next(iter(targets(related, kind)), "")
        root = read_part(archive, part)
        if root is None:
            return Background(None, {})
        related = relationships(archive, part)
        if kind == "theme":
            theme = dict(_theme_colours(root))
        else:
            layers.append(root)
    grounds = [layer.find(f"{P}cSld/{P}bg") for layer in layers]
    ground = next((ground for ground in grounds if ground is not None), None)
    if ground is None or any(_covers(layer) for layer in layers):
        return Background(None, theme)
    fill = ground.find(f"{P}bgPr/{A}solidFill")
    return Background(_colour(fill if fill is not None else ground.find(f"{P}bgRef"), theme), theme)


def is_unseen_run(run: Any, shape: Any, background: Background | None) -> bool:
    """Whether nobody can read a run of letters: tiny, transparent, or as its ground."""
    properties = run.find(f"{A}rPr")
    if properties is None or background is None:
        return False
    if integer(properties, "sz", UNSEEN_SIZE + 1) <= UNSEEN_SIZE:
        return True
    ink = _colour(properties.find(f"{A}solidFill"), background.theme)
    ground = _ground(shape, background)
    return ink is not None and ground is not None and is_unseen(ink, ground)


def _theme_colours(root: Any) -> Iterator[tuple[str, Colour]]:
    for scheme in root.iter(f"{A}clrScheme"):
        for entry in scheme:
            for value in entry:
                colour = parse_colour("#" + (value.get("lastClr") or value.get("val", "")).lower())
                if colour is not None:
                    yield entry.tag.removeprefix(A), colour


def _colour(fill: Any, theme: Mapping[str, Colour]) -> Colour | None:
    """The colour of a fill; None if it depends on more than the theme."""
    value = next(iter(fill), None) if fill is not None else None
    if value is None or any(child.tag != f"{A}alpha" for child in value):
        return None  # lighter, darker …
    name = value.get("val", "")
    colour = theme.get(ROLES.get(name, name))
    if value.tag == f"{A}srgbClr":
        colour = parse_colour("#" + name.lower())
    alpha = value.find(f"{A}alpha")
    if colour is None or alpha is None:
        return colour
    return (*colour[:3], integer(alpha, "val", 100_000) / 100_000)


def _ground(shape: Any, background: Background) -> Colour | None:
    """What lies beneath the letters of a shape or of a cell."""
    properties = shape.find(f"{P}spPr") if shape.tag == f"{P}sp" else shape.find(f"{A}tcPr")
    fills = [child for child in properties if child.tag in FILLS] if properties is not None else []
    if fills:
        return _colour(fills[0], background.theme) if fills[0].tag == FILLS[0] else None
    is_styled = shape.tag != f"{P}sp" or shape.find(f"{P}style") is not None
    return None if is_styled else background.colour


def _covers(layer: Any) -> bool:
    """Whether something on a slide, or on what it is based on, may lie beneath its letters."""
    for shape in layer.iter(f"{P}sp", f"{P}pic", f"{P}graphicFrame"):
        properties = shape.find(f"{P}spPr")
        filled = properties is not None and any(child.tag in FILLS for child in properties)
        if filled or shape.tag != f"{P}sp" or shape.find(f"{P}style") is not None:
            return True
    return False
