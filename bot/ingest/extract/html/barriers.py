"""What stands in a page in place of its article: a paywall, a consent dialog, scripts, a bot check,
a log-in form, an error that was answered as a page, a redirection.

A page is refused only if what was kept of it is itself the notice: the words of a wall elsewhere on
the page say nothing. Signs in the page's code count only where hardly a sentence was kept.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from bot.errors import TooLittleText
from bot.ingest.meta_refresh import FOLLOWED_S, parse_refresh
from bot.strings import N_, _

# Guesses: notices have 300 characters, a news flash has more; one sentence has 100.
NOTICE_CHARACTERS = 400
SENTENCE_CHARACTERS = 100
NOTICE_START = 12  # where a longer line than a sentence says it: "Sorry, the page …"
CONSENT_CHARACTERS = 2_000  # consent dialogs explain themselves
SCRIPT_CHARACTERS = 2_000
BEGINNING_CHARACTERS = 200

_ROBOTS = re.compile(
    r"just a moment|attention required|are you (?:a |not a )?(?:human|robot)|captcha"
    r"|checking your browser|verify(?:ing)? (?:that )?you are human|unusual traffic|access denied"
    r"|robot or human|confirm (?:that )?you(?:'|’| a)re human|enable js and disable",
    re.IGNORECASE,
)
_PAYMENT = re.compile(
    r"subscribe (?:now )?to (?:continue|read|unlock|keep)|subscribers only|already a subscriber"
    r"|(?:this|the) (?:article|content|story) is (?:for|reserved for|available to) "
    r"(?:paying |registered )?(?:subscribers|members)|to continue reading|free articles"
    r"|jetzt weiterlesen|réservé aux abonnés|solo para suscriptores",
    re.IGNORECASE,
)
_NOT_FREE = re.compile(r"\"isAccessibleForFree\"\s*:\s*\"?false", re.IGNORECASE)
_CONSENT = re.compile(
    r"\bcookies?\b|\bconsent\b|\bGDPR\b|privacy (?:choices|settings)|accept all|alle akzeptieren"
    r"|tout accepter|aceptar todo",
    re.IGNORECASE,
)
_ASKS = re.compile(  # what a dialog about cookies asks for
    r"\b(?:accept|agree|consent|reject|allow|choices|settings|partners|we use|we value)\b"
    r"|akzeptieren|zustimm|einwillig|accepter|refuser|aceptar|rechazar|accett|rifiut|aceitar",
    re.IGNORECASE,
)
_SCRIPTS = re.compile(
    r"(?:enable|turn on|activate|requires?|need(?: to enable)?) java ?script"
    r"|java ?script (?:is )?(?:disabled|required|must be)|javascript aktivieren",
    re.IGNORECASE,
)
_ERROR = re.compile(
    r"(?:page|file|url|document|article) (?:was |could )?(?:not|cannot|can't|can’t) (?:be )?found"
    r"|page (?:you .{0,40})?(?:does not|doesn't|doesn’t|no longer) exist|\b40[34] not found"
    r"|(?:error|fehler|erreur|errore|ошибка|http)\W{0,3}(?:40[34]|410|50[0-4])\b|^\W*40[34]\W*$"
    r"|seite (?:wurde |konnte )?nicht gefunden|page (?:introuvable|non trouvée)"
    r"|página no encontrada|página não encontrada|pagina (?:non trovata|niet gevonden)"
    r"|nie znaleziono strony|страница не найдена|ページが見つかりません|页面(?:不存在|未找到)"
    r"|(?:internal server error|service unavailable|bad gateway)"
    r"|(?:can't|can’t|cannot|couldn't|couldn’t|could not) (?:find|load) (?:that|this|the|your) "
    r"(?:page|article|content|document)|something went wrong|no longer here"
    r"|(?:page|article|content|document) (?:has been|was) (?:removed|deleted)"
    r"|seite gibt es (?:leider )?nicht|página (?:que busca )?no existe",
    re.IGNORECASE | re.MULTILINE,
)
_LOG_IN = re.compile(
    r"^\W*(?:log[ -]?in|sign[ -]?in|log on|anmelden|anmeldung|se connecter|connexion"
    r"|iniciar sesión|accedi|entrar|ログイン|登录)\b.{0,40}$"
    r"|you (?:must|need to) (?:be (?:logged|signed)|log|sign) in",
    re.IGNORECASE | re.MULTILINE,
)
_LOADING = re.compile(
    r"\W*(?:(?:loading|please wait|one moment|wird geladen|bitte warten|chargement|cargando"
    r"|caricamento|carregando|laden|読み込み中|加载中)\W*)*",
    re.IGNORECASE,
)
_ROOTS = ("root", "app", "__next", "__nuxt", "___gatsby", "main-app", "svelte")
_SURROUNDINGS = ("header", "nav", "aside", "footer")

PAYMENT = N_("it seems to be behind a paywall")
CONSENT = N_("it seems to ask for cookie consent first")
SCRIPTS = N_("it seems to need JavaScript, which I don't run")
ROBOTS = N_("its server seems to block bots")
LOG_IN = N_("it seems to ask for a login first")
ERROR = N_("it seems to be the site's error page")


@dataclass(frozen=True)
class PageSigns:
    """What a page's code says of barriers, before anything is dropped."""

    title: str = ""
    not_free: bool = False
    needs_scripts: bool = False
    has_scripts: bool = False
    log_in: bool = False
    leads_to: str = ""


def page_signs(tree: Any) -> PageSigns:
    """Looks at the whole page."""
    scripts = "".join(script.text or "" for script in tree.iter("script"))
    noscript = " ".join("".join(aside.itertext()) for aside in tree.iter("noscript"))
    return PageSigns(
        title=" ".join((tree.findtext(".//title") or "").split()),
        not_free=_NOT_FREE.search(scripts) is not None,
        needs_scripts=_SCRIPTS.search(noscript) is not None or _is_empty_app(tree, scripts),
        has_scripts=next(tree.iter("script"), None) is not None,
        log_in=any(_is_password(field) for field in tree.iter("input")),
        leads_to=_refresh_target(tree),
    )


def _is_empty_app(tree: Any, scripts: str) -> bool:
    roots = (element for element in tree.iter("div", "main") if element.get("id") in _ROOTS)
    if any(not "".join(root.itertext()).strip() for root in roots):
        return True
    words = sum(len(element.text or "") for element in tree.iter("p", "li", "td", "h1", "h2"))
    return len(scripts) > SCRIPT_CHARACTERS + 10 * words


def _is_password(field: Any) -> bool:
    """Whether it asks for a password as the page's matter, not in a corner of it."""
    return field.get("type", "").lower() == "password" and not any(
        True for _ in field.iterancestors(*_SURROUNDINGS)
    )


def _refresh_target(tree: Any) -> str:
    for meta in tree.iter("meta"):
        if meta.get("http-equiv", "").strip().lower() == "refresh":
            inside = any(True for _ in meta.iterancestors("noscript", "template"))
            refresh = None if inside else parse_refresh(meta.get("content", ""))
            if refresh is not None and refresh.delay_s <= FOLLOWED_S:
                return refresh.target
    return ""


def check_not_a_notice(signs: PageSigns, blocks: Sequence[str], *, hidden_characters: int) -> None:
    """Raises TooLittleText if the kept ``blocks`` are a notice in place of an article.

    ``hidden_characters`` of the page were left out: scripts may show them.
    """
    characters = sum(map(len, blocks))
    if characters < NOTICE_CHARACTERS and signs.leads_to:
        raise TooLittleText(
            _(
                "This page only redirects to {address}, so nothing was stored. "
                "Add that address instead."
            ).format(address=signs.leads_to)
        )
    barrier = _notice(signs, blocks)
    if barrier is None and characters < SENTENCE_CHARACTERS:
        is_waiting = signs.has_scripts and all(_LOADING.fullmatch(block) for block in blocks)
        needs_scripts = signs.needs_scripts or is_waiting or hidden_characters > NOTICE_CHARACTERS
        barrier = PAYMENT if signs.not_free else SCRIPTS if needs_scripts else None
    if barrier is not None:
        raise TooLittleText(
            _(
                "I found hardly any text on this page: {reason}. Nothing was stored. Open the "
                "page yourself and upload it as a file, or paste the text of the article."
            ).format(reason=_(barrier))
        )


def _notice(signs: PageSigns, blocks: Sequence[str]) -> str | None:
    """Which notice the blocks are, as a message for the user."""
    text = "\n".join(blocks)
    if len(text) < NOTICE_CHARACTERS:
        beginning = [signs.title, *text[:BEGINNING_CHARACTERS].split("\n")]
        if _ROBOTS.search(f"{signs.title}\n{text}"):
            return ROBOTS
        if any(_is_notice(_ERROR, line) for line in beginning):
            return ERROR
        log_in = signs.log_in or any(_is_notice(_LOG_IN, line) for line in beginning)
        if log_in and len(text) < BEGINNING_CHARACTERS:
            return LOG_IN
    for pattern, barrier, most in (
        (_PAYMENT, PAYMENT, NOTICE_CHARACTERS),
        (_CONSENT, CONSENT, CONSENT_CHARACTERS),
        (_SCRIPTS, SCRIPTS, NOTICE_CHARACTERS),
    ):
        others = [block for block in blocks if not pattern.search(block)]
        is_notice = len(others) < len(blocks) and sum(map(len, others)) < SENTENCE_CHARACTERS
        if is_notice and len(text) < most and _is_meant(pattern, blocks):
            return barrier
    return None


def _is_meant(pattern: re.Pattern[str], blocks: Sequence[str]) -> bool:
    """Whether the blocks say it to the reader, rather than tell of it."""
    if pattern is _CONSENT:
        return any(_ASKS.search(block) for block in blocks)
    return any(_is_notice(pattern, block) for block in blocks)


def _is_notice(pattern: re.Pattern[str], line: str) -> bool:
    """Whether a line says it: a short one, or one that begins with it. Longer ones tell of it."""
    match = pattern.search(line)
    if match is None:
        return False
    return len(line) < SENTENCE_CHARACTERS or match.start() <= NOTICE_START


def is_maybe_cut(signs: PageSigns, tree: Any) -> bool:
    """Whether a paywall may keep back the rest of a page's article."""
    return signs.not_free or _PAYMENT.search(_words(tree)) is not None


def looks_like_error(signs: PageSigns) -> bool:
    """Whether the page's title is an error's."""
    return _ERROR.search(signs.title) is not None


def _words(tree: Any) -> str:
    skipped = ("script", "style", "noscript", "template", "head", "title")
    return " ".join(
        f"{'' if element.tag in skipped else element.text or ''} {element.tail or ''}"
        for element in tree.iter()
        if isinstance(element.tag, str)
    )
