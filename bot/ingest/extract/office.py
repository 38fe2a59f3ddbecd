"""What the files of Word, PowerPoint and Excel share: relationships, properties, charts.

Their XML comes in two namespaces, the usual one and "Strict Open XML"; here both read as the
usual one. Parts outside the archive are never followed.
"""

from __future__ import annotations

import posixpath
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote

from bot.errors import DamagedDocument
from bot.ingest.extract.archive import Archive, integer
from bot.ingest.extract.document import TextBuilder
from bot.ingest.extract.left_out import LeftOut
from bot.ingest.extract.tables import add_table

A = "{http://schemas.openxmlformats.org/drawingml/2006/main}"
C = "{http://schemas.openxmlformats.org/drawingml/2006/chart}"
R = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}"
DC = "{http://purl.org/dc/elements/1.1/}"
DCTERMS = "{http://purl.org/dc/terms/}"
FALLBACK = "{http://schemas.openxmlformats.org/markup-compatibility/2006}Fallback"
STRICT = "{http://purl.oclc.org/ooxml/"
USUAL = "{http://schemas.openxmlformats.org/"
COMMENTS = ("comment", "threadedComment", "cm")  # of Word, of Excel, of PowerPoint
RECORDINGS = (".mp4", ".m4a", ".mp3", ".wav", ".wmv", ".avi", ".mov", ".wma", ".mpg", ".mpeg")
_STRICT_NAMES = {
    "wordprocessingml/main": "wordprocessingml/2006/main",
    "presentationml/main": "presentationml/2006/main",
    "spreadsheetml/main": "spreadsheetml/2006/main",
    "drawingml/main": "drawingml/2006/main",
    "drawingml/chart": "drawingml/2006/chart",
    "officeDocument/relationships": "officeDocument/2006/relationships",
}


@dataclass(frozen=True, slots=True)
class Relationship:
    """A part that another part refers to. ``type_name`` is the last word of its type."""

    type_name: str
    target: str


def read_part(archive: Archive, name: str) -> Any:
    """An XML part in the usual namespaces, or None if it is missing."""
    if name not in archive.names:
        return None
    root = archive.xml(name)
    if not any(f"{{{namespace}".startswith(STRICT) for namespace in root.nsmap.values()):
        return root
    for element in root.iter():
        if isinstance(element.tag, str):
            element.tag = _usual(element.tag)
        for key in [key for key in element.attrib if key.startswith(STRICT)]:
            element.set(_usual(key), element.attrib.pop(key))
    return root


def _usual(name: str) -> str:
    if not name.startswith(STRICT):
        return name
    namespace, _, local = name.removeprefix(STRICT).partition("}")
    usual = _STRICT_NAMES.get(namespace)
    return f"{USUAL}{usual}}}{local}" if usual else name


def relationships(archive: Archive, part: str) -> dict[str, Relationship]:
    """The parts that ``part`` refers to, by their ids; never anything outside the archive."""
    folder, name = posixpath.split(part)
    root = read_part(archive, f"{folder}/_rels/{name}.rels")
    if root is None:
        return {}
    return {
        element.get("Id", ""): Relationship(
            element.get("Type", "").rpartition("/")[2], _resolve(folder, element.get("Target", ""))
        )
        for element in root
        if isinstance(element.tag, str) and element.get("TargetMode") != "External"
    }


def _resolve(folder: str, target: str) -> str:
    path = unquote(target)
    return posixpath.normpath(path.lstrip("/") if path.startswith("/") else f"{folder}/{path}")


def targets(related: dict[str, Relationship], kind: str) -> list[str]:
    """The parts of one kind."""
    return [
        relationship.target for relationship in related.values() if relationship.type_name == kind
    ]


@dataclass(frozen=True, slots=True)
class CoreProperties:
    """What the file says of itself; empty where it says nothing. Dates are ISO 8601."""

    title: str = ""
    creator: str = ""
    language: str = ""
    created: str = ""
    modified: str = ""


def core_properties(archive: Archive) -> CoreProperties:
    """The properties of the file; none if their part is missing or damaged."""
    try:
        root = read_part(archive, "docProps/core.xml")
    except DamagedDocument:
        root = None
    if root is None:
        return CoreProperties()
    return CoreProperties(
        title=root.findtext(f"{DC}title") or "",
        creator=root.findtext(f"{DC}creator") or "",
        language=root.findtext(f"{DC}language") or "",
        created=root.findtext(f"{DCTERMS}created") or "",
        modified=root.findtext(f"{DCTERMS}modified") or "",
    )


def count_comments(archive: Archive, part: str) -> int:
    """How many comments a part holds; 0 if it is missing or damaged."""
    try:
        root = read_part(archive, part)
    except DamagedDocument:
        return 0  # the text can be read without it
    names = (
        (str(element.tag).rpartition("}")[2] for element in root.iter()) if root is not None else ()
    )
    return sum(name in COMMENTS for name in names)


def count_media(archive: Archive, left_out: LeftOut) -> None:
    """Count the parts of a file that hold no text: pictures, recordings, macros, other files."""
    charts = [name for name in archive.names if "/charts/" in name and name.endswith(".xml")]
    data = {part for chart in charts for part in targets(relationships(archive, chart), "package")}
    for name in archive.names - data:
        *_, folder, file = ("", *name.split("/"))
        if folder == "media" and file.lower().endswith(RECORDINGS):
            left_out["video"] += 1
        elif folder == "media":
            left_out["picture"] += 1
        elif folder == "embeddings":
            left_out["embedded file"] += 1
        elif file == "vbaProject.bin":
            left_out["macro"] = 1


def add_chart(builder: TextBuilder, root: Any) -> None:
    """Append a chart's values as a table, from what the file keeps of them."""
    rows = list(_chart_rows(root))
    if rows:
        add_table(builder, rows, 1, _chart_title(root))


def _chart_rows(root: Any) -> Iterator[list[str]]:
    """A header with the names of the series, then a row for each category."""
    series = list(root.iter(f"{C}ser"))
    names = [_text(one, f"{C}tx") for one in series]
    columns = [_points(one, (f"{C}val", f"{C}yVal")) for one in series]
    labels = next(filter(None, (_points(one, (f"{C}cat", f"{C}xVal")) for one in series)), {})
    if not any(columns):
        return
    yield ["", *names]
    for index in sorted({*labels, *(at for column in columns for at in column)}):
        yield [labels.get(index, ""), *(column.get(index, "") for column in columns)]


def _chart_title(root: Any) -> str:
    """The title of a chart, as the chart spells it out."""
    title = root.find(f".//{C}title")
    return "" if title is None else "".join(t.text or "" for t in title.iter(f"{A}t", f"{C}v"))


def _text(element: Any, path: str) -> str:
    child = element.find(path)
    return "" if child is None else " ".join(v.text or "" for v in child.iter(f"{C}v"))


def _points(series: Any, names: tuple[str, ...]) -> dict[int, str]:
    """The stored values of one dimension of a series, by their index."""
    values = next((child for child in series if child.tag in names), None)
    if values is None:
        return {}
    return {integer(point, "idx"): point.findtext(f"{C}v") or "" for point in values.iter(f"{C}pt")}
