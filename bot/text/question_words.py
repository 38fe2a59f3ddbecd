"""The question words of several languages, by what they ask for.

Knows nothing of the rest of a question.
"""

from __future__ import annotations

import regex

from bot.text.folding import fold
from bot.text.lazy_pattern import lazy_pattern

# By language, as alternatives of a pattern.
PERSON = {
    **{"en": "who|whom|whose", "de": "wer|wen|wem|wessen", "es": "quién|quiénes", "fr": "qui"},
    **{"it": "chi", "pt": "quem", "ru": "кто|кого|кому"},
}
TIME = {
    **{"en": "when", "de": "wann", "es": "cuándo", "fr": "quand", "it": "quando", "pt": "quando"},
    "ru": "когда",
}
PLACE = {
    **{"en": "where", "de": "wo|wohin|woher", "es": "dónde|adónde", "fr": "où", "it": "dove"},
    **{"pt": "onde|aonde", "ru": "где|куда|откуда"},
}
REASON = {
    **{"en": "why", "de": "warum|weshalb|wieso", "es": "por qué", "fr": "pourquoi"},
    **{"it": "perché", "pt": "por que", "ru": "почему|зачем"},
}
OTHERS = {
    "en": "what|which|how|by whom",
    "de": "was|wie(?:viele?)?|welche[rsmn]?|wor(?:an|auf|aus|in|über|um)|"
    "wo(?:bei|durch|für|mit|von|vor|zu)",
    "es": "qué|cómo|cuáles|cuál|cuánt[oa]s?",
    "fr": "que|quoi|comment|combien|quel(?:le)?s?",
    "it": "quale|quali|quant[oaie]",
    "pt": "qual|quais|quant[oa]s?|(?:de|em|com|para) que",
    "ru": "что|как|сколько|как(?:ой|ая|ое|ие)",
}
# They also join clauses ("the bridge that …"), so they ask only as the first word.
ALSO_RELATIVE = frozenset({"qui", "quem", "onde", "aonde"})
# Chinese question words and particles: removed, or they would form bigrams with real words.
CHINESE_QUESTION_WORDS = lazy_pattern(
    "是?谁|什么时候|为什么|什么|怎么样?|何时|哪一?[里儿个些位年]|多少|几[个位名座岁月号日]|"
    "多[长高远深重快久大]|[吗呢吧的了是在有和与被把从要会可以]"
)
_TABLES = (PERSON, TIME, PLACE, REASON, OTHERS)
_ALTERNATIVES = ("|".join(table[code] for table in _TABLES) for code in OTHERS)
QUESTION_WORDS = tuple("|".join(dict.fromkeys([each, fold(each)])) for each in _ALTERNATIVES)
"""One pattern a language, since "was" is a question word only in German."""
_ANY = lazy_pattern("|".join(QUESTION_WORDS))


def asking_pattern(table: dict[str, str], *others: str, unspaced: str = "") -> regex.Pattern[str]:
    """The words of the table or ``others`` in a question.

    ``unspaced``: those of scripts without spaces.
    """
    words = [word for words in table.values() for word in words.split("|")]
    anywhere = [*others, *(word for word in words if word not in ALSO_RELATIVE)]
    return whole_words(*anywhere, first="|".join(words), unspaced=unspaced)


def whole_words(*patterns: str, first: str = "", unspaced: str = "") -> regex.Pattern[str]:
    """Match whole words in any case, without their accents only as the ``first`` of a text.

    In Spanish "cuándo" asks and "cuando" joins clauses.
    """
    spaced = "|".join(patterns)
    plain = "|".join(filter(None, (first, fold(spaced))))
    parts = [rf"\b(?:{spaced})\b", rf"^\W*(?:{plain})\b" if plain != spaced else "", unspaced]
    return lazy_pattern("|".join(filter(None, parts)), regex.IGNORECASE)


def is_question_word(word: str) -> bool:
    """Whether a word of ``split_words`` asks something, in any of the languages."""
    return _ANY.fullmatch(word) is not None
