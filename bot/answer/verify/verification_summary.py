"""Say in words how an answer's sentences were checked."""

from __future__ import annotations

from bot.records import Answer

LANGUAGES = {  # names of the languages that are detected
    "ar": "Arabic",
    "de": "German",
    "el": "Greek",
    "en": "English",
    "es": "Spanish",
    "fr": "French",
    "he": "Hebrew",
    "hi": "Hindi",
    "it": "Italian",
    "ja": "Japanese",
    "ko": "Korean",
    "nl": "Dutch",
    "pt": "Portuguese",
    "ru": "Russian",
    "th": "Thai",
    "zh": "Chinese",
}


def checked_words(answer: Answer) -> str:
    """ "4 sentences, each checked against its source", without a full stop."""
    cited = len(answer.cited_sentences)
    rest = cited - answer.supported_count
    if not rest:
        return (
            "1 sentence, checked against its source"
            if cited == 1
            else f"{cited} sentences, each checked against its source"
        )
    languages = {s.source_language for s in answer.cited_sentences if s.checked == "other_language"}
    language = languages.pop() if len(languages) == 1 else ""
    named = LANGUAGES.get(language, "another language")
    sources = "its source is" if rest == 1 else "their sources are"
    return f"{answer.supported_count} of {cited} checked; {rest} not: {sources} in {named}"
