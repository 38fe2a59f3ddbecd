"""The result and the errors that both PDF libraries share."""

from __future__ import annotations

from dataclasses import dataclass, field

from bot.ingest.extract.pdf.layout import LayoutLine


class CannotOpen(Exception):
    """This library cannot read the file; another one may."""


class PasswordRequired(Exception):
    """The file is password-protected."""


@dataclass
class PdfReading:
    """What a library found in a file."""

    total: int
    pages: list[list[LayoutLine]] = field(default_factory=list)
    blank: set[int] = field(default_factory=set)  # pages on which there is nothing at all
    broken: set[int] = field(default_factory=set)  # pages that could not be opened
    hidden_characters: int = 0
    comments: list[tuple[int, str]] = field(default_factory=list)  # a page's index, what it says
    attachments: int = 0
    metadata: dict[str, str] = field(default_factory=dict)  # title, author, created, language
