"""Operational errors in one small tree, and the exit codes of every command.

    FleetcError                 what happened, what state things are in, the next command
    |- UsageProblem             the command line itself is wrong (64)
    |- InputProblem             diagnostics were reported, nothing was done (1)
    |- Refused                  a rule of fleetc says no; nothing was sent (3)
    |- StateProblem             ledger, snapshots or platform file cannot be used (1)
    |- SourceProblem            git or the file system cannot give the fleet's files (1)
    `- PlatformProblem          a call to the platform did not succeed
       |- NotSent               definitely not sent; may be tried again
       |- RateLimited           not done; try again after `retry_after` seconds
       |- Rejected              a definite failure
       `- ResultUnknown         it may or may not have happened: look before deciding

A user's mistake in a file is a `Diagnostic`, never an exception. A bug is left to crash, with
locals hidden.
"""

from __future__ import annotations

from collections.abc import Iterable
from enum import IntEnum

__all__ = [
    "ExitCode",
    "FleetcError",
    "InputProblem",
    "NotSent",
    "PlatformProblem",
    "RateLimited",
    "Refused",
    "Rejected",
    "ResultUnknown",
    "SourceProblem",
    "StateProblem",
    "UsageProblem",
    "gravest",
]


class ExitCode(IntEnum):
    """Exit codes, an interface others script against."""

    OK = 0
    ERROR = 1
    CHANGES = 2
    REFUSED = 3
    PARTIAL = 4
    USAGE = 64
    PAUSED = 75
    INTERRUPTED = 130


_GRAVITY = (
    ExitCode.OK,
    ExitCode.CHANGES,
    ExitCode.PAUSED,
    ExitCode.REFUSED,
    ExitCode.PARTIAL,
    ExitCode.ERROR,
    ExitCode.USAGE,
    ExitCode.INTERRUPTED,
)
"""What is the worse the further right: 1 says that less is known than after 4, 3 that nothing was done."""


def gravest(codes: Iterable[int]) -> ExitCode:
    """The exit code of several things done in one run: that of the worst; `OK` for none."""
    return max((ExitCode(code) for code in codes), key=_GRAVITY.index, default=ExitCode.OK)


class FleetcError(Exception):
    """An operational failure: what happened, what state things are in, and what to do next.

    `code` is a diagnostics code (`F0901`) or empty; `state` and `next_step` are sentences.
    """

    exit_code = ExitCode.ERROR

    def __init__(self, message: str, *, code: str = "", state: str = "", next_step: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.code = code
        self.state = state
        self.next_step = next_step


class UsageProblem(FleetcError):
    """The command line is wrong."""

    exit_code = ExitCode.USAGE


class InputProblem(FleetcError):
    """The input has errors.

    `diagnostics` (of `fleetc.lang.diagnostics`) says which, and `sources` (a `SourceSet`) holds the
    files they stand in.
    """

    def __init__(
        self, message: str, *, diagnostics: tuple[object, ...] = (), sources: object = None, **kw: str
    ) -> None:
        super().__init__(message, **kw)
        self.diagnostics = diagnostics
        self.sources = sources


class Refused(FleetcError):
    """fleetc refuses: stale, not approved, over a limit, lease held, nothing selected."""

    exit_code = ExitCode.REFUSED


class StateProblem(FleetcError):
    """A file of the state folder cannot be used: locked, corrupt, newer, not writable."""


class SourceProblem(FleetcError):
    """The fleet's files cannot be read: no repository, no such revision, no such file."""


class PlatformProblem(FleetcError):
    """A call to the platform did not succeed."""


class NotSent(PlatformProblem):
    """The request was definitely not sent (connection refused, name not found)."""


class RateLimited(PlatformProblem):
    """The platform asks to wait; `retry_after` is in seconds."""

    def __init__(self, message: str, *, retry_after: float, **kw: str) -> None:
        super().__init__(message, **kw)
        self.retry_after = retry_after


class Rejected(PlatformProblem):
    """The platform refused the call; nothing changed."""


class ResultUnknown(PlatformProblem):
    """The call may or may not have taken effect: look by natural key, then decide."""
