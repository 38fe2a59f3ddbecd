"""What reading a file gives, whatever its format, and the builder that formats share."""

from __future__ import annotations

from dataclasses import dataclass, field

from bot.ingest.clean import normalise
from bot.records import Mark


@dataclass(frozen=True, slots=True)
class Document:
    """Normalised text, where its headings and pages begin, and the article's origin.

    ``title`` may be empty here; whoever stores the document makes one.
    """

    text: str
    title: str = ""
    headings: tuple[Mark, ...] = ()
    pages: tuple[Mark, ...] = ()
    url: str | None = None
    author: str | None = None
    published: str | None = None
    language: str | None = None


@dataclass
class TextBuilder:
    """Joins blocks into one text and remembers where headings begin.

    Each block is normalised by itself; joined by line breaks they stay normalised.
    """

    headings: list[Mark] = field(default_factory=list)
    _parts: list[str] = field(default_factory=list)
    _length: int = 0

    def add(self, block: str, *, heading: bool = False, separator: str = "\n\n") -> None:
        """Appends a block; an empty one is left out."""
        clean = normalise(block).strip()
        if not clean:
            return
        if self._parts:
            self._append(separator)
        if heading:
            self.headings.append(Mark(self._length, " ".join(clean.split())))
        self._append(clean)

    def _append(self, part: str) -> None:
        self._parts.append(part)
        self._length += len(part)

    def built(self) -> str:
        """The whole text so far."""
        return "".join(self._parts)
