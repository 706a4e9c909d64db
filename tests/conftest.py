"""What holds for every test: how much hypothesis tries, an environment without fleetc's variables,
and the flag that writes golden texts anew."""

from __future__ import annotations

import os

import pytest
from hypothesis import HealthCheck, settings

settings.register_profile(
    "fast", deadline=None, max_examples=40, suppress_health_check=[HealthCheck.too_slow], print_blob=True
)
# a run that decides tries the same examples each time; every other run tries new ones
settings.register_profile("same", settings.get_profile("fast"), derandomize=True)
settings.register_profile("thorough", settings.get_profile("fast"), max_examples=1000)
settings.load_profile(os.environ.get("FLEETC_HYPOTHESIS", "same" if "CI" in os.environ else "fast"))


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--update-golden", action="store_true", help="write the golden texts anew")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Tests with the marker `loopback` reach 127.0.0.1; sockets are off everywhere else."""
    for item in items:
        if item.get_closest_marker("loopback"):
            item.add_marker(pytest.mark.allow_hosts(["127.0.0.1"]))


@pytest.fixture(autouse=True)
def _no_variables(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("FLEETC_STATE", "FLEETC_CONFIG", "FLEETC_FAILPOINT"):
        monkeypatch.delenv(name, raising=False)
