"""Subtitles (.srt, .vtt) → what is said, in sentences, with the time at which each begins.

Times are the pages, in seconds. Cues are joined as their sentences run on; a pause or another
speaker begins a paragraph. Lines that a cue repeats from the one before it, as captions that roll
do, are read once. Formatting, positions, notes and styles are left out.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from html import unescape

from bot.errors import DamagedDocument
from bot.ingest.extract.document import Document, TextBuilder
from bot.ingest.extract.left_out import LeftOut
from bot.records import TextMarker
from bot.strings import _

PAUSE_S = 4.0  # longer silences separate paragraphs
PARAGRAPH_CHARACTERS = 1_000  # speech without pauses is parted at a sentence's end from here on
LONGEST_RUN_CHARACTERS = 600  # of captions without any full stop
CUE_TIMES = re.compile(
    r"^\s*(?:(\d{1,3}):)?(\d{1,2}):(\d{2})[,.](\d{1,3})\s*-->\s*"
    r"(?:(\d{1,3}):)?(\d{1,2}):(\d{2})[,.](\d{1,3})"
)
_TAG = re.compile(r"</?(?:[ibu]|font|ruby|rt|c|lang|v|\d\d:)[^<>]{0,200}>|\{\\[^{}]{0,100}\}", re.I)
_VOICE = re.compile(r"<v(?:\.[^\s>]*)?\s+([^<>]{1,80})>")
_NAME = re.compile(r"[^\W\d_][\w .'’-]{1,30}:\s")
_SPEAKER = re.compile(rf"(?:[-–—]\s*|>>\s*)(?=\S)|{_NAME.pattern}")
_NOTE = re.compile(r"(?:^|[\r\n]{2})NOTE(?=[ \t\r\n])")  # of WebVTT, for editors
_SENTENCE_END = re.compile(r"[.!?…。！？][\"'”’»)\]]*$")


@dataclass(frozen=True, slots=True)
class Cue:
    """What is shown from one time to another, in seconds."""

    start: float
    end: float
    lines: tuple[str, ...]


def read_subtitles(text: str) -> Document:
    """Reads subtitles. Raises DamagedDocument when there is no cue in them."""
    cues = list(_with_speakers_once(_without_repeats(_cues(text))))
    if not cues:
        raise DamagedDocument(
            _(
                "I found no timestamps in these subtitles, so nothing was stored. "
                "Save them as .srt or .vtt again, or paste the text."
            )
        )
    builder = TextBuilder()
    for paragraph in _paragraphs(cues):
        _add_paragraph(builder, paragraph)
    return Document(
        builder.text(),
        pages=tuple(builder.pages),
        blocks=builder.blocks,
        page_unit="second",
        notes=LeftOut(comment=len(_NOTE.findall(text))).notes(),
    )


def _cues(text: str) -> Iterator[Cue]:
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    at = 0
    while at < len(lines):
        times = CUE_TIMES.match(lines[at])
        at += 1
        if times is None:
            continue
        shown = []
        while at < len(lines) and lines[at].strip() and not CUE_TIMES.match(lines[at]):
            shown.append(lines[at])
            at += 1
        if at < len(lines) and CUE_TIMES.match(lines[at]) and shown and shown[-1].strip().isdigit():
            shown.pop()  # the next cue's number, where no blank line stands before it
        words = tuple(filter(None, map(_words, shown)))
        if words:
            yield Cue(_seconds(times.groups()[:4]), _seconds(times.groups()[4:]), words)


def _seconds(parts: tuple[str | None, ...]) -> float:
    hours, minutes, seconds, fraction = (part or "0" for part in parts)
    return int(hours) * 3_600 + int(minutes) * 60 + int(seconds) + float(f"0.{fraction}")


def _words(line: str) -> str:
    """The words of a line, without tags; a voice's name stands before what it says."""
    named = _VOICE.sub(lambda match: f"{match[1]}: ", line)
    return " ".join(unescape(_TAG.sub("", named)).split())


def _without_repeats(cues: Iterator[Cue]) -> Iterator[Cue]:
    """Cues without the lines that were still on the screen from the cue before."""
    before: tuple[str, ...] = ()
    end = 0.0
    for cue in cues:
        near = cue.start - end < PAUSE_S
        lines = tuple(line for line in cue.lines if not (near and line in before))
        before, end = cue.lines, cue.end
        if lines:
            yield Cue(cue.start, cue.end, lines)


def _with_speakers_once(cues: Iterator[Cue]) -> Iterator[Cue]:
    """Cues without the name of a speaker who goes on with a sentence: each cue may repeat it."""
    speaker, end = "", 0.0  # of the sentence that has not ended; dashes are no names
    for cue in cues:
        first, *others = cue.lines
        if speaker and first.startswith(speaker) and cue.start - end <= PAUSE_S:
            cue = replace(cue, lines=(first.removeprefix(speaker), *others))
        named = [match[0] for line in (first, *others) if (match := _NAME.match(line))]
        speaker = "" if _ends(cue) else named[-1] if named else speaker
        end = cue.end
        yield cue


def _paragraphs(cues: list[Cue]) -> Iterator[list[Cue]]:
    """Cues that belong together: no pause between them, and no other speaker."""
    paragraph: list[Cue] = []
    length = 0
    for cue in cues:
        turns = _SPEAKER.match(cue.lines[0]) is not None
        is_long = length > PARAGRAPH_CHARACTERS and _ends(paragraph[-1])
        is_endless = length > 5 * PARAGRAPH_CHARACTERS
        pauses = bool(paragraph) and cue.start - paragraph[-1].end > PAUSE_S
        if paragraph and (turns or pauses or is_long or is_endless):
            yield paragraph
            paragraph, length = [], 0
        paragraph.append(cue)
        length += sum(map(len, cue.lines))
    if paragraph:
        yield paragraph


def _ends(cue: Cue) -> bool:
    """Whether a sentence ends with a cue."""
    return _SENTENCE_END.search(cue.lines[-1]) is not None


def _add_paragraph(builder: TextBuilder, cues: list[Cue]) -> None:
    """The cues' words in one block; a mark stands where a sentence begins with a cue."""
    parts: list[str] = []
    marks: list[TextMarker] = []
    length = since = 0
    is_end = True
    for cue in cues:
        words = _joined(cue.lines)
        if is_end or since > LONGEST_RUN_CHARACTERS:
            if parts and not is_end:
                length += 1
                parts.append("\n")
            marks.append(TextMarker(length, str(int(cue.start))))
            since = 0
        parts.append(words + " ")
        length += len(words) + 1
        since += len(words)
        is_end = _SENTENCE_END.search(words) is not None
    builder.add("".join(parts), pages=marks)


def _joined(lines: tuple[str, ...]) -> str:
    """The lines of a cue in one, except that each speaker begins a new one."""
    text = lines[0]
    for line in lines[1:]:
        text += ("\n" if _SPEAKER.match(line) else " ") + line
    return text
