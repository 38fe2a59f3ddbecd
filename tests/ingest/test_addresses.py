"""Which addresses are refused before anything is sent, in every spelling, and which pass."""

from __future__ import annotations

import asyncio
import re
import socket
import threading
from collections.abc import Callable
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.errors import AddressRefused
from bot.ingest.fetch.addresses import (
    ADDRESS_CHARACTERS,
    LOOKUPS_AT_ONCE,
    NOT_PUBLIC_V4,
    NOT_PUBLIC_V6,
    PublicResolver,
    SystemResolver,
    check_address,
    is_public,
)
from tests.web_server import Names

TELLTALE = re.compile(r"\d+\.\d+|[0-9a-f]*::|:\d|\d{2,}|second|closed|open", re.IGNORECASE)

PRIVATE_NUMBERS = """
    0.0.0.0 0.1.2.3 10.0.0.1 10.255.255.255 100.64.0.1 100.100.100.200 100.127.255.255 127.0.0.1
    127.255.255.254 168.63.129.16 169.254.0.23 169.254.169.254 169.254.170.2 172.16.0.1
    172.31.255.255 192.0.0.1 192.0.0.8 192.0.0.9 192.0.0.170 192.0.0.192 192.0.2.1 192.88.99.1
    192.168.0.1 192.168.255.255 198.18.0.1 198.19.255.255 198.51.100.7 203.0.113.7 224.0.0.1
    239.255.255.250 240.0.0.1 255.255.255.255
    :: ::1 ::2 ::7f00:1 ::8.8.8.8 ::ffff:127.0.0.1 ::ffff:7f00:1 ::ffff:10.0.0.1
    ::ffff:169.254.169.254 ::ffff:0:127.0.0.1 64:ff9b::7f00:1 64:ff9b::10.0.0.1 64:ff9b::a9fe:a9fe
    64:ff9b:1::1 64:ff9b:1:ffff::8.8.8.8 100::1 100:0:0:1::1 2001::1 2001:0:7f00:1::
    2001:0:4136:e378:8000:63bf:3fff:fdd2 2001:2::1 2001:10::1 2001:20::1 2001:db8::1 2002::
    2002:7f00:1:: 2002:a00:1::1 2002:808:808::1 3ffe::1 3fff::1 3fff:fff:ffff::1 4000::1 5f00::1
    8000::1 fc00::1 fd00::1 fd00:ec2::254 fd20:ce::254 fe80::1 febf::1 fec0::1 feff::1 ff02::1
    ff0e::1 fe80::1%eth0 2606:4700::1111%eth0
"""
PUBLIC_NUMBERS = """
    1.1.1.1 8.8.8.8 9.255.255.255 11.0.0.1 100.63.255.255 100.128.0.1 126.255.255.255 128.0.0.1
    168.63.129.15 168.63.129.17 169.253.255.255 169.255.0.1 172.15.255.255 172.32.0.1
    191.255.255.255 192.0.1.1 192.0.3.1 192.88.98.1 192.167.255.255 192.169.0.1 198.17.255.255
    198.20.0.1 198.51.101.1 203.0.112.1 203.0.114.1 223.255.255.254
    2001:200::1 2001:4860:4860::8888 2001:db7::1 2001:db9::1 2003::1 2400:cb00::1 2606:4700::1111
    2620:fe::fe 2a00:1450:4001::1 2c0f:fb50::1 ::ffff:8.8.8.8 64:ff9b::8.8.8.8
"""


@pytest.mark.parametrize("number", PRIVATE_NUMBERS.split())
def test_a_number_that_is_not_public_is_known(number: str) -> None:
    assert not is_public(ip_address(number))


@pytest.mark.parametrize("number", PUBLIC_NUMBERS.split())
def test_a_public_number_passes(number: str) -> None:
    assert is_public(ip_address(number))


@given(st.ip_addresses())
def test_the_table_is_never_laxer_than_the_standard_library(
    number: IPv4Address | IPv6Address,
) -> None:
    if is_public(number) and "::ffff:" not in str(number):
        assert number.is_global


REFUSED_BEFORE_ANY_LOOKUP = {
    # other ways of saying 127.0.0.1 and its kind
    "decimal": "http://2130706433/",
    "octal": "http://0177.0.0.1/",
    "hex": "http://0x7f.1/",
    "all hex": "http://0x7f000001/",
    "bare 0x": "http://0x/",
    "short": "http://127.1/",
    "zero": "http://0/",
    "leading zeros": "http://127.000.000.001/",
    "too large": "http://127.0.0.256/",
    "last dot": "http://127.0.0.1./",
    "full-width digits": "http://１２７.0.0.1/",
    "circled digits": "http://①②⑦.⓪.⓪.①/",
    "mathematical digits": "http://𝟏𝟐𝟕.0.0.1/",
    "ideographic dots": "http://127。0。0。1/",
    "full-width dots": "http://127．0．0．1/",
    "percent encoding": "http://%31%32%37.0.0.1/",
    "mapped": "http://[::ffff:127.0.0.1]/",
    "any": "http://[::]/",
    "zone": "http://[fe80::1%25eth0]/",
    "zone, not encoded": "http://[fe80::1%eth0]/",
    "IPv4 in brackets": "http://[127.0.0.1]/",
    "a name in brackets": "http://[v1.fe]/",
    "more after brackets": "http://[::1].example.org/",
    "azure": "http://168.63.129.16/metadata/v1/",
    "metadata": "http://169.254.169.254/latest/meta-data/",
    "a public number spelt oddly": "http://0x08080808/",
    # names that are never public
    "localhost": "http://localhost/",
    "LOCALHOST.": "http://LOCALHOST./",
    "circled": "http://ⓛⓞⓒⓐⓛⓗⓞⓢⓣ/",
    "below localhost": "http://a.localhost/",
    "one label": "http://wiki/",
    "metadata by name": "http://metadata.google.internal/",
    "mdns": "http://printer.local/",
    "a router's": "http://nas.home.arpa/",
    "a cluster's": "http://kubernetes.default.svc/",
    # other protocols and ports
    "nothing": "",
    "no scheme and a private name": "printer.local/status",
    "no scheme and a number": "127.0.0.1/admin",
    "no scheme and another port": "example.org:8080/",
    "a sentence": "see example.org for more",
    "a word": "example",
    "relative": "//example.org/",
    "one slash": "http:/example.org/",
    "file": "file:///etc/passwd",
    "ftp": "ftp://example.org/",
    "gopher": "gopher://example.org:80/",
    "data": "data:text/html,hello",
    "javascript": "javascript:alert(1)",
    "websocket": "ws://example.org/",
    "redis": "http://example.org:6379/",
    "ssh": "http://example.org:22/",
    "crossed ports": "http://example.org:443/",
    "port nought": "http://example.org:0/",
    "port too large": "http://example.org:65616/",
    "a signed port": "http://example.org:+80/",
    "a port in other digits": "http://example.org:８０/",
    "two ports": "http://example.org:80:80/",
    # credentials
    "a user": "http://user@example.org/",
    "a password": "http://user:secret@example.org/",
    "empty": "http://@example.org/",
    "a decoy": "http://example.org@127.0.0.1/",
    "a decoy with a port": "http://example.org:80@127.0.0.1/",
    # what parsers read differently
    "no host": "http:///page",
    "a dot": "http://./",
    "two dots": "http://example..org/",
    "first dot": "http://.example.org/",
    "two last dots": "http://example.org../",
    "a space": "http://exam ple.org/",
    "a backslash": "http://example.org\\@127.0.0.1/",
    "backslashes": "http:\\\\example.org\\",
    "a line break": "http://example.org/\r\nHost: evil",
    "a tab": "http://exa\tmple.org/",
    "nul": "http://example.org/\0",
    "a line separator": "http://example.org/\u2028",
    "a lone surrogate": "http://example.org/\ud800",
    "a soft hyphen": "http://local\u00adhost.org/",
    "zero width": "http://exam\u200bple.org/",
    "bidi": "http://exam\u202eple.org/",
    "a fraction slash of sorts": "http://example.org℀.com/",
    "an open bracket": "http://[::1/",
    "a long label": f"http://{'a' * 64}.org/",
    "a long name": f"http://{'a.' * 127}org/",
    "a long address": "http://example.org/" + "a" * ADDRESS_CHARACTERS,
}


@pytest.mark.parametrize(
    "address", REFUSED_BEFORE_ANY_LOOKUP.values(), ids=REFUSED_BEFORE_ANY_LOOKUP
)
def test_an_address_is_refused_by_what_it_says(address: str) -> None:
    with pytest.raises(AddressRefused) as refusal:
        check_address(address)
    assert not TELLTALE.search(refusal.value.message)
    assert refusal.value.message.count(".") <= 3


TAKEN = {
    "http://example.org": "http://example.org",
    "example.org/page": "https://example.org/page",
    "www.example.org": "https://www.example.org",
    "bücher.example?q=1": "https://xn--bcher-kva.example/?q=1",
    "example.org:443/a": "https://example.org/a",
    "HTTPS://Example.ORG/Path": "https://example.org/Path",
    "  https://example.org/  ": "https://example.org/",
    "http://example.org:80/": "http://example.org/",
    "https://example.org:443/a?b=c@d": "https://example.org/a?b=c@d",
    "https://example.org./": "https://example.org/",
    "https://example.org/a b/ü?q=ü#part": "https://example.org/a%20b/%C3%BC?q=%C3%BC",
    "https://bücher.example/": "https://xn--bcher-kva.example/",
    "https://straße.example/": "https://xn--strae-oqa.example/",
    "https://例え。テスト/": "https://xn--r8jz45g.xn--zckzah/",
    "https://i❤.ws/": "https://xn--i-7iq.ws/",
    "https://my_site.example.com/": "https://my_site.example.com/",
    "https://-a-.example.com/": "https://-a-.example.com/",
    "https://0x7f.com/": "https://0x7f.com/",
    "https://1.1.1.1/": "https://1.1.1.1/",
    "https://１.１.１.１./": "https://1.1.1.1/",
    "https://[2606:4700::1111]:443/": "https://[2606:4700::1111]/",
    "https://fa.wikipedia.org/wiki/می\u200cخواهم": (
        "https://fa.wikipedia.org/wiki/%D9%85%DB%8C%E2%80%8C%D8%AE%D9%88%D8%A7%D9%87%D9%85"
    ),
}


@pytest.mark.parametrize(("written", "asked"), TAKEN.items())
def test_an_address_of_the_public_web_passes(written: str, asked: str) -> None:
    assert str(check_address(written)) == asked


# Spellings: every way that some program reads as the same number.
Speller = Callable[[int], str]
PART: tuple[Speller, ...] = (str, "0{:o}".format, "0x{:x}".format, "0X{:X}".format, "{:03d}".format)
DIGITS = tuple(
    str.maketrans("0123456789", digits) for digits in ("０１２３４５６７８９", "𝟎𝟏𝟐𝟑𝟒𝟓𝟔𝟕𝟖𝟗")
)
CARRIERS = {  # an IPv6 address → how far left the IPv4 address inside it stands
    "::": 0,
    "::ffff:0:0": 0,
    "::ffff:0:0:0": 0,
    "64:ff9b::": 0,
    "64:ff9b:1::": 0,
    "2001::": 64,
    "2002::": 80,
}
private_v4 = st.sampled_from(NOT_PUBLIC_V4).flatmap(lambda block: st.ip_addresses(network=block))
private_v6 = st.sampled_from(
    (*NOT_PUBLIC_V6, *map(IPv6Network, ("::/96", "fc00::/7", "fe80::/9", "ff00::/8", "4000::/2")))
).flatmap(lambda block: st.ip_addresses(network=block))
public_v4 = st.ip_addresses(v=4).filter(is_public)
public_v6 = st.ip_addresses(network="2000::/3").filter(is_public)


@st.composite
def spelt_in_parts(draw: st.DrawFn, numbers: st.SearchStrategy[IPv4Address | IPv6Address]) -> str:
    """One to four parts, each in any base, the digits and dots of any script."""
    number = int(draw(numbers))
    count = draw(st.integers(1, 4))
    parts = [number >> 8 * (3 - i) & 0xFF for i in range(count - 1)]
    parts.append(number & (1 << 8 * (5 - count)) - 1)
    text = draw(st.sampled_from(".。．｡")).join(draw(st.sampled_from(PART))(part) for part in parts)
    table: dict[int, int] = draw(st.sampled_from((*DIGITS, {})))
    return text.translate(table) + draw(st.sampled_from(("", ".")))


@given(spelt_in_parts(private_v4), st.sampled_from(("http", "https")))
def test_a_private_number_is_refused_however_it_is_spelt(number: str, scheme: str) -> None:
    with pytest.raises(AddressRefused):
        check_address(f"{scheme}://{number}/")


@given(private_v4.map(int), st.sampled_from(sorted(CARRIERS)))
def test_a_private_number_inside_an_ipv6_address_is_refused(number: int, carrier: str) -> None:
    address = IPv6Address(int(IPv6Address(carrier)) | number << CARRIERS[carrier])
    for spelling in (str(address), address.exploded, address.exploded.upper()):
        with pytest.raises(AddressRefused):
            check_address(f"http://[{spelling}]/")


@given(private_v6)
def test_a_private_ipv6_address_is_refused(number: IPv6Address) -> None:
    for spelling in (number.compressed, number.exploded):
        with pytest.raises(AddressRefused):
            check_address(f"http://[{spelling}]/")


@given(public_v4, st.sampled_from((*DIGITS, {})), st.sampled_from(("", ".")))
def test_every_public_ipv4_address_passes(
    number: IPv4Address, digits: dict[int, int], dot: str
) -> None:
    assert check_address(f"http://{str(number).translate(digits)}{dot}/").host == str(number)


@given(public_v6)
def test_every_public_ipv6_address_passes(number: IPv6Address) -> None:
    assert ip_address(check_address(f"http://[{number.exploded}]/").host or "") == number


@given(st.text(max_size=60))
def test_any_text_passes_as_a_web_address_or_is_refused_by_name(text: str) -> None:
    for address in (text, f"http://{text}", f"http://example.org{text}"):
        try:
            checked = check_address(address)
        except AddressRefused:
            continue
        assert (checked.scheme, checked.port) in {("http", 80), ("https", 443)}
        assert checked.user is None
        assert str(checked).isascii()


def test_the_blocks_do_not_overlap() -> None:
    blocks: tuple[IPv4Network | IPv6Network, ...] = (*NOT_PUBLIC_V4, *NOT_PUBLIC_V6)
    assert not [(a, b) for a in blocks for b in blocks if a is not b and a.overlaps(b)]


async def test_a_name_is_looked_up_by_the_system() -> None:
    assert ("127.0.0.1", 80) in await SystemResolver()("localhost", 80)


async def test_a_failed_lookup_is_an_os_error() -> None:
    def fail(*_: object, **__: object) -> None:
        raise socket.gaierror(socket.EAI_AGAIN, "later")

    with pytest.raises(OSError, match="later"):
        await SystemResolver(fail)("example.org", 80)


async def test_lookups_that_hang_hold_up_neither_the_loop_nor_its_threads() -> None:
    released, begun = threading.Event(), threading.Semaphore(0)

    def hang(*_: object, **__: object) -> list[object]:
        begun.release()
        released.wait(60)
        return []

    resolve = SystemResolver(hang)
    for _ in range(LOOKUPS_AT_ONCE):
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.001):
                await resolve("example.org", 80)
    with pytest.raises(OSError, match="too many"):
        await resolve("example.org", 80)
    assert await asyncio.to_thread(lambda: "free") == "free"
    released.set()
    assert begun.acquire()


async def test_private_and_missing_names_are_refused_in_the_same_words() -> None:
    missing = socket.gaierror(socket.EAI_NONAME, "no such name")
    names = PublicResolver(Names(80, {"inside.example": [["10.0.0.1"]], "no.example": [missing]}))
    said = []
    for name in ("inside.example", "no.example"):
        with pytest.raises(AddressRefused) as refusal:
            await names.resolve(name, 80)
        said.append(refusal.value.message)
    assert said[0] == said[1]
    assert not TELLTALE.search(said[0])


async def test_a_socket_is_opened_to_public_numbers_only() -> None:
    """Even if a number came from elsewhere than from the look-up."""
    names = PublicResolver(Names(80))
    with pytest.raises(PermissionError):
        names.open_socket((socket.AF_INET, socket.SOCK_STREAM, 6, "", ("10.0.0.1", 80)))
    names.open_socket((socket.AF_INET, socket.SOCK_STREAM, 6, "", ("1.1.1.1", 80))).close()
