"""A token that all processes with one credential share: got once, renewed by one of them, seen by its owner alone."""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import os
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import msgspec

from landfall.errors import Misconfigured

RENEW_AT = 0.8
"""Share of a token's life after which it is renewed: a long request must not outlive it."""


class Token(msgspec.Struct, frozen=True):
    """What a login gave.

    :ivar value, refresh: secrets.
    :ivar server: where it is good.
    :ivar obtained: Unix time by our own clock.
    :ivar lasts, refresh_lasts: seconds.
    """

    value: str
    refresh: str
    server: str
    obtained: float
    lasts: float
    refresh_lasts: float

    def __repr__(self) -> str:
        return "Token(…)"

    @property
    def fresh(self) -> bool:
        """Whether it need not be renewed yet."""
        return 0 <= time.time() - self.obtained < RENEW_AT * self.lasts

    @property
    def refreshable(self) -> bool:
        """Whether its refresh token can still be good."""
        return bool(self.refresh) and 0 <= time.time() - self.obtained < self.refresh_lasts


class SharedToken:
    """The present token of one credential.

    :param credential: tells it from others; only a hash of it is kept.
    :param folder: of this machine's shared state.
    :param login: gets a new token.
    :param refresh: gets a new one by a refresh token; None where that one is refused.
    """

    def __init__(
        self,
        credential: str,
        folder: Path,
        login: Callable[[], Token],
        refresh: Callable[[Token], Token | None],
    ) -> None:
        name = hashlib.sha256(credential.encode()).hexdigest()[:32]
        self._path = folder / "tokens" / name
        self._login, self._refresh = login, refresh
        self._seen: Token | None = None

    def get(self) -> Token:
        """A token that is good, as far as our clock can tell."""
        if self._seen is None or not self._seen.fresh:
            with self._locked():
                kept = self._read()
                self._seen = kept if kept and kept.fresh else self._renewed(kept)
        return self._seen

    def another_than(self, refused: Token) -> Token:
        """A token in place of one that the vendor does not take: another process's, or a login's."""
        with self._locked():
            kept = self._read()
            known = kept if kept and kept.value != refused.value and kept.fresh else None
            self._seen = known or self._written(self._login())
        return self._seen

    def _renewed(self, kept: Token | None) -> Token:
        renewed = self._refresh(kept) if kept and kept.refreshable else None
        return self._written(renewed or self._login())

    @contextlib.contextmanager
    def _locked(self) -> Iterator[None]:
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            self._path.parent.chmod(0o700)
            lock = os.open(self._path.with_suffix(".lock"), os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        except OSError as error:
            raise Misconfigured(
                f"The folder of shared tokens cannot be used ({type(error).__name__})",
                todo="Let the workers' user own the folder that LANDFALL_STATE_DIR names, or rate_store.",
            ) from None
        try:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield
        finally:
            os.close(lock)

    def _read(self) -> Token | None:
        try:
            return msgspec.json.decode(self._path.read_bytes(), type=Token)
        except (FileNotFoundError, msgspec.DecodeError):
            return None

    def _written(self, token: Token) -> Token:
        new = self._path.with_suffix(".new")
        with contextlib.suppress(FileNotFoundError):
            new.unlink()
        with open(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600), "wb") as target:
            target.write(msgspec.json.encode(token))
        new.replace(self._path)
        return token
