"""The vendor's own time, which tests may set, freeze and advance."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

STAMP = "%Y-%m-%dT%H:%M:%S.%fZ"


def stamp(at: datetime) -> str:
    """`at` in UTC with six digits, such as `2023-08-30T10:08:08.146343Z`. Stamps sort as text."""
    return at.astimezone(UTC).strftime(STAMP)


def instant(text: str) -> datetime:
    """The moment an RFC 3339 date-time names.

    :raises ValueError: `text` is no date-time, or has no zone.
    """
    at = datetime.fromisoformat(text)
    if at.tzinfo is None or "T" not in text.upper():
        raise ValueError("a date-time needs a time and a zone")
    return at.astimezone(UTC)


class Clock:
    """Real time, shifted by what `set` and `advance` asked for, or standing still.

    :param at: where to start; None for the real time.
    :param frozen: stand still until `advance`, `set` or `run`.
    """

    def __init__(self, at: datetime | None = None, *, frozen: bool = False) -> None:
        self._shift = timedelta()
        self._frozen: datetime | None = None
        if frozen:
            self.freeze()
        if at is not None:
            self.set(at)

    def now(self) -> datetime:
        """The vendor's present, in UTC."""
        return self._frozen if self._frozen is not None else datetime.now(UTC) + self._shift

    def set(self, at: datetime) -> None:
        """Make it `at`; a frozen clock stays frozen there."""
        at = at.astimezone(UTC)
        if self._frozen is not None:
            self._frozen = at
        self._shift = at - datetime.now(UTC)

    def advance(self, seconds: float = 0, *, days: float = 0) -> None:
        """Move on by this much (back where negative)."""
        self.set(self.now() + timedelta(days=days, seconds=seconds))

    def freeze(self) -> None:
        """Stand still."""
        self._frozen = self.now()

    def run(self) -> None:
        """Go on from where the clock stands."""
        if self._frozen is not None:
            at, self._frozen = self._frozen, None
            self.set(at)
