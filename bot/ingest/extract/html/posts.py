"""Finds the posts of a page (replies, comments, a live blog's entries) and their bylines.

A post is one of several siblings that look alike, each of which names who wrote it or when. The
names that pages give to such elements are a convention of the web in any language.
"""

from __future__ import annotations

import re
from collections import defaultdict
from typing import Any

BYLINE_CLASS = re.compile(
    r"(?:^|[-_])(?:author|user|username|byline|poster|nick|nickname|commenter|handle|timestamp|time"
    r"|date|datetime|posted|published)(?:$|[-_])"
)
BYLINE_PROPERTIES = frozenset(("author", "creator", "datePublished", "dateCreated"))
BYLINE_CHARACTERS = 100
LEVELS = 8  # from a name up to its post
CONTENT_CHARACTERS = 15  # that a post says beside its byline
BYLINE_BLOCKS = ("address", "div", "footer", "header", "p", "h3", "h4", "h5", "h6", "dt", "li")
TITLES = ("h1", "h2")  # of articles and posts; names may stand in smaller headings
POST_TAGS = frozenset(("article", "blockquote", "div", "li", "section", "p"))


class Posts:
    """The posts under an element, and the elements that hold their bylines."""

    def __init__(self, root: Any):
        self.posts: set[Any] = set()
        self.bylines: dict[Any, Any] = {}  # each with its post
        names = [element for element in root.iter() if _is_name(element)]
        alike: dict[tuple[Any, ...], set[Any]] = defaultdict(set)
        for name in names:
            for ancestor in _ancestors(name):
                alike[_look(ancestor)].add(ancestor)
        for name in names:
            post = _post(name, alike)
            if post is not None:
                self.posts.add(post)
                self.bylines[_byline(name, post)] = post


def _is_name(element: Any) -> bool:
    """Whether an element says who wrote something, or when."""
    attributes = element.attrib
    if element.tag != "time" and not attributes:
        return False
    named = (
        element.tag == "time"
        or attributes.get("rel") == "author"
        or not BYLINE_PROPERTIES.isdisjoint(attributes.get("itemprop", "").split())
        or any(BYLINE_CLASS.search(word) for word in attributes.get("class", "").lower().split())
    )
    return named and 0 < _length(element, BYLINE_CHARACTERS + 1) <= BYLINE_CHARACTERS


def _length(element: Any, enough: int) -> int:
    """The characters of an element's text, counted up to ``enough``."""
    length = 0
    for text in element.itertext():
        length += len(text.strip())
        if length >= enough:
            break
    return length


def _ancestors(name: Any) -> list[Any]:
    ancestors = []
    for level, ancestor in enumerate(name.iterancestors()):
        if level == LEVELS or ancestor.tag in ("body", "html", "main", "td", "th"):
            break
        if ancestor.tag in POST_TAGS and ancestor.getparent() is not None:
            ancestors.append(ancestor)
    return ancestors


def _look(element: Any) -> tuple[Any, ...]:
    """What elements have in common that look alike and stand beside each other.

    Without a class their ids tell: "post-7" and "post-8" look alike, "primary" and "secondary" not.
    """
    first_class = element.get("class", "").split()[:1]
    name = first_class or re.split(r"\d", element.get("id", ""))[:1]
    return element.getparent(), element.tag, *name


def _post(name: Any, alike: dict[tuple[Any, ...], set[Any]]) -> Any:
    """The innermost element around a name that has others like it beside it; None if none has."""
    enough = _length(name, BYLINE_CHARACTERS) + CONTENT_CHARACTERS
    for ancestor in _ancestors(name):
        if len(alike[_look(ancestor)]) > 1 and _length(ancestor, enough) >= enough:
            return ancestor
    return None


def _byline(name: Any, post: Any) -> Any:
    """The block around a name, if that says little else and has no title; else the name itself."""
    byline = name
    for ancestor in name.iterancestors():
        if ancestor is post or _length(ancestor, BYLINE_CHARACTERS + 1) > BYLINE_CHARACTERS:
            break
        if any(True for _ in ancestor.iter(*TITLES)):
            break
        if ancestor.tag in BYLINE_BLOCKS:
            byline = ancestor
    return byline
