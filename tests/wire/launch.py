"""Starts ``footnote`` as its console script does, but with Discord at another address.

``python -m tests.wire.launch http://127.0.0.1:1234 run``
"""

import sys

import yarl
from discord import gateway, http

from bot.__main__ import main


def redirect(url: str) -> None:
    """Lets discord.py find Discord at another address."""
    address = yarl.URL(url)
    http.Route.BASE = str(address / "api/v10")
    gateway.DiscordWebSocket.DEFAULT_GATEWAY = address.with_scheme("ws") / "gateway"


if __name__ == "__main__":
    redirect(sys.argv[1])
    sys.exit(main(sys.argv[2:]))
