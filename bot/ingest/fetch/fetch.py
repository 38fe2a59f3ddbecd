"""An untrusted address → the bytes behind it, or an error fit for the user.

The address checked is the address connected to: a name is resolved once, every result must be
public, and the connection goes to one of them. Each redirect is checked again and carries nothing
along. Time, size, headers and redirects are limited; an error never reveals an IP address, a port
or a timing. Knows nothing of parsing the bytes.

Behind a proxy the proxy resolves names, so nothing can be pinned. What can still be checked there:
the address as written, and the name as this machine resolves it, if it can.
"""

from __future__ import annotations

import asyncio
import importlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
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
from bot.ingest.extract.formats import ENDINGS, Format
from bot.ingest.fetch.addresses import (
    IPAddress,
    PublicResolver,
    Resolver,
    SystemResolver,
    check_address,
    is_public,
)
from bot.ingest.fetch.media_types import content_headers, file_name
from bot.ingest.meta_refresh import find_refresh
from bot.strings import N_, _

MIB = 1024 * 1024
TOTAL_S = 20.0  # for everything: lookups, redirects, headers, body
MAX_REDIRECTS = 5
CHUNK_BYTES = 64 * 1024
HEADER_BYTES = 16 * 1024  # of one header line; policies of large sites pass aiohttp's 8 KiB
HEADERS = 128
VALIDATOR_CHARACTERS = 1_024
USER_AGENT = f"Footnote/{__version__} (a Discord research bot; fetches pages that people add)"
# No Accept-Language: a page is wanted in the language in which it was added, not in ours.
ACCEPT = "text/html, application/xhtml+xml, application/pdf, text/*;q=0.9, */*;q=0.5"
SUPPORTED_ENCODINGS = ("", "identity", "gzip", "deflate")
ACCEPT_ENCODING = "gzip, deflate"  # only zlib's output size can be bounded

REDIRECT_STATUSES = (301, 302, 303, 307, 308)
GONE = (404, 410)
RETRYABLE = (408, 425, 429)

_UNREACHABLE = N_(
    "I couldn't reach the site, or it didn't send the whole page. Nothing was stored. "
    "Try again later, upload the file, or paste the text."
)
_BUSY = N_(
    "The site has an error or is overloaded right now. Nothing was stored. "
    "Try again later, upload the file, or paste the text."
)
_NO_PROXY = N_(
    "I couldn't reach the operator's proxy. Nothing was stored. "
    "Try again later, upload the file, or paste the text."
)
_PROXY_REFUSES = N_(
    "The operator's proxy blocks this address. Upload the file or paste the text instead."
)
_NOT_TRUSTED = N_(
    "I can't trust this site: its certificate isn't valid. "
    "Upload the file or paste the text instead."
)
_NOT_FOUND = N_(
    "The site says this page doesn't exist. Check the address, upload the file, or paste the text."
)
_OTHER_COMPRESSION = N_(
    "The site compresses this page in a way I can't read. "
    "Upload the file or paste the text instead."
)
_BAD_REDIRECT = N_(
    "The site redirects to an address I can't read. Upload the file or paste the text instead."
)
_TOO_MANY_REDIRECTS = N_(
    "This address redirects more than {limit} times; such sites often want a login or cookies. "
    "Upload the file or paste the text instead."
)
_FORBIDDEN = N_(
    "The site won't give me this page: it may want a login or payment, or block bots. "
    "Save the page in your browser and upload it, or paste the text."
)

OnProgress = Callable[[int, int | None], None]  # bytes so far, bytes in total (if known)


@dataclass(frozen=True, slots=True)
class Fetched:
    """A page or file: ``url`` is its address after redirects, ``data`` is decompressed.

    ``file_name`` has the extension by which a reader is picked.
    """

    url: str
    data: bytes
    charset: str | None
    etag: str | None
    last_modified: str | None
    file_name: str


@dataclass(frozen=True, slots=True)
class NotModified:
    """The site says that the page has not changed since its validators were issued (HTTP 304)."""


def _ignore_progress(done: int, total: int | None) -> None:
    """The default callback: does nothing."""


class Fetcher:
    """Fetches addresses; keeps nothing between two fetches, neither cookies nor connections.

    ``max_bytes`` bounds the decompressed body, ``total_s`` a whole fetch. ``resolve`` and
    ``public`` let a test reach its own server; no setting leads to them.
    Raises SettingsError for an invalid proxy.
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
        self._proxy = _parse_proxy(proxy) if proxy else None
        self._user_agent = user_agent
        self._total_s = total_s
        self._resolver = PublicResolver(resolve or SystemResolver(), public)
        self._session: Any = None  # an aiohttp.ClientSession

    async def fetch(
        self,
        url: str,
        *,
        etag: str | None = None,
        last_modified: str | None = None,
        on_progress: OnProgress = _ignore_progress,
    ) -> Fetched | NotModified:
        """Fetch an address; NotModified if the site says so to one of the validators.

        Raises the ArticleRefused that fits; its ``may_pass`` says whether to try again later.
        """
        address = check_address(url)
        validators = _validators(etag, last_modified)
        try:
            async with asyncio.timeout(self._total_s):
                await self._open()
                with _translate_errors():
                    return await self._follow(address, validators, on_progress)
        except TimeoutError as error:
            raise PageUnavailable(_(_UNREACHABLE)) from error

    async def close(self) -> None:
        """Close the connections. Idempotent."""
        session, self._session = self._session, None
        if session is not None:
            await session.close()

    async def _follow(
        self,
        address: URL,
        validators: dict[str, str],
        on_progress: OnProgress,
    ) -> Fetched | NotModified:
        origin = address.origin()  # a validator can identify a person as a cookie can
        for _hop in range(MAX_REDIRECTS + 1):
            headers = validators if address.origin() == origin else {}
            if self._proxy:
                await self._resolver.check(address)
            request = self._session.get(address, headers=headers, allow_redirects=False)
            async with request as response:
                target = _redirect_target(response)
                if target is None:
                    received = await self._receive(address, response, bool(headers), on_progress)
                    target = _refresh_target(received)
                    if target is None:
                        return received
            address = check_address(target)
        raise TooManyRedirects(_(_TOO_MANY_REDIRECTS).format(limit=MAX_REDIRECTS))

    async def _receive(
        self,
        address: URL,
        response: Any,
        is_conditional: bool,
        on_progress: OnProgress,
    ) -> Fetched | NotModified:
        if response.status == 304 and is_conditional:
            return NotModified()
        _check_status(response.status)
        if response.headers.get("Content-Encoding", "").strip().lower() not in SUPPORTED_ENCODINGS:
            raise NotAnArticle(_(_OTHER_COMPRESSION))
        headers = content_headers(response.headers)
        media_type = headers.get_content_type() if "Content-Type" in headers else ""
        name = file_name(media_type, headers.get_filename() or address.name)
        return Fetched(
            url=str(address),
            data=await self._read_body(response, on_progress),
            charset=headers.get_content_charset(),
            etag=_validator(response.headers.get("ETag")),
            last_modified=_validator(response.headers.get("Last-Modified")),
            file_name=name,
        )

    async def _read_body(self, response: Any, on_progress: OnProgress) -> bytes:
        is_compressed = response.headers.get("Content-Encoding")
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
            on_progress(size, None if is_compressed else total)
            await asyncio.sleep(0)  # buffered chunks come without giving other tasks a turn
        return b"".join(parts)

    def _too_large(self) -> ArticleTooLarge:
        return ArticleTooLarge(
            _(
                "This page is larger than {limit:.3g} MB, the limit here, so nothing was stored. "
                "Paste the part you need, or ask the operator to raise MAX_FILE_MB."
            ).format(limit=self._max_bytes / MIB)
        )

    async def _open(self) -> None:
        if self._session is not None:
            return
        await asyncio.to_thread(importlib.import_module, "aiohttp")  # a quarter of a second
        if self._session is None:
            self._session = self._new_session()

    def _new_session(self) -> Any:
        import aiohttp  # noqa: PLC0415 - it is loaded by now

        resolver = self._resolver
        pinned: dict[str, Any] = {"resolver": resolver, "socket_factory": resolver.open_socket}
        options = {} if self._proxy else pinned  # a proxy may well be in our own network
        return aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(force_close=True, use_dns_cache=False, **options),
            proxy=self._proxy,
            cookie_jar=aiohttp.DummyCookieJar(),
            trust_env=False,  # no .netrc, no proxy that the settings do not name
            timeout=aiohttp.ClientTimeout(total=None),  # fetch() has its own
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
def _translate_errors() -> Iterator[None]:
    """Turn aiohttp's errors into ours, unchained: theirs quote the address and proxy password."""
    import aiohttp  # noqa: PLC0415 - it is loaded by now

    try:
        yield
    except aiohttp.ClientConnectorCertificateError:
        raise SiteNotTrusted(_(_NOT_TRUSTED)) from None
    except aiohttp.ClientProxyConnectionError:
        raise PageUnavailable(_(_NO_PROXY)) from None
    except aiohttp.ClientHttpProxyError as error:
        if error.status >= 500:  # a proxy's answer when it cannot reach the site
            raise PageUnavailable(_(_UNREACHABLE)) from None
        raise PageForbidden(_(_PROXY_REFUSES)) from None
    except (aiohttp.ClientError, OSError):
        raise PageUnavailable(_(_UNREACHABLE)) from None


def _redirect_target(response: Any) -> str | None:
    """Where a redirect leads, unchecked; None if the response is not a redirect."""
    location = response.headers.get("Location")
    if response.status not in REDIRECT_STATUSES or not location:
        return None
    return _join(response.url, location)


def _refresh_target(received: Fetched | NotModified) -> str | None:
    """Where a page only sends its readers on, as written; None for any other page."""
    if isinstance(received, NotModified) or not received.file_name.endswith(ENDINGS[Format.HTML]):
        return None
    target = find_refresh(received.data)
    return _join(URL(received.url), target) if target else None


def _join(address: URL, target: str) -> str:
    try:
        return str(address.join(URL(target)))
    except ValueError as error:
        raise AddressRefused(_(_BAD_REDIRECT)) from error


def _check_status(status: int) -> None:
    if 200 <= status < 300:
        return
    if status in GONE:
        raise PageNotFound(_(_NOT_FOUND))
    if status in RETRYABLE or 500 <= status < 600:
        raise PageUnavailable(_(_BUSY))
    raise PageForbidden(_(_FORBIDDEN))


def _parse_proxy(proxy: str) -> URL:
    """aiohttp ignores a proxy without a host, and would then connect without our checks."""
    with suppress(ValueError):
        url = URL(proxy)
        if url.scheme in ("http", "https") and url.host:
            return url
    raise SettingsError(  # without the value: it may hold a password
        _("I can't use the proxy for fetching pages: it should look like http://host:port.")
    )


def _validators(etag: str | None, last_modified: str | None) -> dict[str, str]:
    headers = {"If-None-Match": _validator(etag), "If-Modified-Since": _validator(last_modified)}
    return {name: value for name, value in headers.items() if value}


def _validator(value: str | None) -> str | None:
    """A validator that can be stored and sent back; None for a strange one."""
    is_usable = value and value.isascii() and value.isprintable()
    return value if is_usable and len(value or "") <= VALIDATOR_CHARACTERS else None
