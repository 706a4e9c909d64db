"""How the embedded platform behaves: speed, faults, and the real platform's facts as switches."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

import msgspec

from fleetc.errors import InputProblem
from fleetc.lang.text import in_words

__all__ = ["LocalConfig"]

_Seconds = Annotated[float, msgspec.Meta(ge=0, le=86_400)]
_Rate = Annotated[float, msgspec.Meta(ge=0, le=1)]


class LocalConfig(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Configuration of one embedded platform; the defaults are the real platform's ways.

    Speed and faults:

    - `latency`: seconds a call takes, half before and half after its effect.
    - `error_rate`: share of calls that fail before their effect, with an unknown result.
    - `lost_rate`: share of calls whose answer is lost after their effect.
    - `rate_limit`: requests a `window` of seconds, as a token bucket of the whole file; 0 is none.
    - `instance_settle`: seconds until an instance runs; `request_settle`: as in the profile.
    - `seed`: goes into every address the platform gives.

    Facts, as on the real platform unless switched:

    - `no_idempotency_keys`: a call sent again acts again; else a known tag gets its first answer.
    - `unique_keys`: natural keys are unique; else a create sent twice makes twins.
    - `ambiguous_races`: a duplicate is the internal error -32603 (an unknown result), else a
      definite refusal. Off, for the real platform answers so only when a race is lost.
    - `free_text_errors`: not found is free text; else the text begins with `404`.
    - `ignored_fields`: blank or null values are ignored where the real platform ignores them, and
      a template's description is never read back; else they clear. Settings are replaced whole
      either way.
    - `cascades`: deletes take along what depends on them; else they are refused.
    - `short_lists`: a list of instances is cut at 200 rows beside a true count.
    - `single_listing`: the short list is not completed node by node: an observation of more rows
      is incomplete. The real adapter completes it, so this is off.
    - `failover_keeps_old`: a fail-over leaves the old holder in both lists, so that a second one
      can go back; else the old holder leaves both.
    """

    latency: _Seconds = 0.0
    error_rate: _Rate = 0.0
    lost_rate: _Rate = 0.0
    rate_limit: Annotated[int, msgspec.Meta(ge=0, le=1_000_000_000)] = 0
    window: Annotated[float, msgspec.Meta(gt=0, le=86_400)] = 900.0
    instance_settle: _Seconds = 2.0
    request_settle: _Seconds = 0.2
    seed: str = ""
    no_idempotency_keys: bool = True
    unique_keys: bool = True
    ambiguous_races: bool = False
    free_text_errors: bool = True
    ignored_fields: bool = True
    cascades: bool = True
    short_lists: bool = True
    single_listing: bool = False
    failover_keeps_old: bool = True

    @classmethod
    def from_mapping(cls, values: Mapping[str, Any]) -> LocalConfig:
        """Read an operator's `[environments.X.local]` table; raises `InputProblem` (F1022)."""
        try:
            return msgspec.convert(dict(values), cls)
        except msgspec.ValidationError as error:
            said = in_words(str(error))
            raise InputProblem(f"[local] of the operator's file: {said}", code="F1022") from None
