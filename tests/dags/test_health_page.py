"""The page in Airflow's web interface: its routes by HTTP, and itself in a browser, on runs of the DAG.

Where there is no browser (Debian's `chromium`, and `playwright` for Python) the page itself is not looked at.
"""

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from sandbox.environment import PROJECT, connection, warehouse_connection
from sandbox.postgres import PostgresServer

pytestmark = [pytest.mark.airflow]
AWAY = warehouse_connection("postgresql://nobody:secret@127.0.0.1:1/nowhere")


class Web:
    """An api-server."""

    def __init__(self, url: str) -> None:
        self.url = url

    def token(self, user: str) -> str:
        answer = httpx.post(
            f"{self.url}/auth/token", json={"username": user, "password": user}, trust_env=False
        )
        return str(answer.json()["access_token"])

    def get(self, path: str, user: str | None = None, **headers: str) -> httpx.Response:
        if user:
            headers["Authorization"] = f"Bearer {self.token(user)}"
        return httpx.get(f"{self.url}/landfall{path}", headers=headers, trust_env=False, timeout=60)


@pytest.fixture(scope="module")
def web(installed: Any, postgres: PostgresServer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Web]:
    """An api-server behind a proxy's path, over the runs of this session; Fullbay's warehouse is away."""
    folder = tmp_path_factory.mktemp("web")
    passwords = folder / "passwords.json"
    users = ("admin", "guest", "reader")
    passwords.write_text(json.dumps({user: user for user in users}))
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    empty = f"health_{os.getpid()}"
    postgres.create_database(empty)
    url = f"http://127.0.0.1:{port}/behind/a/proxy"
    environment = os.environ | {
        "PYTHONPATH": os.pathsep.join([str(PROJECT / "plugins"), str(PROJECT)]),
        "AIRFLOW__CORE__AUTH_MANAGER": "tests.dags.rights.OneDagManager",
        "AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_USERS": ",".join(f"{user}:admin" for user in users),
        "AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_PASSWORDS_FILE": str(passwords),
        "AIRFLOW__API__BASE_URL": url,
        "AIRFLOW_CONN_LANDFALL_WAREHOUSE": warehouse_connection(postgres.url_of(empty)),
        "AIRFLOW_CONN_PENNYLANE_WAREHOUSE": warehouse_connection(postgres.url_of(f"loaded_{os.getpid()}")),
        "AIRFLOW_CONN_FULLBAY_WAREHOUSE": AWAY,
        "AIRFLOW_CONN_CONNECTWISE_DEFAULT": connection("connectwise", host="http://127.0.0.1:1"),
    }
    log = (folder / "log").open("w")
    command = [sys.executable, "-m", "airflow", "api-server", "--host", "127.0.0.1", "--port", str(port)]
    program = subprocess.Popen(command, env=environment, stdout=log, stderr=log, start_new_session=True)
    try:
        _wait(url, program, folder / "log")
        yield Web(url)
    finally:
        os.killpg(program.pid, 15)
        program.wait(60)
        postgres.drop_database(empty)


def _wait(url: str, program: subprocess.Popen[bytes], log: Path) -> None:
    for _ in range(1200):
        assert program.poll() is None, log.read_text()[-3000:]
        try:
            if httpx.get(f"{url}/api/v2/version", trust_env=False, timeout=30).status_code == 200:
                return
        except httpx.HTTPError:
            time.sleep(0.5)
    raise AssertionError(log.read_text()[-3000:])


def test_every_route_asks_who_it_is_and_what_he_may_see(web: Web) -> None:
    from landfall.health.page import app

    paths = [route.path for route in app.routes]
    assert {"/api/sources", "/api/sources/{dag_id}", "/static/health.js"} == set(paths)
    for path in (path.format(dag_id="pennylane") for path in paths):
        assert web.get(path).status_code == 401
        assert web.get(path, Authorization="Bearer x").status_code in (401, 403)
        assert web.get(path, "admin").status_code == 200
    for name, allowed in (("guest", []), ("reader", ["pennylane"])):
        assert [told["source"] for told in web.get("/api/sources", name).json()] == allowed
    assert web.get("/api/sources/pennylane", "guest").status_code == 403
    assert web.get("/api/sources/fullbay", "reader").status_code == 403
    assert web.get("/api/sources/no_such_dag", "admin").status_code == 404


def test_the_worst_comes_first_and_no_record_is_told(web: Web) -> None:
    told = {one["source"]: one for one in web.get("/api/sources", "admin").json()}
    assert next(iter(told)) == "fullbay"
    states = {name: one["state"] for name, one in told.items()}
    expected = {"fullbay": "away", "connectwise": "never", "tree11": "error", "pennylane": "healthy"}
    assert expected.items() <= states.items()
    assert "gymly_default" in json.dumps(told["tree11"]["alerts"])  # which has no connection here
    one = web.get("/api/sources/pennylane", "admin").json()
    assert one["runs"][0]["status"] == "success"
    assert one["runs"][0]["triggered_by"] == "test"
    table = next(t for t in one["tables"] if t["table"] == "customer_invoices")
    assert table["rows"] == table["history"][-1] > 0
    assert table["budget"][0]["requests"] > 0
    assert "raw" not in json.dumps(one)


@pytest.fixture
def browser() -> Iterator[Any]:
    """Debian's Chromium."""
    sync_api = pytest.importorskip("playwright.sync_api", reason="the page is looked at with playwright")
    found = shutil.which("chromium")
    if not found:
        pytest.skip("the page is looked at with Debian's chromium")
    with sync_api.sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=found, args=["--no-sandbox"])
        yield opened
        opened.close()


def test_the_page_in_a_browser(web: Web, browser: Any) -> None:
    def look(user: str, path: str, wait_for: str, scheme: str = "light") -> Any:
        context = browser.new_context(color_scheme=scheme, viewport={"width": 1500, "height": 1000})
        context.add_cookies([{"name": "_token", "value": web.token(user), "url": web.url}])
        page = context.new_page()
        page.goto(f"{web.url}{path}", wait_until="domcontentloaded", timeout=120_000)
        page.get_by_text(wait_for).first.wait_for(timeout=120_000)
        return page

    page = look("admin", "/plugin/landfall", "warehouse away")
    page.get_by_text("Fullbay").first.wait_for()
    page.get_by_role("button", name="Pennylane").click()
    page.get_by_role("heading", name="Tables").wait_for(timeout=60_000)
    assert page.get_by_role("img", name="Health").count() > 1
    assert (
        page.get_by_role("img", name="The last")
        .get_attribute("aria-label")
        .startswith("The last 2 runs: 2 success")
    )
    assert page.get_by_role("table", name="Tables").get_by_text("customer_invoices", exact=True).count() == 1
    assert page.get_by_text("nothing loaded yet").count() > 0

    tab = look("reader", "/dags/pennylane/plugin/landfall-health", "Requests to the vendor")
    assert tab.get_by_text("watermark").count() > 0
    home = look("admin", "/", "warehouse away", "dark")
    assert home.get_by_role("link", name="Pennylane").count() == 1
