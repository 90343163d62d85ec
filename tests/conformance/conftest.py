"""Every declared source on every engine, one after the other."""

from __future__ import annotations

import pytest

from landfall import sources
from tests.engines import ENGINES


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """A new source, or a new engine, is in all of these tests by being declared."""
    engines = getattr(metafunc.module, "ENGINES", ENGINES)
    every = [
        pytest.param((engine, source), id=f"{source.name}-{engine}")
        for engine in engines
        for source in sources.sources()
    ]
    if "everywhere" in metafunc.fixturenames:
        metafunc.parametrize("everywhere", every, indirect=True, scope="module")
    elif "somewhere" in metafunc.fixturenames:
        metafunc.parametrize("somewhere", every[: len(sources.names())], indirect=True, scope="module")


@pytest.fixture(scope="module")
def everywhere(request: pytest.FixtureRequest) -> object:
    """An engine's name, and a source."""
    return request.param


@pytest.fixture(scope="module")
def somewhere(request: pytest.FixtureRequest) -> object:
    """The same for what no engine has a part in."""
    return request.param
