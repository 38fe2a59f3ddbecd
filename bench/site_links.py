"""Keeps the links of the site inside it: what leads to the checkout's other files becomes text.

A hook of mkdocs (see mkdocs.yml). In the checkout itself these links work.
"""

from __future__ import annotations

import posixpath
import re
from typing import Any

LINK = re.compile(r"\[([^\]]*)\]\(((?:\.\./)+[^)]*)\)")


def on_page_markdown(markdown: str, page: Any, **_others: Any) -> str:
    folder = posixpath.dirname(page.file.src_uri)

    def without_escape(link: re.Match[str]) -> str:
        target = posixpath.normpath(posixpath.join(folder, link[2]))
        return link[1] if target.startswith("..") else link[0]

    return LINK.sub(without_escape, markdown)
