"""Events of a changelog, and what one read of a table has made of them."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Annotated, Any, Literal

import msgspec

from landfall.json_text import NOT_JSON
from landfall.landing import LandingWriter
from landfall.reads.request import at

Item = bytes | msgspec.Raw
Moment = Annotated[datetime, msgspec.Meta(tz=True)]


class ChangeEvent(msgspec.Struct, frozen=True):
    """One event of a changelog: which record, what happened to it, when the vendor took note of it, and as of when.

    It is known again by all four together: an id may change twice at one moment of the vendor's pipeline.
    """

    id: int
    operation: Literal["insert", "update", "delete"]
    processed_at: Moment
    updated_at: Moment


_decode = msgspec.json.Decoder(ChangeEvent).decode


def event(item: Item) -> ChangeEvent | None:
    """An event as the vendor sent it; None where it is not as documented."""
    try:
        return _decode(item)
    except NOT_JSON:
        return None


def newest(events: Iterable[ChangeEvent]) -> dict[int, ChangeEvent]:
    """The last event of each id. Sorting is stable: of events at the same moment the one that came last decides."""
    return {each.id: each for each in sorted(events, key=lambda each: each.processed_at)}


def moment(value: Any) -> datetime | None:
    """A moment as a record or a table has it; None where it is none."""
    try:
        found = datetime.fromisoformat(value) if isinstance(value, str) else value
    except ValueError:
        return None
    if not isinstance(found, datetime):
        return None
    return found if found.tzinfo else found.replace(tzinfo=UTC)


@dataclasses.dataclass
class Seen:
    """What a read has seen: events, and the records behind them as they came back.

    :ivar known: events, and odd items byte for byte, that need no second look.
    :ivar events: those of this read that were not known.
    :ivar records: when the record of an id was last changed, as it came back; the latest one counts.
    :ivar pending: events that are to be looked at again although their record came back.
    :ivar landed: every item of this read, known or not; None for what is no event.
    """

    known: set[ChangeEvent | bytes] = dataclasses.field(default_factory=set)
    events: list[ChangeEvent] = dataclasses.field(default_factory=list)
    records: dict[int, datetime] = dataclasses.field(default_factory=dict)
    pending: set[ChangeEvent] = dataclasses.field(default_factory=set)
    landed: list[ChangeEvent | None] = dataclasses.field(default_factory=list)

    def take(self, items: Iterable[Item]) -> tuple[list[ChangeEvent], int]:
        """Note what was landed. :returns: the events not known before, and how many items are not as documented."""
        fresh, odd = [], 0
        for item in items:
            found = event(item)
            self.landed.append(found)
            mark = found or bytes(item)
            if mark in self.known:
                continue
            self.known.add(mark)
            if found:
                fresh.append(found)
            odd += found is None
        self.events += fresh
        return fresh, odd

    def came(self, items: Iterable[Item]) -> None:
        """Note the records that came back."""
        for item in items:
            key, changed = at(item, "id"), moment(at(item, "updated_at"))
            if isinstance(key, int) and changed:
                self.records[key] = max(changed, self.records.get(key, changed))

    def last(self, events: Iterable[ChangeEvent]) -> dict[int, ChangeEvent]:
        """The last event of each id that these events tell of. It may be one that was known before: of a row that is
        back, the deletion may be what is news."""
        ids = {each.id for each in events}
        return newest(each for each in self.landed if each and each.id in ids)

    def moved(self, ids: Iterable[int]) -> bool:
        """Whether a record did not come back as its last event left it: there may be later events."""
        last = self.last(self.events)
        return any(self.records.get(key) != last[key].updated_at for key in ids)

    @property
    def unseen(self) -> list[ChangeEvent]:
        """Events whose record did not come back, or older than the event left it."""
        last = self.last(self.events)
        return [each for each in self.events if each in self.pending or not self._shown(each, last)]

    def _shown(self, each: ChangeEvent, last: dict[int, ChangeEvent]) -> bool:
        if "delete" in (each.operation, last[each.id].operation):
            return True
        came = self.records.get(each.id)
        return came is not None and came >= each.updated_at

    def leave(self, landing: LandingWriter, since: datetime) -> datetime | None:
        """Note in the landing which events are to be looked at again.

        :param since: how old an event may be to be waited for; an older one tells of a record that nobody can list.
        :returns: the moment of the oldest that is waited for.
        """
        unseen = set(self.unseen)
        landing.unseen(number for number, each in enumerate(self.landed) if each in unseen)
        return min((each.processed_at for each in unseen if each.processed_at > since), default=None)


def known_again(lines: Iterable[bytes]) -> set[ChangeEvent | bytes]:
    """What a load before has seen, for `Seen.known`."""
    return {event(line) or line for line in lines}
