"""Markdown's words without its signs: headings, lists, tables, footnotes, front matter."""

from __future__ import annotations

import pytest

from bot.ingest.extract.markdown import read_markdown
from tests.steps import growth

TEXT = """---
title: "The harbour: a history"
author:
  - Ann Lee
  - "Bo Ek"
date: 2021-03-04T10:00:00Z
lang: en
---
# The *harbour*

It was built[^1] in `1883`, says [the chronicle](https://x.example/y). The *pier*
collapsed later[^second].

- one
- **two**
  - three

| Year | Ships |
| ---- | ----: |
| 1883 | 12    |

```python
if x < 3:
    pass
```

> Quoted words.

## Notes

[^1]: Slowly.
[^second]: In a storm
"""


def test_markdown_keeps_its_words_and_loses_its_signs() -> None:
    document = read_markdown(TEXT)
    assert document.text == (
        "The harbour\n\nIt was built[1] in 1883, says the chronicle. The pier collapsed "
        "later[second].\n- one\n- two\n- three\n\nYear | Ships\n1883 | 12\n\n"
        "if x < 3:\n    pass\n\nQuoted words.\n\nNotes\n\n[1] Slowly.\n\n[second] In a storm"
    )
    assert [mark.value for mark in document.headings] == ["The harbour", "Notes"]
    for mark in document.headings:
        assert document.text[mark.start :].startswith(mark.value)


def test_front_matter_is_where_the_text_comes_from() -> None:
    document = read_markdown(TEXT)
    assert document.title == "The harbour: a history"
    assert document.author == "Ann Lee, Bo Ek"
    assert document.published == "2021-03-04"
    assert document.language == "en"


def test_toml_front_matter_and_lists_in_brackets_are_read() -> None:
    document = read_markdown('+++\ntitle = "A"\nauthors = ["B", "C"]\n+++\nWords.')
    assert (document.title, document.author, document.text) == ("A", "B, C", "Words.")


def test_what_a_file_says_of_itself_holds_nothing_that_is_not_seen() -> None:
    document = read_markdown(
        "---\ntitle: A\u3164 plan\u2060\nauthor: Ann\u202e Lee\u1160\n---\nWords."
    )
    assert (document.title, document.author) == ("A plan", "Ann Lee")


def test_the_first_heading_is_the_title_without_front_matter() -> None:
    assert read_markdown("Words first.\n\nThe title\n=========\n\nMore.").title == "The title"


def test_front_matter_is_never_interpreted() -> None:
    bomb = "a: &a [x,x]\n" + "".join(f"b{i}: [*a,*a,*a]\n" for i in range(99))
    document = read_markdown(f"---\n{bomb}title: *a\nauthor: !!python/object x\n---\nWords.")
    assert (document.title, document.author, document.text) == ("", None, "Words.")


def test_a_line_of_dashes_is_not_front_matter() -> None:
    assert read_markdown("Words.\n\n---\n\nMore: words.").text == "Words.\n\nMore: words."


def test_what_html_hides_in_markdown_is_dropped_and_counted() -> None:
    document = read_markdown('Seen. <span style="display:none">Not seen.</span><!-- nor this -->')
    assert document.text == "Seen."
    assert document.notes == ("Left out: 1 comment.", "8 hidden characters were left out.")


@pytest.mark.parametrize(
    "text", ["[" * 200_000, "*a **b " * 200_000, "> " * 50_000, "|a" * 200_000, "a *b* " * 500_000]
)
def test_no_markdown_takes_for_ever(text: str) -> None:
    read_markdown(text)


@pytest.mark.parametrize("piece", ["[", "*a **b ", "> ", "|a", "a *b* ", "- a\n", "a: b\n"])
def test_markdown_takes_linear_time(piece: str) -> None:
    assert growth(lambda size: read_markdown(piece * size), 100) < 6


def test_markdown_too_large_to_understand_is_read_as_text_and_says_so() -> None:
    document = read_markdown("a *b* " * 500_000)
    assert document.text.startswith("a *b* a *b*")
    assert "read as plain text" in document.notes[0]
