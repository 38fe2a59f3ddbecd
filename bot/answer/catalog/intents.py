"""Recognizes questions about the library itself, by a closed set of patterns.

"How many articles on bees?", "what is newest?", "who gave us the heat pump study?", "list all that
mention Gdynia", "what do we have on otters?", "compare the ferry article with the one on bees".
English first, with some patterns in German and Spanish. A pattern must match the whole question, and
must name articles as such where a question about the world could read the same. Pure functions.
"""

# ruff: noqa: E501 - a pattern reads best in one piece
from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

import regex

from bot.text.lazy_pattern import lazy_pattern


class IntentKind(StrEnum):
    """What the question asks of the library."""

    COUNT = "count"
    LIST = "list"
    NEWEST = "newest"
    OLDEST = "oldest"
    LONGEST = "longest"
    UNASKED = "unasked"  # those that no answer cites
    WHO_ADDED = "who_added"  # who added one article
    TOP_CONTRIBUTORS = "top_contributors"  # who added how many
    COMPARE = "compare"


@dataclass(frozen=True, slots=True)
class Intent:
    """A question about the library: which articles, by ``about``, ``mentions`` or ``origin``.

    ``origin`` is an author, submitter, site or time. ``names_articles``: it asks for articles as
    such, so "none" is an answer; otherwise, without a match, the articles' text is searched.
    """

    kind: IntentKind
    language: str = "en"
    about: str = ""
    mentions: str = ""
    origin: str = ""
    names_articles: bool = True
    sides: tuple[str, str] | None = None  # to compare
    described: str = ""  # how free words narrow the articles, if they were narrowed before


MAX_CHARACTERS = 300  # longer questions match no pattern
# Words for any article in the library: "how many papers", "list all sources".
ARTICLE_NOUNS = r"(?:articles?|documents?|papers?|sources?|texts?|pieces?|entries|files?)"
# Words that show that a phrase in any of the languages means an article: "the heat pump study".
DOCUMENT_TYPES = (
    r"(?:articles?|documents?|papers?|texts?|pieces?|files?|pdfs?|reports?|story|study|interview|"
    r"post|essay|blog|talk|artikel|text|bericht|studie|artículo|texto|informe)"
)
LIBRARY = r"(?:in|of) (?:the|our|this|your) (?:library|collection|catalogue)"
HERE = rf"(?:(?: (?:{LIBRARY}|here|in total|in all|altogether|so far|now|overall))*)"
HAVE = (
    r"(?:do (?:we|you) have|have (?:we|you)(?: got)?|are there|are|there are|exist|"
    r"does (?:the|our|this) library (?:have|hold|contain)|(?:have been|were|was) (?:added|handed in))"
)
TOPIC = (
    r"(?: (?:about|on|regarding|concerning|covering|dealing with|that are about) (?P<about>.+?))?"
)
SAYING = (
    r"(?:mention|mentions|mentioning|contain|contains|containing|name|names|cite|cites|citing|quote|"
    r"refer to|refers to|talk about|talks about|speak of|speaks of)"
)
BY = r"(?: (?:written |published |handed in |added )?(?:by|from|since) (?P<origin>.+?))?"
SHOW = r"(?:please )?(?:(?:list|show|give|find|name|tell)(?: me| us)?)"
GAVE = (
    r"(?:gave(?: us)?|added|handed in|submitted|uploaded|posted|shared|contributed|"
    r"brought(?: us| in)?|sent(?: us| in)?|put in)"
)
SIDE_BY_SIDE = (
    r"(?: (?:on|regarding|in terms of|with regard to|with respect to|as to|about) (?P<about>.+?))?"
)

# Unless the question says "compare", both sides have to be named as articles.
ARTICLE = rf"(?:[^?]*\b{DOCUMENT_TYPES}\b[^?]*?|(?:article )?#?\d+|[\"“«][^\"”»]+[\"”»])"
ONE, OTHER = rf"(?P<one>{ARTICLE})", rf"(?P<other>{ARTICLE})"

ENGLISH = {
    IntentKind.COUNT: (
        rf"how many {ARTICLE_NOUNS}(?: {HAVE})?{HERE}{TOPIC}{BY}{HERE}",
        rf"how many {ARTICLE_NOUNS}(?: (?:that|which|do))? {SAYING} (?P<mentions>.+?){HERE}",
        r"how (?:big|large) is (?:the|our|this|your) library",
    ),
    IntentKind.NEWEST: (
        rf"(?:what(?:'s| is| are)|which (?:is|are)|{SHOW}) (?:the |our )?"
        rf"(?:newest|latest|most recent)(?: {ARTICLE_NOUNS}| additions?){HERE}{TOPIC}{BY}{HERE}",
        rf"(?:the )?(?:newest|latest|most recent) (?:{ARTICLE_NOUNS}|additions?){HERE}{TOPIC}{HERE}",
        rf"what(?:'s| is) (?:the )?(?:new|newest|latest){HERE}",
        rf"what (?:was|has been|is) (?:newly |recently |last )?(?:added|handed in)"
        rf"(?: (?:last|recently|lately|most recently))?{HERE}",
    ),
    IntentKind.OLDEST: (
        rf"(?:what(?:'s| is| are)|which (?:is|are)|{SHOW}) (?:the |our )?"
        rf"(?:oldest|earliest|first) {ARTICLE_NOUNS}{HERE}{TOPIC}{HERE}",
    ),
    IntentKind.TOP_CONTRIBUTORS: (
        rf"who (?:has )?{GAVE} (?:the )?most(?: {ARTICLE_NOUNS})?{HERE}",
        rf"who (?:has )?{GAVE} (?:{ARTICLE_NOUNS}|how many {ARTICLE_NOUNS}|something|anything){HERE}",
        rf"who (?:are|were) (?:the|our) (?:submitters|contributors){HERE}",
    ),
    IntentKind.WHO_ADDED: (
        rf"who (?:has )?{GAVE} (?P<about>.*\b{DOCUMENT_TYPES}\b.*|[\"“«].+[\"”»])",
        rf"who (?:was|were) (?P<about>.*\b{DOCUMENT_TYPES}\b.*?) (?:added|handed in|submitted|shared) by",
        rf"(?:whom|who) (?:do|did) we (?:owe|have|get) (?P<about>.*\b{DOCUMENT_TYPES}\b.*?)(?: to| from)?",
    ),
    IntentKind.LIST: (
        rf"{SHOW} (?:(?:all|every|each|any)(?: (?:the|of the|our))?(?: {ARTICLE_NOUNS}| ones| of them)?|"
        rf"(?:the |our )?{ARTICLE_NOUNS})(?: (?:that|which|where))? {SAYING} (?P<mentions>.+?){HERE}",
        rf"{SHOW} (?:all |every )?mentions? of (?P<mentions>.+?){HERE}",
        rf"(?:which|what)(?: of (?:the|our))? {ARTICLE_NOUNS} (?:do |does )?{SAYING} (?P<mentions>.+?){HERE}",
        rf"(?:which|what)(?: of (?:the|our))? {ARTICLE_NOUNS}(?: (?:{HAVE}|is))?{HERE} "
        rf"(?:about|on|regarding|concerning|deal(?:s|ing)? with|cover(?:s|ing)?|discuss(?:es)?) "
        rf"(?P<about>.+?){HERE}",
        rf"(?:which|what) {ARTICLE_NOUNS} {HAVE}{HERE}{BY}",
        rf"{SHOW} (?:(?:all|every)(?: (?:the|of the|our))? )?(?:the |our )?{ARTICLE_NOUNS}{HERE}{TOPIC}{BY}{HERE}",
        r"what(?:'s| is) (?:in )?(?:the|our|this|your) library(?: about)?",
        rf"(?:what|which) (?:topics|subjects|themes) (?:are|does (?:the|our|this|your) library) "
        rf"(?:covered|cover|there){HERE}",
        r"what (?:can|could|may|should) (?:i|we) ask(?: you)?(?: about)?(?: here)?",
        rf"(?P<unsure>what (?:do|does) (?:we|you|the library|our library) (?:have|hold)"
        rf" (?:on|about) (?P<about>.+?)){HERE}",
        rf"(?P<unsure>(?:do|does|have) (?:we|you|the library|our library) (?:have |got )?"
        rf"(?:anything|something|any {ARTICLE_NOUNS}|an? {ARTICLE_NOUNS}) (?:on|about|by|from) (?P<about>.+?)){HERE}",
        rf"(?P<unsure>(?:(?:list|show|give|find)(?: me| us)? (?:everything|all)|anything) "
        rf"(?:(?:we|you) have )?(?:on|about) (?P<about>.+?)){HERE}",
        rf"is there (?:anything|something|an? {ARTICLE_NOUNS}|any {ARTICLE_NOUNS}) (?:on|about) (?P<about>.+?)"
        rf" (?:{LIBRARY}|here)",
        rf"are there (?:any )?{ARTICLE_NOUNS} (?:on|about) (?P<about>.+?){HERE}",
    ),
    IntentKind.COMPARE: (
        rf"(?:please )?compare (?P<one>.+?) (?:with|to|and|against|versus|vs\.?) (?P<other>.+?)"
        rf"{SIDE_BY_SIDE}",
        rf"how (?:do|does) {ONE} and {OTHER} (?:differ|compare){SIDE_BY_SIDE}",
        rf"how does {ONE} (?:differ from|compare (?:to|with)) {OTHER}{SIDE_BY_SIDE}",
        rf"(?:what(?:'s| is| are) )?(?:the )?differences? between {ONE} and {OTHER}{SIDE_BY_SIDE}",
        rf"what (?:do|does) {ONE} and {OTHER} (?:each )?say (?:about|on|of) (?P<about>.+?)",
    ),
}
GERMAN_ARTICLES = r"(?:artikel|texte?|dokumente?|quellen?|beiträge?)"
GERMAN_HERE = r"(?: (?:insgesamt|hier|bisher|in (?:der|unserer|dieser) bibliothek))*"
GERMAN_TOPIC = r"(?: (?:zu[mr]?|über) (?P<about>.+?))?(?: (?:von|aus|seit) (?P<origin>.+?))?"
GERMAN = {
    IntentKind.COUNT: (
        rf"wie ?viele {GERMAN_ARTICLES}(?: (?:haben wir|gibt es|sind|hat die bibliothek))?{GERMAN_HERE}{GERMAN_TOPIC}"
        rf"(?: (?:haben wir|gibt es|sind da))?{GERMAN_HERE}",
        rf"wie ?viele {GERMAN_ARTICLES} (?:erwähnen|nennen) (?P<mentions>.+?)",
    ),
    IntentKind.NEWEST: (
        rf"was ist neu{GERMAN_HERE}",
        rf"(?:was|welche[rs]?|wie) (?:ist|sind|heißt) (?:der|die|das) (?:neueste[n]?|jüngste[n]?|"
        rf"letzte[n]?) {GERMAN_ARTICLES}{GERMAN_HERE}{GERMAN_TOPIC}",
        rf"(?:zeige?(?: mir| uns)? )?(?:der|die|den|das) (?:neueste[n]?|jüngste[n]?) {GERMAN_ARTICLES}{GERMAN_HERE}{GERMAN_TOPIC}",
    ),
    IntentKind.TOP_CONTRIBUTORS: (
        rf"wer hat (?:am meisten|die meisten) {GERMAN_ARTICLES} .*(?:eingereicht|hinzugefügt|gegeben)",
    ),
    IntentKind.WHO_ADDED: (
        rf"wer hat (?:uns )?(?P<about>.*\b{DOCUMENT_TYPES}\b.*?) "
        r"(?:gegeben|hinzugefügt|eingereicht|hochgeladen|geteilt|abgegeben|gebracht)",
        rf"von wem (?:ist|kommt|stammt|haben wir) (?P<about>.*\b{DOCUMENT_TYPES}\b.*)",
    ),
    IntentKind.LIST: (
        rf"welche {GERMAN_ARTICLES} (?:erwähnen|nennen|zitieren) (?P<mentions>.+?)",
        rf"(?:liste|zeige?|nenne?)(?: mir| uns)? alle(?: {GERMAN_ARTICLES})?,?(?: auf,?)? die (?P<mentions>.+?) "
        r"(?:erwähnen|nennen|enthalten)(?: auf)?",
        rf"welche {GERMAN_ARTICLES} (?:handeln von|handeln vom|(?:haben wir|gibt es)(?: hier)? (?:zu[mr]?|über)) "
        r"(?P<about>.+?)",
        rf"(?:liste|zeige?)(?: mir| uns)? alle {GERMAN_ARTICLES}{GERMAN_TOPIC}(?: auf)?",
        r"(?P<unsure>was haben wir(?: hier)? (?:zu[mr]?|über) (?P<about>.+?))",
    ),
    IntentKind.COMPARE: (
        r"vergleiche? (?P<one>.+?) (?:mit|und) (?P<other>.+?)(?: bei(?:m)? (?P<about>.+?))?",
    ),
}
SPANISH_ARTICLES = r"(?:artículos?|textos?|documentos?|fuentes?)"
SPANISH_TOPIC = r"(?: (?:sobre|acerca de) (?P<about>.+?))?(?: (?:por|desde) (?P<origin>.+?))?"
SPANISH_HERE = r"(?: (?:en total|aquí|en (?:la|nuestra) biblioteca))*"
SPANISH = {
    IntentKind.COUNT: (
        rf"cuántos {SPANISH_ARTICLES}(?: (?:hay|tenemos|existen))?{SPANISH_HERE}{SPANISH_TOPIC}{SPANISH_HERE}",
        rf"cuántos {SPANISH_ARTICLES} (?:mencionan|nombran) (?:a )?(?P<mentions>.+?)",
    ),
    IntentKind.NEWEST: (
        rf"qué hay de nuevo{SPANISH_HERE}",
        rf"cuál(?:es)? (?:es|son) (?:el|los) (?:últimos? )?{SPANISH_ARTICLES}(?: más recientes?| más nuevos?)?"
        rf"{SPANISH_HERE}{SPANISH_TOPIC}",
    ),
    IntentKind.WHO_ADDED: (
        rf"quién (?:nos )?(?:dio|añadió|subió|entregó|compartió|trajo|envió) (?P<about>.*\b{DOCUMENT_TYPES}\b.*)",
    ),
    IntentKind.LIST: (
        rf"qué {SPANISH_ARTICLES} (?:mencionan|nombran|citan) (?:a )?(?P<mentions>.+?)",
        rf"(?:lista|listar|muestra|muéstrame) todos los (?:{SPANISH_ARTICLES} )?que (?:mencion[ae]n|nombr[ae]n) "
        r"(?:a )?(?P<mentions>.+?)",
        rf"qué {SPANISH_ARTICLES} (?:hablan de|tratan de|tratan sobre|(?:hay|tenemos) sobre) (?P<about>.+?)",
        r"(?P<unsure>qué tenemos sobre (?P<about>.+?))",
    ),
    IntentKind.COMPARE: (
        r"compara (?P<one>.+?) (?:con|y) (?P<other>.+?)(?: en cuanto a (?P<about>.+?))?",
    ),
}
PATTERNS = [
    (kind, language, lazy_pattern(rf"[¿¡\s]*{pattern}", regex.IGNORECASE))
    for language, forms in (("en", ENGLISH), ("de", GERMAN), ("es", SPANISH))
    for kind, patterns in forms.items()
    for pattern in patterns
]
POLITE = lazy_pattern(
    r"^(?:(?:hi|hello|hey)[,! ]+)?(?:(?:can|could|would) you (?:please )?|please )?(?:tell me[:,]? )?"
    r"(?=(?:list|show|give|find|name|compare|how|what|which|who)\b)",
    regex.IGNORECASE,
)
WHATS = lazy_pattern(r"^w?h?ats\b", regex.IGNORECASE)  # as it is typed
END = lazy_pattern(r"(?:,? please)?[\s?!.]*$", regex.IGNORECASE)


def match_intent(question: str) -> Intent | None:
    """The intent of ``question``; None if it is not about the library itself."""
    if len(question) > MAX_CHARACTERS:
        return None
    stripped = POLITE.sub("", END.sub("", WHATS.sub("what's", " ".join(question.split()))))
    for kind, language, pattern in PATTERNS:
        if match := pattern.fullmatch(stripped):
            return _build_intent(kind, language, match.groupdict())
    return None


def _build_intent(kind: IntentKind, language: str, parts: dict[str, str | None]) -> Intent:
    slots = {name: _strip(value or "") for name, value in parts.items()}
    first, second = slots.get("one", ""), slots.get("other", "")
    return Intent(
        kind,
        language,
        about=slots.get("about", ""),
        mentions=slots.get("mentions", ""),
        origin=slots.get("origin", ""),
        names_articles=not slots.get("unsure"),
        sides=(first, second) if first and second else None,
    )


def _strip(value: str) -> str:
    return value.strip(" \t\"'“”„«»,;:")
