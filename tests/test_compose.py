"""docker-compose.yaml against the files it names, the settings Airflow knows, and .env.example."""

from __future__ import annotations

import contextlib
import json
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterator
from importlib.metadata import PackageNotFoundError, packages_distributions, requires
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest
import yaml
from packaging.requirements import Requirement

from landfall.notifiers.channels import SMTP
from sandbox.environment import airflow_environment

PROJECT = Path(__file__).parents[1]
COMPOSE = PROJECT / "docker-compose.yaml"
TEXT = COMPOSE.read_text()
SERVICES: dict[str, dict[str, Any]] = yaml.safe_load(TEXT)["services"]
SANDBOX = "sandbox-pennylane"
AIRFLOW_SERVICES = [n for n, service in SERVICES.items() if service["image"] == "landfall" and n != SANDBOX]
required = set(re.findall(r"\$\{(\w+):\?", TEXT))


def settings() -> dict[str, str]:
    """The names in .env.example with their values."""
    lines = (PROJECT / ".env.example").read_text().splitlines()
    return dict(line.split("=", 1) for line in lines if line and not line.startswith("#"))


def airflow_options() -> set[str]:
    """Every setting Airflow knows, as an environment variable, read without importing Airflow."""
    spec = find_spec("airflow")
    assert spec
    assert spec.submodule_search_locations
    described = Path(spec.submodule_search_locations[0]) / "config_templates" / "config.yml"
    sections = yaml.safe_load(described.read_text())
    names = {
        f"AIRFLOW__{section}__{option}".upper()
        for section, content in sections.items()
        for option in content["options"]
    }
    return names | {
        f"AIRFLOW__CELERY__{option}" for option in ("BROKER_URL", "RESULT_BACKEND")
    }  # its provider's


def test_the_services_of_production_and_their_ports() -> None:
    always = {
        name: service.get("ports", []) for name, service in SERVICES.items() if "profiles" not in service
    }
    assert always == {
        "airflow-apiserver": ["${AIRFLOW_BIND:-127.0.0.1}:8080:8080"],
        "airflow-scheduler": [],
        "airflow-dag-processor": [],
        "airflow-triggerer": [],
        "airflow-init": [],
        "postgres": [],
        "warehouse": ["${WAREHOUSE_BIND:-127.0.0.1}:5433:5432"],
    }
    optional = {name: service["profiles"] for name, service in SERVICES.items() if "profiles" in service}
    assert optional == {
        "sqlserver": ["sqlserver"],
        "pgadmin": ["pgadmin"],
        "redis": ["scale"],
        "airflow-worker": ["scale"],
        "sandbox-pennylane": ["demo"],
        "mailpit": ["demo"],
        "demo-init": ["demo"],
    }


@pytest.mark.parametrize("name", SERVICES)
def test_a_service_listens_on_this_machine_only_unless_told(name: str) -> None:
    for port in SERVICES[name].get("ports", []):
        assert re.match(r"(127\.0\.0\.1|\$\{\w+_BIND:-127\.0\.0\.1\}):", port)


def test_every_setting_is_explained_and_used() -> None:
    used = set(re.findall(r"\$\{(\w+)", TEXT.replace("$${", "")))
    assert used == set(settings())


def test_no_secret_has_a_default() -> None:
    assert required == {
        "AIRFLOW_ADMIN_PASSWORD",
        "AIRFLOW_DB_PASSWORD",
        "AIRFLOW_FERNET_KEY",
        "AIRFLOW_JWT_SECRET",
        "AIRFLOW_SECRET_KEY",
        "WAREHOUSE_PASSWORD",
    }
    assert {settings()[name] for name in required} == {""}
    defaults = dict(re.findall(r"\$\{(\w+):-([^}]*)\}", TEXT))
    assert not {name for name in defaults if re.search("PASSWORD|SECRET|KEY", name) and defaults[name]}
    assert not re.findall(r"\$\{\w+:\?(?!is not set - copy \.env\.example to \.env and fill it in\})", TEXT)


def test_defaults_in_both_files_are_the_same() -> None:
    values = settings()
    for name, default in re.findall(r"\$\{(\w+):-([^}]*)\}", TEXT):
        assert values[name] == default, name


def test_what_is_mounted_or_copied_exists() -> None:
    for name in AIRFLOW_SERVICES:
        for mount in SERVICES[name]["volumes"]:
            source = mount.split(":")[0]
            assert not source.startswith(".") or (PROJECT / source).is_dir(), mount
    dockerfile = (PROJECT / "Dockerfile").read_text()
    copied = [line.split()[2:-1] for line in dockerfile.splitlines() if line.startswith("COPY")]
    names = [name for line in copied for name in line]
    assert len(names) >= 8
    let_through = (PROJECT / ".dockerignore").read_text().splitlines()
    for name in names:
        assert (PROJECT / name).exists(), name
        assert f"!{name}" in let_through
    assert let_through[1] == "*"  # so neither .env nor .landfall gets in


def test_airflow_knows_every_setting() -> None:
    known = airflow_options()
    for name in AIRFLOW_SERVICES:
        given = {key for key in SERVICES[name]["environment"] if key.startswith("AIRFLOW__")}
        assert given - known == set(), name


def test_airflow_knows_every_setting_of_the_local_environment(tmp_path: Path) -> None:
    given = {key for key in airflow_environment(tmp_path) if key.startswith("AIRFLOW__")}
    assert len(given) > 15
    assert given - airflow_options() == set()


def test_all_of_airflow_shares_its_secrets_and_addresses() -> None:
    same = ("AIRFLOW__API_AUTH__JWT_SECRET", "AIRFLOW__API_AUTH__JWT_ISSUER", "AIRFLOW__CORE__FERNET_KEY")
    for name in same:
        assert len({SERVICES[service]["environment"][name] for service in AIRFLOW_SERVICES}) == 1
    url = SERVICES["airflow-scheduler"]["environment"]["AIRFLOW__CORE__EXECUTION_API_SERVER_URL"]
    assert re.fullmatch(r"http://([a-z-]+):8080/execution/", url)
    assert url.split("/")[2].split(":")[0] in SERVICES


def test_every_variable_that_landfall_reads_is_explained() -> None:
    source = "".join(path.read_text() for path in (PROJECT / "plugins").rglob("*.py"))
    read = set(re.findall(r"environ[^\n]*\"(LANDFALL_\w+)\"", source))
    # Those of a function on AWS Lambda are no variables of Airflow's.
    pages = PROJECT / ".env.example", PROJECT / "docs" / "fivetran.md"
    explained = set(re.findall(r"LANDFALL_\w+", "".join(page.read_text() for page in pages)))
    assert read
    assert read - explained == set()


def test_the_mail_catcher_gets_the_alerts() -> None:
    script = SERVICES["demo-init"]["command"][0].replace("\\\n", " ")
    added = {words[3]: words for words in map(shlex.split, script.splitlines()) if len(words) > 3}
    mail = added[SMTP]
    assert mail[mail.index("--conn-host") + 1] in SERVICES
    extra = json.loads(mail[mail.index("--conn-extra") + 1])
    assert {"from_email", "to"} <= set(extra)


def test_the_image_has_what_the_simulated_vendor_imports() -> None:
    entrypoint = SERVICES[SANDBOX]["entrypoint"]
    assert entrypoint[:4] == ["python", "-m", "sandbox", "pennylane"]
    code = (
        "import sys, sandbox.__main__; sandbox.vendor_class('pennylane'); "
        "print(*{name.partition('.')[0] for name in sys.modules})"
    )
    imported = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    providers = packages_distributions()
    needed = {canonical(name) for module in imported.split() for name in providers.get(module, ())}
    assert "openpyxl" in needed
    files = ("requirements.txt", "requirements/docker.txt")
    assert needed - {"landfall"} - installed_with(*files) == set()


def canonical(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def lines_of(file: str) -> Iterator[str]:
    """The requirements of a file and of those it names."""
    for line in filter(None, (PROJECT / file).read_text().splitlines()):
        if line.startswith("-r "):
            yield from lines_of(line[3:])
        elif not line.startswith("#"):
            yield line


def installed_with(*files: str) -> set[str]:
    """Names of the packages that come with these requirements, as far as they are installed here."""
    due = [Requirement(line) for file in files for line in lines_of(file)]
    found: set[tuple[str, str]] = set()
    while due:
        requirement = due.pop()
        name = canonical(requirement.name)
        for extra in {"", *requirement.extras} - {known for one, known in found if one == name}:
            found.add((name, extra))
            with contextlib.suppress(PackageNotFoundError):
                more = map(Requirement, requires(name) or ())
                due += [r for r in more if not r.marker or r.marker.evaluate({"extra": extra})]
    return {name for name, _ in found}


@pytest.mark.parametrize("name", AIRFLOW_SERVICES)
def test_connections_in_the_env_file_reach_airflow(name: str) -> None:
    assert SERVICES[name]["env_file"] == [{"path": ".env", "required": False}]


def compose_command() -> list[str]:
    """The Compose program of this machine, the plugin or the older one; empty when there is none."""
    for command in (["docker", "compose"], ["docker-compose"]):
        if (
            shutil.which(command[0])
            and not subprocess.run([*command, "version"], capture_output=True).returncode
        ):
            return command
    return []


@pytest.mark.skipif(not compose_command(), reason="needs Docker Compose")
def test_compose_accepts_it_and_refuses_a_missing_secret(tmp_path: Path) -> None:
    filled = tmp_path / "env"
    filled.write_text("\n".join(f"{name}={value or 'x'}" for name, value in settings().items()))
    command = [*compose_command(), "--file", str(COMPOSE), "--env-file"]
    named = {name for service in SERVICES.values() for name in service.get("profiles", ())}
    profiles = [word for name in sorted(named) for word in ("--profile", name)]
    accepted = subprocess.run([*command, str(filled), *profiles, "config"], capture_output=True, text=True)
    assert accepted.returncode == 0, accepted.stderr
    assert set(yaml.safe_load(accepted.stdout)["services"]) == set(SERVICES)
    for secret in required:
        lines = filled.read_text().splitlines()
        (tmp_path / "lacking").write_text("\n".join(line for line in lines if not line.startswith(secret)))
        refused = subprocess.run(
            [*command, str(tmp_path / "lacking"), "config"], capture_output=True, text=True
        )
        assert refused.returncode != 0
        assert "copy .env.example to .env" in refused.stderr
