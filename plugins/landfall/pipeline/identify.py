"""Before anything is read: is it still the same company's data that each credential opens?"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from landfall import ledger
from landfall.errors import LandfallError, Misconfigured
from landfall.identity import told_by
from landfall.pipeline.model import published
from landfall.resources import Source
from landfall.warehouse import Warehouse


def prove_identity(
    warehouse: Warehouse, source: Source, api: Any, *, path: str = "", accept: bool = False, keep: bool = True
) -> dict[str, LandfallError]:
    """Hold what the hook tells of whose data it opens against what the ledger keeps since the first load.

    Where another is consented to, what it opens from then on is read in full: no watermark of one company says
    anything about another. As long as nothing was published, whatever is told is kept.

    :param path: the hook's import path where it is not the source's own; its tables are those that it speaks for.
    :param accept: the operator consents to another.
    :param keep: write to the ledger; a dry run does not.
    :returns: by account, what is wrong with those that open another one's data, where other accounts do not.
    :raises Misconfigured: every account opens another one's data than the tables hold; names both.
    """
    told = told_by(api)
    if not told:
        return {}
    refused: dict[str, LandfallError] = {}
    hook = type(api).conn_type
    tables = {r.table.name: r.table for r in source.resources if r.hook == path}
    with warehouse.keeping(f"{source.name}.identity") as books:
        kept = ledger.identities_of(books, source.name)
        states = published(warehouse, source, *tables)
        loaded = any(states[name].version for name in tables if name in states)
        for account, identity in told.items():
            before = kept.get((hook, account))
            if before and before.key == identity.key:
                continue
            if before and loaded and not accept:
                connection_id = getattr(api, api.conn_name_attr)
                of = f" of {account}" if account else ""
                refused[account] = Misconfigured(
                    f"{source.name}: connection {connection_id} opens the data{of} of {identity}, but the tables hold "
                    f"those of {before}",
                    todo=f"Put the credential of {before} into {connection_id}. If {identity} is meant to be in these "
                    "tables, run once with accept_identity=true; they are then read in full.",
                )
                continue
            if keep:
                ledger.keep_identity(books, source.name, hook, account, identity, datetime.now(UTC))
                for name, table in tables.items() if before else ():
                    part = ledger.part_name(name, account) if account else name
                    books.forget_watermarks(source.name, [part], source.place(table))
    if refused and refused.keys() >= getattr(api, "accounts", {"": api}).keys():
        raise next(iter(refused.values()))
    return refused
