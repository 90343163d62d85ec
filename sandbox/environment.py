"""The one place that says how Airflow is set up on this machine: for the demo, for `make up`, for tests.

Everything is an environment variable, so nothing has to be clicked or imported, and all state is below one
directory: nothing is written to the home directory.
"""

from __future__ import annotations

import base64
import json
import os
import secrets
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from sqlalchemy import URL, make_url

from landfall.sources import kinds, source
from sandbox import VENDORS, vendor_class

PROJECT = Path(__file__).resolve().parents[1]
STATE = PROJECT / ".landfall"
WAREHOUSE = "landfall_warehouse"


def airflow_environment(state: Path, *, port: int = 8080, metadata_url: str | None = None) -> dict[str, str]:
    """Return the variables under which Airflow runs with its home, landing and secrets below `state`.

    :param state: directory for all state; made when needed.
    :param port: TCP port of the web interface on 127.0.0.1.
    :param metadata_url: SQLAlchemy URL of Airflow's own database; None for an SQLite file in its home.
    """
    state = state.absolute()
    home = state / "airflow"
    home.mkdir(parents=True, exist_ok=True)
    metadata_url = metadata_url or f"sqlite:///{home / 'airflow.db'}"
    base_url = f"http://127.0.0.1:{port}"
    settings = {
        "CORE__DAGS_FOLDER": PROJECT / "dags",
        "CORE__PLUGINS_FOLDER": PROJECT / "plugins",
        "CORE__LOAD_EXAMPLES": False,
        "CORE__DAG_DISCOVERY_SAFE_MODE": False,  # else a file without the word "airflow" is passed over silently
        "CORE__UNIT_TEST_MODE": False,  # it changes what a cron schedule means
        "CORE__EXECUTOR": "LocalExecutor",
        "CORE__PARALLELISM": 4,
        "CORE__TEST_CONNECTION": "Enabled",
        "CORE__FERNET_KEY": _kept_secret(state, "fernet_key"),
        "CORE__SIMPLE_AUTH_MANAGER_USERS": "admin:admin",
        "CORE__SIMPLE_AUTH_MANAGER_PASSWORDS_FILE": _passwords_file(state),
        "CORE__EXECUTION_API_SERVER_URL": f"{base_url}/execution/",  # workers call this, not [api] port
        "API__HOST": "127.0.0.1",
        "API__PORT": port,
        "API__BASE_URL": base_url,
        "API__WORKERS": 1,
        "API__SECRET_KEY": _kept_secret(state, "api_key"),
        "API_AUTH__JWT_SECRET": _kept_secret(state, "jwt_key", 64),
        "DATABASE__SQL_ALCHEMY_CONN": metadata_url,
        "DAG_PROCESSOR__DAG_BUNDLE_STORAGE_PATH": state / "bundles",
        "DAG_PROCESSOR__PARSING_PROCESSES": 1,
        "DAG_PROCESSOR__REFRESH_INTERVAL": 30,  # seconds until a new file in dags/ is seen
        "LOGGING__BASE_LOG_FOLDER": home / "logs",
    }
    return {
        "AIRFLOW_HOME": str(home),
        "LANDFALL_LANDING": (state / "landing").as_uri(),
        "NO_PROXY": ",".join(filter(None, [os.environ.get("NO_PROXY"), "127.0.0.1,localhost"])),
        "PYTHONPATH": os.pathsep.join([str(PROJECT / "plugins"), str(PROJECT)]),
        **{f"AIRFLOW__{name}": str(value) for name, value in settings.items()},
    }


def clean_environment() -> dict[str, str]:
    """Return this process's variables without those of another Airflow on this machine."""
    return {name: value for name, value in os.environ.items() if not name.startswith("AIRFLOW_")}


def web_password(state: Path) -> str:
    """Return the password of the web interface's user `admin`, writing it where Airflow looks for it."""
    password = _kept_secret(state, "web_password", 12)
    path = _passwords_file(state)
    path.touch(mode=0o600)
    path.write_text(json.dumps({"admin": password}))
    return password


def simulated() -> list[str]:
    """The sources with a DAG whose vendors are all simulated."""
    return [name for name in kinds() if all(vendor in VENDORS for vendor in vendors_of(name))]


def vendors_of(name: str) -> list[str]:
    """The vendors that a source reads; each has its hook in a module of its own name."""
    declared = source(name)
    hooks = [declared.hook, *(resource.hook for resource in declared.resources if resource.hook)]
    return list(dict.fromkeys(hook.partition(":")[0].rpartition(".")[2] for hook in hooks))


def connection(conn_type: str, **fields: Any) -> str:
    """Return the value of an `AIRFLOW_CONN_<ID>` variable: JSON with host, login, password and so on."""
    return json.dumps({"conn_type": conn_type, **fields})


def warehouse_connection(url: str | URL) -> str:
    """Return the Airflow connection, as JSON, of a warehouse given by its SQLAlchemy URL."""
    address = make_url(url)
    mssql = address.get_backend_name() == "mssql"
    return connection(
        "mssql" if mssql else "postgres",
        host=address.host,
        port=address.port,
        login=address.username,
        password=address.password,
        schema=address.database,
        extra=dict(address.query),
    )


def connections(warehouse_url: str | URL, vendors: Mapping[str, str]) -> dict[str, str]:
    """Return the variables of the warehouse's and the simulated vendors' connections.

    :param vendors: vendor name, such as `pennylane`, to the address it answers on.
    """
    variables = {f"AIRFLOW_CONN_{WAREHOUSE.upper()}": warehouse_connection(warehouse_url)}
    for vendor, address in vendors.items():
        variables[f"AIRFLOW_CONN_{vendor.upper()}_DEFAULT"] = vendor_connection(vendor, address)
    return variables


def vendor_connection(vendor: str, address: str, **extra: Any) -> str:
    """Return the Airflow connection, as JSON, of a simulated vendor.

    :param extra: added to what the simulator needs in the extra.
    """
    kind = vendor_class(vendor)
    password = kind.password(address)
    login = {"login": kind.login} if kind.login else {}
    return connection(vendor, host=address, password=password, extra={**kind.connection, **extra}, **login)


def _passwords_file(state: Path) -> Path:
    return state / "secrets" / "web_passwords.json"


def _kept_secret(state: Path, name: str, size: int = 32) -> str:
    """Return a random secret (URL-safe base64 of `size` bytes) that stays the same for this state directory."""
    path = state / "secrets" / name
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    if not path.exists():
        path.touch(mode=0o600)
        path.write_text(base64.urlsafe_b64encode(secrets.token_bytes(size)).decode())
    return path.read_text()
