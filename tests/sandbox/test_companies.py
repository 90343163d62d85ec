"""Several companies behind one address: a credential opens its own company's rows and nobody else's."""

from __future__ import annotations

import subprocess
import sys

import httpx

from sandbox import Sandbox
from sandbox.companies import Companies
from sandbox.environment import PROJECT
from sandbox.pennylane import PennylaneVendor


def test_a_token_opens_the_rows_of_its_company() -> None:
    vendors = {
        name: PennylaneVendor(
            seed=number, scale=0.01, rate=(3, 3600), ledger_accounts=20, token=name, company=(number, name)
        )
        for number, name in enumerate(("acme", "sud"))
    }
    with Sandbox(Companies({**vendors})) as box, httpx.Client(base_url=box.url, verify=False) as client:

        def asked(token: str) -> httpx.Response:
            return client.get(f"{vendors['acme'].prefix}/me", headers={"Authorization": f"Bearer {token}"})

        assert [asked(name).json()["company"]["name"] for name in vendors] == ["acme", "sud"]
        assert asked("nobody").status_code == 401
        assert client.get(f"{vendors['acme'].prefix}/me").status_code == 401
        assert client.post("/_control/sud/token", json={"revoked": True}).status_code == 200
        assert [asked(name).status_code for name in ("acme", "sud", "acme", "acme", "sud")] == [
            200,
            401,
            200,
            429,
            401,
        ]
        assert client.get("/_control").status_code == 200


def test_the_command_serves_them() -> None:
    command = [
        sys.executable,
        "-m",
        "sandbox",
        "pennylane",
        "--port",
        "0",
        "--records",
        "5",
        "--companies",
        "acme",
        "sud",
    ]
    with subprocess.Popen(command, cwd=PROJECT, stdout=subprocess.PIPE, text=True) as served:
        assert served.stdout is not None
        told = [served.stdout.readline() for _ in range(4)]
        served.terminate()
    assert "token sandbox-token-acme;" in told[1]
    assert told[3].endswith("control under /_control/sud/\n")
