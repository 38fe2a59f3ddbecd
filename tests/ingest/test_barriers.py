"""Walls, log-in pages, empty shells and error pages that answer 200, as sites really show them."""

from __future__ import annotations

import pytest

from bot.errors import TooLittleText
from bot.ingest.extract.html.html import read_html
from tests.ingest.sample_files import page, prose

MENU = (
    "<header><a href='/'>The Selby Courier</a><nav><ul><li><a href='/news'>News</a></li>"
    "<li><a href='/sport'>Sport</a></li><li><a href='/opinion'>Opinion</a></li></ul></nav></header>"
)
FOOTER = (
    "<footer><p>&copy; 2026 The Selby Courier Ltd</p><ul><li><a href='/terms'>Terms</a></li>"
    "<li><a href='/privacy'>Privacy policy</a></li><li><a href='/cookies'>Cookies</a></li></ul>"
    "</footer>"
)


def site(title: str, body: str, head: str = "") -> str:
    return (
        f"<!doctype html><html lang=en><head><title>{title}</title>{head}</head>"
        f"<body>{MENU}<main>{body}</main>{FOOTER}</body></html>"
    )


LOG_INS = {
    "a form alone": site(
        "Log in",
        "<h1>Log in</h1><form method=post><label>Email <input name=email></label>"
        "<label>Password <input type=password name=pw></label><button>Log in</button></form>"
        "<p>New here? <a href='/join'>Create an account</a>.</p>",
    ),
    "a form that explains itself": site(
        "Sign in to continue",
        "<h2>Sign in</h2><p>You need an account to see this page. Sign in with the address that "
        "you registered, or ask your administrator for access.</p><form><input name=u>"
        "<input type=password name=p><a href='/lost'>Forgot your password?</a>"
        "<button>Sign in</button></form>",
    ),
    "one step at a time": site(
        "Sign in - Fjord Accounts",
        "<h1>Sign in</h1><p>to continue to Fjord Docs</p><form><input type=email "
        "autocomplete=username placeholder='Email or phone'><button>Next</button></form>"
        "<p>Not your computer? Use a private window to sign in.</p>",
    ),
    "in German": site(
        "Anmelden",
        "<h1>Anmeldung</h1><form><input name=n placeholder=Benutzername>"
        "<input type=password placeholder=Kennwort><button>Anmelden</button></form>"
        "<p><a href='/pw'>Passwort vergessen?</a></p>",
    ),
    "by another site": site(
        "Log in | Forum",
        "<p>You must be logged in to view this forum.</p><button>Continue with Google</button>"
        "<button>Continue with Apple</button>",
    ),
}
ERRORS = {
    "a plain one": site("404", "<h1>404</h1><p>Not Found</p>"),
    "a friendly one": site(
        "Oops!",
        "<h1>Oops! We can't find that page.</h1><p>It may have moved, or it never existed. Try the "
        "search above or go back to the <a href='/'>home page</a>.</p>",
    ),
    "one with suggestions": site(
        "Page not found | The Selby Courier",
        "<h1>Page not found</h1><p>Sorry, the page you were looking for is no longer here.</p>"
        "<h2>Most read</h2><ul><li><a href='/1'>Ferry back in service after storm</a></li>"
        "<li><a href='/2'>Council votes on pier</a></li></ul>",
    ),
    "a server's": site("500 Internal Server Error", "<h1>Internal Server Error</h1>"),
    "an empty query": site(
        "Error",
        "<h1>Something went wrong</h1><p>We couldn't load this article. Try again later.</p>",
    ),
    "German": site(
        "Seite nicht gefunden", "<h1>Hoppla!</h1><p>Diese Seite gibt es leider nicht mehr.</p>"
    ),
    "French": site(
        "Erreur 404",
        "<h1>Page introuvable</h1><p>La page que vous cherchez a été déplacée ou supprimée.</p>",
    ),
    "Spanish": site(
        "Página no encontrada", "<h1>Lo sentimos</h1><p>La página que busca no existe.</p>"
    ),
    "removed": site(
        "The Selby Courier",
        "<h1>This article has been removed</h1><p>Sorry.</p>",
    ),
}
SHELLS = {
    "React": (
        "<!doctype html><html><head><title>Fjord</title></head><body><noscript>You need to enable "
        "JavaScript to run this app.</noscript><div id=root></div><script src=/main.js></script>"
    ),
    "Next without its page": (
        "<html><head><title>News</title></head><body><div id=__next></div>"
        '<script id=__NEXT_DATA__ type="application/json">{"props":{"pageProps":{}}}</script>'
    ),
    "Angular": "<html><head><title>Portal</title></head><body><app-root></app-root>"
    "<script src=main.js type=module></script></body></html>",
    "Vue": "<html><body><div id=app></div><noscript><strong>Sorry, but the portal doesn't work "
    "properly without JavaScript enabled. Please enable it to continue.</strong></noscript>",
    "a spinner": "<html><body><div id=app><div class=spinner>Loading…</div></div>"
    "<script src=/app.js></script></body></html>",
    "placeholders": "<html><body><div id=root><p>Loading</p><p>Please wait</p></div>"
    "<script src=/app.js></script></body></html>",
}
CONSENTS = {
    "a dialog alone": site(
        "Before you continue",
        "<h1>Before you continue</h1><p>We use cookies and data to deliver and maintain our "
        "services, track outages and protect against spam, fraud and abuse.</p><p>If you choose to "
        "accept all, we will also use cookies and data to develop new services and show "
        "personalised content.</p><button>Reject all</button><button>Accept all</button>",
    ),
    "partners": site(
        "Privacy settings",
        "<h2>We value your privacy</h2><p>We and our 842 partners store and access information on "
        "your device, such as cookies, with your consent.</p><p>You can change your privacy "
        "settings at any time.</p><button>I agree</button>",
    ),
    "pay or consent": site(
        "Weiter mit Werbung",
        "<h1>Weiter mit Werbung lesen</h1><p>Besuchen Sie uns wie gewohnt mit Werbung. "
        "Ihre Zustimmung (Cookies) können Sie jederzeit widerrufen.</p><button>Alle akzeptieren"
        "</button><p>Oder lesen Sie uns mit dem Pur-Abo ohne Cookies.</p>",
    ),
}
PAYWALLS = {
    "a lede and an offer": site(
        "Council votes on pier",
        "<h1>Council votes on pier</h1><p>The council met on Monday.</p><div class=wall><h2>"
        "Subscribe to continue reading</h2><p>Already a subscriber? Sign in.</p></div>",
        '<script type="application/ld+json">{"@type":"NewsArticle","isAccessibleForFree":false}'
        "</script>",
    ),
    "an offer alone": site(
        "Council votes on pier",
        "<h1>This article is for subscribers only</h1><p>Get unlimited access for £1 a week.</p>",
    ),
    "in German": site(
        "Der Rat stimmt ab",
        "<h1>Der Rat stimmt ab</h1><p>Jetzt weiterlesen mit dem Probeabo, vier Wochen gratis.</p>",
    ),
    "in French": site(
        "Le conseil vote", "<h1>Le conseil vote</h1><p>Cet article est réservé aux abonnés.</p>"
    ),
}
ROBOTS = {
    "a check": "<html><head><title>Just a moment...</title></head><body><h1>courier.example</h1>"
    "<p>Verifying you are human. This may take a few seconds.</p></body></html>",
    "a refusal": "<html><head><title>Access Denied</title></head><body><h1>Access Denied</h1>"
    "<p>You don't have permission to access this page on this server.</p><p>Reference #18.2c</p>",
    "a riddle": "<html><body><p>Please enable JS and disable any ad blocker</p>"
    "<script src='https://captcha.example/c.js'></script></body></html>",
    "press and hold": "<html><body><h1>Robot or human?</h1><p>Activate and hold the button to "
    "confirm that you're human. Thank you!</p></body></html>",
}
CLASSES = {
    "login": LOG_INS,
    "error page": ERRORS,
    "JavaScript": SHELLS,
    "consent": CONSENTS,
    "paywall": PAYWALLS,
    "bots": ROBOTS,
}
PAGES = [
    (f"{cause}: {name}", html, cause) for cause, of in CLASSES.items() for name, html in of.items()
]


@pytest.mark.parametrize(
    ("html", "cause"),
    [(html, cause) for _, html, cause in PAGES],
    ids=[f"{cause}: {name}" for name, _, cause in PAGES],
)
def test_a_notice_in_place_of_an_article_is_refused_by_its_name(html: str, cause: str) -> None:
    with pytest.raises(TooLittleText, match=cause):
        read_html(html)


ARTICLES = {
    "how to log in": "<h1>How to log in</h1><p>Enter your email address and your password, then "
    "press the button. If you forgot your password, press the link below the form.</p>",
    "about error pages": "<h1>Why pages are not found</h1><p>A server answers 404 Not Found when "
    "nothing lies at an address. The number was chosen in 1992, and no room had that number.</p>",
    "about cookies": "<h1>What cookies are</h1><p>Cookies are small texts that sites keep in your "
    "browser. The first ones were made in 1994, to remember what lay in a shopping basket.</p>",
    "about a paywall": "<h1>Courier drops its paywall</h1><p>From Monday, all stories are free to "
    "read. For two years readers had seen “Subscribe to continue reading” after three of them.</p>",
    "about robots": "<h1>Robots at the harbour</h1><p>Three robots clean the hulls. None of them "
    "asks anybody to prove that they are human, says Nora Feld, who built them.</p>",
    "a short notice": "<h1>Ferry cancelled</h1><p>The ferry at ten is cancelled: wind.</p>",
    "loading": "<h1>Loading and unloading</h1><p>Loading a ferry takes forty minutes in summer and "
    "an hour in winter, when lorries have to be tied down against the waves of the open sea.</p>",
}


@pytest.mark.parametrize("body", ARTICLES.values(), ids=ARTICLES.keys())
def test_an_article_about_such_things_is_read(body: str) -> None:
    text = read_html(site("The Selby Courier", body)).text
    assert body.rsplit("<p>", 1)[1].removesuffix("</p>") in text


@pytest.mark.parametrize("extra", [LOG_INS, ERRORS, CONSENTS, PAYWALLS], ids=list("lecp"))
def test_a_wall_beside_an_article_is_no_reason_to_refuse_it(extra: dict[str, str]) -> None:
    for html in extra.values():
        wall = html.split("<main>")[1].split("</main>")[0]
        assert prose(1)[0] in read_html(page(f"<div class=overlay>{wall}</div>")).text
