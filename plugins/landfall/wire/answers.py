"""What a vendor's answer means: usable, try again, or an error with a consequence.

Pure functions over one `Answer`; no request is made here, so the sync and the async client share every
judgement.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

import httpx
import msgspec

from landfall.errors import (
    AuthenticationFailed,
    ContractBroken,
    LandfallError,
    RateLimited,
    ScopeMissing,
    VendorUnavailable,
)
from landfall.json_text import is_json, is_split
from landfall.wire.redaction import host_of, vendor_words


class Refused(ContractBroken):
    """The vendor refused this one request with a 4xx `status` that no other error stands for."""

    def __init__(self, message: str, *, status: int, todo: str = "") -> None:
        super().__init__(message, todo=todo)
        self.status = status


class Unusable(ContractBroken):
    """The vendor answered with something else than what was asked for. That may pass: it is asked for again first."""


@dataclass(frozen=True, slots=True)
class Answer:
    """One complete answer: status, headers and the exact body bytes after content decoding.

    :param request: the request line without secrets, for manifests.
    :param place: method and path only, for messages.
    """

    status: int
    headers: httpx.Headers = field(repr=False)
    body: bytes = field(repr=False)
    request: str
    place: str

    @property
    def server_time(self) -> datetime | None:
        """The vendor's clock when it answered (`Date` header, whole seconds, rounded down), or None."""
        return http_date(self.headers.get("date"))

    def json(self) -> object:
        """The body as Python objects; for small answers only, records travel as raw bytes."""
        return msgspec.json.decode(self.body)


class OddText(VendorUnavailable):
    """An answer of JSON but for some text in it: half a surrogate, or a byte that is not UTF-8.

    The second time it is the vendor's data, and costs the record that has it.
    """

    def __init__(self, message: str, answer: Answer) -> None:
        super().__init__(message)
        self.answer = answer


#: A hook's own reading of an answer: an error to raise (a `RetryLater` is retried first), or None for the
#: common rules.
Classify = Callable[[Answer], LandfallError | None]


@dataclass(frozen=True, slots=True)
class Judge:
    """Turns an answer into an error, or into None when it is usable.

    :param source: the vendor's name, the first word of every message.
    :param classify: the hook's own rules, asked first.
    :param safe_messages: vendor messages that may be repeated, as patterns over the whole message.
    :param scope_pattern: finds the missing scope's name in a 403 body; its first group is the scope.
    :param default_wait: seconds to wait after a 429 that names no time.
    """

    source: str
    classify: Classify | None = None
    safe_messages: Sequence[re.Pattern[str]] = ()
    scope_pattern: re.Pattern[str] | None = None
    default_wait: float = 5.0

    def fault(self, answer: Answer, *, json_body: bool = True) -> LandfallError | None:
        """The error this answer stands for, or None.

        :param json_body: a 2xx body must be JSON; a login page or a cut body counts as a transient fault.
        """
        if self.classify is not None and (own := self.classify(answer)) is not None:
            return own
        status, where = answer.status, f"{self.source}: {answer.place}"
        if 200 <= status < 300:
            if json_body and not is_json(answer.body):
                if is_split(answer.body):
                    return OddText(f"{where} answered {status} with text that no JSON may hold", answer)
                kind = answer.headers.get("content-type", "no content type").split(";")[0][:60]
                return VendorUnavailable(f"{where} answered {status} with a body that is not JSON ({kind})")
            return None
        words = vendor_words(answer.body, self.safe_messages)
        said = f"{where} answered {status}" + (f" ({words})" if words else "")
        if 300 <= status < 400:
            return ContractBroken(
                f"{said}: a redirect to {host_of(answer.headers.get('location', ''))}, which is not followed",
                todo="Check host or base_url in the connection: a redirect would carry the credential away.",
            )
        if status == 401:
            return AuthenticationFailed(said, todo=f"Renew the credential in the {self.source} connection.")
        if status == 403:
            return self._forbidden(said, answer.body)
        if status == 429:
            wait = retry_after(answer.headers, self.default_wait)
            return RateLimited(f"{said}: wait {wait:.0f} s", retry_after=wait)
        if status >= 500 or status in (408, 425):
            return VendorUnavailable(said)
        return Refused(said, status=status)

    def _forbidden(self, said: str, body: bytes) -> ScopeMissing:
        found = (
            self.scope_pattern.search(body[:1000].decode("utf-8", "replace")) if self.scope_pattern else None
        )
        scope = found.group(1) if found else ""
        grant = f"the scope {scope}" if scope else "the right to read this"
        return ScopeMissing(
            said, scope=scope, todo=f"Grant {grant} to the credential in the {self.source} connection."
        )


def http_date(text: str | None) -> datetime | None:
    """An HTTP date as an aware UTC datetime; None when it is missing or malformed."""
    try:
        parsed = parsedate_to_datetime(text or "")
    except (ValueError, IndexError, TypeError, OverflowError):
        return None
    return parsed.replace(tzinfo=UTC) if parsed.tzinfo is None else parsed.astimezone(UTC)


def retry_after(headers: Mapping[str, str], default: float) -> float:
    """Seconds to wait after a 429, never negative.

    `Retry-After` as seconds or as an HTTP date, else `ratelimit-reset` as Unix seconds, else `default`. Dates
    are measured against the vendor's own `Date`, so a wrong local clock does not matter.
    """
    now = http_date(headers.get("date")) or datetime.now(UTC)
    told = headers.get("retry-after", "").strip()
    if re.fullmatch(r"\d{1,9}(\.\d+)?", told):
        return float(told)
    if until := http_date(told):
        return max(0.0, (until - now).total_seconds())
    reset = headers.get("ratelimit-reset", "").strip()
    if re.fullmatch(r"\d{1,12}(\.\d+)?", reset):
        # Some vendors count the seconds left instead of naming the moment; no epoch is below 10^9.
        wait = float(reset) - now.timestamp() if float(reset) > 1e9 else float(reset)
        return max(0.0, wait)
    return default
