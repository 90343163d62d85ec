"""Credentials as httpx auth flows, so the client never knows how a vendor wants to be asked."""

from __future__ import annotations

from collections.abc import Generator

import httpx


class Bearer(httpx.Auth):
    """A static token in the Authorization header.

    :param token: the secret; it appears in no repr.
    :param scheme: the word before it, such as `ApiKey` where a vendor has its own.
    """

    def __init__(self, token: str, scheme: str = "Bearer") -> None:
        self._value = f"{scheme} {token}"

    def auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response, None]:
        request.headers["Authorization"] = self._value
        yield request
