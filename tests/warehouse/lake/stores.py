"""Object stores for the tests of the lake: OneLake's stand-in, moto's S3, azurite."""

from __future__ import annotations

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from landfall.warehouse.lake.layout import Lakehouse

ROOT = Path(__file__).parents[3]


class OneLake:
    """The stand-in in a process of its own.

    :ivar url: of its login and store.
    """

    def __init__(self, *, conditional: bool = True) -> None:
        command = [
            sys.executable,
            "-m",
            "sandbox.onelake",
            *([] if conditional else ["--no-conditional-put"]),
        ]
        self._process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=ROOT
        )
        assert self._process.stdout
        self.url = f"http://127.0.0.1:{int(self._process.stdout.readline())}"

    def house(self, lakehouse: str = "house") -> Lakehouse:
        return onelake_house(self.url, lakehouse)

    def order(self, **order: Any) -> list[str]:
        """See `sandbox.onelake.Store.order`. :returns: the requests since the order before."""
        return control(self.url, **order)

    def close(self) -> None:
        assert self._process.stdin
        self._process.stdin.close()
        self._process.wait(10)


def onelake_house(url: str, lakehouse: str = "house") -> Lakehouse:
    principal = {"tenant_id": "tenant", "client_id": "client", "client_secret": "secret"}
    at = {"azure_authority_host": url, "azure_endpoint": url, "allow_http": "true"}
    return Lakehouse.onelake("space", lakehouse, **principal, **at)


def control(url: str, **order: Any) -> list[str]:
    request = urllib.request.Request(f"{url}/control", json.dumps(order).encode(), method="POST")
    with urllib.request.urlopen(request) as answer:
        return json.load(answer)["requests"]


@contextmanager
def moto_s3() -> Iterator[Lakehouse]:
    """A bucket in moto's server, in a process of its own (`tests/warehouse/lake/s3.py`)."""
    import boto3

    port = _free_port()
    command = [sys.executable, "-m", "tests.warehouse.lake.s3", str(port)]
    with _running(command, port, {**os.environ, "PYTHONPATH": str(ROOT)}):
        login = {"aws_access_key_id": "key", "aws_secret_access_key": "secret"}
        endpoint = f"http://127.0.0.1:{port}"
        boto3.client("s3", region_name="us-east-1", endpoint_url=endpoint, **login).create_bucket(
            Bucket="lake"
        )
        yield Lakehouse.s3(
            "s3://lake/house",
            **login,
            aws_region="us-east-1",
            aws_endpoint_url=endpoint,
            aws_allow_http="true",
        )


def azurite_program() -> str | None:
    """The program `azurite-blob`, where it is installed (`npm install azurite`) or named by LANDFALL_TEST_AZURITE."""
    return os.environ.get("LANDFALL_TEST_AZURITE") or shutil.which("azurite-blob")


@contextmanager
def azurite(program: str, folder: Path) -> Iterator[Lakehouse]:
    """A container in azurite. The library dials the emulator's usual port, whatever it is told, but for a variable."""
    port = _free_port()
    command = [
        program,
        "--silent",
        "--skipApiVersionCheck",
        "--location",
        str(folder),
        "--blobPort",
        str(port),
    ]
    with _running(command, port, {**os.environ}):
        url = f"http://127.0.0.1:{port}"
        os.environ["AZURITE_BLOB_STORAGE_URL"] = url
        try:
            key = "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw=="
            options = {"account_name": "devstoreaccount1", "account_key": key, "use_emulator": "true"}
            options |= {"endpoint": f"{url}/devstoreaccount1", "allow_http": "true"}
            _make_container(url, key)
            yield Lakehouse("abfss://lake@devstoreaccount1.dfs.core.windows.net/house", options)
        finally:
            del os.environ["AZURITE_BLOB_STORAGE_URL"]


def _make_container(url: str, key: str) -> None:
    import base64
    import email.utils
    import hashlib
    import hmac

    date = email.utils.formatdate(usegmt=True)
    headers_signed = f"x-ms-date:{date}\nx-ms-version:2021-08-06\n"
    signed = "PUT" + "\n" * 12 + headers_signed + "/devstoreaccount1/devstoreaccount1/lake\nrestype:container"
    mac = hmac.new(base64.b64decode(key), signed.encode(), hashlib.sha256).digest()
    headers = {"x-ms-date": date, "x-ms-version": "2021-08-06", "Content-Length": "0"}
    headers["Authorization"] = f"SharedKey devstoreaccount1:{base64.b64encode(mac).decode()}"
    request = urllib.request.Request(
        f"{url}/devstoreaccount1/lake?restype=container", method="PUT", headers=headers
    )
    urllib.request.urlopen(request).close()


@contextmanager
def _running(command: list[str], port: int, environment: dict[str, str]) -> Iterator[None]:
    process = subprocess.Popen(
        command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=environment, start_new_session=True
    )
    try:
        for _ in range(600):
            with socket.socket() as dialled:
                if dialled.connect_ex(("127.0.0.1", port)) == 0:
                    break
            assert process.poll() is None, "the store's stand-in ended"
            time.sleep(0.1)
        yield
    finally:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait(20)


def _free_port() -> int:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return int(taken.getsockname()[1])
