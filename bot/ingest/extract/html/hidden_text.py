"""Drops hidden text from a page's tree, and counts it.

Evaluates attributes, style attributes and the page's own style sheets as a browser would: text that
is not displayed, transparent, without size, clipped, off the screen, or in the colour of its
background. A closed ``<details>`` stays: a reader can open it. External style sheets are not
loaded; only the common frameworks' class names for hidden text are known, and a colour that no
style states is never taken for its background's. Scripts and styles stay in the tree (they hold the
page's metadata); they are never read as text.

What one rule hides is shown by scripts when it is an article that is most of the page, or all that
the page has: a page that fades in, that waits for a test of variants or for a framework. Such a
rule is not believed. A hidden paragraph beside a short text is no article, and stays hidden.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Hashable, Iterable, Iterator
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, NamedTuple

from bot.ingest.extract.colours import UNSEEN_ALPHA, WHITE, Colour, is_unseen, parse_colour
from bot.ingest.extract.html.blocks import BLOCKS
from bot.ingest.extract.html.box_visibility import FONT_PX, font_px, hiding_property
from bot.ingest.extract.html.hiding_attributes import hiding_attribute
from bot.ingest.extract.html.styles import CascadedStyle, Styles

UNSEEN_FONT_PX = 1.5
NOT_TEXT = frozenset(("script", "style", "head", "title"))
PAGE = ("html", "body")
MEDIA = frozenset(("object", "iframe", "audio", "video", "canvas"))  # shown, but not their text
NOT_SHOWN = MEDIA | frozenset(("template", "noscript", "noframes", "noembed", "datalist", "map"))
RESOLVED_ATTRIBUTES = (
    "style",
    "hidden",
    "aria-hidden",
)  # trafilatura would judge by them again, and worse
NOT_PROSE = frozenset(("a", "nav", "footer", "form", "dialog", "option", "button"))
BELIEVED_SHARE = 0.5  # of a page's prose: a rule that hides more may be undone by scripts
LITTLE_CHARACTERS = 400  # of prose: fewer are no article, only a notice or a short text
WAITED_FOR = 4  # times what a page shows, if that is little; 11 times on the pages of bench.pages
PARAGRAPHS = 2  # of an article; those pages have 4 and more
PARAGRAPH_CHARACTERS = 40  # a sentence
ROUNDS = 4  # each stops believing at least one rule; pages have one or two
# Menus, dialogs and tabs are often long, and are not displayed until somebody wants them.
ON_DEMAND = frozenset(("display", "hidden", "popover", "dialog", "class"))
ARTICLE_SIGNS = ("h1", "article", "main")
RAISABLE = frozenset(("span", "font", "small", "i", "em", "b", "strong", "cite", "a"))
RAISED_TAGS = {"super": "sup", "sub": "sub"}  # by their style

Cause = tuple[str, Hashable]  # the property or attribute that hides, and the rule that sets it


class HiddenText(NamedTuple):
    """``dropped`` characters were removed; ``believed`` is False if a rule that hid most of the
    page was not followed, ``tangled`` True if the style sheets took too long and were ignored.
    """

    dropped: int
    believed: bool = True
    tangled: bool = False


@dataclass(frozen=True)
class _TextStyle:
    """What an element's text inherits, and what caused it. ``colour`` is None where no style states
    it, ``paper``, the background, where it is unknown.
    """

    hidden_by: Cause | None = None
    font_px: float = FONT_PX
    font_by: Cause | None = None
    colour: Colour | None = None
    paper: Colour | None = WHITE
    colour_by: Cause | None = None

    @cached_property
    def unseen_by(self) -> Cause | None:
        """Why the text cannot be seen; None if it can."""
        if self.hidden_by:
            return self.hidden_by
        if self.font_px < UNSEEN_FONT_PX:
            return self.font_by
        if self.colour is None:
            return None
        unseen = (
            self.colour[3] < UNSEEN_ALPHA
            if self.paper is None
            else is_unseen(self.colour, self.paper)
        )
        return self.colour_by if unseen else None


class _Hidden(NamedTuple):
    """An element that is hidden with all that is in it, or only its own text."""

    element: Any
    cause: Cause
    whole: bool

    def elements(self) -> list[Any]:
        """The elements whose own text is hidden."""
        inside = self.element.iter() if self.whole else (self.element,)
        return [element for element in inside if element.tag not in NOT_TEXT]


def drop_hidden_text(tree: Any, *, scripted: bool = True) -> HiddenText:
    """Remove hidden text from the tree. ``scripted``: scripts may show what a rule hides."""
    for comment in [node for node in tree.iter() if not isinstance(node.tag, str)]:
        if comment.getparent() is not None:
            comment.drop_tree()
    _open_shadow_roots(tree)
    opened = _open_noscripts(tree)
    for element in [element for element in tree.iter(*NOT_SHOWN) if element is not tree]:
        if element.tag in MEDIA:
            _empty(element)
        elif element.getparent() is not None:
            element.drop_tree()
    judge = _Judge(tree)
    hidden = list(judge.hidden())
    for _ in range(ROUNDS if scripted else 0):
        implausible = judge.implausible(hidden)
        if not implausible:
            break
        judge.ignored |= implausible
        hidden = list(judge.hidden())
    dropped = sum(_drop(part) for part in hidden)
    for element, tag in judge.raised:
        element.tag = tag  # its style is taken off below
    for element in tree.iter():
        for decided in RESOLVED_ATTRIBUTES if element.attrib else ():
            element.attrib.pop(decided, None)
    return HiddenText(dropped, not (opened or judge.ignored), judge.tangled)


def _empty(element: Any) -> None:
    element.text = None
    for child in list(element):
        element.remove(child)


def _open_shadow_roots(tree: Any) -> None:
    """Declarative shadow roots are shown in place of their hosts' own children."""
    for template in [t for t in tree.iter("template") if t.get("shadowrootmode")]:
        template.tag = "div"
        template.attrib.clear()


def _open_noscripts(tree: Any) -> bool:
    """Show what is meant for readers without scripts, if the page shows hardly anything else."""
    hidden = [element for element in tree.iter(*NOT_SHOWN) if element is not tree]
    noscripts = [element for element in hidden if element.tag == "noscript"]
    for_them = [prose for element in noscripts for prose in _prose(element)]
    shown = _count(_prose(tree)) - sum(_count(_prose(element)) for element in hidden)
    is_wanted = _is_article(for_them) and _waits_for(_count(for_them), shown)
    for element in noscripts if is_wanted else ():
        element.tag = "div"
    return is_wanted


def _count(prose: Iterable[tuple[Any, int]]) -> int:
    return sum(characters for _, characters in prose)


def _is_article(prose: Iterable[tuple[Any, int]]) -> bool:
    """Whether hidden prose is more than a notice or a paragraph."""
    paragraphs: Counter[Any] = Counter()
    for element, characters in prose:
        around = (above for above in (element, *element.iterancestors()) if above.tag in BLOCKS)
        paragraphs[next(around, None)] += characters
    long = sum(characters >= PARAGRAPH_CHARACTERS for characters in paragraphs.values())
    return paragraphs.total() >= LITTLE_CHARACTERS and long >= PARAGRAPHS


def _waits_for(hidden: int, shown: int) -> bool:
    """Whether a page shows so few characters that hidden ones must be its article."""
    return shown < LITTLE_CHARACTERS and hidden >= WAITED_FOR * shown


class _Judge:
    """Tells which parts of a page are hidden, and by which rules. Changes nothing."""

    def __init__(self, tree: Any):
        self._tree = tree
        self._styles = Styles([sheet.text or "" for sheet in tree.iter("style")])
        self._prose = dict(_prose(tree))
        self._characters = sum(map(own_characters, tree.iter()))
        self.ignored: set[Cause] = set()
        self.raised: list[tuple[Any, str]] = []  # elements, and what their style makes of them

    @property
    def tangled(self) -> bool:
        """Whether the style sheets took too long, and were ignored."""
        return self._styles.too_complex

    def hidden(self) -> Iterator[_Hidden]:
        """The hidden parts, none within another that is hidden as a whole."""
        stack = [(self._styles.root(self._tree), _TextStyle())]
        while stack:
            styled, inherited = stack.pop()
            element = styled.etree_element
            if element.tag in NOT_TEXT:
                continue
            style = self._styles.declarations_for(styled)
            in_page = element.tag not in PAGE
            cause = self._box_hidden_by(element, style, inherited) if in_page else None
            if cause is not None:
                yield _Hidden(element, cause, True)
                continue
            text_style = inherited
            if style or element.attrib:
                text_style = self._inherit(element, style, inherited)
            if text_style.unseen_by:
                yield _Hidden(element, text_style.unseen_by, False)
            if element.tag in RAISABLE and style.get("vertical-align") in RAISED_TAGS:
                self.raised.append((element, RAISED_TAGS[style["vertical-align"]]))
            stack.extend((child, text_style) for child in reversed(styled.children()))

    def implausible(self, hidden: list[_Hidden]) -> set[Cause]:
        """The causes that hide an article that is most of the page, or all that the page has."""
        by_cause: dict[Cause, list[tuple[Any, int]]] = defaultdict(list)
        signs: set[Cause] = set()
        characters = 0
        for part in hidden:
            elements = part.elements()
            characters += sum(map(own_characters, elements))
            by_cause[part.cause] += [(e, self._prose[e]) for e in elements if e in self._prose]
            if part.whole and any(True for _ in part.element.iter(*ARTICLE_SIGNS)):
                signs.add(part.cause)
        if characters == self._characters and len(by_cause) == 1:
            return set(by_cause)
        shown = sum(self._prose.values()) - sum(map(_count, by_cause.values()))
        return {
            cause
            for cause, prose in by_cause.items()
            if self._is_most(prose)
            and (
                _waits_for(_count(prose), shown)
                or (shown >= LITTLE_CHARACTERS and (cause[0] not in ON_DEMAND or cause in signs))
            )
            and _is_article(prose)
        }

    def _is_most(self, prose: Iterable[tuple[Any, int]]) -> bool:
        return _count(prose) > BELIEVED_SHARE * sum(self._prose.values())

    def _box_hidden_by(
        self, element: Any, style: CascadedStyle, inherited: _TextStyle
    ) -> Cause | None:
        name = hiding_attribute(element, style)
        cause = (name, element.get("class") if name == "class" else "") if name else None
        if cause is None and style:
            name = hiding_property(style, inherited.font_px)
            cause = self._cause(element, style, name) if name else None
        return None if cause in self.ignored else cause

    def _cause(self, element: Any, style: CascadedStyle, *names: str) -> Cause:
        """The rule that sets one of these properties of an element; for its own style, the text."""
        name = next((name for name in names if name in style), None)
        return (name, style.origins[name]) if name else (names[0], element.tag)

    def _inherit(self, element: Any, style: CascadedStyle, inherited: _TextStyle) -> _TextStyle:
        text_style = inherited
        if "visibility" in style:
            cause = None
            if style["visibility"] in ("hidden", "collapse"):
                cause = self._cause(element, style, "visibility")
            text_style = replace(text_style, hidden_by=None if cause in self.ignored else cause)
        if "font-size" in style:
            text_style = self._inherit_font(element, style, text_style)
        return self._inherit_colours(element, style, text_style)

    def _inherit_font(
        self, element: Any, style: CascadedStyle, inherited: _TextStyle
    ) -> _TextStyle:
        size = font_px(style["font-size"], inherited.font_px)
        cause = self._cause(element, style, "font-size") if size < UNSEEN_FONT_PX else None
        if cause in self.ignored:
            return inherited
        return replace(inherited, font_px=size, font_by=cause)

    def _inherit_colours(
        self, element: Any, style: CascadedStyle, inherited: _TextStyle
    ) -> _TextStyle:
        ink = style.get("-webkit-text-fill-color") or style.get("color")
        if element.tag in ("font", "body"):
            ink = ink or (element.get("color") or element.get("text") or "").lower()
        colour = inherited.colour
        if ink and ink not in ("inherit", "currentcolor", "unset"):
            colour = parse_colour(ink)
        elif element.tag == "a" and "href" in element.attrib and not ink:
            colour = None
        paper = _background(element, style, inherited.paper)
        if (colour, paper) == (inherited.colour, inherited.paper):
            return inherited
        names = ("-webkit-text-fill-color", "color", "background-color")
        cause = self._cause(element, style, *names)
        return (
            inherited
            if cause in self.ignored
            else replace(inherited, colour=colour, paper=paper, colour_by=cause)
        )


def _prose(tree: Any) -> Iterator[tuple[Any, int]]:
    """Each element with the characters of its own text and its children's tails, if any; without
    links, menus, footers and forms.
    """
    stack = [tree]
    while stack:
        element = stack.pop()
        if element.tag in NOT_TEXT or element.tag in NOT_PROSE:
            continue
        characters = own_characters(element)
        if characters:
            yield element, characters
        stack.extend(element)


def own_characters(element: Any) -> int:
    """The characters of an element's own text and its children's tails, without spaces.

    Scripts, styles and what else is no text have none.
    """
    if element.tag in NOT_TEXT:
        return 0
    texts = (element.text, *(child.tail for child in element))
    return sum(len("".join(text.split())) for text in texts if text)


def _drop(part: _Hidden) -> int:
    """Remove a hidden part; the number of characters in it."""
    element = part.element
    if not part.whole or element.getparent() is None:
        dropped = own_characters(element)
        element.text = None
        for child in element:
            child.tail = " " if child.tail else None
        return dropped
    dropped = sum(map(own_characters, element.iter()))
    element.drop_tree()
    return dropped


def _background(element: Any, style: CascadedStyle, inherited: Colour | None) -> Colour | None:
    image = style.get("background-image", "")
    if "url(" in image or "gradient(" in image or "background" in element.attrib:
        return None
    value = style.get("background-color") or element.get("bgcolor", "").lower()
    if not value or value in ("none", "inherit", "initial", "unset", "0", "0 0"):
        return inherited
    paper = parse_colour(value)
    if paper is not None and paper[3] < UNSEEN_ALPHA:
        return inherited
    return paper if paper is not None and paper[3] == 1 else None
