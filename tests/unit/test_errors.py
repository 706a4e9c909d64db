"""The exit code of several things done in one run."""

from __future__ import annotations

import itertools

from fleetc.errors import ExitCode, gravest


def test_the_gravest_exit_code_is_that_of_the_worst() -> None:
    order = (130, 64, 1, 4, 3, 75, 2, 0)
    assert set(order) == set(ExitCode)
    for worse, better in itertools.combinations(order, 2):
        assert gravest([better, worse]) == gravest([worse, better]) == worse
    assert gravest([]) == 0
