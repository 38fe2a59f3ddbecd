"""What is kept of a page: its article with all its parts, whatever the page is built like."""

from __future__ import annotations

import pytest

from bot.ingest.extract.html import read_html
from tests.ingest.sample_files import page, prose

STORY = prose(3)
BODY = "".join(f"<p>{paragraph}</p>" for paragraph in STORY)
MENU = "".join(f'<li><a href="/{n}">Menu item {n}</a></li>' for n in range(30))


def whole_page(main: str, head: str = "") -> str:
    return (
        f"<html><head><title>The harbour - The Daily</title>{head}</head><body>"
        f"<nav><ul>{MENU}</ul></nav>{main}<footer><p>Imprint of The Daily</p></footer>"
        "</body></html>"
    )


LEDE = (
    "After the storm of that winter nobody believed that boats would ever land here again, but the "
    "people of the town rebuilt the walls, the lights and the pier with their own hands."
)
KEPT = {  # a page, and what must be kept of it
    "a caption": (
        f"<article>{BODY}<figure><img><figcaption>Landings fell from 900 boats in 2019 to "
        f"610 boats in 2023.</figcaption></figure><p>{LEDE}</p></article>",
        ["Landings fell from 900 boats in 2019 to 610 boats in 2023."],
    ),
    "a list of links within the text": (
        f"<article>{BODY}<p>Two lights stand there:</p><ul><li><a href=/n>North light</a>, lit in "
        f"1874</li><li><a href=/s>South light</a>, lit in 1902</li></ul><p>{LEDE}</p></article>",
        ["North light, lit in 1874", "South light, lit in 1902"],
    ),
    "short paragraphs": (
        f"<article>{BODY}<p>It held.</p><p>{LEDE}</p><p>So it went.</p></article>",
        ["It held.", "So it went."],
    ),
    "a paragraph of marks": (
        f'<article>{BODY}<p>The light was built in 1874.<sup class="reference"><a href="#cite-3">'
        '[3]</a></sup> It is 41 m tall.<sup class="reference"><a href="#cite-4">[4]</a></sup></p>'
        "</article>",
        ["The light was built in 1874.[3] It is 41 m tall.[4]"],
    ),
    "a lede in a teaser": (
        f'<h1>The harbour</h1><div class="teaser-text"><p>{LEDE}</p></div>'
        f'<div class="share"><a href=/s>Share</a></div><article>{BODY}</article>',
        [LEDE],
    ),
    "a lede in the header": (
        f"<article><header><h1>The harbour</h1><p>{LEDE}</p></header><div>{BODY}</div></article>",
        [LEDE],
    ),
    "what a page builder calls widgets": (
        "".join(
            f'<div class="widget"><h2>Part {n}</h2>{paragraph}<p>So it went on, {n}.</p></div>'
            for n, paragraph in enumerate(BODY.replace("</p>", "</p>|").split("|")[:-1])
        ),
        ["Part 1", "So it went on, 0.", "So it went on, 1."],
    ),
    "a page called a sidebar": (
        f'<div class="page has-sidebar-right"><h1>The harbour</h1>{BODY}<h3>What is next</h3>'
        f"<p>{LEDE}</p></div>",
        ["What is next", LEDE],
    ),
    "a page in a form": (
        f'<form id="form1"><h1>The harbour</h1>{BODY}<h3>What is next</h3><p>{LEDE}</p></form>',
        ["What is next", LEDE],
    ),
}


@pytest.mark.parametrize(("main", "wanted"), KEPT.values(), ids=KEPT.keys())
def test_what_belongs_to_the_article_is_kept(main: str, wanted: list[str]) -> None:
    text = read_html(whole_page(main)).text
    assert [words for words in (*STORY, *wanted) if words not in text] == []
    assert "Menu item" not in text
    assert "Imprint" not in text


def test_a_plain_page_keeps_its_headings_lists_and_repeated_lines() -> None:
    items = "".join(
        f"<h2>Pier {n}</h2><p>Open all day.</p><ul><li>Berth {n}</li></ul>" for n in "123"
    )
    end = "<dl><dt>Master</dt><dd>Pier 3, upper floor</dd></dl>"
    text = read_html(f"<title>Piers</title><h1>Piers</h1><p>{STORY[0]}</p>{items}{end}").text
    for words in ("Pier 1", "Pier 2", "Pier 3", "- Berth 1", "- Berth 3", "Pier 3, upper floor"):
        assert words in text
    assert text.count("Open all day.") == 3


def test_a_teaser_is_not_stored_in_place_of_the_page() -> None:
    sections = "".join(f"<p>Section {n}. {prose(40)[n]}</p>" for n in range(30))
    teaser = f'<article class="teaser"><p>{"A short teaser about the pier. " * 8}</p></article>'
    text = read_html(whole_page(f'{teaser}<div class="page-body">{sections}</div>')).text
    assert "Section 0." in text
    assert "Section 29." in text


def test_a_gallery_that_repeats_a_caption_says_it_once() -> None:
    caption = "The new pier of the harbour on the day that it was opened, seen from the north."
    shot = f"<figure><img><figcaption>{caption}</figcaption></figure>"
    text = read_html(whole_page(f"<article>{BODY}{shot * 4}<p>{LEDE}</p></article>")).text
    assert text.count(caption) == 1


def test_a_caption_that_only_says_whose_picture_it_is_is_left_out() -> None:
    shot = "<figure><img><figcaption>Photo: Nora Feld</figcaption></figure>"
    text = read_html(whole_page(f"<article>{BODY}{shot}<p>{LEDE}</p></article>")).text
    assert "Nora Feld" not in text


def test_columns_are_no_posts_whose_titles_and_forms_are_bylines() -> None:
    aside = '<div class="author">Nora Feld</div><p>She writes about harbours and their people.</p>'
    form = '<p class="comment-form-author"><label>Your name</label><input></p>'
    header = '<header><h1>The harbour</h1><a>Next post</a><div class="date">4 May</div></header>'
    columns = (
        f'<div id="primary">{header}{BODY}<form>{form}</form></div><div id="about">{aside}</div>'
    )
    main = (
        f'<div class="column main">{header}<main>{BODY}</main></div>'
        f'<div class="column">{aside}</div>'
    )
    for body in (columns, main):
        text = read_html(whole_page(body)).text
        assert "Your name" not in text
        assert "Next post" not in text
        assert all(paragraph in text for paragraph in STORY)


def test_the_signs_of_a_menu_go_with_its_words() -> None:
    sign = '<a class="toggle"><span>&#9658;&#160;</span></a>'
    years = "".join(
        f'<li>{sign}<a href="/{year}">{year}</a> (4)</li>' for year in range(2010, 2019)
    )
    side = f"<div class='sidebar'><h2>Blog archive</h2><ul>{years}</ul></div>"
    text = read_html(whole_page(f"<div><h1>The harbour</h1>{BODY}</div>{side}")).text
    assert "\u25ba" not in text
    assert text.endswith(STORY[-1])


def test_the_reader_is_told_when_little_of_a_page_is_kept() -> None:
    comments = "".join(
        f'<div class="comment-body"><p>{paragraph}</p></div>' for paragraph in prose(40, "Reply")
    )
    main = f'<article>{BODY}</article><div id="comments">{comments}</div>'
    document = read_html(whole_page(main))
    assert STORY[0] in document.text
    assert any("% of the visible words were kept" in note for note in document.notes)
    assert read_html(page(BODY)).notes == ()
