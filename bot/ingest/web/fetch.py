"""An address that a stranger gives → the bytes behind it, or a refusal in words.

The address checked is the address connected to: a name is looked up once, every answer must
be public, and the connection goes to one of those answers. Each redirect is checked again and
carries nothing along. Time, size, headers and redirects are limited; a refusal never tells a
number, a port or a timing of what was found. Knows nothing of reading the bytes.

Behind a proxy the proxy looks names up, so nothing can be pinned. There, what can be checked
is: the address as written, and the name as this machine resolves it, where it can.
"""

from __future__ import annotations

import asyncio
import importlib
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from email.message import Message
from pathlib import PurePath
from typing import Any

from yarl import URL

from bot import __version__
from bot.errors import (
    AddressRefused,
    ArticleTooLarge,
    NotAnArticle,
    PageForbidden,
    PageNotFound,
    PageUnavailable,
    SettingsError,
    SiteNotTrusted,
    TooManyRedirects,
)
from bot.ingest.web.addresses import (
    IPAddress,
    PublicResolver,
    Resolver,
    SystemResolver,
    check_address,
    is_public,
)

MIB = 1024 * 1024
TOTAL_S = 20.0  # for everything: look-ups, redirects, headers, body
MAX_REDIRECTS = 5
CHUNK_BYTES = 64 * 1024
HEADER_BYTES = 16 * 1024  # of one header line; policies of large sites pass aiohttp's 8 KiB
HEADERS = 128
VALIDATOR_CHARACTERS = 1_024
USER_AGENT = f"Footnote/{__version__} (a Discord research bot; fetches pages that people hand in)"
# No Accept-Language: a page is wanted in the language it was handed in, not in ours.
ACCEPT = "text/html, application/xhtml+xml, application/pdf, text/*;q=0.9, */*;q=0.5"
SUPPORTED_ENCODINGS = ("", "identity", "gzip", "deflate")
ACCEPT_ENCODING = "gzip, deflate"  # what zlib alone can bound; others are not asked for

# The endings that fit a media type, its own first. Sites that hand out files as they lie on a
# disk call everything text/plain.
HTML = (".html", ".htm", ".xhtml")
MARKDOWN = (".md", ".markdown")
ENDINGS = {
    "text/html": HTML,
    "application/xhtml+xml": (".xhtml",),
    "text/plain": (".txt", ".text", ".log", *MARKDOWN, *HTML),
    "text/markdown": MARKDOWN,
    "text/x-markdown": MARKDOWN,
    "application/pdf": (".pdf",),
    "application/x-pdf": (".pdf",),
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document": (".docx",),
    "application/epub+zip": (".epub",),
}
KNOWN_ENDINGS = frozenset(ending for endings in ENDINGS.values() for ending in endings)
GENERIC_TYPE = re.compile(  # the site does not know what it is: the name's ending decides
    r"(application|binary)/(octet-stream|zip|x-zip-compressed|(x-|force-)?download)"
)
MEDIA_NAMES = {"image": "a picture", "audio": "a recording", "video": "a video"}
FILE_NAME_CHARACTERS = 200

REDIRECT_STATUSES = (301, 302, 303, 307, 308)
GONE = (404, 410)
RETRYABLE = (408, 425, 429)

_INSTEAD = "Upload the file or paste the text instead."
_LATER = f"Nothing was stored; try again later. {_INSTEAD}"
_UNREACHABLE = f"The site could not be reached or did not send the whole page. {_LATER}"
_BUSY = f"The site has a fault or too many visitors right now. {_LATER}"
_NO_PROXY = f"The proxy that the operator has set could not be reached. {_LATER}"
_PROXY_REFUSES = f"The operator's proxy does not let this address through. {_INSTEAD}"
_NOT_TRUSTED = f"The site's certificate does not prove that it is this site. {_INSTEAD}"
_NOT_FOUND = f"The site says that it has no such page: check the address. {_INSTEAD}"
_OTHER_COMPRESSION = f"The site packs this page in a way that is not read here. {_INSTEAD}"
_LEADS_NOWHERE = f"The site leads on to an address that cannot be read. {_INSTEAD}"
_FORBIDDEN = (
    "The site does not give this page to Footnote: it may want a login or payment, or turn "
    "programs away. Save the page in your browser and upload it, or paste the text."
)

OnProgress = Callable[[int, int | None], None]  # bytes that came, bytes in all where known


@dataclass(frozen=True, slots=True)
class Fetched:
    """A page or file: ``url`` is where it was in the end, ``data`` is decompressed.

    ``file_name`` has the ending by which a reader is picked.
    """

    url: str
    data: bytes
    charset: str | None
    etag: str | None
    last_modified: str | None
    file_name: str


@dataclass(frozen=True, slots=True)
class NotModified:
    """The site says that it is as it was when ``etag`` or ``last_modified`` were given."""


def _silent(done: int, total: int | None) -> None:
    """Nobody watches."""


class Fetcher:
    """Fetches addresses, each by itself: nothing is kept between two fetches but limits.

    ``max_bytes`` bounds the decompressed body, ``total_s`` a whole fetch. ``resolve`` and
    ``public`` are how a test reaches a server of its own; no setting leads to them.
    Raises SettingsError for a proxy that is none.
    """

    def __init__(
        self,
        *,
        max_bytes: int,
        proxy: str = "",
        user_agent: str = USER_AGENT,
        total_s: float = TOTAL_S,
        resolve: Resolver | None = None,
        public: Callable[[IPAddress], bool] = is_public,
    ):
        self._max_bytes = max_bytes
        self._proxy = _usable(proxy) if proxy else None
        self._user_agent = user_agent
        self._total_s = total_s
        self._names = PublicResolver(resolve or SystemResolver(), public)
        self._session: Any = None  # an aiohttp.ClientSession

    async def fetch(
        self,
        url: str,
        *,
        etag: str | None = None,
        last_modified: str | None = None,
        on_progress: OnProgress = _silent,
    ) -> Fetched | NotModified:
        """What is behind an address; with a validator, Unchanged where the site says so.

        Raises ArticleRefused, by its cause; ``may_pass`` says whether to try again later.
        """
        address = check_address(url)
        validators = _validators(etag, last_modified)
        try:
            async with asyncio.timeout(self._total_s):
                await self._open()
                with _translated():
                    return await self._follow(address, validators, on_progress)
        except TimeoutError as error:
            raise PageUnavailable(_UNREACHABLE) from error

    async def close(self) -> None:
        """Closes the connections. Idempotent."""
        session, self._session = self._session, None
        if session is not None:
            await session.close()

    async def _follow(
        self,
        address: URL,
        validators: dict[str, str],
        on_progress: OnProgress,
    ) -> Fetched | NotModified:
        given_to = address.origin()  # a validator can name a person as a cookie can
        for _ in range(MAX_REDIRECTS + 1):
            asked = validators if address.origin() == given_to else {}
            if self._proxy:
                await self._names.check(address)
            asking = self._session.get(address, headers=asked, allow_redirects=False)
            async with asking as response:
                target = _redirect(response)
                if target is None:
                    return await self._received(address, response, bool(asked), on_progress)
            address = check_address(target)
        raise TooManyRedirects(
            f"This address leads from page to page more than {MAX_REDIRECTS} times; often such a "
            f"site wants a login or cookies. {_INSTEAD}"
        )

    async def _received(
        self,
        address: URL,
        response: Any,
        asked: bool,
        on_progress: OnProgress,
    ) -> Fetched | NotModified:
        if response.status == 304 and asked:
            return NotModified()
        _check_status(response.status)
        if response.headers.get("Content-Encoding", "").strip().lower() not in SUPPORTED_ENCODINGS:
            raise NotAnArticle(_OTHER_COMPRESSION)
        described = _described(response.headers)
        kind = described.get_content_type() if "Content-Type" in described else ""
        name = file_name(kind, described.get_filename() or address.name)
        return Fetched(
            url=str(address),
            data=await self._body(response, on_progress),
            charset=described.get_content_charset(),
            etag=_validator(response.headers.get("ETag")),
            last_modified=_validator(response.headers.get("Last-Modified")),
            file_name=name,
        )

    async def _body(self, response: Any, on_progress: OnProgress) -> bytes:
        packed = response.headers.get("Content-Encoding")
        total = response.content_length
        if total is not None and total > self._max_bytes:
            raise self._too_large()
        parts: list[bytes] = []
        size = 0
        async for part in response.content.iter_chunked(CHUNK_BYTES):
            parts.append(part)
            size += len(part)
            if size > self._max_bytes:
                raise self._too_large()
            on_progress(size, None if packed else total)
            await asyncio.sleep(0)  # what has come already is handed out without letting others in
        return b"".join(parts)

    def _too_large(self) -> ArticleTooLarge:
        return ArticleTooLarge(
            f"This page is larger than {self._max_bytes / MIB:.3g} MB, the limit here, so nothing "
            "was stored. Paste the part you need, or ask the operator to raise MAX_FILE_MB."
        )

    async def _open(self) -> None:
        if self._session is not None:
            return
        await asyncio.to_thread(importlib.import_module, "aiohttp")  # a quarter of a second
        if self._session is None:
            self._session = self._new_session()

    def _new_session(self) -> Any:
        import aiohttp  # noqa: PLC0415 - it is loaded by now

        names = self._names
        pinned: dict[str, Any] = {"resolver": names, "socket_factory": names.open_socket}
        own = {} if self._proxy else pinned  # a proxy may well be in our own network
        return aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(force_close=True, use_dns_cache=False, **own),
            proxy=self._proxy,
            cookie_jar=aiohttp.DummyCookieJar(),
            trust_env=False,  # no .netrc, no proxy that the settings do not name
            timeout=aiohttp.ClientTimeout(total=None),  # fetch() has one of its own
            headers={
                "User-Agent": self._user_agent,
                "Accept": ACCEPT,
                "Accept-Encoding": ACCEPT_ENCODING,
            },
            max_line_size=HEADER_BYTES,
            max_field_size=HEADER_BYTES,
            max_headers=HEADERS,
        )


@contextmanager
def _translated() -> Iterator[None]:
    """aiohttp's errors as ours; unchained: theirs name the address, and a proxy's password."""
    import aiohttp  # noqa: PLC0415 - it is loaded by now

    try:
        yield
    except aiohttp.ClientConnectorCertificateError:
        raise SiteNotTrusted(_NOT_TRUSTED) from None
    except aiohttp.ClientProxyConnectionError:
        raise PageUnavailable(_NO_PROXY) from None
    except aiohttp.ClientHttpProxyError as error:
        if error.status >= 500:  # proxies say so when the site itself cannot be reached
            raise PageUnavailable(_UNREACHABLE) from None
        raise PageForbidden(_PROXY_REFUSES) from None
    except (aiohttp.ClientError, OSError):
        raise PageUnavailable(_UNREACHABLE) from None


def _redirect(response: Any) -> str | None:
    """Where a redirect leads, unchecked; None when the response is not one."""
    location = response.headers.get("Location")
    if response.status not in REDIRECT_STATUSES or not location:
        return None
    try:
        return str(response.url.join(URL(location)))
    except ValueError as error:
        raise AddressRefused(_LEADS_NOWHERE) from error


def _check_status(status: int) -> None:
    if 200 <= status < 300:
        return
    if status in GONE:
        raise PageNotFound(_NOT_FOUND)
    if status in RETRYABLE or 500 <= status < 600:
        raise PageUnavailable(_BUSY)
    raise PageForbidden(_FORBIDDEN)


def _usable(proxy: str) -> URL:
    """aiohttp passes by a proxy without a host, and would then connect without our checks."""
    with suppress(ValueError):
        url = URL(proxy)
        if url.scheme in ("http", "https") and url.host:
            return url
    raise SettingsError(  # without the value: it may hold a password
        "The proxy for fetching pages cannot be used: it should look like http://host:port."
    )


def _validators(etag: str | None, last_modified: str | None) -> dict[str, str]:
    given = {"If-None-Match": _validator(etag), "If-Modified-Since": _validator(last_modified)}
    return {name: value for name, value in given.items() if value}


def _validator(value: str | None) -> str | None:
    """A validator that can be kept and sent back; None for a strange one."""
    usable = value and value.isascii() and value.isprintable()
    return value if usable and len(value or "") <= VALIDATOR_CHARACTERS else None


def _described(headers: Any) -> Message:
    """The headers that describe a file, for the standard library's parser of parameters."""
    described = Message()
    for name in ("Content-Type", "Content-Disposition"):
        if headers.get(name):
            described[name] = headers[name]
    return described


def file_name(kind: str, given: str) -> str:
    """A name whose ending picks the reader. Raises NotAnArticle for a kind that has none.

    The media type decides over the name (a page about report.pdf is a page), except where
    the site only says that it is a file.
    """
    name = "".join(c for c in re.split(r"[/\\]", given)[-1] if c.isprintable())
    stem, ending = PurePath(name[-FILE_NAME_CHARACTERS:]).stem, PurePath(name).suffix.lower()
    if not kind or (GENERIC_TYPE.fullmatch(kind) and ending in KNOWN_ENDINGS):
        return f"{stem}{ending}"
    if kind not in ENDINGS:
        raise NotAnArticle(
            f"This address holds {MEDIA_NAMES.get(kind.partition('/')[0], 'data')}, not an "
            f"article, so nothing was stored. Hand in the address of a page, a PDF, Word or EPUB "
            "file, or paste the text."
        )
    if ending in ENDINGS[kind]:
        return f"{stem}{ending}"
    return (name if ending else "page") + ENDINGS[kind][0]
