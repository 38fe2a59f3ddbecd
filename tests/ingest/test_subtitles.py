"""Subtitles: sentences across cues, the times at which they begin, nothing of the format."""

from __future__ import annotations

from itertools import pairwise

import pytest

from bot.errors import DamagedDocument
from bot.ingest.chunk import split_passages
from bot.ingest.extract.document import Document
from bot.ingest.extract.extract import extract

SRT = """1
00:00:05,000 --> 00:00:07,500
<i>The pier was built in</i>

2
00:00:07,600 --> 00:00:09,000
{\\an8}1911, wrote Olaf Brandt.

3
00:01:20,000 --> 00:01:22,000
It stood for sixty years.
"""


def read(text: str, name: str = "talk.srt") -> Document:
    return extract(text.encode(), name)


def test_a_sentence_runs_over_its_cues_and_begins_at_a_time() -> None:
    document = read(SRT)
    assert document.text == (
        "The pier was built in 1911, wrote Olaf Brandt.\n\nIt stood for sixty years."
    )
    passages = split_passages(document.text, len, pages=document.pages)
    times = [sentence.page for passage in passages for sentence in passage.sentences]
    assert times == [5, 80]
    assert document.page_unit == "second"
    assert document.title == "talk"


def test_subtitles_are_known_by_their_bytes() -> None:
    assert read(SRT, "a.txt").page_unit == "second"
    assert read("WEBVTT\n\n00:05.000 --> 00:07.000\nWords.", "a").page_unit == "second"


def test_vtt_without_its_notes_styles_and_settings() -> None:
    document = read(
        "WEBVTT - a talk\nKind: captions\n\nNOTE Not read.\n\nSTYLE\n::cue { color: red }\n\n"
        "intro\n00:00:01.000 --> 00:00:03.000 align:start position:0%\n"
        "<v Olaf Brandt>The pier &amp; its <c.yellow>lights</c> are new.</v>\n\n"
        "00:00:03.500 --> 00:00:05.000\n<v Nora Feld>All <00:00:04.000>of them?\n",
        "talk.vtt",
    )
    assert document.text == (
        "Olaf Brandt: The pier & its lights are new.\n\nNora Feld: All of them?"
    )


def test_lines_that_captions_roll_up_are_read_once() -> None:
    document = read(
        "1\n00:00:01,000 --> 00:00:02,000\nthe pier is\n\n"
        "2\n00:00:02,000 --> 00:00:03,000\nthe pier is\nforty metres\n\n"
        "3\n00:00:03,000 --> 00:00:04,000\nforty metres\nlong.\n"
    )
    assert document.text == "the pier is forty metres long."


def test_a_line_that_is_said_again_later_is_read_again() -> None:
    document = read(
        "1\n00:00:01,000 --> 00:00:02,000\nNo.\n\n2\n00:00:30,000 --> 00:00:31,000\nNo.\n"
    )
    assert document.text == "No.\n\nNo."


def test_each_speaker_of_a_cue_has_a_line() -> None:
    document = read("1\n00:00:01,000 --> 00:00:02,000\n- Is it new?\n- It is.\n")
    assert document.text == "- Is it new?\n- It is."


def test_captions_without_any_stop_have_times_now_and_then() -> None:
    cues = "\n".join(
        f"{n}\n00:{n // 60:02}:{n % 60:02},000 --> 00:{n // 60:02}:{n % 60:02},900\n"
        f"words of the talk number {n}\n"
        for n in range(1, 200)
    )
    marks = [int(mark.value) for mark in read(cues).pages]
    assert marks[0] == 1
    assert all(later - earlier < 40 for earlier, later in pairwise(marks))


@pytest.mark.parametrize("text", ["1\n2\n3\n", "WEBVTT\n\nNOTE nothing\n"])
def test_subtitles_without_any_time_are_refused(text: str) -> None:
    with pytest.raises(DamagedDocument, match="no times"):
        read(text)


def test_times_in_a_text_are_no_subtitles() -> None:
    text = "From 00:01:00,000 --> 00:02:00,000 nobody speaks."
    assert read(text, "a.txt").text == text


def test_hours_of_speech_without_a_pause_are_parted_at_sentences() -> None:
    cues = "\n".join(
        f"{n}\n{n // 3600:02}:{n // 60 % 60:02}:{n % 60:02},000 --> "
        f"{n // 3600:02}:{n // 60 % 60:02}:{n % 60:02},900\nThis is sentence number {n}.\n"
        for n in range(9_000)
    )
    document = read(cues)
    assert len(document.pages) == 9_000
    assert all(block.end - block.start < 2_000 for block in document.blocks)


def test_a_speaker_who_goes_on_with_a_sentence_is_named_once() -> None:
    text = (
        "WEBVTT\n\n00:01.000 --> 00:04.000\n<v Nora>Good morning, and welcome\n\n"
        "00:04.500 --> 00:06.000\n<v Nora>to the harbour meeting.\n\n"
        "00:07.000 --> 00:09.000\n<v Nora>It is late.\n\n00:09.500 --> 00:10.000\n<v Tom>Yes\n"
    )
    assert extract(text.encode(), "a.vtt").text == (
        "Nora: Good morning, and welcome to the harbour meeting.\n\nNora: It is late.\n\nTom: Yes"
    )


def test_dashes_are_different_speakers() -> None:
    cue = "{0}\n00:00:0{0},000 --> 00:00:0{0},900\n- {1}\n"
    text = "\n".join(cue.format(n, words) for n, words in ((1, "Is it late, or"), (2, "It is.")))
    assert extract(text.encode(), "a.srt").text == "- Is it late, or\n\n- It is."
