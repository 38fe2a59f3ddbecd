"""Untrusted ZIP archives: the list of contents is checked before anything is unpacked.

Refuses zip bombs (by declared and by actual size), names that climb out of the archive, duplicate
names and encrypted parts. XML parts are parsed without entities, network or document type.
"""

from __future__ import annotations

import io
import zipfile
import zlib
from collections.abc import Iterator
from types import TracebackType
from typing import Any

from lxml import etree

from bot.errors import DamagedDocument, DocumentTooComplex, EncryptedDocument
from bot.strings import N_, _

ENTRIES = 20_000  # a guess: several for each page of a large book
UNPACKED_BYTES = 512 * 1024 * 1024  # declared, of all parts: pictures are never unpacked
PART_BYTES = 64 * 1024 * 1024  # 25 times MAX_CHARACTERS: WordprocessingML is mostly tags
READ_BYTES = 160 * 1024 * 1024  # of all parts that are read
RATIO = 600  # measured: one line of Word repeated 60,000 times 293, zeros 1,024
RATIO_FROM_BYTES = 4 * 1024 * 1024
ENCRYPTED_FLAG = 0x1


class Archive:
    """The parts of a document that is a ZIP archive. ``kind`` names the file to the user."""

    def __init__(self, data: bytes, kind: str):
        self._kind = kind
        self._left = READ_BYTES
        try:
            self._zip = zipfile.ZipFile(io.BytesIO(data))
        except (zipfile.BadZipFile, NotImplementedError, ValueError, OSError) as error:
            raise self.damaged_error() from error
        self.names = frozenset(self._zip.namelist())
        self._check(self._zip.infolist())

    def __enter__(self) -> Archive:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._zip.close()

    def _check(self, entries: list[zipfile.ZipInfo]) -> None:
        if len(entries) > ENTRIES or sum(e.file_size for e in entries) > UNPACKED_BYTES:
            raise self._bomb()
        if len(self.names) < len(entries) or any(_climbs(entry.filename) for entry in entries):
            raise self.damaged_error(N_("its table of contents is suspicious"))
        for entry in entries:
            is_large = entry.file_size > RATIO_FROM_BYTES
            if is_large and entry.file_size > RATIO * max(entry.compress_size, 1):
                raise self._bomb()

    def read(self, name: str) -> bytes:
        """One part, unpacked. Raises KeyError if there is no part of that name."""
        entry = self._zip.getinfo(name)
        if entry.flag_bits & ENCRYPTED_FLAG:
            raise EncryptedDocument(
                _(
                    "{file} is password-protected, so I couldn't read it and nothing was stored. "
                    "Save it without the password and add it again."
                ).format(file=_(self._kind))
            )
        room = min(PART_BYTES, self._left)
        try:
            with self._zip.open(entry) as part:
                data = part.read(room + 1)
        except (zipfile.BadZipFile, zlib.error, EOFError, OSError, NotImplementedError) as error:
            raise self.damaged_error() from error
        if len(data) > room:
            raise self._bomb()
        self._left -= len(data)
        return data

    def xml(self, name: str) -> Any:
        """The root of an XML part. Raises KeyError if there is no part of that name."""
        data = self.read(name)
        parser = etree.XMLParser(
            resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False
        )
        try:
            root = etree.fromstring(data, parser)
        except etree.XMLSyntaxError as error:
            raise self.damaged_error() from error
        if root.getroottree().docinfo.internalDTD is not None and b"<!ENTITY" in data:
            raise self.damaged_error(N_("it defines XML entities, which attacks use"))
        return root

    def elements(self, name: str, *tags: str) -> Iterator[Any]:
        """The elements with these tags in an XML part, one by one: for parts of many rows.

        Each is emptied when the next one is asked for. Raises KeyError as ``read`` does.
        """
        data = self.read(name)
        if b"<!ENTITY" in data:
            raise self.damaged_error(N_("it defines XML entities, which attacks use"))
        walk = etree.iterparse(
            io.BytesIO(data), tag=tags, resolve_entities=False, no_network=True, huge_tree=False
        )
        try:
            for _event, element in walk:
                yield element
                element.clear()
                while element.getprevious() is not None:
                    del element.getparent()[0]
        except etree.XMLSyntaxError as error:
            raise self.damaged_error() from error

    def damaged_error(self, reason: str = N_("it is damaged or incomplete")) -> DamagedDocument:
        """The error to raise when the archive is not what it should be."""
        return DamagedDocument(
            _(
                "{file} can't be read: {reason}. Nothing was stored. "
                "Download or save it again, or paste the text."
            ).format(file=_(self._kind), reason=_(reason))
        )

    def _bomb(self) -> DocumentTooComplex:
        return DocumentTooComplex(
            _(
                "{file} is too large to unpack safely, so nothing was stored. "
                "Paste the text of the article instead."
            ).format(file=_(self._kind))
        )


def _climbs(name: str) -> bool:
    parts = name.replace("\\", "/").split("/")
    return name.startswith(("/", "\\")) or ".." in parts or ":" in parts[0] or "\0" in name


def integer(element: Any, name: str, otherwise: int = 0) -> int:
    """An attribute that should be a whole number; ``otherwise`` where it is none."""
    value = element.get(name, "")
    digits = value.removeprefix("-")
    return int(value) if digits.isascii() and digits.isdigit() and len(digits) < 16 else otherwise
