"""What looks like a secret is shown nowhere to people."""

from __future__ import annotations

import pytest

from fleetc.model.secrets import HIDDEN
from fleetc.report.values import value_text
from fleetc.tui.text import value

KEY = "AKIAIOSFODNN7EXAMPLE"


@pytest.mark.parametrize("show", [value_text, value])
@pytest.mark.parametrize(
    "held",
    [
        {"password": "hunter2"},
        {"deep": {"api_key": "x1", "list": [{"token": "t"}]}},
        {"note": f"use {KEY}"},
        [f"-----BEGIN RSA PRIVATE KEY----- {KEY}"],
        KEY,
    ],
)
def test_it_is_hidden_wherever_it_stands(show: object, held: object) -> None:
    assert callable(show)
    text = show(held)
    assert HIDDEN in text
    assert not any(secret in text for secret in ("hunter2", "x1", KEY, "RSA"))


@pytest.mark.parametrize("show", [value_text, value])
def test_what_only_sounds_like_one_is_shown(show: object) -> None:
    assert callable(show)
    for held in ({"password": ""}, {"tokens": "7"}, {"secretary": "kim"}, {"password": 7}):
        assert HIDDEN not in show(held)
