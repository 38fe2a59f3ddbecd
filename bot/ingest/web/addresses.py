"""Which addresses may be fetched: reads one as a person wrote it and says whether it is public.

``check_address`` decides all that can be decided without a network: scheme, port, credentials,
characters, and where a host is a number, whether that number is public. ``PublicNames`` looks
a name up and lets its numbers through if all are public. Nothing here connects; ``fetch``
does, to what passed. A refusal names the rule and never the address.
"""

from __future__ import annotations

import asyncio
import re
import socket
import threading
import unicodedata
from collections.abc import Awaitable, Callable, Sequence
from concurrent.futures import Future
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address
from typing import Any

from yarl import URL  # aiohttp's own parser: what is checked is what it connects to

from bot.errors import AddressRefused

IPAddress = IPv4Address | IPv6Address
SocketAddress = tuple[str, int]  # an IP address in its usual spelling, a port
Resolver = Callable[[str, int], Awaitable[Sequence[SocketAddress]]]

ADDRESS_CHARACTERS = 8_192  # nginx and Apache stop reading a request line there
NAME_CHARACTERS = 253  # RFC 1035: the longest name that DNS can carry
LOOKUPS_AT_ONCE = 16
PROXY_LOOKUP_S = 2.0  # a machine behind a proxy may have no DNS at all
ADDRESSES_TRIED = 8  # of one name; how many it has is its owner's choice, not ours
NO_SUCH_NAME = {socket.EAI_NONAME, getattr(socket, "EAI_NODATA", socket.EAI_NONAME)}  # musl: one
PORTS = {"http": 80, "https": 443}

# IANA's special-purpose and multicast registries (2026), without the exceptions they make for
# anycast services (192.0.0.9, 192.0.0.10, AS112, AMT): those answer from the nearest network,
# which may be our own, and none of them holds an article.
NOT_PUBLIC_V4 = tuple(
    IPv4Network(block)
    for block in (
        "0.0.0.0/8",  # this network
        "10.0.0.0/8",  # private
        "100.64.0.0/10",  # behind a provider's NAT; Alibaba's metadata
        "127.0.0.0/8",  # loopback
        "168.63.129.16/32",  # Azure's host, public by its number only
        "169.254.0.0/16",  # link-local; most clouds' metadata
        "172.16.0.0/12",  # private
        "192.0.0.0/24",  # protocol assignments; Oracle's metadata
        "192.0.2.0/24",  # documentation
        "192.31.196.0/24",  # AS112
        "192.52.193.0/24",  # AMT
        "192.88.99.0/24",  # 6to4 relays
        "192.168.0.0/16",  # private
        "192.175.48.0/24",  # AS112
        "198.18.0.0/15",  # benchmarks
        "198.51.100.0/24",  # documentation
        "203.0.113.0/24",  # documentation
        "224.0.0.0/4",  # multicast
        "240.0.0.0/4",  # reserved, broadcast
    )
)
GLOBAL_UNICAST = IPv6Network("2000::/3")  # all that IANA has ever given out
NOT_PUBLIC_V6 = tuple(
    IPv6Network(block)
    for block in (
        "2001::/23",  # protocol assignments: Teredo, benchmarks, ORCHID, anycast
        "2001:db8::/32",  # documentation
        "2002::/16",  # 6to4: carries an IPv4 address past every filter
        "2620:4f:8000::/48",  # AS112
        "3ffe::/16",  # the 6bone, given back
        "3fff::/20",  # documentation
    )
)
# The two prefixes whose packets end at the IPv4 address in their last 32 bits and that honest
# resolvers do give out: mapped addresses, and NAT64 where a network has IPv6 only.
IPV4_EMBEDDING_V6 = (IPv6Network("::ffff:0:0/96"), IPv6Network("64:ff9b::/96"))

# Names that resolve inside a house, if at all: RFC 6761, 6762 and 8375, ICANN's .internal, what
# routers and clusters hand out. Their answers are checked too; a proxy has only the name.
_PRIVATE = "localhost local localdomain internal intranet private lan home corp svc onion home.arpa"
PRIVATE_ENDINGS = frozenset(_PRIVATE.split(" "))

_BEGINNING = re.compile(r"https?://([^/?#]*)", re.IGNORECASE)
_PORT = re.compile(r":[0-9]*\Z", re.ASCII)
_LABEL = re.compile(r"[a-z0-9_-]{1,63}", re.ASCII)
_NUMBER = re.compile(r"[0-9]+|0x[0-9a-f]*", re.ASCII)  # WHATWG: a host that ends in a number
_UNPRINTABLE = frozenset(("Cc", "Cs", "Zl", "Zp"))

_INSTEAD = "Upload the file or paste the text instead."
_NOT_WEB = f"Only addresses that begin with http:// or https:// are fetched. {_INSTEAD}"
_MALFORMED = (
    "This is not an address that can be read without doubt, so it was not fetched. "
    f"Copy it again from your browser's address bar. {_INSTEAD}"
)
_TOO_LONG = f"This address is longer than any that sites use, so it was not fetched. {_INSTEAD}"
_CREDENTIALS = (
    "Addresses with a user name or password in them are not fetched. "
    "Hand in the address without them, or upload the file."
)
_OTHER_PORT = f"Only sites on the usual ports of http and https are fetched. {_INSTEAD}"
_NUMERIC = (
    "Addresses that spell a site as a number in an unusual way are not fetched. "
    f"Hand in the site's name. {_INSTEAD}"
)
_NO_SITE = (  # the same for a name that is private and for one that is not there
    f"No site on the public internet was found under this name: check its spelling. {_INSTEAD}"
)
_NOT_PUBLIC = f"Only sites on the public internet are fetched, and this is not one. {_INSTEAD}"


def check_address(text: str) -> URL:
    """The address as it will be asked for. Raises AddressRefused, naming the rule it breaks."""
    text = text.strip(" ")
    if len(text) > ADDRESS_CHARACTERS:
        raise AddressRefused(_TOO_LONG)
    if any(unicodedata.category(character) in _UNPRINTABLE for character in text):
        raise AddressRefused(_MALFORMED)
    beginning = _BEGINNING.match(text)
    if beginning is None:
        raise AddressRefused(_NOT_WEB)
    _check_authority(beginning[1])
    try:
        url = URL(text)
        return url.with_host(_checked_host(url)).with_fragment(None)
    except ValueError as error:
        raise AddressRefused(_MALFORMED) from error


def is_public(address: IPAddress) -> bool:
    """Whether anyone on the internet could reach it, and reach the same machine as we do."""
    if isinstance(address, IPv4Address):
        return not any(address in block for block in NOT_PUBLIC_V4)
    if any(address in block for block in IPV4_EMBEDDING_V6):
        return is_public(IPv4Address(int(address) & 0xFFFF_FFFF))
    if address.scope_id is not None or address not in GLOBAL_UNICAST:
        return False
    return not any(address in block for block in NOT_PUBLIC_V6)


class SystemResolver:
    """The system's look-ups, in threads of their own that nothing waits for.

    A name server that never answers holds a thread for half a minute. In the loop's own few
    threads that would stop all other work, and the exit of the process.
    """

    def __init__(self, look_up: Callable[..., Any] = socket.getaddrinfo):
        self._look_up = look_up
        self._free = threading.BoundedSemaphore(LOOKUPS_AT_ONCE)

    async def __call__(self, host: str, port: int) -> list[SocketAddress]:
        """Every address of a name. Raises OSError."""
        if not self._free.acquire(blocking=False):
            raise OSError("too many look-ups at once")
        answer: Future[list[SocketAddress]] = Future()
        answer.set_running_or_notify_cancel()  # from here only the thread may settle it
        threading.Thread(target=self._work, args=(host, port, answer), daemon=True).start()
        return await asyncio.wrap_future(answer)

    def _work(self, host: str, port: int, answer: Future[list[SocketAddress]]) -> None:
        try:
            infos = self._look_up(host, port, type=socket.SOCK_STREAM)
            answer.set_result([(str(info[4][0]), int(info[4][1])) for info in infos])
        except OSError as error:
            answer.set_exception(error)
        finally:
            self._free.release()


class PublicResolver:
    """Names → numbers to connect to, every one of them public (an aiohttp AbstractResolver).

    aiohttp asks once a connection and connects to what it is told, so the number checked is
    the number connected to, whatever the name's owner answers the next time.
    """

    def __init__(self, resolve: Resolver, public: Callable[[IPAddress], bool] = is_public):
        self._resolve = resolve
        self._public = public

    async def resolve(self, host: str, port: int = 0, family: int = 0) -> list[dict[str, Any]]:
        """Raises AddressRefused for a name that has a private number or none, else OSError."""
        try:
            found = await self._resolve(host, port)
        except socket.gaierror as error:
            if error.errno in NO_SUCH_NAME:
                raise AddressRefused(_NO_SITE) from error
            raise
        self._check_all(found)
        return [
            {
                "hostname": host,
                "host": number,
                "port": to_port,
                "family": socket.AF_INET6 if ":" in number else socket.AF_INET,
                "proto": socket.IPPROTO_TCP,
                "flags": socket.AI_NUMERICHOST,
            }
            for number, to_port in found[:ADDRESSES_TRIED]
        ]

    def open_socket(self, info: tuple[Any, ...]) -> socket.socket:
        """For aiohttp: the last look, at the very number that is about to be connected to."""
        family, kind, protocol, _, (number, *_) = info
        if not self._public(ip_address(number)):
            raise PermissionError("not public")
        return socket.socket(family, kind, protocol)

    async def check(self, address: URL) -> None:
        """For a proxy, which looks names up itself. Raises AddressRefused if we know better."""
        try:
            async with asyncio.timeout(PROXY_LOOKUP_S):
                found = await self._resolve(address.raw_host or "", address.port or 0)
        except OSError:  # a time-out too: this machine cannot tell, the proxy may
            return
        self._check_all(found)

    def _check_all(self, found: Sequence[SocketAddress]) -> None:
        """One private answer among public ones is how a name is made to point inside later."""
        if not found or not all(self._public(ip_address(number)) for number, _ in found):
            raise AddressRefused(_NO_SITE)


def _check_authority(authority: str) -> None:
    """What a parser would quietly mend, mean otherwise or hide, before one sees it."""
    if "@" in authority:
        raise AddressRefused(_CREDENTIALS)
    if not authority or any(c in "%\\" or c.isspace() for c in authority):
        raise AddressRefused(_MALFORMED)
    bracketed, _, after_host = authority.rpartition("]")
    if "[" in authority and ":" not in bracketed:
        raise AddressRefused(_MALFORMED)
    if ":" in after_host and not _PORT.search(after_host):
        raise AddressRefused(_MALFORMED)


def _checked_host(url: URL) -> str:
    """Its host as it will be looked up: ASCII, lower case, without a last dot."""
    if url.port != PORTS[url.scheme]:
        raise AddressRefused(_OTHER_PORT)
    host = (url.raw_host or "").lower().removesuffix(".")
    if ":" in host:
        _check_number(IPv6Address(host))
    elif _NUMBER.fullmatch(host.rpartition(".")[2]):
        _check_number(_plain_ipv4(host))
    else:
        _check_name(host)
    return host


def _plain_ipv4(host: str) -> IPv4Address:
    """Four decimal numbers. 2130706433, 0177.1 and 0x7f.1 are read differently by each program."""
    try:
        return IPv4Address(host)
    except ValueError as error:
        raise AddressRefused(_NUMERIC) from error


def _check_number(address: IPAddress) -> None:
    if not is_public(address):
        raise AddressRefused(_NOT_PUBLIC)


def _check_name(host: str) -> None:
    labels = host.split(".")
    if len(host) > NAME_CHARACTERS or not all(_LABEL.fullmatch(label) for label in labels):
        raise AddressRefused(_MALFORMED)
    endings = {labels[-1], ".".join(labels[-2:])}
    if len(labels) == 1 or endings & PRIVATE_ENDINGS:
        raise AddressRefused(_NOT_PUBLIC)
