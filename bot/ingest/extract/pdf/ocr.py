"""Reads pictures of pages with the system's tesseract, if that is installed.

Its library is called inside the confined process; no program is started and no file is written. All
installed languages are tried, at most ``LANGUAGES``. One page takes about a second.
"""

from __future__ import annotations

import ctypes
import os
import sys
from functools import cache
from pathlib import Path
from typing import Any

import pypdfium2

LIBRARIES = (
    *("libtesseract.so.5", "libtesseract.so.4", "libtesseract.5.dylib", "libtesseract.dylib"),
    *("/opt/homebrew/lib/libtesseract.dylib", "/usr/local/lib/libtesseract.dylib"),
    *("libtesseract-5.dll", r"C:\Program Files\Tesseract-OCR\libtesseract-5.dll"),
)
DATA_FOLDERS = (
    *("/usr/share/tesseract-ocr/5/tessdata", "/usr/share/tesseract-ocr/4.00/tessdata"),
    *("/usr/share/tessdata", "/usr/share/tesseract/tessdata", "/usr/local/share/tessdata"),
    *("/opt/homebrew/share/tessdata", r"C:\Program Files\Tesseract-OCR\tessdata"),
)
NO_LANGUAGES = ("osd", "equ")  # data for directions and equations
LANGUAGES = 4  # each takes time and 20 MB
PRINT_DPI = 300  # what tesseract's models were trained for
PIXELS = 20_000_000  # of a page: A4 has 8.7 million
AUTOMATIC_LAYOUT = 3  # PSM_AUTO in tesseract's publictypes.h
POINTS_PER_INCH = 72
LEAST_CONFIDENCE = 40  # of 100; noise has less


def is_available() -> bool:
    """Whether this machine has tesseract and data of a language."""
    return bool(_languages()[1]) and _library() is not None


def recognize_page(data: bytes, index: int) -> str:
    """The text of one page of a PDF, a blank line between paragraphs; empty if there is none.

    Raises OSError if tesseract cannot be used.
    """
    document = pypdfium2.PdfDocument(data)
    try:
        page = document[index]
        width, height = page.get_size()
        scale = PRINT_DPI / POINTS_PER_INCH
        scale = min(scale, (PIXELS / max(width * height, 1)) ** 0.5)
        bitmap = page.render(scale=scale, grayscale=True, may_draw_forms=False)
        return _recognize(bitmap)
    finally:
        document.close()


def _recognize(bitmap: Any) -> str:
    library = _library()
    if library is None:
        raise OSError("tesseract is not installed")
    folder, languages = _languages()
    api = library.TessBaseAPICreate()
    try:
        joined = "+".join(languages).encode()
        if library.TessBaseAPIInit3(api, os.fsencode(folder), joined):
            raise OSError("tesseract could not load its languages")
        library.TessBaseAPISetPageSegMode(api, AUTOMATIC_LAYOUT)
        size = bitmap.width, bitmap.height, 1, bitmap.stride
        library.TessBaseAPISetImage(api, ctypes.cast(bitmap.buffer, ctypes.c_void_p), *size)
        library.TessBaseAPISetSourceResolution(api, PRINT_DPI)
        text = library.TessBaseAPIGetUTF8Text(api)
        words = ctypes.string_at(text).decode("utf-8", "replace") if text else ""
        library.TessDeleteText(text)
        return words if library.TessBaseAPIMeanTextConf(api) >= LEAST_CONFIDENCE else ""
    finally:
        library.TessBaseAPIEnd(api)
        library.TessBaseAPIDelete(api)


@cache
def _languages() -> tuple[str, tuple[str, ...]]:
    """The folder with the data of languages, and which there are; English first."""
    for folder in map(Path, DATA_FOLDERS):
        names = {path.stem for path in folder.glob("*.traineddata")} - set(NO_LANGUAGES)
        if names:
            ordered = sorted(names, key=lambda name: (name != "eng", name))
            return str(folder), tuple(ordered[:LANGUAGES])
    return "", ()


@cache
def _library() -> Any:
    """Tesseract's library; None if it is not installed."""
    os.putenv("OMP_THREAD_LIMIT", "1")  # the confined process may start no threads
    for name in LIBRARIES:
        try:
            library = ctypes.CDLL(name)
        except OSError:
            continue
        return _declare(library)
    return None


def _declare(library: Any) -> Any:
    """Tell ctypes the signatures (tesseract's capi.h)."""
    pointer, text = ctypes.c_void_p, ctypes.c_char_p
    library.TessBaseAPICreate.restype = pointer
    library.TessBaseAPIGetUTF8Text.restype = pointer
    library.TessBaseAPIInit3.argtypes = [pointer, text, text]
    library.TessBaseAPISetPageSegMode.argtypes = [pointer, ctypes.c_int]
    library.TessBaseAPISetImage.argtypes = [pointer, pointer, *[ctypes.c_int] * 4]
    library.TessBaseAPISetSourceResolution.argtypes = [pointer, ctypes.c_int]
    for name in ("GetUTF8Text", "MeanTextConf", "End", "Delete"):
        getattr(library, f"TessBaseAPI{name}").argtypes = [pointer]
    library.TessDeleteText.argtypes = [pointer]
    return library


def install_advice() -> str:
    """How tesseract is installed here, as a command."""
    commands = {"darwin": "brew install tesseract", "win32": "winget install tesseract"}
    return commands.get(sys.platform, "apt install tesseract-ocr")
