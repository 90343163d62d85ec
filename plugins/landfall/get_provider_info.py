"""What Airflow reads about this package: connection types and their forms.

Airflow builds connection forms from this alone and never imports a hook for it, so this module stays free of
Airflow. A new hook adds one entry to `CONNECTION_TYPES`.
"""

from __future__ import annotations

from typing import Any


def _number(label: str, description: str, *, integer: bool = False) -> dict[str, Any]:
    kind = "integer" if integer else "number"
    bound = {"minimum": 1} if integer else {"exclusiveMinimum": 0}
    return {"label": label, "description": description, "schema": {"type": [kind, "null"], **bound}}


def _text(label: str, description: str) -> dict[str, Any]:
    return {"label": label, "description": description, "schema": {"type": ["string", "null"]}}


def _secret(label: str, description: str) -> dict[str, Any]:
    shape = {"type": ["string", "null"], "format": "password"}
    return {"label": label, "description": description, "schema": shape}


def api_fields(requests: int, period: float) -> dict[str, Any]:
    """Form fields that every hook on the shared HTTP client reads from the extra.

    :param requests: the vendor's own limit, shown as the default.
    :param period: its window in seconds.
    """
    return {
        "base_url": _text("Base URL", "Only where it differs from the vendor's public address."),
        "requests_per_period": _number(
            "Requests per period", f"Rate limit of this credential; {requests} by default.", integer=True
        ),
        "period_seconds": _number("Period (seconds)", f"Window of the rate limit; {period:g} by default."),
        "rate_store": _secret(
            "Rate limit store",
            "Where processes share the rate limit: a local folder (default), or a postgresql:// address when "
            "workers run on several machines.",
        ),
        "max_wait_seconds": _number(
            "Longest wait (seconds)", "A longer wait asked by the vendor frees the worker; 60 by default."
        ),
        "connect_timeout": _number("Connect timeout (seconds)", "10 by default."),
        "read_timeout": _number("Read timeout (seconds)", "Longest silence while reading; 60 by default."),
        "total_timeout": _number("Total timeout (seconds)", "Longest single request; 120 by default."),
    }


CONNECTION_TYPES: list[dict[str, Any]] = [
    {
        "connection-type": "connectwise",
        "hook-class-name": "landfall.hooks.connectwise.ConnectWiseHook",
        "hook-name": "ConnectWise PSA",
        "ui-field-behaviour": {
            "hidden-fields": ["port", "schema", "extra", "host"],
            "relabeling": {"login": "Company + public key", "password": "Private key"},
            "placeholders": {
                "login": "company+publickey",
                "password": "private key of an API member",
            },
        },
        "conn-fields": {
            "client_id": _text(
                "Client id", "Needed: the integration's GUID, from developer.connectwise.com."
            ),
            "site": _text(
                "Site",
                "Where people log in, such as na.myconnectwise.net: it tells the API's address. Or set the base URL.",
            ),
            **api_fields(1000, 60),
            "moment_format": _text(
                "Format of moments",
                "How conditions write a moment; %Y-%m-%dT%H:%M:%SZ by default. Only where the site refuses that.",
            ),
        },
    },
    {
        "connection-type": "pennylane",
        "hook-class-name": "landfall.hooks.pennylane.PennylaneHook",
        "hook-name": "Pennylane",
        "ui-field-behaviour": {
            "hidden-fields": ["login", "port", "schema", "extra"],
            "relabeling": {"password": "API token", "host": "Host (optional)"},
            "placeholders": {
                "password": "token of one company, from its API settings",
                "host": "https://app.pennylane.com/api/external/v2",
            },
        },
        "conn-fields": api_fields(25, 5),
    },
    {
        "connection-type": "fabric",
        "hook-class-name": "landfall.hooks.fabric.FabricHook",
        "hook-name": "Microsoft Fabric",
        "ui-field-behaviour": {
            "hidden-fields": ["port", "schema", "extra", "host"],
            "relabeling": {"login": "Client id", "password": "Client secret"},
            "placeholders": {"login": "of the service principal", "password": "its secret"},
        },
        "conn-fields": {
            "tenant_id": _text("Tenant id", "Needed: of the service principal."),
            "api_url": _text("Fabric API", "Only where it is not the public one."),
            "azure_authority_host": _text("Login host", "Only where it is not Microsoft's public one."),
            "max_wait_seconds": _number(
                "Longest wait (seconds)", "A longer wait asked by Fabric fails the try; 60 by default."
            ),
            "connect_timeout": _number("Connect timeout (seconds)", "10 by default."),
            "read_timeout": _number(
                "Read timeout (seconds)", "Longest silence while reading; 60 by default."
            ),
            "total_timeout": _number("Total timeout (seconds)", "Longest single request; 120 by default."),
        },
    },
    {
        "connection-type": "fullbay",
        "hook-class-name": "landfall.hooks.fullbay.FullbayHook",
        "hook-name": "Fullbay",
        "ui-field-behaviour": {
            "hidden-fields": ["login", "port", "schema", "extra"],
            "relabeling": {"password": "API key", "host": "Host (optional)"},
            "placeholders": {
                "password": "API key of one shop",
                "host": "https://app.fullbay.com/services",
            },
        },
        "conn-fields": {
            "egress_ip": _text(
                "Egress IP", "Needed: the public IPv4 address from which requests leave (of the NAT gateway)."
            ),
            "time_zone": _text(
                "Time zone", "Of the shop, as an IANA name such as America/Detroit; UTC by default."
            ),
            "shop_code": _text(
                "Shop code",
                "Stored on every row; do not change it later. By default the connection id without fullbay_.",
            ),
            "more_shops": _text(
                "More shops",
                "Of the connection fullbay_default: ids of the other shops' connections, with commas.",
            ),
            "token_time_zone": _text(
                "Second time zone of the token", "Tried once when a token is refused; the shop's by default."
            ),
            **api_fields(2, 1),
            "read_timeout": _number(
                "Read timeout (seconds)", "Longest silence while reading; 300 by default."
            ),
            "total_timeout": _number("Total timeout (seconds)", "Longest single request; 600 by default."),
        },
    },
    {
        "connection-type": "google_sheets",
        "hook-class-name": "landfall.hooks.google_sheets.GoogleSheetsHook",
        "hook-name": "Google Sheets",
        "ui-field-behaviour": {
            "hidden-fields": ["login", "port", "schema", "extra"],
            "relabeling": {"password": "Service account key (JSON)", "host": "Host (optional)"},
            "placeholders": {
                "password": "the whole key file, or none and its path below",
                "host": "https://sheets.googleapis.com/v4",
            },
        },
        "conn-fields": {
            "spreadsheet_id": _text("Spreadsheet id", "The part of its address between /d/ and /edit."),
            "key_path": _text("Key path", "A file on the workers with the service account's key."),
            **{
                name: field
                for name, field in api_fields(60, 60).items()
                if name not in ("max_wait_seconds", "total_timeout")
            },
            "max_wait_seconds": _number(
                "Longest wait (seconds)",
                "A longer wait asked by the vendor frees the worker; 120 by default.",
            ),
        },
    },
    {
        "connection-type": "gymly",
        "hook-class-name": "landfall.hooks.gymly.GymlyHook",
        "hook-name": "Gymly",
        "ui-field-behaviour": {
            "hidden-fields": ["port", "schema", "extra"],
            "relabeling": {
                "login": "E-mail (none: API key)",
                "password": "API key, or password",
                "host": "Host (optional)",
            },
            "placeholders": {
                "login": "only to log in as a user",
                "password": "API key from Settings > API, or the user's password",
                "host": "https://api.gymly.io/api",
            },
        },
        "conn-fields": {
            "business_id": _text("Business id", "The business, as in the address of Gymly's admin pages."),
            "location_id": _text("Location id", "The gym whose lessons and takings are read."),
            "time_zone": _text("Time zone", "Of the location's days; Europe/Amsterdam by default."),
            "days_per_request": _number(
                "Days per request", "Longest range of lessons asked for at once; 31 by default.", integer=True
            ),
            "parallel_requests": _number(
                "Parallel requests",
                "Requests under way at a time, within the rate; 8 by default.",
                integer=True,
            ),
            "default_wait_seconds": _number(
                "Wait when told to (seconds)", "After a refusal for speed that names no time; 60 by default."
            ),
            **api_fields(60, 60),
            "max_wait_seconds": _number(
                "Longest wait (seconds)",
                "A longer wait asked by the vendor frees the worker; 180 by default.",
            ),
        },
    },
    {
        "connection-type": "prohandel",
        "hook-class-name": "landfall.hooks.prohandel.ProHandelHook",
        "hook-name": "ProHandel",
        "ui-field-behaviour": {
            "hidden-fields": ["port", "schema", "extra"],
            "relabeling": {"login": "API key", "password": "Secret", "host": "Auth URL (optional)"},
            "placeholders": {
                "login": "API key from ProHandel",
                "password": "the secret that belongs to it",
                "host": "https://auth.prohandel.cloud",
            },
        },
        "conn-fields": {
            "time_zone": _text("Time zone", "Where the shop's clocks stand; Europe/Berlin by default."),
            "changed_since_param": _text(
                "Changed-since parameter",
                "The query parameter that asks for what changed; another one for some lists as updatedSince, "
                "sale=fromDate, order=none. Empty: none, and lists are read whole.",
            ),
            "changed_since_format": _text(
                "Changed-since format", "How it writes a moment; %Y-%m-%dT%H:%M:%S by default."
            ),
            "allow_http": _text(
                "Allow HTTP", "true: for a simulator on this machine; never for the vendor's own address."
            ),
            **api_fields(4, 1),
        },
    },
    {
        "connection-type": "lakehouse",
        "hook-class-name": "landfall.hooks.lakehouse.LakehouseHook",
        "hook-name": "Lakehouse",
        "ui-field-behaviour": {
            "hidden-fields": ["port", "schema", "extra"],
            "relabeling": {
                "host": "Folder, or s3://… (OneLake: empty)",
                "login": "Client id, or access key id",
                "password": "Client secret, or secret access key",
            },
            "placeholders": {
                "host": "/data/lake or s3://bucket/prefix; empty for OneLake",
                "login": "of the service principal, or of the key for S3",
                "password": "its secret; none for a folder",
            },
        },
        "conn-fields": {
            "workspace": _text("Workspace", "OneLake: its name or its id; the lakehouse's likewise."),
            "lakehouse": _text("Lakehouse", "OneLake: of a lakehouse with schemas."),
            "tenant_id": _text("Tenant id", "OneLake: of the service principal."),
            "workspace_id": _text(
                "Workspace id", "Where the workspace is named: lets a run refresh the SQL analytics endpoint."
            ),
            "lakehouse_id": _text("Lakehouse id", "Where the lakehouse is named: likewise."),
            "azure_authority_host": _text(
                "Login host", "OneLake: only where it is not Microsoft's public one."
            ),
            "azure_endpoint": _text("Storage endpoint", "OneLake: only where it is not the public one."),
            "api_url": _text("Fabric API", "Only where it is not the public one."),
            "aws_region": _text("Region", "S3: of the bucket; us-east-1 by default."),
            "aws_endpoint_url": _text("S3 endpoint", "Of a store other than Amazon's, such as MinIO."),
            "aws_allow_http": _text("Allow HTTP", "S3: true where the endpoint has no TLS."),
            "aws_virtual_hosted_style_request": _text(
                "Bucket in the host", "S3: true where the store wants the bucket as part of the host's name."
            ),
            "aws_session_token": _secret("Session token", "S3: of a temporary key."),
            "aws_server_side_encryption": _text("Server-side encryption", "S3: such as aws:kms."),
            "aws_sse_kms_key_id": _text("KMS key", "S3: for aws:kms."),
        },
    },
]


def get_provider_info() -> dict[str, Any]:
    """The entry point `apache_airflow_provider`."""
    return {
        "package-name": "landfall",
        "name": "Landfall",
        "description": "Hooks for the vendors whose data Landfall brings into a warehouse.",
        "connection-types": CONNECTION_TYPES,
    }
