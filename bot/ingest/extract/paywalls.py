"""Why a page shows hardly any of its article: a paywall, a consent dialog, scripts, a bot check.

Looks at the whole page, before anything is dropped. The result is a guess, shown to the submitter
only if the page has too little text.
"""

from __future__ import annotations

import re
from typing import Any

from bot.strings import N_

# A guess: notices have 300 characters, a news flash has more.
ENOUGH_CHARACTERS = 400
SCRIPT_CHARACTERS = 2_000
LOOKED_AT_CHARACTERS = 20_000

_ROBOTS = re.compile(
    r"just a moment|attention required|are you (?:a |not a )?(?:human|robot)|captcha"
    r"|checking your browser|verify(?:ing)? (?:that )?you are human|unusual traffic|access denied",
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
_SCRIPTS = re.compile(
    r"(?:enable|turn on|activate|requires?|need(?: to enable)?) java ?script"
    r"|java ?script (?:is )?(?:disabled|required|must be)|javascript aktivieren",
    re.IGNORECASE,
)
_ROOTS = ("root", "app", "__next", "__nuxt", "___gatsby", "main-app", "svelte")

PAYMENT = N_("it seems to be behind a paywall")
CONSENT = N_("it seems to ask for cookie consent first")
SCRIPTS = N_("it seems to need JavaScript, which I don't run")
ROBOTS = N_("its server seems to block bots")


def detect_access_barrier(tree: Any) -> str | None:
    """What seems to hide the article, as a message for the user, or None."""
    text = " ".join(_words(tree).split())[:LOOKED_AT_CHARACTERS]
    scripts = "".join(script.text or "" for script in tree.iter("script"))
    noscript = " ".join("".join(aside.itertext()) for aside in tree.iter("noscript"))
    if _ROBOTS.search(f"{tree.findtext('.//title') or ''} {text[:ENOUGH_CHARACTERS]}"):
        return ROBOTS
    if _NOT_FREE.search(scripts) or _PAYMENT.search(text):
        return PAYMENT
    if _CONSENT.search(text):
        return CONSENT
    if _SCRIPTS.search(f"{text} {noscript}") or _is_empty_app(tree, text, scripts):
        return SCRIPTS
    return None


def _words(tree: Any) -> str:
    skipped = ("script", "style", "noscript", "template", "head", "title")
    return " ".join(
        f"{'' if element.tag in skipped else element.text or ''} {element.tail or ''}"
        for element in tree.iter()
        if isinstance(element.tag, str)
    )


def _is_empty_app(tree: Any, text: str, scripts: str) -> bool:
    if len(text) >= ENOUGH_CHARACTERS:
        return False
    roots = (element for element in tree.iter("div", "main") if element.get("id") in _ROOTS)
    if any(not "".join(root.itertext()).strip() for root in roots):
        return True
    return len(scripts) > SCRIPT_CHARACTERS + 10 * len(text)
