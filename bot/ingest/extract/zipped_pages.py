"""Web pages in a ZIP archive → their text, the main page first, then the others by their names.

An archive of anything else is refused: its files are articles of their own.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import PurePosixPath

from bot.ingest.extract.archive import Archive
from bot.ingest.extract.charset import decode
from bot.ingest.extract.document import Document, TextBuilder
from bot.ingest.extract.html.html import declared_charset, read_html
from bot.ingest.extract.left_out import LeftOut
from bot.ingest.extract.sniff import PAGE_ENDINGS
from bot.strings import N_, _

KIND = N_("The ZIP archive")
INDEX = ("index", "default", "main")
PAGES = 200  # of 50 ms each
PICTURES = (".png", ".jpg", ".jpeg", ".gif", ".svg", ".webp", ".avif")


def read_zipped_pages(data: bytes) -> Document:
    """Reads the pages. Raises DamagedDocument, DocumentTooComplex or EncryptedDocument."""
    with Archive(data, KIND) as archive:
        names = sorted(filter(_is_page, archive.names), key=_order)
        pages = [read_html(_text(archive, name)) for name in names[:PAGES]]
        left_out = LeftOut(picture=sum(name.lower().endswith(PICTURES) for name in archive.names))
    main = pages[0]
    if len(pages) == 1:
        return replace(main, notes=(*main.notes, *left_out.notes()))
    builder = TextBuilder()
    for page, name in zip(pages, names, strict=False):
        builder.add(page.title or PurePosixPath(name).stem, "heading")
        builder.add_document(page, 1)
    notes = list(dict.fromkeys(note for page in pages for note in page.notes))
    if len(names) > PAGES:
        note = _("Only the first {n:,} of {total:,} pages were read.")
        notes.append(note.format(n=PAGES, total=len(names)))
    return replace(
        main,
        text=builder.text(),
        headings=tuple(builder.headings),
        blocks=builder.blocks,
        notes=(*notes, *left_out.notes()),
    )


def _is_page(name: str) -> bool:
    return name.lower().endswith(PAGE_ENDINGS) and "__MACOSX" not in name


def _order(name: str) -> tuple[int, bool, str]:
    """The least deep pages first, among them the one that is called the index."""
    path = PurePosixPath(name)
    return len(path.parts), path.stem.lower() not in INDEX, name


def _text(archive: Archive, name: str) -> str:
    page = archive.read(name)
    return decode(page, declared_charset(page)).text
