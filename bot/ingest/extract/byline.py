"""Who wrote a document and when, from its first and last lines.

Reads "By Ann Lee, 4 May 2026", "Text: … / Photos: …", "Author: …", "Stand: Mai 2026", 「文　…」
and their kin: a label says what follows it, and a line that is nothing but a date is the
document's. A sentence that names people and days is not a byline. Of the last lines only dates with
a label count. Pure functions.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import chain

import regex

from bot.ingest.extract.byline_labels import (
    AUTHOR_BY,
    AUTHOR_COLON,
    AUTHOR_UNSPACED,
    OTHER_PEOPLE,
    WRITER_AFTER,
    date_label,
)
from bot.ingest.extract.dates import DateOrder, FoundDate, find_dates
from bot.ingest.extract.names import read_names, read_unspaced_name
from bot.records import DateKind
from bot.text.calendar_names import SHORT_WEEKDAYS, WEEKDAY
from bot.text.morphology import word_weight

HEAD_LINES = 12
FOOT_LINES = 4
LINE_CHARACTERS = 240  # longer lines are prose
NAME_TO_DATE_LINES = 2
SAMPLE_LINES = 300  # whose words tell a heading from a name
TAIL_CHARACTERS = 90  # after a name: a role, a place
EDGE = "\x1f"  # where an element of a page ends: a space that separates
_SEPARATORS = regex.compile(
    r"\s*(?:[|·•‧∙/／;\t\u2022\u2003]|\s[–—-]\s|\s?--\s?|\.[—–-]\s|\x1e|\n|  +)\s*"
)
_MARKUP = regex.compile(
    r"^(?:[-*+>#]+\s+|[(\[]\s*(?=.{1,60}[)\]]$))|[*_]{1,3}(?=\S)|(?<=\S)[*_]{1,3}"
)
_TAIL = regex.compile(
    r"\s*(?:$|[,(–—-]|(?:in|for|from|at|of|on|para|pour|für|aus|da|de|of|le|el|em|am|à|in)\s"
    r"(?:\S+\s?){1,6}$)"
)
_WEEKDAY = f"(?:{'|'.join(map(regex.escape, [*WEEKDAY, *SHORT_WEEKDAYS]))})"
_TIME = (
    r"(?:[,\s]*(?:at|à|às|um|a las|kl)?\.?\s*\d{1,2}\s?[:hH.]\s?\d{0,2}(?:\s?[ap]\.?m\.?)?"
    r"\s*(?:Uhr|[A-Z]{2,4})?)"
)
_PLACE = r"\p{Lu}[\p{L}.'’-]*(?:\s(?:\p{Ll}{1,3}\s){0,2}\p{Lu}[\p{L}.'’-]*){0,3}"
_BEFORE_ALONE = regex.compile(
    rf"(?:{_PLACE},\s?){{0,2}}(?i:(?:(?:the|den|le|el|am|on|em)\s)?(?:{_WEEKDAY}[.,]{{0,2}}\s?)?"
    rf"(?:(?:the|den|le|el)\s)?{_TIME}?[,\s]*)"
)
_AFTER_ALONE = regex.compile(
    rf"(?:\s?[(（][^()（）]{{1,9}}[)）])?{_TIME}?[\s.,)]*(?:\d+\s\p{{L}}+\s\p{{L}}+)?", regex.I
)


@dataclass(frozen=True, slots=True)
class PrintedDate:
    """A date that a document prints as its own."""

    value: str
    kind: DateKind
    labelled: bool


@dataclass
class Byline:
    """What the lines say: names in order, dates in order."""

    authors: list[str] = field(default_factory=list)
    dates: list[PrintedDate] = field(default_factory=list)

    def date(self) -> PrintedDate | None:
        """The labelled date of publishing, else the only one that stands alone, else another."""
        for kind in ("published", "updated", "event"):
            own = [date for date in self.dates if date.kind == kind]
            labelled = [date for date in own if date.labelled]
            if labelled:
                return labelled[0]
            if len({date.value for date in own}) == 1:
                return own[0]
        return None


def read_byline(
    lines: Sequence[str], order: DateOrder | None, *, title: str = "", foot: bool = True
) -> Byline:
    """What the first lines of a document say, and where they don't, its last ones.

    ``title`` is the line that names no author ("By the Sea"): the first one unless given.
    """
    short = [line for line in lines if line.strip()]
    words = frozenset(regex.findall(r"(?<!\p{L})\p{Ll}{4,}", "\n".join(short[:SAMPLE_LINES])))
    title = " ".join((title or (short[0] if short else "")).split())
    head = _HeadReader(order, title, words).read(short[:HEAD_LINES])
    if not foot or (head.authors and head.dates):
        return head
    last = _HeadReader(order, title, words).read(short[HEAD_LINES:][-FOOT_LINES:])
    return Byline(
        head.authors or last.authors,
        head.dates or [date for date in last.dates if date.labelled],
    )


@dataclass
class _HeadReader:
    """Reads lines one after the other."""

    order: DateOrder | None
    title: str
    small_words: frozenset[str]  # of the document: a heading has capitals, too
    byline: Byline = field(default_factory=Byline)
    pending: str = ""  # a label whose value is on the next line
    names: dict[int, tuple[str, ...]] = field(default_factory=dict)  # that stand alone, by line
    dated: list[int] = field(default_factory=list)
    after_title: bool = False  # before it are menus

    def read(self, lines: Sequence[str]) -> Byline:
        for number, line in enumerate(lines):
            clean = _MARKUP.sub("", line.replace("\u00a0", " ")).strip()
            if not clean or len(clean) > LINE_CHARACTERS:
                self.pending = ""
            elif " ".join(clean.split()) == self.title:
                self.after_title = True
                self.byline.dates += _dates(clean, list(find_dates(clean, self.order)), self.order)
            else:
                self._read_line(number, clean)
        if not self.byline.authors:
            self.byline.authors += self._beside_a_date()
        return self.byline

    def _read_line(self, number: int, line: str) -> None:
        labelled = f"{self.pending}{line}" if self.pending else line
        mentioned = list(find_dates(labelled, self.order))
        dates = list(_dates(labelled, mentioned, self.order))
        rest = _without(labelled, mentioned)
        authors = tuple(dict.fromkeys(_authors(rest)))
        self.byline.dates += dates
        self.byline.authors = self.byline.authors or list(authors)
        if dates:
            self.dated.append(number)
        own = _names_alone(rest, self.small_words) if self.after_title else ()
        if own and own[0] not in self.title:
            self.names[number] = own
        is_label = not (dates or authors) and _is_label(line)
        self.pending = f"{line.rstrip(':：')}: " if is_label else ""

    def _beside_a_date(self) -> tuple[str, ...]:
        """The names on a line of their own that has the date, or is near the line that has it."""
        for number, names in self.names.items():
            if any(abs(number - date) <= NAME_TO_DATE_LINES for date in self.dated):
                return names
        return ()


def _names_alone(rest: str, small_words: frozenset[str]) -> tuple[str, ...]:
    """The names of people if a line, ``rest``, is nothing but names, or names and a date.

    The words of a heading stand in small letters elsewhere in the document, or are common ones.
    """
    parts = [part.strip() for part in _SEPARATORS.split(rest.replace(EDGE, "\x1e"))]
    first = next(filter(None, parts), "")
    people, after = read_names(first, labelled=False)
    if not people or (after.strip() and (after[0] not in ",(" or len(after) > TAIL_CHARACTERS)):
        return ()
    if after.strip() in (",", "!", ":"):
        return ()  # a place before its date, or who is addressed: "Dear Mr Aske,"
    words = [[w.lower() for w in name.split() if len(w) > 2] for name in people]
    rare = all(name and word_weight(name[0]) == 1 for name in words)
    return people if rare and small_words.isdisjoint(chain(*words)) else ()


def _is_label(line: str) -> bool:
    """Whether a line is nothing but a label: "Author", "Published on:"."""
    if not line.endswith((":", "：")) and len(line.split()) > 1:
        return False
    label = f"{line.rstrip(':： ')}:"
    return AUTHOR_COLON.fullmatch(label) is not None or date_label(label) not in (None, "none")


def _without(line: str, mentioned: Sequence[FoundDate]) -> str:
    """The line with a separator for each date."""
    parts, end = [], 0
    for date in mentioned:
        parts += [line[end : date.start].rstrip(" (–—-"), "\x1e"]
        end = date.end
    return "".join((*parts, line[end:]))


def _dates(
    line: str, mentioned: Sequence[FoundDate], order: DateOrder | None
) -> Iterator[PrintedDate]:
    end = 0
    for date in mentioned or find_dates(line, order, years=True):
        label = _SEPARATORS.split(line[end : date.start].replace(EDGE, " "))[-1]
        kind = date_label(label) or _label_after(line, date)
        if kind is not None and kind != "none":
            yield PrintedDate(date.value, kind, labelled=True)
        elif kind is None and len(date.value) > len("2026") and stands_alone(line, date):
            yield PrintedDate(date.value, "published", labelled=False)
        end = date.end


def _label_after(line: str, date: FoundDate) -> DateKind | None:
    """「2026.03.18 公開」: the label of an unspaced script may follow."""
    after = regex.match(r"[\s（(]*([\p{Han}]{2,4})", line[date.end :])
    kind = date_label(f"{after[1]}:") if after else None
    return None if kind == "none" else kind


def stands_alone(line: str, date: FoundDate) -> bool:
    """Whether a part of the line is the date, maybe with a place, a weekday, a time or a byline."""
    pieces = _SEPARATORS.split(line[: date.start].replace(EDGE, "|"))
    before = pieces[-1].strip()
    after = _SEPARATORS.split(line[date.end :].replace(EDGE, "|"))[0].strip()
    if _AFTER_ALONE.fullmatch(after) is None and not UNSPACED_AFTER.match(after):
        return False
    if _BEFORE_ALONE.fullmatch(f"{before} "):
        return True
    return any(True for _ in _authors(before))


UNSPACED_AFTER = regex.compile(r"[\s\u3000]+[\p{Han}・／]")


def _authors(line: str) -> Iterator[str]:
    """The names that a line says the document is by."""
    unspaced = AUTHOR_UNSPACED.search(line.replace(EDGE, " "))
    if unspaced and OTHER_PEOPLE.search(unspaced["label"]) is None:
        name = read_unspaced_name(line.replace(EDGE, " ")[unspaced.end() :])
        if name:
            yield name
            return
    after = WRITER_AFTER.search(line)
    if after:
        yield after["name"]
        return
    for segment in _SEPARATORS.split(line):
        names = _labelled_names(segment.strip(f" {EDGE}"))
        if names:
            yield from names
            return


def _labelled_names(segment: str) -> tuple[str, ...]:
    colon = AUTHOR_COLON.match(segment)
    if colon and OTHER_PEOPLE.search(colon["label"]) is None:
        return read_names(segment[colon.end() :].strip(f" {EDGE}"), labelled=True)[0]
    by = AUTHOR_BY.match(segment)
    if by is None or OTHER_PEOPLE.search(by["label"]):
        return ()
    names, rest = read_names(segment[by.end() :].strip(f" {EDGE}"), labelled=False)
    ends = rest.startswith(EDGE) or (len(rest) <= TAIL_CHARACTERS and _TAIL.match(rest))
    return names if ends and not rest.rstrip().endswith(".") else ()
