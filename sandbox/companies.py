"""Several companies of one vendor at one address: the credential of a request tells whose rows it is about."""

from __future__ import annotations

from starlette.types import Receive, Scope, Send

from sandbox.vendor import Vendor

CONTROL = "/_control/"


class Companies:
    """Simulators behind one address, as a vendor's API has its customers.

    `/_control/<company>/…` is the interface of one of them (`sandbox.control`).

    :param vendors: by the company's name; each with a token of its own.
    """

    def __init__(self, vendors: dict[str, Vendor]) -> None:
        self.vendors = vendors
        self._any = next(iter(vendors.values()))
        self.prefix = self._any.prefix

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            vendor, scope = self._asked(scope)
            await vendor(scope, receive, send)

    def _asked(self, scope: Scope) -> tuple[Vendor, Scope]:
        """Whom a request is for; one whose credential is nobody's is refused by whoever it is."""
        if scope["path"].startswith(CONTROL):
            company, _, action = scope["path"].removeprefix(CONTROL).partition("/")
            if company in self.vendors:
                return self.vendors[company], {**scope, "path": CONTROL + action}
        presented = self._any.credential(scope)
        found = (vendor for vendor in self.vendors.values() if vendor.token == presented)
        return next(found, self._any), scope
