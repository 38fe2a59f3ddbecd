"""Posts that were saved as paragraphs know who wrote them: forums, chats, logs, in any language."""

from __future__ import annotations

import pytest

from bot.ingest.extract.extract import extract
from bot.structure import Structure
from tests.ingest.sample_files import page

THREAD = [
    ("gullwing · 3 May 2026, 18:12", "It won't start when warm."),
    ("Rike · 3 May 2026, 21:03", "Open the vent of the tank."),
    ("gullwing · 5 May 2026, 07:55", "The vent is open."),
]


def context(text: str, words: str, name: str = "a.md") -> list[str]:
    """What the sentence with these words is to be read with."""
    document = extract(text.encode(), name)
    ranges = Structure(document.blocks).context_of(document.text.index(words))
    return [document.text[part.start : part.end] for part in ranges]


def thread(posts: list[tuple[str, str]], sign: str = "{}") -> str:
    return "\n\n".join(f"{sign.format(byline)}\n\n{said}" for byline, said in posts)


def test_a_post_knows_who_wrote_it_and_when() -> None:
    text = thread(THREAD)
    assert context(text, "Open the vent") == ["Rike · 3 May 2026, 21:03"]
    assert context(text, "The vent is") == ["gullwing · 5 May 2026, 07:55"]


@pytest.mark.parametrize("name", ["a.md", "a.txt"])
@pytest.mark.parametrize(
    ("asking", "replying"),
    [
        ("Лена — 3 мая 2026, 18:12", "Олег — 4 мая 2026, 9:30"),
        ("2026-05-03 18:12 lena_k", "2026-05-04 09:30 olaf"),
        ("Lena K. am 3. Mai 2026 um 18:12 Uhr", "Olaf am 4. Mai 2026 um 9.30 Uhr"),
        ("田中 2026年5月3日 18:12", "佐藤 2026年5月4日 9:30"),
    ],
)
def test_names_and_days_are_known_in_any_language(asking: str, replying: str, name: str) -> None:
    posts = [(asking, "One."), (replying, "Two."), (asking, "Three.")]
    assert context(thread(posts), "Two.", name) == [replying]


def test_a_page_without_marked_names_and_markdown_in_bold_are_read_alike() -> None:
    assert context(thread(THREAD, "**{}**").replace("**.", "**"), "The vent is")[-1].startswith("g")
    html = "".join(f"<div><p>{byline}</p><p>{said}</p></div>" for byline, said in THREAD)
    assert "Rike · 3 May 2026, 21:03" in context(page(html), "Open the vent", "a.html")


@pytest.mark.parametrize(
    "posts",
    [
        THREAD[:2],  # too few
        [*THREAD[:2], ("Tom · 5 May 2026, 07:55", "The vent is open.")],  # nobody comes again
        [(f"{byline}.", said) for byline, said in THREAD],  # sentences
        [(byline, "8 May 2026, Tom") for byline, _ in THREAD],  # nothing stands between them
        [(f"It was posted by our {byline}", said) for byline, said in THREAD],  # no name
    ],
)
def test_other_lines_with_a_day_are_no_bylines(posts: list[tuple[str, str]]) -> None:
    text = thread(posts)
    assert context(text, posts[-1][1]) == []
    document = extract(text.encode(), "a.md")
    assert all(block.kind == "paragraph" for block in document.blocks)


def test_a_heading_ends_a_post() -> None:
    text = f"{thread(THREAD)}\n\n## House rules\n\nBe kind."
    assert context(text, "Be kind") == ["House rules"]
