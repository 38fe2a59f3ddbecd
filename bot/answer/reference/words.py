"""The words that point to articles, in eight languages, folded.

Only words that every such line needs: what articles are called, their kinds, that somebody added
them, and places in a list. Names, titles, tags and topics come from the library itself.
"""

from __future__ import annotations

from functools import cache
from typing import Literal, get_args

import regex

from bot.text.folding import fold
from bot.text.lazy_pattern import lazy_pattern
from bot.text.periods import DAYS_BACK
from bot.text.quantities import OTHER_VALUES, SMALL


def folded(*lists: str) -> frozenset[str]:
    """The words of the lists, folded."""
    return frozenset(fold(word) for words in lists for word in words.split())


SINGULAR = folded(
    "article document doc paper report page text piece thing entry story study one post",
    "artikel dokument bericht seite beitrag studie ding",
    "artículo documento informe página texto estudio",
    "rapport étude papier celui celle",
    "artigo relatório estudo",
    "статья статью статье статьи документ отчёт текст",
    "interview entrevista entretien protokoll acta newsletter blog essay",
    "artcle aritcle artice",
)
PLURAL = folded(
    "articles documents docs papers reports pages texts pieces things entries stories studies ones",
    "interviews protokolle entrevistas entretiens actas newsletters essays",
    "posts dokumente berichte seiten beiträge studien artículos documentos informes páginas textos",
    "rapports études ceux celles artigos relatórios estudos статьи документы статей",
)
NUMBERED = folded(
    "article articles artikel artículo artículos artigo artigos статья статью статьи статье",
    "no nr num number nummer número numéro n numbers nummern números numéros",
)
# Elliptical heads, at the beginning: "el de los lobos", "celui sur le pain", "der von Sam".
ELLIPSIS = lazy_pattern(
    r"^\W*(?:(?P<one>el|la|o|a|celui|celle|der|das|den|the)|(?P<many>l[oae]s(?!\s+dos\b)|os|as|"
    r"ceux|celles|die|(?:the|die|l[oae]s|os) (?:two|three|zwei|drei|dos|tres|deux|trois|dois)))"
    r"\s+(?:d['’]|(?:de|del|d[eo]s?|das?|du|sur|von|vom|[uü]ber|mit|sobre|about|from|by|zu[mr]?)\s+)",
    regex.IGNORECASE,
)
ArticleKind = Literal[
    "web", "pdf", "docx", "doc", "odt", "rtf", "xlsx", "xls", "ods", "csv", "tsv", "pptx", "odp",
    "md", "markdown", "epub", "srt", "vtt", "eml", "msg"
]  # fmt: skip
"""A web page, or how a file's name ends, as far as a line can ask for it."""
KIND_OF_ENDING: dict[str, ArticleKind] = {kind: kind for kind in get_args(ArticleKind)}
KINDS: dict[str, frozenset[ArticleKind]] = {
    **dict.fromkeys(("pdf", "pdfs"), frozenset({"pdf"})),
    **dict.fromkeys(("word", "docx"), frozenset({"docx", "doc", "odt", "rtf"})),
    **dict.fromkeys(
        ("spreadsheet", "spreadsheets", "excel", "xlsx", "csv", "tabelle", "planilha", "tableur"),
        frozenset({"xlsx", "xls", "ods", "csv", "tsv"}),
    ),
    **dict.fromkeys(("slides", "presentation", "powerpoint", "folien"), frozenset({"pptx", "odp"})),
    "markdown": frozenset({"md", "markdown"}),
    **dict.fromkeys(("ebook", "epub"), frozenset({"epub"})),
    **dict.fromkeys(("website", "webpage", "link", "webseite", "url"), frozenset({"web"})),
    **dict.fromkeys(("video", "videos", "subtitles", "transcript"), frozenset({"srt", "vtt"})),
    **dict.fromkeys(("email", "mail", "mails"), frozenset({"eml", "msg"})),
}
PUBLISHED = folded(
    "published written wrote author writer veröffentlicht geschrieben autor autorin verfasst",
    "publicado autora escribió publié auteur autrice écrit escreveu автор написал написала",
)
ADDED = PUBLISHED | folded(
    "added add posted post shared share uploaded upload sent put gave submitted brought",
    "hinzugefügt gepostet geteilt hochgeladen geschickt eingestellt eingereicht",
    "añadió añadio agregó agrego subió subio publicó publico compartió compartio puso mandó mando",
    "ajouté posté partagé envoyé mis adicionou postou enviou compartilhou",
    "добавил добавила выложил выложила прислал прислала",
)
WHATEVER = folded(
    "everything all anything what whatever stuff alles was todo lo que tudo tout ce все всё"
)
ORDINALS: dict[str, int] = {
    **dict.fromkeys(folded("first 1st erste ersten erster erstes primero primera primer"), 1),
    **dict.fromkeys(folded("premier première primeiro primeira первый первая первую"), 1),
    **dict.fromkeys(folded("second 2nd zweite zweiten zweiter zweites segundo segunda"), 2),
    **dict.fromkeys(folded("deuxième seconde второй вторая вторую"), 2),
    **dict.fromkeys(folded("third 3rd dritte dritten dritter drittes tercero tercera tercer"), 3),
    **dict.fromkeys(folded("troisième terceiro terceira третий третья третью"), 3),
    **dict.fromkeys(folded("fourth 4th vierte vierten cuarto cuarta quatrième quarto quarta"), 4),
    **dict.fromkeys(folded("fifth 5th fünfte fünften quinto quinta cinquième пятая пятый"), 5),
    **dict.fromkeys(folded("last letzte letzten letzter letztes último última dernier"), -1),
    **dict.fromkeys(folded("dernière последний последняя последнюю ultima ultimo"), -1),
    **dict.fromkeys(folded("últimos últimas derniers dernières últimas"), -1),
    "penultimate": -2,
}
PENULTIMATE = lazy_pattern(
    r"\b(?:one before the (?:last|newest|latest)|last but one|avant[- ]derni[eè]re?|"
    r"(?:second|next)[- ](?:to[- ])?(?:last|newest|latest)|(?:vorletzt|zweitneuest)e[mnrs]?|"
    r"pen[uú]ltim[oa]|предпоследн\w+)\b",
    regex.IGNORECASE,
)
NEWEST = folded(
    "newest latest recent neueste neuesten neuester neuestes jüngste jüngsten reciente recientes",
    "nuevo récent récente recente novo новая новую новой свежая свежую newset lastest",
)
OLDEST = folded(
    "oldest earliest älteste ältesten ältester ältestes antiguo antigua viejo ancien ancienne",
    "vieux antigo antiga velho старая старую старой",
)
LONGEST = folded("longest längste längsten längster längstes largo larga long longue longo длинная")
BOTH = folded("both beide beiden ambos ambas обе оба")
NEWER, OLDER = (
    folded("newer later neuere neueren neuerer neueres neuerem jüngere jüngeren jüngerer"),
    folded("older earlier ältere älteren älterer älteres älterem"),
)
NUMBERS: dict[str, int] = {
    **{str(n): n for n in range(2, 6)},
    **{word: n for n, word in enumerate(SMALL[2:13], 2)},
    **{word: int(n) for values in OTHER_VALUES.values() for word, n in values.items()},
    **dict.fromkeys(folded("duas две"), 2),
}
RANGE = folded("to through till bis a à até до")
WHERE = folded("where wherein wo worin donde où onde где")
# Between an article and what somebody did with it, or what it is about.
RELATIVE = folded(
    "that which who what was has have had is up der die das den hat que qui quien ha a o está"
)
SENTENCES = folded("sentence sentences satz sätze sätzen frase frases phrase phrases")
BY = folded("by from von par por de d di от")
THIS = folded(
    "this that diese dieser dieses diesem diesen este esta esto ce cet cette ese isso эта"
)
ASKS_WHICH = folded("which welche welcher welches welchen cuál qué quel quelle qual quais какая")
OF = folded("of du de des del der dos das do von the из of's la del'")
ABOUT = folded(
    "about on with over regarding titled called über zu zum zur von vom mit sobre de del d sur du "
    "des da do dos о об про"
)
# They only say that something is to be summed up, shown or compared.
COMMANDS = folded(
    "summarise summarize summary sumarise sum up tldr tl dr gist give show me open compare please",
    "pls fasse fass zusammen zusammenfassen zusammenfassung zeig zeige öffne vergleiche mir bitte",
    "resume resumen resúmeme muestra compara abre dame por favor",
    "résume résumé résumer montre ouvre compare stp resuma resumo mostre",
    "whats what's in and und et y e и vs versus ever in sentences sätzen frases phrases ok hey the",
    "plus más mais самая самый самую os as do da that those them ones one",
)
RELATIVE_DAYS = (
    (DAYS_BACK[1], "yesterday"),
    (DAYS_BACK[0], "today"),
    (
        r"letzte[rn]? woche|la semana pasada|semaine derni[eè]re|semana passada|"
        r"(?:на )?прошлой неделе|先週|上周",
        "last week",
    ),
    (r"diese[rn]? woche|esta semana|cette semaine|на этой неделе|今週|这周", "this week"),
    (r"letzte[nr]? monat|mes pasado|mois dernier|m[eê]s passado", "last month"),
)
DAY_PATTERNS = tuple(
    (lazy_pattern(rf"(?<!\w)(?:{words})(?!\w)", regex.IGNORECASE), english)
    for words, english in RELATIVE_DAYS
)
UNSPACED_NUMBER = lazy_pattern(r"(?:第)?(\d+)\s?(?:番(?!目)|号)|(?:記事|文章|第)\s?(\d+)(?:篇)?")
UNSPACED_ORDINAL = lazy_pattern(r"(\d)\s?(?:番目|つ目)|第\s?([一二三四五])\s?(?:篇|个|個)?")
UNSPACED_NEWEST, UNSPACED_OLDEST = (
    lazy_pattern("最新|最近の"),
    lazy_pattern("最古|最旧|最早|一番古"),
)
UNSPACED_BOTH = lazy_pattern("両方|兩篇|两篇|二つとも")
CHINESE_DIGITS = "一二三四五"


@cache
def language_names() -> dict[str, str]:
    """Folded names of languages, in each of the eight, by code (ISO 639-1)."""
    from babel import Locale  # noqa: PLC0415 - takes 50 ms, and few lines need it

    names: dict[str, str] = {}
    for locale in ("en", "de", "es", "fr", "pt", "ru"):
        for code in ("en", "de", "es", "fr", "pt", "ru", "ja", "zh", "it", "nl", "pl"):
            name = Locale.parse(locale).languages[code]
            names[fold(str(name).lower())] = code
    return names


def language_of(word: str) -> str:
    """The code of the language that a folded word names ("deutschen"); else empty."""
    names = language_names()
    endings = (
        word,
        *(word[: -len(end)] for end in ("en", "er", "es", "e", "s") if word.endswith(end)),
    )
    return next((names[each] for each in endings if each in names), "")
