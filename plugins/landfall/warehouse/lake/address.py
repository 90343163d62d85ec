"""From an Airflow connection of type `lakehouse` to the lake: every setting has an effect, or is refused by its name.

The host is a folder's path or `s3://bucket/prefix`. Where it is empty, the extra names a workspace and a lakehouse in
OneLake. Login and password are the key of S3, or the service principal's client id and secret.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from landfall.errors import Misconfigured
from landfall.warehouse.address import ConnectionLike, advised, refused, texts
from landfall.warehouse.lake.endpoint import Endpoint
from landfall.warehouse.lake.layout import Lakehouse

S3_SETTINGS = (
    "aws_allow_http",
    "aws_endpoint_url",
    "aws_region",
    "aws_server_side_encryption",
    "aws_session_token",
    "aws_sse_kms_key_id",
    "aws_virtual_hosted_style_request",
)
"""Of deltalake, and so are the first two of OneLake's that may be left out."""
PLACE = ("workspace", "lakehouse", "tenant_id")
IDS = ("workspace_id", "lakehouse_id")
ONELAKE_SETTINGS = (*PLACE, "azure_authority_host", "azure_endpoint", *IDS, "api_url")
_KEYS = {"aws_access_key_id": "login", "aws_secret_access_key": "password"}
_KEYS |= {"client_id": "login", "client_secret": "password"}


def house_of(connection: ConnectionLike) -> Lakehouse:
    """Where the lake of a connection is.

    :raises Misconfigured: something is missing, or a setting has no effect there; it is named.
    """
    given = texts(connection, connection.extra_dejson, {True: "true", False: "false"})
    host = (connection.host or "").strip()
    if host.startswith("s3://"):
        return _s3(connection, host, given)
    if not host:
        return _onelake(connection, given)
    if host.startswith("file://"):
        host = unquote(urlsplit(host).path)
    if "://" in host or not Path(host).is_absolute():
        raise Misconfigured(
            f"connection {connection.conn_id}: the host is neither a folder's absolute path nor s3://…",
            todo="Write /folder or s3://bucket/prefix; for OneLake leave it empty and fill in workspace and lakehouse.",
        )
    _only(connection, given, (), "of a folder")
    return Lakehouse.folder(host)


def endpoint_of(connection: ConnectionLike) -> Endpoint | None:
    """The SQL analytics endpoint of a lakehouse in Fabric, where its ids are known; None: there is none to refresh."""
    given = texts(connection, connection.extra_dejson, {True: "true", False: "false"})
    if (connection.host or "").strip():
        return None
    ids = [given.get(f"{name}_id", given.get(name, "")) for name in ("workspace", "lakehouse")]
    house = _onelake(connection, given)
    return Endpoint.of(ids[0], ids[1], house.options, given.get("api_url", ""))


def _s3(connection: ConnectionLike, uri: str, given: dict[str, str]) -> Lakehouse:
    _only(connection, given, S3_SETTINGS, "of S3")
    if bool(connection.login) != bool(connection.password):
        raise Misconfigured(
            f"connection {connection.conn_id} has one half of a key for S3",
            todo="Give access key id (login) and secret access key (password), or none where the machine has a role.",
        )
    if connection.login and connection.password:
        given |= {"aws_access_key_id": connection.login, "aws_secret_access_key": connection.password}
    return Lakehouse.s3(uri, **given)


def _onelake(connection: ConnectionLike, given: dict[str, str]) -> Lakehouse:
    _only(connection, given, ONELAKE_SETTINGS, "of OneLake")
    lacking = [name for name in PLACE if name not in given]
    lacking += [
        name
        for name, value in (("client id", connection.login), ("client secret", connection.password))
        if not value
    ]
    if lacking:
        raise Misconfigured(
            f"connection {connection.conn_id} names no {', no '.join(lacking)}",
            todo="Fill them in, or name a folder or s3://… as the host.",
        )
    options: dict[str, Any] = {
        name: given[name] for name in ("azure_authority_host", "azure_endpoint") if name in given
    }
    if any(str(value).startswith("http://") for value in options.values()):
        options["allow_http"] = "true"
    return Lakehouse.onelake(
        given["workspace"],
        given["lakehouse"],
        tenant_id=given["tenant_id"],
        client_id=str(connection.login),
        client_secret=str(connection.password),
        **options,
    )


def _only(connection: ConnectionLike, given: dict[str, str], known: tuple[str, ...], place: str) -> None:
    for name in given:
        if name not in known:
            field = _KEYS.get(name)
            todo = f"Put it into the field {field}." if field and known else advised(name, known)
            raise refused(connection, name, f"is no setting {place}", todo)
