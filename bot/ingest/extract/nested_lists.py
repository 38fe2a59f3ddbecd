"""Lists within lists, from items that only say how deep they stand."""

from __future__ import annotations

from dataclasses import dataclass

from bot.ingest.extract.document import TextBuilder

MAX_DEPTH = 9  # as Word has it


@dataclass
class NestedLists:
    """Opens and closes the lists around each item. The outermost takes the line before it."""

    builder: TextBuilder
    depth: int = 0

    def add(self, text: str, depth: int, *, first_separator: str = "\n") -> None:
        """Append an item that stands ``depth`` lists deep, from 1.

        ``first_separator`` comes before the first item of the outermost list.
        """
        depth = min(max(depth, 1), MAX_DEPTH)
        separator = "\n" if self.depth else first_separator
        self.end(depth)
        while self.depth < depth:
            self.builder.open("list", takes_lead_in=self.depth == 0)
            self.depth += 1
        self.builder.add(text, "list_item", level=depth, separator=separator)

    def end(self, depth: int = 0) -> None:
        """Close the lists that are deeper than ``depth``."""
        while self.depth > depth:
            self.builder.close()
            self.depth -= 1
