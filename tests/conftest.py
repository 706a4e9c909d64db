"""What holds for every test: how much hypothesis tries, and an environment without fleetc's variables."""

from __future__ import annotations

import os

import pytest
from hypothesis import HealthCheck, settings

settings.register_profile(
    "fast", deadline=None, max_examples=40, suppress_health_check=[HealthCheck.too_slow], print_blob=True
)
settings.register_profile("thorough", settings.get_profile("fast"), max_examples=1000)
settings.load_profile(os.environ.get("FLEETC_HYPOTHESIS", "fast"))


@pytest.fixture(autouse=True)
def _no_variables(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("FLEETC_STATE", "FLEETC_CONFIG", "FLEETC_FAILPOINT"):
        monkeypatch.delenv(name, raising=False)
