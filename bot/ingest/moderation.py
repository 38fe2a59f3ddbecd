"""What a server's moderators keep out: blocked addresses, and new texts that nobody approved.

A blocked address is a site, or the beginning of a path on it.
"""

from __future__ import annotations

from urllib.parse import urlsplit

from bot.errors import AddressBlocked, ApprovalNeeded
from bot.ingest.submission import IngestResult
from bot.records import Article
from bot.store.protocols import Library
from bot.store.values import KnownPage
from bot.strings import _


def address_prefixes(address: str) -> list[str]:
    """What blocks an address: its host, the domains above it, and each with the path's beginnings.

    ``https://www.a.org/x/y?z`` has ``www.a.org``, ``a.org``, ``a.org/x``, ``a.org/x/y`` and so on.
    """
    parts = urlsplit(address if "://" in address else f"https://{address}")
    labels = (parts.hostname or "").rstrip(".").split(".")
    hosts = [".".join(labels[i:]) for i in range(max(1, len(labels) - 1))]
    segments = [segment for segment in parts.path.split("/") if segment]
    paths = ["/".join(["", *segments[:n]]) for n in range(len(segments) + 1)]
    if parts.query:
        paths.append(f"{paths[-1]}?{parts.query}")
    return [f"{host}{path}" for host in hosts for path in paths]


def normalize_block(typed: str) -> str:
    """What to block, as ``address_prefixes`` writes it: without scheme, "www." and final slash."""
    parts = urlsplit(typed.strip() if "://" in typed else f"https://{typed.strip()}")
    host = (parts.hostname or "").rstrip(".").removeprefix("www.")
    path = "".join(f"/{segment}" for segment in parts.path.split("/") if segment)
    query = f"?{parts.query}" if parts.query else ""
    return f"{host}{path}{query}" if "." in host else ""


async def check_not_blocked(address: str, library: Library) -> None:
    """Raises AddressBlocked."""
    if await library.approvals.is_blocked(address_prefixes(address)):
        raise AddressBlocked(
            _("A moderator blocked this address for this server, so nothing was stored.")
        )


def without_new_version(article: Article, page: KnownPage | None) -> IngestResult:
    """What comes of a text that would be an article's new version, but needs approval.

    ``page``: its changed page; None if the same file was added again. Raises ApprovalNeeded.
    """
    if page is None:
        return IngestResult(article, "duplicate")
    raise ApprovalNeeded(
        _(
            "This page is in the library already and has changed since. New texts need a "
            "moderator's approval here, so only a moderator can refresh it. Nothing was stored."
        )
    )
