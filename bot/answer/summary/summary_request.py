"""What a request for a summary says beside that: how many sentences, and whether it names anything.

That it is one is told by ``speech_act``, and which articles it means by ``reference``. Pure.
"""

from __future__ import annotations

from dataclasses import dataclass

import regex

from bot.answer.reference import words as w
from bot.answer.reference.pointer import WORD, LineToken
from bot.text.lazy_pattern import lazy_pattern
from bot.text.scripts import UNSPACED

MAX_SENTENCES = 30
# They only say that something is to be summed up.
SUMMARY_WORDS = w.COMMANDS | w.folded(
    "main key important most points point ideas takeaways message overview recap brief short quick",
    "nutshell page web text pdf article it its this that these about please say could would",
    "hauptpunkte wichtigsten punkte kernaussagen kurz kurze worum geht gib mal bitte artikel",
    "puntos principales clave ideas trata breve corto haz hazme esto artículo",
    "pontos principais breve faça isso artigo trata sobre",
    "points clés principaux essentiel bref court fais parle traite quoi article",
    "кратко коротко краткое содержание резюме перескажи подытожь изложи основные тезисы мысли",
    "статья статью статьи эта эту это чем пожалуйста",
)
NUMBER_WORDS = {
    word: n
    for n, words in enumerate(
        (
            "one ein einem einen un une uno una um uma одном одно 一",
            "two zwei deux dos dois duas двух два 二 两 2つ",
            "three drei trois tres três трёх трех три 三",
            "four vier quatre cuatro quatro четырёх четырех 四",
            "five fünf cinq cinco пяти пять 五",
            "six sechs seis шести 六",
            "seven sieben sept siete sete семи 七",
            "eight acht huit ocho oito восьми 八",
            "nine neun neuf nueve nove девяти 九",
            "ten zehn dix diez dez десяти 十",
        ),
        1,
    )
    for word in words.split()
}
_COUNT = rf"(?P<n>\d{{1,2}}|{'|'.join(sorted(NUMBER_WORDS, key=len, reverse=True))})"
LENGTH = lazy_pattern(
    r"[\s,]*(?:(?:in|en|em|mit|with|с|в|用)\s+)?"
    rf"(?:at most |max\.? |höchstens |au plus |como máximo )?{_COUNT}\s*(?:short |kurzen )?"
    r"(?:sentences?|lines?|points?|sätzen?|satz|phrases?|frases?|"
    r"oraciones|oración|предложени\w+|пункт\w*|文|句话?)(?:で|以内で)?",
    regex.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class SummaryOrder:
    """Which articles to sum up, in this order, and in how many sentences; None: as many as usual.

    Of several articles, that many for each.
    """

    article_ids: tuple[int, ...]
    sentences: int | None = None


def read_length(text: str) -> tuple[str, int | None]:
    """The request without the number of sentences that it asks for, and that number."""
    text = " ".join(text.split())
    length = LENGTH.search(text)
    if length is None:
        return text, None
    return f"{text[: length.start()]} {text[length.end() :]}".strip(), _number(length["n"])


def names_something(text: str) -> bool:
    """Whether a request says what is to be summed up, in words that are more than a request.

    Unknown of Chinese and Japanese, which write no spaces: False.
    """
    if UNSPACED.search(text):
        return False
    tokens = [LineToken(match[0], match.start(), match.end()) for match in WORD.finditer(text)]
    return any(not token.is_plain and token.word not in SUMMARY_WORDS for token in tokens)


def _number(text: str) -> int:
    number = int(text) if text.isdecimal() else NUMBER_WORDS[text.lower()]
    return max(1, min(number, MAX_SENTENCES))
