"""Errors, sorted by what has to happen next.

LandfallError
├── RetryLater                 the same call may succeed later; Airflow retries the task
│   ├── VendorUnavailable      5xx, resets, timeouts, truncated or undecodable bodies, after the client's own retries
│   ├── RateLimited            the vendor asked to wait longer than a worker should hold its slot (`retry_after`)
│   ├── ReadMoved              the data moved while it was read, so the read is not proved complete
│   ├── OutOfTime              a function's time was over before a read was
│   ├── TransactionLost        the warehouse rolled back by itself, so that part of what was written would be missing
│   ├── WarehouseUnavailable   the warehouse cannot be reached, or has no room or connection to spare
│   └── WarehouseBusy          other sessions hold what was to be written or defined
├── StopAndTell                retrying cannot help; a person has to act
│   ├── Misconfigured          a parameter, a connection or a declaration is wrong
│   ├── AuthenticationFailed   the vendor does not accept the credential
│   ├── ScopeMissing           the credential may not read this resource (`scope`)
│   ├── ContractBroken         the vendor answered something its documentation rules out
│   ├── WindowExpired          the changelog no longer reaches back to the watermark; a full load is due
│   ├── CheckFailed            a blocking check refused the staged rows
│   ├── FuseBlown              publishing would remove more rows than consented to
│   ├── WarehouseRefused       the warehouse does not accept the login, a right is missing, a value does not fit
│   ├── PublishConflict        another run published this table since the extract; the next run reads on from there
│   ├── TooManyRejects         more rows in quarantine than the set share
│   └── TablesFailed           some tables of a run failed; the others are published
└── RowRejected                this row goes to quarantine, the others go on (`path`, `reason`)

Anything else that is raised is a bug. Messages name the source, the resource and what to check; they never carry a
payload, a secret or personal data.
"""

from __future__ import annotations

from typing import ClassVar

FAMILIES = {
    1: "configuration",
    2: "source",
    3: "bronze",
    4: "silver",
    5: "gold",
    6: "infrastructure",
}
"""What an error's code begins with. What is wrong with rows is filed under the layer that was to be made of them."""
BRONZE, SILVER, GOLD = 3, 4, 5
LOST, BUG = 6005, 6006
"""Codes of a worker that was lost, and of what nobody has foreseen."""


class LandfallError(Exception):
    """Base of every error Landfall raises on purpose.

    :param message: one sentence: what happened, where.
    :param todo: one sentence in the imperative: what the operator should do.
    :cvar code: its family and its number there; below 100 where the family is that of a layer.
    """

    todo: str = ""
    code: ClassVar[int] = BUG

    def __init__(self, message: str, *, todo: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.todo = todo or type(self).todo

    def __str__(self) -> str:
        return f"{self.message} → {self.todo}" if self.todo else self.message


class RetryLater(LandfallError):
    """The same call may succeed later."""


class VendorUnavailable(RetryLater):
    """The vendor did not give a usable answer within the client's own retries."""

    code = 2001
    todo = "Nothing was changed; the task retries by itself. If it keeps failing, check the vendor's status page."


class RateLimited(RetryLater):
    """The vendor asked to wait for `retry_after` seconds."""

    code = 2002
    todo = "Nothing was changed; the task continues when the vendor's waiting time is over."

    def __init__(self, message: str, *, retry_after: float, todo: str = "") -> None:
        super().__init__(message, todo=todo)
        self.retry_after = retry_after


class ReadMoved(RetryLater):
    """The data changed while it was being read, so the read is not proved complete."""

    code = 2003
    todo = "Nothing was changed; the task reads again by itself."


class OutOfTime(RetryLater):
    """A function's time was over before a read was."""

    code = 6007
    todo = "Nothing of it was delivered. Give the function more time, or use the Connector SDK, which has no limit."


class TransactionLost(RetryLater):
    """The warehouse rolled a transaction back by itself, without an error that anybody was told of."""

    code = 6003
    todo = "Nothing was changed; the task retries by itself. If it keeps failing, look into the server's own log."


class WarehouseUnavailable(RetryLater):
    """The warehouse cannot be reached, or cannot serve us now."""

    code = 6001
    todo = "Nothing was changed; the task retries by itself. If it keeps failing, look into the server's own log."


class WarehouseBusy(RetryLater):
    """Other sessions of the warehouse hold what was to be written or defined."""

    code = 6002
    todo = "Nothing was changed; the task retries by itself. If it keeps failing, end the session that is in the way."


class StopAndTell(LandfallError):
    """Retrying cannot help; a person has to act."""


class Misconfigured(StopAndTell):
    """A parameter, a connection or a declaration is wrong."""

    code = 1001
    todo = "Correct what is named: the parameter, the setting or the declaration."


class AuthenticationFailed(StopAndTell):
    """The vendor does not accept the credential."""

    code = 2004


class ScopeMissing(StopAndTell):
    """The credential may not read this resource."""

    code = 2005

    def __init__(self, message: str, *, scope: str = "", todo: str = "") -> None:
        super().__init__(message, todo=todo)
        self.scope = scope


class ContractBroken(StopAndTell):
    """The vendor answered something its documentation rules out."""

    code = 2006
    todo = "Nothing was changed. Compare the vendor's release notes with this source's page in docs/."


class WindowExpired(StopAndTell):
    """The changelog no longer reaches back to the watermark."""

    code = 2007
    todo = "Run this table once with mode=full."


class CheckFailed(StopAndTell):
    """A blocking check refused the staged rows."""

    code = 1


class FuseBlown(StopAndTell):
    """Publishing would remove more rows than consented to."""

    code = 2
    todo = "If the removal is right, run again with allow_shrink=true for this table."


class WarehouseRefused(StopAndTell):
    """The warehouse refused, and would again: the login, a right, a value, a definition."""

    code = 6004
    todo = "The server's own log has the statement that it refused."


class PublishConflict(StopAndTell):
    """Another run published this table after this run's extract had read its watermark."""

    code = 4
    todo = (
        "Nothing was changed, and the next run reads on from what is published. To have this run's read, clear its "
        "extract task with its downstream tasks."
    )


class TooManyRejects(StopAndTell):
    """More rows are in quarantine than the set share allows."""

    code = 3
    todo = "Read the reasons in landfall.quarantine; mend the record or the source, then clear the load task."


class TablesFailed(StopAndTell):
    """Some tables of a run failed; the others are published."""

    code = 5


class RowRejected(LandfallError):
    """This row goes to quarantine.

    :param path: where in the record, as a JSON path such as `$.customer.id`.
    :param reason: why, without the value itself.
    """

    def __init__(self, reason: str, *, path: str = "$") -> None:
        super().__init__(f"{path}: {reason}")
        self.path = path
        self.reason = reason


def code_of(error: object, layer: int = SILVER) -> str:
    """The code by which an error is looked up, such as `2004`; its first digit is one of `FAMILIES`.

    :param error: what was raised; None where a worker was lost.
    :param layer: the family of the layer that was to be made.
    """
    if error is None:
        return str(LOST)
    code = error.code if isinstance(error, LandfallError) else BUG
    return str(code if code > 100 else 1000 * layer + code)
