"""Which text of a page is its article.

trafilatura reads the page twice, once favouring precision. Its precise reading is taken unless that
loses much of the other. What it chose is then found in the page itself, so that headings, lists,
tables and captions stay what they are; and what it lost within the article is added: the lede
between the title and the first paragraph, and all that stands beside what is kept and is neither
chrome nor mostly links. Knows nothing of what is hidden.
"""

from __future__ import annotations

import copy
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence, Set
from dataclasses import dataclass, field
from typing import Any

from lxml import etree

from bot.ingest.extract.html.blocks import HEADINGS
from bot.ingest.extract.html.hidden_text import MEDIA
from bot.ingest.extract.html.posts import Posts
from bot.ingest.extract.html.text_blocks import (
    ANCHOR_CHARACTERS,
    PageBlock,
    find_blocks,
    squeeze,
    text_blocks,
)

# trafilatura was measured at 30 to 70 µs an element, and at 23 s for a table of 2.7 MB.
ARTICLE_ELEMENTS = 40_000
MAIN_SHARE = 0.5  # of a page's characters: a <main> or <article> with as much is its main part
BOILERPLATE = ("nav", "aside", "footer", "form", "header")
# Tuned with bench.pages on the development half: .5 and .6 score best on both sets together.
PRECISE_SHARE = 0.6
LEDE_BLOCKS = 25  # between title and first paragraph: picture, authors, sharing, contents
LEDE_CHARACTERS = 130  # letters and digits; subtitles, names and dates have fewer
TITLE_CHARACTERS = 10  # letters and digits; shorter headings are names of sections
# Never a lede: they belong to galleries and boxes.
NO_LEDE = frozenset(("li", "figcaption", "td", "th", "dd"))
LONG_CHARACTERS = 40  # a paragraph of at least this many says where the article is
CHROME = frozenset(
    ("nav", "aside", "footer", "form", "header", "button", "fieldset", "label", "dialog")
)
CHROME_ROLES = frozenset(
    (
        *("navigation", "complementary", "contentinfo", "search", "banner", "menu", "menubar"),
        *("dialog", "toolbar", "tablist"),
    )
)
CREDIT_SIGNS = ("©", ":", "/", "：")  # Photo: Nora Feld / Skerry Press
BYLINE_LEVELS = 5  # from a name's text up to its byline
SECTION_HEADINGS = HEADINGS | {"summary"}
FLOW = HEADINGS | frozenset(("p", "li", "dt", "dd", "blockquote", "pre", "td", "th", "figcaption"))
# Elements that only group others: what stands in them stands beside the group's neighbours.
GROUPS = frozenset(
    (
        *("ul", "ol", "li", "dl", "table", "thead", "tbody", "tfoot", "tr", "td", "th"),
        *("figure", "blockquote", "details"),
    )
)


@dataclass
class MainText:
    """The blocks of a page, and those of its article."""

    blocks: list[PageBlock]
    title: str = ""  # the page's, squeezed
    chosen: set[PageBlock] = field(default_factory=set)

    def add(self, blocks: Set[PageBlock]) -> None:
        """Keep these, too, but no text twice: galleries repeat their captions."""
        texts = {block.text for block in self.chosen}
        for block in self.blocks:
            if block in blocks and (block.text not in texts or len(block.text) < LONG_CHARACTERS):
                self.chosen.add(block)
                texts.add(block.text)

    def keep_within(self, elements: Iterable[Any]) -> None:
        """Keep all that stands in these elements, too."""
        inside = {inner for element in elements for inner in element.iter()}
        self.chosen.update(block for block in self.blocks if _element_of(block) in inside)

    def share(self) -> float:
        """How much of the page's text is kept, without links: menus are long."""
        visible = sum(len(block.text) - block.linked for block in self.blocks)
        chosen = sum(len(block.text) - block.linked for block in self.chosen)
        return chosen / visible if visible else 1.0

    def elements(self) -> Iterator[Any]:
        """The elements of the smallest part that holds all kept text, not beside other text."""
        homes = [block.home for block in self.blocks if block in self.chosen]
        if not homes:
            return
        around_last = {*homes[-1].iterancestors()}
        part = next((outer for outer in homes[0].iterancestors() if outer in around_last), homes[0])
        others = _with_ancestors(block.home for block in self.blocks) - _with_ancestors(homes)
        for element in part.iter():
            if not any(outer in others for outer in element.iterancestors()):
                yield element

    def prune(self) -> None:
        """Remove everything else from the tree."""
        for block in self.blocks:
            if block not in self.chosen:
                block.blank()


def find_main_text(tree: Any) -> MainText:
    """The article of a page; the whole main part of a page that has none."""
    main = MainText(text_blocks(tree), squeeze(tree.findtext(".//title") or ""))
    chrome = _Chrome(tree, main.blocks)
    main.chosen = find_blocks(_plausible(main.blocks, chrome), _best_reading(tree))
    if main.chosen:
        chrome.spare(main.chosen)
        main.add({*_lede(main, chrome), *_gaps(main, chrome)})
        main.add(set(_end(main, chrome)))
        main.add(set(_captions_and_bylines(main, tree)))
    else:
        main.keep_within((main_part(tree),))
    return main


def _plausible(blocks: Iterable[PageBlock], chrome: _Chrome) -> list[PageBlock]:
    """Without the chrome's short texts: breadcrumbs and menus repeat titles and headings."""
    return [
        block
        for block in blocks
        if len(block.text) >= ANCHOR_CHARACTERS or not chrome.includes(_element_of(block))
    ]


def is_large(tree: Any) -> bool:
    """Whether looking for the article would take too long."""
    return sum(1 for _ in tree.iter()) > ARTICLE_ELEMENTS


def main_part(tree: Any) -> Any:
    """The <main> or <article> with at least half of the text; else the body, without chrome."""
    body = tree.find("body") if tree.find("body") is not None else tree
    whole = _length(body)
    for main in (*body.iter("main"), *body.iter("article")):
        if _length(main) >= MAIN_SHARE * whole:
            return main
    chrome = [element for element in body.iter(*BOILERPLATE) if element.getparent() is not None]
    if sum(_length(element) for element in chrome) < (1 - MAIN_SHARE) * whole:
        for element in chrome:
            element.drop_tree()
    return body


def _length(element: Any) -> int:
    return sum(map(len, element.itertext()))


def _best_reading(tree: Any) -> str:
    """The squeezed text that trafilatura takes for the article."""
    precise, usual = _reading(tree, precise=True), _reading(tree, precise=False)
    return precise if len(precise) >= PRECISE_SHARE * len(usual) else usual


def _reading(tree: Any, *, precise: bool) -> str:
    import trafilatura  # noqa: PLC0415 - 0.3 s to load

    text_only = copy.deepcopy(tree)
    etree.strip_elements(text_only, *MEDIA, with_tail=False)
    extracted: Any = trafilatura.bare_extraction(
        text_only,
        include_comments=False,
        include_tables=True,
        with_metadata=False,
        favor_precision=precise,
    )
    if extracted is None or extracted.body is None:
        return ""
    return squeeze("".join(extracted.body.itertext()))


class _Chrome:
    """Tells what belongs to the site rather than to the article.

    An element that holds half of the page's text never does: sites name whole pages "sidebar-right"
    or "widget", and wrap them in forms.
    """

    def __init__(self, tree: Any, blocks: Sequence[PageBlock]):
        from trafilatura import xpaths  # noqa: PLC0415 - 0.3 s to load

        large = _large_elements(blocks)
        patterns = (*xpaths.OVERALL_DISCARD_XPATH, *xpaths.REMOVE_COMMENTS_AND_LISTS_XPATH)
        self._discarded = _matching(tree, patterns) - large
        self._discarded |= {element for element in tree.iter(*CHROME) if element not in large}
        self._discarded |= {
            element
            for element in tree.iter()
            if element.get("role", "") in CHROME_ROLES and element not in large
        }
        self._teasers = _matching(tree, xpaths.TEASER_DISCARD_XPATH)
        self._cached: dict[tuple[Any, bool], bool] = {}

    def spare(self, chosen: Iterable[PageBlock]) -> None:
        """What holds paragraphs of the article is no chrome, nor what is called the same."""
        homes = (block.home for block in chosen if len(block.text) >= LONG_CHARACTERS)
        spared = self._discarded & _with_ancestors(homes)
        looks = {_look(element) for element in spared if element.get("class")}
        self._discarded -= spared
        self._discarded -= {element for element in self._discarded if _look(element) in looks}
        self._cached.clear()

    def includes(self, element: Any, *, in_lede: bool = False) -> bool:
        """Whether an element or one around it is chrome. Ledes stand in headers and "teasers"."""
        path = []
        while element is not None and (element, in_lede) not in self._cached:
            path.append(element)
            element = element.getparent()
        is_chrome = element is not None and self._cached[element, in_lede]
        for inner in reversed(path):
            is_chrome = is_chrome or self._is_chrome(inner, in_lede)
            self._cached[inner, in_lede] = is_chrome
        return is_chrome

    def _is_chrome(self, element: Any, in_lede: bool) -> bool:
        if in_lede and element.tag == "header":
            return False
        return element in self._discarded or (not in_lede and element in self._teasers)


def _matching(tree: Any, patterns: Iterable[Any]) -> set[Any]:
    return {element for pattern in patterns for element in pattern(tree)}


def _large_elements(blocks: Sequence[PageBlock]) -> set[Any]:
    """The elements that hold at least half of the page's text."""
    letters: Counter[Any] = Counter()
    for block in blocks:
        for element in (block.home, *block.home.iterancestors()):
            letters[element] += len(block.text)
    half = sum(len(block.text) for block in blocks) * MAIN_SHARE
    return {element for element, count in letters.items() if count >= half}


def _lede(main: MainText, chrome: _Chrome) -> Iterator[PageBlock]:
    """The long blocks between the last title and the first kept paragraph after it."""
    paragraphs = (index for index, block in enumerate(main.blocks) if _is_paragraph(main, block))
    first = next(paragraphs, 0)
    before = main.blocks[max(0, first - LEDE_BLOCKS) : first]
    titles = [index for index, block in enumerate(before) if _is_title(block, main.title)]
    for block in before[titles[-1] + 1 :] if titles else ():
        is_long = len(block.text) >= LEDE_CHARACTERS and not block.is_linked
        if (
            is_long
            and block.home.tag not in NO_LEDE
            and not chrome.includes(_element_of(block), in_lede=True)
        ):
            yield block


def _is_paragraph(main: MainText, block: PageBlock) -> bool:
    return (
        block in main.chosen
        and len(block.text) >= LONG_CHARACTERS
        and block.home.tag not in HEADINGS
    )


def _is_title(block: PageBlock, title: str) -> bool:
    """Whether a block is an h1, or another heading that the page's title contains."""
    if block.home.tag == "h1" or any(True for _ in block.home.iterancestors("h1")):
        return True
    is_heading = block.home.tag in HEADINGS and len(block.text) >= TITLE_CHARACTERS
    return is_heading and block.text in title


def _is_prose(block: PageBlock, chrome: _Chrome) -> bool:
    is_chrome = chrome.includes(_element_of(block)) or _is_credit(block)
    return not block.is_linked and not is_chrome


def _element_of(block: PageBlock) -> Any:
    element, is_tail = block.nodes[0]
    return element.getparent() if is_tail else element


def _gaps(main: MainText, chrome: _Chrome) -> Iterator[PageBlock]:
    """What stands between kept blocks, beside one of them; and the headings of what is kept."""
    places = [index for index, block in enumerate(main.blocks) if block in main.chosen]
    containers = _containers(main.chosen)
    is_next_kept = True
    for block in reversed(main.blocks[places[0] : places[-1]]):
        if block in main.chosen:
            is_next_kept = True
            continue
        if block.home.tag in SECTION_HEADINGS:
            is_next_kept = is_next_kept and _is_heading_of_text(block, chrome)
        else:
            around = _nearest_non_group_ancestor(block.home)
            beside = block.home in containers or around in containers
            is_next_kept = beside and _is_prose(block, chrome)
        if is_next_kept:
            yield block


def _is_heading_of_text(block: PageBlock, chrome: _Chrome) -> bool:
    """Whether a heading above kept text belongs to it: sections have headers, too, and a heading
    may be the button that opens its section.
    """
    return not block.is_linked and not chrome.includes(block.home, in_lede=True)


def _end(main: MainText, chrome: _Chrome) -> Iterator[PageBlock]:
    """The paragraphs, lists and tables that follow the last kept block directly beside it, or in
    the same kind of place: page builders wrap each in its own; with the headings between them.
    """
    last = max(index for index, block in enumerate(main.blocks) if block in main.chosen)
    around = _nearest_non_group_ancestor(main.blocks[last].home)
    place = _place(main.blocks[last].home)
    headings: list[PageBlock] = []
    for block in main.blocks[last + 1 :]:
        if block.home.tag in SECTION_HEADINGS and _is_heading_of_text(block, chrome):
            headings.append(block)
            continue
        is_beside = block.home.tag in FLOW and _nearest_non_group_ancestor(block.home) is around
        if not (is_beside or _place(block.home) == place) or not _is_prose(block, chrome):
            return
        yield from (*headings, block)
        headings = []


def _place(home: Any) -> list[tuple[str, str]]:
    """What an element and those around it are, by their tags and first classes."""
    return [_look(element) for element in (home, *home.iterancestors())]


def _look(element: Any) -> tuple[str, str]:
    return element.tag, next(iter(element.get("class", "").split()), "")


def _captions_and_bylines(main: MainText, tree: Any) -> Iterator[PageBlock]:
    """Captions and post bylines whose table, figure or post has kept text."""
    bylines = Posts(tree).bylines
    around = _with_ancestors(block.home for block in main.chosen)
    for block in main.blocks:
        if block not in main.chosen and _owner(block, bylines) in around and not _is_credit(block):
            yield block


def _with_ancestors(elements: Iterable[Any]) -> set[Any]:
    """The elements and all around them."""
    result: set[Any] = set()
    for element in elements:
        while element is not None and element not in result:
            result.add(element)
            element = element.getparent()
    return result


def _is_credit(block: PageBlock) -> bool:
    """Whether a caption only says whose picture it is."""
    if block.home.tag != "figcaption" or len(block.text) >= LONG_CHARACTERS:
        return False
    return any(sign in "".join(block.home.itertext()) for sign in CREDIT_SIGNS)


def _owner(block: PageBlock, bylines: dict[Any, Any]) -> Any:
    """What a caption or a byline belongs to: a table, the surroundings of a figure, a post."""
    if block.home.tag == "caption":
        return block.home.getparent()
    if block.home.tag == "figcaption":
        return _nearest_non_group_ancestor(block.home)
    element = _element_of(block)
    for _ in range(BYLINE_LEVELS):
        if element is None or element in bylines:
            return bylines.get(element)
        element = element.getparent()
    return None


def _containers(chosen: Set[PageBlock]) -> set[Any]:
    """The elements that hold long kept blocks, and those around these."""
    homes = {block.home for block in chosen if len(block.text) >= LONG_CHARACTERS}
    return (
        homes
        | {_nearest_non_group_ancestor(home) for home in homes}
        | {home.getparent() for home in homes}
    )


def _nearest_non_group_ancestor(home: Any) -> Any:
    """The nearest ancestor that isn't a grouping element (list, table, figure)."""
    parent = home.getparent()
    while parent is not None and parent.tag in GROUPS:
        parent = parent.getparent()
    return parent
