"""Platforms: adapters of `fleetc.ports.Platform`.

What comes in: calls from the worker, and requests to observe. What goes out: observations and
answers, or one of the `PlatformProblem`s. Each adapter states what it can do in a profile, and
passes the contract suite in `tests/contract/test_platform.py`.

    local    the embedded platform: one SQLite file with the real platform's semantics
"""
