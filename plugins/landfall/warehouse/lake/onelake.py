"""What OneLake needs beside deltalake: deleting a folder. deltalake deletes by a batch, which OneLake refuses."""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import quote, urlsplit

import httpx

from landfall.errors import AuthenticationFailed, RetryLater

LOGIN = "https://login.microsoftonline.com"
STORAGE = "https://storage.azure.com/.default"
TIMEOUT = 60.0


def token(options: Mapping[str, str], scope: str = STORAGE) -> str:
    """The token that is given, such as a notebook's own, else a service principal's.

    :param options: deltalake's, with the token or the principal in them.
    :raises AuthenticationFailed: it is not let in.
    """
    if bearer := options.get("bearer_token"):
        return bearer
    login = options.get("azure_authority_host", LOGIN).rstrip("/")
    asked = {
        "grant_type": "client_credentials",
        "client_id": options["azure_client_id"],
        "client_secret": options["azure_client_secret"],
        "scope": scope,
    }
    answer = httpx.post(
        f"{login}/{options['azure_tenant_id']}/oauth2/v2.0/token", data=asked, timeout=TIMEOUT
    )
    if answer.status_code != httpx.codes.OK:
        raise AuthenticationFailed(
            f"Microsoft's login refused the service principal of the lakehouse with {answer.status_code}",
            todo="Compare tenant, client id and secret with the app registration; secrets there expire.",
        )
    return str(answer.json()["access_token"])


def delete_folder(uri: str, options: Mapping[str, str]) -> None:
    """Delete a folder with all that is in it; nothing where there is none.

    :param uri: `abfss://workspace@host/item/path`.
    :raises RetryLater: the store did not do it.
    """
    parts = urlsplit(uri)
    store = options.get("azure_endpoint", f"https://{parts.hostname}").rstrip("/")
    folder = f"{store}/{quote(str(parts.username))}{quote(parts.path)}"
    headers = {"Authorization": f"Bearer {token(options)}", "x-ms-version": "2023-11-03"}
    answer = httpx.delete(folder, params={"recursive": "true"}, headers=headers, timeout=TIMEOUT)
    if answer.status_code not in (httpx.codes.OK, httpx.codes.ACCEPTED, httpx.codes.NOT_FOUND):
        raise RetryLater(
            f"OneLake answered {answer.status_code} to deleting an old stage",
            todo="Nothing else depends on it; the next run tries again.",
        )
