"""How sources are doing, of what the ledger tells: one read model for the command, the page and the watch.

`look` answers for one source in plain values. It asks by one connection that cannot write, is closed afterwards, and of
which there are never more than two in a process; where the warehouse is away, the answer says so.
"""

from __future__ import annotations

from landfall.health.look import look, refused, trouble
from landfall.health.score import Alert, Health, judge
from landfall.health.told import SourceHealth, order

__all__ = ["Alert", "Health", "SourceHealth", "judge", "look", "order", "refused", "trouble"]
