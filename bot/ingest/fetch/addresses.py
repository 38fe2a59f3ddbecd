"""Which addresses may be fetched: parse what a person typed and check that it is public.

``check_address`` checks everything that needs no network: scheme, port, credentials, characters
and, where the host is an IP address, whether that is public. ``PublicResolver`` looks a name up
and returns its IP addresses if all of them are public. Nothing here connects; ``fetch`` does, to
what passed. A refusal names the rule and never the address.
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
from bot.strings import N_, _

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
# As people type one: a name with a dot whose last part has letters, then its path.
_WITHOUT_SCHEME = re.compile(r"(?:[\w-]+\.)+[^\W\d_]{2,}(?:\Z|[/?#:])")
_PORT = re.compile(r":[0-9]*\Z", re.ASCII)
_LABEL = re.compile(r"[a-z0-9_-]{1,63}", re.ASCII)
_NUMBER = re.compile(r"[0-9]+|0x[0-9a-f]*", re.ASCII)  # WHATWG: a host that ends in a number
_UNPRINTABLE = frozenset(("Cc", "Cs", "Zl", "Zp"))

_NOT_WEB = N_(
    "I can only fetch addresses that begin with http:// or https://. "
    "Upload the file or paste the text instead."
)
_MALFORMED = N_(
    "I couldn't read this address, so it wasn't fetched. "
    "Copy it again from your browser's address bar, upload the file, or paste the text."
)
_TOO_LONG = N_(
    "This address is too long, so it wasn't fetched. Upload the file or paste the text instead."
)
_CREDENTIALS = N_(
    "I don't fetch addresses that contain a user name or password. "
    "Add the address without them, or upload the file."
)
_OTHER_PORT = N_(
    "I only fetch from the standard ports of http and https. "
    "Upload the file or paste the text instead."
)
_NUMERIC = N_(
    "I don't fetch addresses that write the site as an unusual kind of number. "
    "Use the site's name, upload the file, or paste the text."
)
_NO_SITE = N_(  # the same for a private name and for one that does not exist
    "I found no public site with this name. Check the spelling, upload the file, or paste the text."
)
_NOT_PUBLIC = N_(
    "I only fetch from sites on the public internet, and this isn't one. "
    "Upload the file or paste the text instead."
)


def looks_like_address(text: str) -> bool:
    """Whether a text is meant as a web address, with or without its https://."""
    return _BEGINNING.match(text) is not None or _WITHOUT_SCHEME.match(text) is not None


def check_address(text: str) -> URL:
    """The address as it will be requested, https:// put in front of one that lacks it.

    Raises AddressRefused, naming the rule it breaks.
    """
    text = text.strip(" ")
    if _WITHOUT_SCHEME.match(text):
        text = f"https://{text}"
    if len(text) > ADDRESS_CHARACTERS:
        raise AddressRefused(_(_TOO_LONG))
    if any(unicodedata.category(character) in _UNPRINTABLE for character in text):
        raise AddressRefused(_(_MALFORMED))
    beginning = _BEGINNING.match(text)
    if beginning is None:
        raise AddressRefused(_(_NOT_WEB))
    _check_authority(beginning[1])
    try:
        url = URL(text)
        return url.with_host(_check_host(url)).with_fragment(None)
    except ValueError as error:
        raise AddressRefused(_(_MALFORMED)) from error


def is_public(address: IPAddress) -> bool:
    """Whether everyone on the internet reaches the same machine under this address as we do."""
    if isinstance(address, IPv4Address):
        return not any(address in block for block in NOT_PUBLIC_V4)
    if any(address in block for block in IPV4_EMBEDDING_V6):
        return is_public(IPv4Address(int(address) & 0xFFFF_FFFF))
    if address.scope_id is not None or address not in GLOBAL_UNICAST:
        return False
    return not any(address in block for block in NOT_PUBLIC_V6)


class SystemResolver:
    """The system's DNS lookups, in daemon threads.

    A name server that never answers blocks a thread for half a minute. In the event loop's own few
    threads that would stop all other work, and delay the exit of the process.
    """

    def __init__(self, look_up: Callable[..., Any] = socket.getaddrinfo):
        self._look_up = look_up
        self._free = threading.BoundedSemaphore(LOOKUPS_AT_ONCE)

    async def __call__(self, host: str, port: int) -> list[SocketAddress]:
        """Every address of a name. Raises OSError."""
        if not self._free.acquire(blocking=False):
            raise OSError("too many lookups at once")
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
    """Names → IP addresses, every one of them public (an aiohttp AbstractResolver).

    aiohttp resolves once per connection and connects to the result, so the address checked is
    the address connected to, whatever the name's owner answers the next time.
    """

    def __init__(self, resolve: Resolver, public: Callable[[IPAddress], bool] = is_public):
        self._resolve = resolve
        self._public = public

    async def resolve(self, host: str, port: int = 0, family: int = 0) -> list[dict[str, Any]]:
        """The addresses of a name.

        Raises AddressRefused for a name that has a private address or none, else OSError.
        """
        try:
            addresses = await self._resolve(host, port)
        except socket.gaierror as error:
            if error.errno in NO_SUCH_NAME:
                raise AddressRefused(_(_NO_SITE)) from error
            raise
        self._check_all(addresses)
        return [
            {
                "hostname": host,
                "host": ip,
                "port": ip_port,
                "family": socket.AF_INET6 if ":" in ip else socket.AF_INET,
                "proto": socket.IPPROTO_TCP,
                "flags": socket.AI_NUMERICHOST,
            }
            for ip, ip_port in addresses[:ADDRESSES_TRIED]
        ]

    def open_socket(self, info: tuple[Any, ...]) -> socket.socket:
        """For aiohttp: a last check of the very IP address that is about to be connected to."""
        family, kind, protocol, _name, (ip, *_rest) = info
        if not self._public(ip_address(ip)):
            raise PermissionError("not public")
        return socket.socket(family, kind, protocol)

    async def check(self, address: URL) -> None:
        """For a proxy, which resolves names itself. Raises AddressRefused if we know better."""
        try:
            async with asyncio.timeout(PROXY_LOOKUP_S):
                addresses = await self._resolve(address.raw_host or "", address.port or 0)
        except OSError:  # or a timeout: this machine cannot resolve it, the proxy may
            return
        self._check_all(addresses)

    def _check_all(self, addresses: Sequence[SocketAddress]) -> None:
        """One private address among public ones is the beginning of a DNS rebinding attack."""
        if not addresses or not all(self._public(ip_address(ip)) for ip, _port in addresses):
            raise AddressRefused(_(_NO_SITE))


def _check_authority(authority: str) -> None:
    """Refuse what a URL parser would silently repair, reinterpret or hide."""
    if "@" in authority:
        raise AddressRefused(_(_CREDENTIALS))
    if not authority or any(c in "%\\" or c.isspace() for c in authority):
        raise AddressRefused(_(_MALFORMED))
    bracketed, _bracket, after_host = authority.rpartition("]")
    if "[" in authority and ":" not in bracketed:
        raise AddressRefused(_(_MALFORMED))
    if ":" in after_host and not _PORT.search(after_host):
        raise AddressRefused(_(_MALFORMED))


def _check_host(url: URL) -> str:
    """The host as it will be looked up: ASCII, lower case, without a trailing dot."""
    if url.port != PORTS[url.scheme]:
        raise AddressRefused(_(_OTHER_PORT))
    host = (url.raw_host or "").lower().removesuffix(".")
    if ":" in host:
        _check_ip(IPv6Address(host))
    elif _NUMBER.fullmatch(host.rpartition(".")[2]):
        _check_ip(_parse_ipv4(host))
    else:
        _check_name(host)
    return host


def _parse_ipv4(host: str) -> IPv4Address:
    """Four decimal numbers only: programs disagree on 2130706433, 0177.1 and 0x7f.1."""
    try:
        return IPv4Address(host)
    except ValueError as error:
        raise AddressRefused(_(_NUMERIC)) from error


def _check_ip(address: IPAddress) -> None:
    if not is_public(address):
        raise AddressRefused(_(_NOT_PUBLIC))


def _check_name(host: str) -> None:
    labels = host.split(".")
    if len(host) > NAME_CHARACTERS or not all(_LABEL.fullmatch(label) for label in labels):
        raise AddressRefused(_(_MALFORMED))
    endings = {labels[-1], ".".join(labels[-2:])}
    if len(labels) == 1 or endings & PRIVATE_ENDINGS:
        raise AddressRefused(_(_NOT_PUBLIC))
