"""Batches of landed records through the exact path: what gets in, and what is set aside instead."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from landfall.errors import RowRejected
from landfall.privacy import Veil
from landfall.resources import Decoder, Unshaped
from landfall.rows import Row
from landfall.stage.aside import SetAside
from landfall.stage.rows import Rows
from landfall.warehouse import Warehouse
from landfall.warehouse.removal import Family

if TYPE_CHECKING:
    from landfall.stage.load import Staged


class Decoding:
    """Makes rows of records.

    :param result: is told how many elements there were, and what was set aside.
    """

    def __init__(
        self,
        warehouse: Warehouse,
        family: Family,
        decoder: Decoder,
        veil: Veil,
        aside: SetAside,
        result: Staged,
    ) -> None:
        self._parent, self._decoder, self._veil = family.spec.name, decoder, veil
        self._aside, self._result = aside, result
        self._refusals = {name: warehouse.refusal(table) for name, table in family.stages.items()}

    def rows(self, numbered: Iterable[tuple[int, bytes]]) -> dict[str, list[Row]]:
        """The rows of these records by table.

        :param numbered: each with its number in the load.
        """
        made: dict[str, list[Row]] = {self._parent: []}
        for seq, line in numbered:
            try:
                found = self.record(line, seq)
            except RowRejected as error:
                first = self._aside.record(line, seq, error)
                self._result.quarantined += first
                self._result.deduplicated += not first
                continue
            for name, row in found:
                made.setdefault(name, []).append(row)
        for name, elements in self._result.elements.items():
            elements.fetched += len(made.get(name, ()))
        return made

    def record(self, line: bytes, seq: int) -> Rows:
        """The rows of one record; its odd elements are set aside. :raises RowRejected: it cannot be read."""
        if isinstance(line, Unshaped):
            self._decoder.rows(line, seq)  # which may say what is wrong with it
            raise RowRejected("is not in the shape of these records")
        try:
            found = self._veil.rows(self._decoder.rows(line, seq))
            for name, row in found:
                if refuse := self._refusals[name]:
                    refuse(row)
        except RowRejected as error:
            return self._without_odd_elements(line, seq, error)
        return found

    def _without_odd_elements(self, line: bytes, seq: int, error: RowRejected) -> Rows:
        """:raises RowRejected: it is no element that is to blame."""
        found, odd = self._decoder.apart(line, seq, lambda name, row: self.accepted((name, row)))
        if not odd:
            raise error
        for each in odd:
            first = not each.again and self._aside.element(each, seq)
            elements = self._result.elements[each.table]
            elements.fetched += 1
            elements.quarantined += first
            elements.deduplicated += not first
        return self._veil.rows(found)

    def accepted(self, found: tuple[str, Row]) -> tuple[str, Row]:
        """A row as it may be stored. :raises RowRejected: the engine cannot hold it."""
        ((name, row),) = self._veil.rows([found])
        if refuse := self._refusals[name]:
            refuse(row)
        return name, row
