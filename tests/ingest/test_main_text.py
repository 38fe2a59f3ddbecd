"""What is kept of a page: its article with all its parts, whatever the page is built like."""

from __future__ import annotations

import pytest

from bot.ingest.extract.html.html import read_html
from bot.structure import Structure
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


BUTTON = '<button aria-expanded="false" aria-controls="a{n}">How is fee {n} paid?</button>'
PANELS = {  # ways in which a closed section looks, and the style of the page
    "an attribute": ('<div id="a{n}" hidden><p>{text}</p></div>', ""),
    "a class": ('<div id="a{n}" class="panel"><p>{text}</p></div>', ".panel{display:none}"),
    "no height": ('<div class="panel"><p>{text}</p></div>', ".panel{height:0;overflow:hidden}"),
    "a place of its own": ('<div><div id="a{n}" class="p"><p>{text}</p></div></div>', ".p{top:0}"),
    "being shown": ('<div id="a{n}"><p>{text}</p></div>', ""),
}


def questions(panel: str, style: str, button: str = BUTTON) -> str:
    """A page with a paragraph, and the others as answers of questions."""
    inner = "".join((button + panel).format(n=n, text=text) for n, text in enumerate(STORY))
    main = f"<main><h1>The harbour</h1><p>{LEDE}</p>{inner}</main>"
    return whole_page(main, f"<style>{style}</style>")


@pytest.mark.parametrize("button", [BUTTON, f"<h3>{BUTTON}</h3>", f"<h4><b>{BUTTON}</b></h4>"])
@pytest.mark.parametrize("panel", PANELS)
def test_a_button_that_opens_a_section_is_its_question(panel: str, button: str) -> None:
    document = read_html(questions(*PANELS[panel], button=button))
    assert document.notes == ()
    for n, text in enumerate(STORY):
        context = Structure(document.blocks).context_of(document.text.index(text, len(LEDE)))
        shown = [document.text[part.start : part.end] for part in context]
        assert f"How is fee {n} paid?" in shown


@pytest.mark.parametrize(
    "button",
    [
        BUTTON.replace("<button", '<button style="display:none"'),
        f'<div style="display:none">{BUTTON}</div>',
        BUTTON.replace("How is fee {n} paid?", ""),
        BUTTON.replace("<button", '<button style="color:#fff;background:#fff"'),
    ],
)
def test_a_button_that_nobody_sees_opens_nothing(button: str) -> None:
    document = read_html(questions(*PANELS["a class"], button=button))
    assert document.text.endswith(LEDE)
    assert any("hidden characters" in note for note in document.notes)


HIDDEN_BUTTON = BUTTON.replace("<button", '<button style="display:none"')


@pytest.mark.parametrize(
    ("button", "panel"),
    [
        (BUTTON.replace("How is fee {n} paid?", "<svg></svg>"), "being shown"),  # an arrow
        (HIDDEN_BUTTON, "being shown"),  # a phone's page has the button
        (HIDDEN_BUTTON + BUTTON, "an attribute"),
    ],
)
def test_a_button_that_nobody_sees_hides_nothing(button: str, panel: str) -> None:
    document = read_html(questions(*PANELS[panel], button=button))
    assert all(text in document.text for text in STORY)


def test_a_menu_behind_a_button_is_no_section() -> None:
    menu = f'<button aria-expanded="false" aria-controls="m">Menu</button><div id="m" hidden>{MENU}'
    text = read_html(whole_page(f"{menu}</div><article>{BODY}</article>")).text
    assert "Menu" not in text


@pytest.mark.parametrize("tag", ["script", "style"])
def test_a_notice_with_a_script_behind_a_button_is_no_section(tag: str) -> None:
    notice = f"<div id='s' hidden><{tag}>{'a' * 300}</{tag}><p>Link was copied.</p></div>"
    button = '<button aria-expanded="false" aria-controls="s">Share</button>'
    text = read_html(whole_page(f"<article>{BODY}{button}{notice}{BODY}</article>")).text
    assert "Share" not in text
    assert "Link was copied" not in text


def test_the_headings_of_kept_sections_are_kept_with_their_headers() -> None:
    sections = "".join(
        f'<li><header class="head"><h3>Part {n}</h3></header><div><ul><li>{text}</li></ul></div>'
        for n, text in enumerate(STORY)
    )
    text = read_html(whole_page(f"<article><h1>The harbour</h1>{BODY}<ul>{sections}</ul>")).text
    assert all(f"Part {n}" in text for n in range(len(STORY)))


def test_the_rest_of_a_page_builders_widgets_is_kept() -> None:
    box = '<section class="s"><div class="widget"><{tag}>{text}</{tag}></div></section>'
    short = ["Golden glow!", "They come in silver, too.", "Pier ring by Skerry"]
    parts = [("p", STORY[0]), ("h2", "Silver"), *(("p", text) for text in (STORY[1], *short))]
    main = "".join(box.format(tag=tag, text=text) for tag, text in parts)
    text = read_html(whole_page(f"<div>{main}</div>")).text
    assert all(part in text for _, part in parts)


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
