"""What is filled in and annotated on a page of a PDF: form values, free text, comments.

Read with pdfium; a value is put behind the label that it belongs to, a checked box before it. What
viewers hide is left out, and counted. Scripts of a form are never run.
"""

from __future__ import annotations

import ctypes
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import pypdfium2.raw as pdfium

from bot.ingest.extract.pdf.layout import LayoutLine

ANNOTATIONS = 2_000  # of a page
VALUE_CHARACTERS = 20_000
UNSEEN = pdfium.FPDF_ANNOT_FLAG_HIDDEN | pdfium.FPDF_ANNOT_FLAG_NOVIEW
TEXTUAL = (
    pdfium.FPDF_FORMFIELD_TEXTFIELD,
    pdfium.FPDF_FORMFIELD_COMBOBOX,
    pdfium.FPDF_FORMFIELD_LISTBOX,
)
BOXES = (pdfium.FPDF_FORMFIELD_CHECKBOX, pdfium.FPDF_FORMFIELD_RADIOBUTTON)
PASSWORD_FLAG = 1 << 13  # PDF 32000-1, table 228
WITHOUT_WORDS = (pdfium.FPDF_ANNOT_LINK, pdfium.FPDF_ANNOT_POPUP, pdfium.FPDF_ANNOT_WIDGET)
CHECKED, UNCHECKED = "[x]", "[ ]"
NEAR_EM = 1.5  # between a label and the value below it
SLACK_PT = 3.0
Box = tuple[float, float, float, float]  # left, bottom, right, top


@dataclass(frozen=True, slots=True)
class FormValue:
    """What a field of a form holds, and where. ``is_box``: it is a mark for its label."""

    text: str
    box: Box
    is_box: bool = False


@dataclass
class Annotations:
    """What is filled in and written on one page."""

    values: list[FormValue] = field(default_factory=list)
    comments: list[str] = field(default_factory=list)
    hidden_characters: int = 0


def read_annotations(page: Any, form: Any) -> Annotations:
    """The annotations of an open page; ``form`` is the document's form environment, or None."""
    annotations = Annotations()
    for index in range(min(pdfium.FPDFPage_GetAnnotCount(page), ANNOTATIONS)):
        annotation = pdfium.FPDFPage_GetAnnot(page, index)
        if not annotation:
            continue
        try:
            _read_annotation(annotations, annotation, form)
        finally:
            pdfium.FPDFPage_CloseAnnot(annotation)
    return annotations


def _read_annotation(annotations: Annotations, annotation: Any, form: Any) -> None:
    kind = pdfium.FPDFAnnot_GetSubtype(annotation)
    is_seen = not pdfium.FPDFAnnot_GetFlags(annotation) & UNSEEN
    if kind == pdfium.FPDF_ANNOT_WIDGET and form is not None:
        value = _form_value(annotation, form)
        if value is not None and is_seen:
            annotations.values.append(value)
        elif value is not None and not value.is_box:
            annotations.hidden_characters += len(value.text)
    elif kind not in WITHOUT_WORDS:
        words = " ".join(_string(annotation, b"Contents").split())
        author = " ".join(_string(annotation, b"T").split())
        if words and is_seen:
            is_text = kind == pdfium.FPDF_ANNOT_FREETEXT or not author
            annotations.comments.append(words if is_text else f"{author}: {words}")
        elif words:
            annotations.hidden_characters += len(words)


def _form_value(annotation: Any, form: Any) -> FormValue | None:
    """What a field holds; None for an empty one, a button or a password."""
    kind = pdfium.FPDFAnnot_GetFormFieldType(form, annotation)
    box = _box(annotation)
    if kind in BOXES:
        checked = pdfium.FPDFAnnot_IsChecked(form, annotation)
        return FormValue(CHECKED if checked else UNCHECKED, box, is_box=True)
    if kind not in TEXTUAL or pdfium.FPDFAnnot_GetFormFieldFlags(form, annotation) & PASSWORD_FLAG:
        return None

    def read(buffer: Any, size: int) -> int:
        return int(pdfium.FPDFAnnot_GetFormFieldValue(form, annotation, buffer, size))

    value = " ".join(_utf16(read).split())
    return FormValue(value, box) if value else None


def _string(annotation: Any, key: bytes) -> str:
    def read(buffer: Any, size: int) -> int:
        return int(pdfium.FPDFAnnot_GetStringValue(annotation, key, buffer, size))

    return _utf16(read)


def _utf16(read: Callable[[Any, int], int]) -> str:
    """The text that a function of pdfium writes into a buffer of the size that it asks for."""
    size = min(read(None, 0), 2 * VALUE_CHARACTERS)
    if size <= 2:
        return ""
    buffer = (ctypes.c_ushort * (size // 2 + 1))()
    read(buffer, size)
    return bytes(buffer)[: size - 2].decode("utf-16-le", "replace").rstrip("\0")


def _box(annotation: Any) -> Box:
    rect = pdfium.FS_RECTF()
    pdfium.FPDFAnnot_GetRect(annotation, rect)
    return rect.left, rect.bottom, rect.right, rect.top


def place_values(lines: list[LayoutLine], values: Sequence[FormValue]) -> list[LayoutLine]:
    """The lines of a page with each value beside its label, or in a line of its own."""
    placed = list(lines)
    for value in values:
        at = _label_beside(placed, value)
        if at is None:
            if not value.is_box:
                _insert(placed, value)
        elif value.is_box:
            placed[at] = replace(placed[at], text=f"{value.text} {placed[at].text}")
        else:
            label = placed[at]
            text, right = f"{label.text} {value.text}", max(label.right, value.box[2])
            placed[at] = replace(label, text=text, right=right)
    return placed


def _label_beside(lines: list[LayoutLine], value: FormValue) -> int | None:
    """The nearest line that stands before the value, or behind a box that can be checked."""
    left, bottom, right, top = value.box
    distances = [
        ((line.left - right) if value.is_box else (left - line.right), at)
        for at, line in enumerate(lines)
        if bottom - SLACK_PT <= (line.top + line.bottom) / 2 <= top + SLACK_PT
    ]
    return min((d for d in distances if d[0] >= -SLACK_PT), default=(0, None))[1]


def _insert(lines: list[LayoutLine], value: FormValue) -> None:
    """Put a value below the nearest line above it; that is its label, if it is near."""
    left, bottom, right, top = value.box
    above = [at for at, line in enumerate(lines) if line.bottom >= top - SLACK_PT]
    over = [at for at in above if lines[at].left < right and lines[at].right > left] or above
    at = min(over, key=lambda index: lines[index].bottom, default=-1)
    size = lines[at].size if at >= 0 else top - bottom
    if at >= 0 and lines[at].bottom - top <= NEAR_EM * size and lines[at].text.endswith(":"):
        lines[at] = replace(lines[at], text=f"{lines[at].text} {value.text}")
    else:
        line = LayoutLine(value.text, left, right, top, bottom, bottom, size)
        lines.insert(at + 1, line)
