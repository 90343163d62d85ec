"""Fetching a file that an API links to: streamed, hashed, proved complete, and without carrying the
credential away."""

from __future__ import annotations

import hashlib
import os
import re
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from email.message import Message
from typing import BinaryIO
from urllib.parse import unquote, urlsplit

import httpx
import tenacity

from landfall.errors import ContractBroken, VendorUnavailable
from landfall.wire.client import ApiSettings
from landfall.wire.redaction import host_of
from landfall.wire.transport import BudgetTransport

_MOST_REDIRECTS = 5


class LinkRefused(VendorUnavailable):
    """The link was answered with a 4xx `status`: most often it has expired, and a fresh one will do."""

    def __init__(self, message: str, *, status: int, todo: str = "") -> None:
        super().__init__(message, todo=todo)
        self.status = status


@dataclass(frozen=True, slots=True)
class Downloaded:
    """Facts about a file that was fetched completely.

    :param bytes: length of what was written.
    :param sha256: hex digest of what was written.
    :param filename: the vendor's name for it, reduced to a safe base name; may be empty.
    :param content_type: media type without parameters; may be empty.
    """

    bytes: int
    sha256: str
    filename: str
    content_type: str


def download(settings: ApiSettings, url: str, target: BinaryIO, *, total: float = 1800.0) -> Downloaded:
    """Stream `url` into `target` and return what was fetched.

    The credential and the request budget apply only where the link has the API's own origin. Redirects are
    followed without the credential, and never from https to http.

    :param target: binary and writable; when it can seek, a broken transfer is repeated from its start
        position.
    :param total: seconds for the whole transfer.
    :raises LinkRefused: a 4xx, most often an expired link.
    :raises VendorUnavailable: no complete file within the retries, or an HTML page in its place.
    :raises ContractBroken: a link that is no http(s) URL, too many redirects, or an unknown content encoding.
    """
    start = target.tell() if target.seekable() else None

    def again(error: BaseException) -> bool:
        return (
            start is not None and isinstance(error, VendorUnavailable) and not isinstance(error, LinkRefused)
        )

    def once() -> Downloaded:
        if start is not None:
            target.seek(start)
            target.truncate()
        try:
            return _fetch(settings, url, target, total, _MOST_REDIRECTS)
        except (httpx.HTTPError, httpx.StreamError, httpx.InvalidURL, zlib.error) as error:
            what = f"the download from {host_of(url)} broke off ({type(error).__name__})"
            raise VendorUnavailable(f"{settings.judge.source}: {what}") from None

    return tenacity.Retrying(**settings.retry.arguments(again))(once)


def _fetch(settings: ApiSettings, url: str, target: BinaryIO, total: float, redirects: int) -> Downloaded:
    link, what = httpx.URL(url), f"{settings.judge.source}: the download from {host_of(url)}"
    if link.scheme not in ("http", "https") or not link.host:
        raise ContractBroken(f"{what}: the link is not an http(s) address")
    own = _origin(link) == _origin(httpx.URL(settings.base_url)) and redirects == _MOST_REDIRECTS
    transport = BudgetTransport(
        url, settings.budget if own else None, max_wait=settings.max_wait, total=total
    )
    # Identity, because a gzip stream that is cut at the right place decodes without complaint.
    headers = {"Accept": "*/*", "Accept-Encoding": "identity", "User-Agent": "landfall"}
    with (
        httpx.Client(transport=transport, headers=headers, timeout=settings.timeouts.for_httpx()) as http,
        http.stream("GET", link, auth=settings.auth if own else None) as response,
    ):
        if response.is_redirect:
            onward = link.join(response.headers["location"])
            if redirects <= 1 or (link.scheme == "https" and onward.scheme != "https"):
                raise ContractBroken(f"{what}: redirected to {host_of(onward)}, which is not followed")
        else:
            _refuse(response, what)
            return _store(response, target, what)
    return _fetch(settings, str(onward), target, total, redirects - 1)


def _refuse(response: httpx.Response, what: str) -> None:
    status = response.status_code
    if 400 <= status < 500 and status not in (408, 425, 429):
        raise LinkRefused(f"{what} was refused with {status}", status=status)
    if status != 200:
        raise VendorUnavailable(f"{what} answered {status}")
    if _media_type(response) in ("text/html", "application/xhtml+xml"):
        raise VendorUnavailable(f"{what} gave a web page in place of the file")


def _store(response: httpx.Response, target: BinaryIO, what: str) -> Downloaded:
    digest, length = hashlib.sha256(), 0
    for chunk in _plain(response, what):
        target.write(chunk)
        digest.update(chunk)
        length += len(chunk)
    return Downloaded(length, digest.hexdigest(), _filename(response), _media_type(response))


def _plain(response: httpx.Response, what: str) -> Iterator[bytes]:
    encoding = response.headers.get("content-encoding", "identity").lower()
    if encoding == "identity":
        yield from response.iter_raw()
        return
    if encoding not in ("gzip", "x-gzip", "deflate"):
        raise ContractBroken(f"{what}: unknown content encoding")
    unzip = zlib.decompressobj(wbits=47)
    for chunk in response.iter_raw():
        yield unzip.decompress(chunk)
    yield unzip.flush()
    if not unzip.eof:
        raise VendorUnavailable(f"{what} was cut off")


def _origin(url: httpx.URL) -> tuple[str, str, int | None]:
    return url.scheme, url.host, url.port


def _media_type(response: httpx.Response) -> str:
    return response.headers.get("content-type", "").split(";")[0].strip().lower()


def _filename(response: httpx.Response) -> str:
    header = Message()
    header["content-disposition"] = response.headers.get("content-disposition", "")
    name = header.get_filename() or unquote(urlsplit(str(response.url)).path)
    safe = re.sub(r"[^\w .()-]", "_", os.path.basename(name.replace("\\", "/")))
    return safe.strip(" .")[:128]
