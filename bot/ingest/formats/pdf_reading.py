"""What a PDF library gives, whichever it is, and how it says that it cannot."""

from __future__ import annotations

from dataclasses import dataclass, field

from bot.ingest.formats.layout import LayoutLine


class CannotOpen(Exception):
    """A library does not get along with the file; another one may."""


class PasswordRequired(Exception):
    """The file asks for a password."""


@dataclass
class PdfReading:
    """What a library found in a file."""

    total: int
    pages: list[list[LayoutLine]] = field(default_factory=list)
    blank: set[int] = field(default_factory=set)  # pages on which there is nothing at all
    broken: set[int] = field(default_factory=set)  # pages that could not be opened
    hidden_characters: int = 0
    metadata: dict[str, str] = field(default_factory=dict)  # title, author, created, language
