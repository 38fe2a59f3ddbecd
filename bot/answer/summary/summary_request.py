"""Recognizes a request for a summary: "tl;dr", "summarise article 5 in two sentences".

A request must be all that the question says. Patterns in eight languages; the name of the article
stands at the end, before the length. A question that names none ("sum it up") is about the articles
that it was asked within. Pure functions, except for finding the articles.
"""

# ruff: noqa: E501 - a pattern reads best in one piece
from __future__ import annotations

from dataclasses import dataclass

import regex

from bot.answer.catalog.article_lookup import find_article
from bot.answer.context import AskContext

MAX_CHARACTERS = 200
MAX_SENTENCES = 30
POLITE = regex.compile(r"\b(?:please|bitte|por favor|пожалуйста|mal|kurz)\b", regex.IGNORECASE)
# Says only which article is meant by where the question is asked.
POINTING = regex.compile(
    r"(?:this|that|the|dies\w*|de[rnm]|das|die|cet|ce|cette|l[ea']?|l'|este|est[ae]|el|la|o|a|эт\w+)?"
    r"\s*(?:it|article|text|one|page|document|artikel|texte?|artículo|texto|artigo|documento|"
    r"стать[яюией]+|記事|これ|この記事|文章|这篇文章|本文)?",
    regex.IGNORECASE,
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
LENGTH = regex.compile(
    rf"[\s,]*(?:(?:in|en|em|mit|with|с|в|用)\s+)?(?:at most |max\.? |höchstens |au plus |como máximo )?"
    rf"{_COUNT}\s*(?:short |kurzen )?(?:sentences?|lines?|points?|sätzen?|satz|phrases?|frases?|"
    r"oraciones|oración|предложени\w+|пункт\w*|文|句话?)(?:で|以内で)?",
    regex.IGNORECASE,
)
_PLEASE = (
    r"(?:(?:please|bitte|por favor|s'il (?:te|vous) pla[iî]t|пожалуйста|请)[,\s]*)?"
    r"(?:(?:can|could|would|will) you |kannst du |könntest du |peux-tu |pouvez-vous |puedes |"
    r"podrías |você pode |pode )?(?:please |bitte |por favor )?"
)
_NAME = r"(?P<name>.*?)"
_FORMS = (
    rf"(?:give (?:me |us )?)?(?:a |the )?(?:short |brief |quick )?(?:summary|summaries|tl;?dr|gist)"
    rf"(?: (?:of|for))?\s*{_NAME}",
    r"what(?:'s| is) (?:a |the )?(?:summary|tl;?dr|gist)(?: of (?P<name>.+?)|(?P<name>))",
    rf"(?:summari[sz]e|sum up|sum (?=it|this|that|them)|recap){_NAME}(?: up)?",
    rf"(?:what (?:are|is|were) )?(?:the )?(?:main|key|most important) (?:points?|ideas?|message|"
    rf"takeaways?)(?: (?:of|in|from))?\s*{_NAME}",
    r"what(?:'s| is|s) (?P<name>(?:this|that|the|article|#|\").*|it) about",
    r"what does (?P<name>(?:this|that|the|article|#|\").*|it) say(?: in (?:short|brief))?",
    rf"(?:fasse?|fass)\s+{_NAME}\s*zusammen",
    rf"(?:eine? )?(?:kurze )?zusammenfassung(?: (?:von|vom|des|der|zu))?\s*{_NAME}",
    rf"(?:was sind )?(?:die )?(?:wichtigsten|zentralen) (?:punkte|aussagen)(?: (?:von|vom|des|der|aus|in))?\s*{_NAME}",
    r"worum geht(?: es|'s)(?: (?:in|im|bei))?(?P<name>.*?)",
    rf"résume[rz]?(?:-(?:le|la|moi))?\s*{_NAME}",
    rf"(?:un |le )?résumé(?: (?:de|du|des))?\s*{_NAME}",
    rf"(?:quels sont )?les points (?:principaux|clés)(?: (?:de|du|des))?\s*{_NAME}",
    r"de quoi (?:parle|traite|s'agit-il dans)(?:-t-il)?\s*(?P<name>.*?)",
    rf"resum[ea]n?(?:me|ir)?\s*{_NAME}",
    rf"(?:un |el |um |o )?(?:resumen|resumo)(?: (?:de|del|do|da|dos|das))?\s*{_NAME}",
    rf"resuma\s*{_NAME}",
    rf"(?:cuáles son |quais são )?(?:los|os) (?:puntos|pontos) (?:principales|clave|principais)(?: (?:de|del|do|da))?\s*{_NAME}",
    r"(?:de qué trata|do que trata|sobre o que é)\s*(?P<name>.*?)",
    rf"(?:перескажи|подытожь|суммируй|резюмируй)(?:те)?\s*(?:кратко\s*)?{_NAME}",
    rf"(?:краткое )?(?:содержание|резюме)\s*{_NAME}",
    r"о ч[её]м\s*(?P<name>.*?)",
    r"(?P<name>.*?)(?:を|の)?(?:要約(?:して(?:ください)?)?|まとめ(?:て(?:ください)?)?|要点(?:は(?:何ですか)?)?)",
    rf"(?:总结(?:一下)?|概括(?:一下)?|摘要)[::]?\s*{_NAME}",
    r"(?P<name>.*?)(?:的)?(?:要点|摘要|总结)(?:是什么)?",
)
PATTERNS = tuple(
    regex.compile(rf"[¿¡\s]*{_PLEASE}{form}[\s.!?？。]*", regex.IGNORECASE) for form in _FORMS
)


@dataclass(frozen=True, slots=True)
class SummaryOrder:
    """Which articles to sum up, in this order, and in how many sentences; None: as many as usual.

    Of several articles, that many for each.
    """

    article_ids: tuple[int, ...]
    sentences: int | None = None


@dataclass(frozen=True, slots=True)
class SummaryRequest:
    """``name``: of the article, "" for the one at hand. ``sentences``: how many are asked for."""

    name: str
    sentences: int | None = None

    async def find_articles(self, context: AskContext) -> list[int]:
        """The ids of the articles meant; none if none is named that the scope shows."""
        article = None
        if self.name:
            article = await find_article(self.name, context, by_content=False)
        return [article.id] if article else sorted(context.article_filter.articles or ())


def match_summary_request(question: str) -> SummaryRequest | None:
    """The request; None if the question asks for something else."""
    if len(question) > MAX_CHARACTERS:
        return None
    question = " ".join(question.split())
    length = LENGTH.search(question)
    if length:
        question = f"{question[: length.start()]} {question[length.end() :]}".strip()
    for pattern in PATTERNS:
        if match := pattern.fullmatch(question):
            name = POLITE.sub(" ", match["name"]).strip(" ,;:?？!.。\"'“”„«»")
            name = "" if POINTING.fullmatch(name) else name
            return SummaryRequest(name, _number(length["n"]) if length else None)
    return None


def _number(text: str) -> int:
    number = int(text) if text.isdecimal() else NUMBER_WORDS[text.lower()]
    return max(1, min(number, MAX_SENTENCES))
