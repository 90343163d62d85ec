"""Faults on purpose, for any vendor's application.

`FAULTS` names every kind. `Faults` is the ASGI middleware that holds a queue of them, each waiting for its request:

    vendor.faults.add("reset_during_body", path="/customers$", nth=2)
    vendor.faults.add("429_seconds", times=3, seconds=2)
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any

from starlette.datastructures import QueryParams
from starlette.types import ASGIApp, Receive, Scope, Send

from sandbox.fault_answers import ANSWERS
from sandbox.fault_kinds import Answered, Dialect, Fault, Shot
from sandbox.fault_pages import PAGES, resume
from sandbox.fault_wires import WIRES

__all__ = ["FAULTS", "Dialect", "Fault", "Faults", "Rule"]

FAULTS: dict[str, Fault] = {fault.name: fault for fault in (*ANSWERS, *WIRES, *PAGES)}
"""Every kind of fault by name, for tests that go through all of them."""


@dataclass
class Rule:
    """A fault waiting for its requests.

    :ivar method: HTTP method, None for any.
    :ivar path: a regular expression searched in the path, the query string excluded.
    :ivar nth: the first matching request it strikes, counted from when the rule was added.
    :ivar times: how many matching requests in a row it strikes; None for all from then on.
    :ivar settings: the fault's own settings, in place of its defaults.
    :ivar seen: matching requests so far.
    :ivar struck: requests it struck.
    """

    fault: Fault
    method: str | None
    path: re.Pattern[str]
    nth: int
    times: int | None
    settings: dict[str, Any]
    seen: int = 0
    struck: int = 0

    def strikes(self, scope: Scope) -> bool:
        """Count a request; whether the fault is due on it."""
        if (self.method and self.method != scope["method"]) or not self.path.search(scope["path"]):
            return False
        self.seen += 1
        return self.seen >= self.nth and not self.spent

    @property
    def spent(self) -> bool:
        """Whether it has struck as often as it should."""
        return self.times is not None and self.struck >= self.times


@dataclass
class Faults:
    """ASGI middleware that answers a request wrongly when a rule says so, and else passes it on.

    One rule strikes a request: the first due one. A fault that has nothing to lie about, such as a cursor loop on a
    first page, answers the truth and stays due.

    :param app: the vendor's application.
    :param dialect: what the vendor calls the parts of a page.
    """

    app: ASGIApp
    dialect: Dialect
    rules: list[Rule] = field(default_factory=list)
    _pages: dict[str, Answered] = field(default_factory=dict)
    _cursors: dict[str, list[str]] = field(default_factory=dict)
    _aliases: dict[str, str] = field(default_factory=dict)

    def add(
        self,
        name: str,
        *,
        path: str = "",
        method: str | None = None,
        nth: int = 1,
        times: int | None = 1,
        **settings: Any,
    ) -> None:
        """Queue a fault.

        :param name: a key of `FAULTS`.
        :param path: regular expression searched in the request's path; "" for any.
        :param nth: strike from the n-th matching request on, from 1.
        :param times: strike this many matching requests; None for ever.
        :param settings: in place of the fault's `defaults`.
        :raises ValueError: no such fault, or it has no such setting.
        """
        fault = FAULTS.get(name)
        if fault is None:
            raise ValueError(f"no fault {name!r}; there are {', '.join(FAULTS)}")
        if unknown := settings.keys() - fault.defaults.keys():
            raise ValueError(f"{name} has no setting {', '.join(sorted(unknown))}")
        settings = {**fault.defaults, **settings}
        self.rules.append(Rule(fault, method, re.compile(path), nth, times, settings))

    def clear(self) -> None:
        """Forget every fault."""
        self.rules.clear()
        self._pages.clear()
        self._cursors.clear()
        self._aliases.clear()

    def pending(self) -> list[dict[str, Any]]:
        """The faults and how often each struck, as plain values."""
        return [
            {
                "name": rule.fault.name,
                "method": rule.method,
                "path": rule.path.pattern,
                "nth": rule.nth,
                "times": rule.times,
                "seen": rule.seen,
                "struck": rule.struck,
            }
            for rule in self.rules
        ]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if not self.rules:
            await self.app(scope, receive, send)
            return
        resume(scope, self.dialect, self._aliases)
        due = [rule for rule in self.rules if rule.strikes(scope)]
        rule = due[0] if due else None
        shot = self._shot(scope, receive, send, rule)
        if rule is None:
            await (await shot.truth()).replay(send)
        else:
            rule.struck += 1  # before the strike: a stalled answer must not strike the next request too
            rule.struck -= not await rule.fault.strike(shot)
        if shot.true is not None:
            self._pages[scope["path"]] = shot.true
        self._cursors.setdefault(scope["path"], []).append(shot.cursor)

    def _shot(self, scope: Scope, receive: Receive, send: Send, rule: Rule | None) -> Shot:
        path = scope["path"]
        return Shot(
            app=self.app,
            scope=scope,
            receive=receive,
            send=send,
            dialect=self.dialect,
            settings=rule.settings if rule else {},
            cursor=QueryParams(scope["query_string"]).get(self.dialect.cursor_parameter, ""),
            page_before=self._pages.get(path),
            cursors_before=self._cursors.get(path, []),
            aliases=self._aliases,
        )
