"""The words that introduce an author or a date, by their stems, in a dozen languages.

A label is a few words before a colon, or the words right before a name or a date: "Report author:",
"Zuletzt aktualisiert am". What decides is a stem in it ("author", "aktualis"); a stem of the other
list ("photo", "accepted", "deadline") says that what follows is not the document's.
"""

from __future__ import annotations

from typing import Literal

import regex

from bot.records import DateKind

LABEL_WORDS = 4
_WRITE = (
    "author|autor|auteur|autric|autore|verfass|writ|wrote|words|text[eo]?s?\\b|story|byline|report"
    "|redac|rédac|rédig|redig|redakt|escri|écri|scritt|skrev|skriv|geschrieb|geschrev|prepared"
    "|compil|elabor|erstell|vorgelegt|propos recueill|entrevist|interview|contribut|respons"
    "|blog|post|publi|veröff|minutes|protokoll|acta|tekst|автор|текст|подготов|reportage|bericht|secretár"
    "|secretary|secrétaire"
)
AUTHOR_COLON = regex.compile(
    rf"(?P<label>(?:(?:[\p{{L}}()/&.-]+\s){{0,3}}?\b(?:{_WRITE})[\p{{L}}()/*]*(?:\s\p{{L}}+){{0,2}}"
    r"|by|from|von|de|da|por|par|di|door|от))\s?[:：]\s*",
    regex.I,
)
AUTHOR_BY = regex.compile(
    rf"(?P<label>(?:(?:[\p{{L}}]+\s){{0,2}}?(?i:{_WRITE})\p{{L}}*\s(?:\p{{L}}+\s)?)?"
    r"(?:(?:[Bb]y|BY|[Vv]on|VON|[Pp]or|POR|[Pp]ar|PAR|[Dd]i|[Dd]oor|[Aa]v"
    r"|[Aa]f|[Pp]rzez|[Dd]e|[Vv]an)"
    r"|от|Автор))[\s\x1f]+",
)
OTHER_PEOPLE = regex.compile(  # unless they wrote, too: "Text und Fotos"
    r"^(?!.*(?:text|words)).*(?:photo|foto|bild|illustr|grafik|graphic|imag|translat|übers|tradu"
    r"|prepared for|contact|kontakt"
    r"|edit(?:ed|or)|lektor|review|approv|genehm|respon(?:se|d)|撮影$|^写真|訳|編集|校閲|监制|责编)",
    regex.I,
)
_UNSPACED_WRITE = (
    "文|著|記録|著者|作者|筆者|執筆|執筆者|記者|作成|作成者|投稿者"
    "|書いた人|書き手|ライター|取材|報告者|記|撰文|撰稿|记者|글|기자|글쓴이|작성자|지은이"
)
_UNSPACED_OTHER = "写真|構成|撮影|絵|編集|聞き手|图|摄影|사진"
AUTHOR_UNSPACED = regex.compile(
    rf"(?:(?<![\p{{Han}}\p{{Hiragana}}\p{{Katakana}}])|(?<=[本]报))"
    rf"(?P<label>(?:(?:{_UNSPACED_OTHER})[・／/&、と])*(?:{_UNSPACED_WRITE})"
    rf"(?:[・／/&、と](?:{_UNSPACED_WRITE}|{_UNSPACED_OTHER}))*)\s?(?:[:：／/＝=]|[\s\u3000])[\s\u3000]*"
)
WRITER_AFTER = regex.compile(
    r"(?<![\p{Hangul}])(?P<name>\p{Hangul}{2,4})\s(?:기자|특파원)(?!\p{Hangul})"
)
_PUBLISHED = (
    "publi|pubbl|posted|posting|released?|issued?|dated?\\b|datum|fecha|data\\b|datos|prepared|elabor"
    "|erstellt|fassung|version|veröff|erschien|gepubl|opubl|опубл|written|verfasst|created|creado"
    "|criado|créé|rédigé|redigid|escrit|available|arxiv|as of|edition|ausgabe|edici|édition|edição"
    "|発行|公開|投稿|掲載|作成|配信|日付|发布|发表|日期|时间|작성|게시|입력|등록"
)
_UPDATED = (
    "updat|modif|revis|révis|stand\\b"
    "|aktualis|actuali[sz]|atualiz|mis(?:e)? à jour|aggiorn|bijgewerkt"
    "|gewijzigd|geändert|обновл|zaktual|amended|changed|更新|改訂|改定|修正|修订|수정"
)
_EVENT = (
    "meeting|held|sitzung|versammlung|réunion|reunión|sesión|séance|reunião|sessão|riunione|event"
    "|took place|realizad|celebrad|recorded|aufgezeichnet|開催|日時|会議|会议"
)
_OTHER = (
    "receiv|accept|access|retriev|valid|effective|due|deadline|birth|born|died|expir|next|until|start"
    "|begin|ends?\\b|gültig|plazo|frist|abgerufen|consult|consultado|acesso|eingang|nächst|próxim"
    "|prochain|vence|échéance|geboren|nacid|nascid|naci|\\bné|join|subscri|copyright|©|since|seit"
    "|limit|opening|opens|closes|delivery|order|invoice|print|download|締切|期限|生年|有効|次回"
)
_CONNECT = (
    r"(?:\s(?:on|online|at|in|by|the|am|vom|im|um|le|en|ligne|el|em|il|op|la|les|des?|du|del|ao|às"
    r"|as|of|de|dia|день|dne|den|г|:))*"
)
_FIRST = (
    r"(?:first|last|originally|article|date|zuletzt|última?|dernière?|último|ultimo"
    r"|document|this|web|fecha|datum|data|letzte|laatst|neu|le|on)"
)
_BEFORE_DATE = regex.compile(
    rf"(?:^|(?<=[.;,(\[|]\s?)|(?<=\s))(?P<label>(?:{_FIRST}\p{{L}}*\s(?:of\s|de\s|der\s)?){{0,2}}"
    rf"(?:{_PUBLISHED}|{_UPDATED}|(?:\p{{L}}+\s){{0,3}}(?:{_EVENT}|{_OTHER}))"
    rf"[\p{{L}}.:\d()\[\]]*{_CONNECT})"
    r"(?:[^\p{L}]{0,4}\d[\d:.hH]*\s?(?:[AaPp]\.?[Mm]\.?)?\s?(?:\p{Lu}{2,4})?,?(?:\s\p{L}{2,9}[.,]?)?)?"
    r"(?:\s?\p{L}{2,10}[.,]{1,2})?\s?[:：]?\s*$",
    regex.I,
)
_COLON = regex.compile(
    rf"(?P<label>(?:[\p{{L}}()/.'’-]+\s?){{1,{LABEL_WORDS + 1}}})\s?[:：]\s*"
    r"(?:\p{L}+[.,]*\s){0,2}$"
)
_ARXIV = regex.compile(r"arXiv:\S{4,30}(?:\s\[\S{1,20}\])?\s$")
_KINDS: tuple[tuple[DateKind | Literal["none"], regex.Pattern[str]], ...] = (
    ("none", regex.compile(rf"(?<!\p{{L}})(?:{_OTHER})", regex.I)),
    ("updated", regex.compile(rf"(?<!\p{{Latin}})(?:{_UPDATED})", regex.I)),
    ("event", regex.compile(rf"(?<!\p{{Latin}})(?:{_EVENT})", regex.I)),
    ("published", regex.compile(rf"(?<!\p{{Latin}})(?:{_PUBLISHED})", regex.I)),
)


def date_label(before: str) -> DateKind | Literal["none"] | None:
    """What the words right before a date say of it; "none": that it is not the document's."""
    if _ARXIV.search(before):
        return "published"
    colon = _COLON.search(before)
    if colon:
        return _kind(colon["label"]) or "none"
    match = _BEFORE_DATE.search(before)
    if match is None:
        return None
    ahead, kind = before[: match.start("label")].rstrip(), _kind(match["label"])
    begins = match["label"][0].isupper() or not ahead
    begins |= kind == "event" and ahead.endswith((":", ",", "–", "—", "-"))  # within a title
    return kind if begins else None


def _kind(label: str) -> DateKind | Literal["none"] | None:
    return next((kind for kind, pattern in _KINDS if pattern.search(label)), None)
