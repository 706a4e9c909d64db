"""The views that `fleetc snapshot query` reads: names and columns stay from release to release.

| view      | a row is                                                        |
|-----------|-----------------------------------------------------------------|
| snapshots | a stored snapshot of the account                                |
| resources | a resource of the chosen snapshot, its fields as a JSON object  |
| fields    | a field of a resource of the chosen snapshot                    |
| history   | a state that a resource has had, and in which snapshots         |
| catalogue | something that the platform offered at the chosen snapshot      |

`VIEWS` says what each column holds. The chosen snapshot is the latest one unless the query asks
for another, or for every one of the account.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

__all__ = ["VIEWS", "View", "definition"]


@dataclass(frozen=True, slots=True)
class View:
    """What a row of the view is, its columns with what they hold, and the SELECT behind it.

    The SELECT has the places that `definition` fills in.
    """

    about: str
    columns: Mapping[str, str]
    select: str


_NAMED = """address, json_extract(body, '$.kind') AS kind,
  CASE instr({path}, '/') WHEN 0 THEN {path} ELSE substr({path}, instr({path}, '/') + 1) END AS name,
  CASE instr({path}, '/') WHEN 0 THEN NULL ELSE substr({path}, 1, instr({path}, '/') - 1) END AS parent,
  json_extract(body, '$.id') AS id""".replace("{path}", "substr(address, instr(address, '/') + 1)")

_HOLDS = """{shown} AS shown
  JOIN validity ON validity.account = shown.account AND from_serial <= shown.serial
    AND (to_serial IS NULL OR to_serial > shown.serial)
  JOIN resource ON resource.id = validity.resource"""

_OFFERED = "{shown} AS shown JOIN document ON document.digest = shown.catalogue"

_SERIAL = {"snapshot": "the snapshot's serial: 12 for snap-12"}
_NAMES = {
    "address": "kind/name or kind/parent/name",
    "kind": "template, node, instance, peer, ...",
    "name": "the last part of the address",
    "parent": "the middle part, such as a peer's network; null where there is none",
    "id": "the platform's own id",
}
_FIELDS = {"fields": "a JSON object: json_extract(fields, '$.status')"}

VIEWS: Mapping[str, View] = MappingProxyType(
    {
        "snapshots": View(
            "Each stored snapshot of the account.",
            {
                "serial": "12 for snap-12",
                "taken_at": "RFC 3339",
                "source": "live or import",
                "label": "as given to snapshot take",
                "complete": "1, or 0 when something could not be read",
                "problems": "what could not be read: a JSON list",
                "resources": "how many",
                "digest": "of account, completeness, catalogue and resources",
            },
            "SELECT serial, taken_at, source, label, complete, problems, count AS resources, digest "
            "FROM snapshot WHERE account = {account}",
        ),
        "resources": View(
            "Each resource of the chosen snapshot.",
            {**_SERIAL, **_NAMES, **_FIELDS},
            "SELECT shown.serial AS snapshot, {named}, json_extract(body, '$.fields') AS fields FROM {holds}",
        ),
        "fields": View(
            "Each field of each resource of the chosen snapshot.",
            {
                **_SERIAL,
                "address": _NAMES["address"],
                "kind": _NAMES["kind"],
                "field": "its name",
                "value": "text or number; a list or an object is JSON",
                "type": "text, integer, real, true, false, null, array or object",
            },
            "SELECT shown.serial AS snapshot, address, json_extract(body, '$.kind') AS kind, "
            "field.key AS field, field.value AS value, field.type AS type "
            "FROM {holds}, json_each(body, '$.fields') AS field",
        ),
        "history": View(
            "Each state that a resource has had, and in which snapshots.",
            {
                **_NAMES,
                **_FIELDS,
                "since": "serial of the first snapshot with it",
                "until": "serial of the first one without it; null while it still stands so",
            },
            "SELECT {named}, json_extract(body, '$.fields') AS fields, from_serial AS since, "
            "to_serial AS until FROM validity JOIN resource ON resource.id = validity.resource "
            "WHERE validity.account = {account}",
        ),
        "catalogue": View(
            "What the platform offered at the chosen snapshot.",
            {
                **_SERIAL,
                "category": "module, node_platform, region or instance_type",
                "name": "what a fleet file may name",
                "version": "of a module, else null",
                "state": "a module version's lifecycle, else null",
            },
            """SELECT shown.serial AS snapshot, 'module' AS category, module.key AS name,
                 version.key AS version, version.value AS state
               FROM {offered}, json_each(body, '$.modules') AS module, json_each(module.value) AS version
               UNION ALL SELECT shown.serial, 'node_platform', offer.value, NULL, NULL
               FROM {offered}, json_each(body, '$.node_platforms') AS offer
               UNION ALL SELECT shown.serial, 'region', offer.value, NULL, NULL
               FROM {offered}, json_each(body, '$.regions') AS offer
               UNION ALL SELECT shown.serial, 'instance_type', offer.value, NULL, NULL
               FROM {offered}, json_each(body, '$.instance_types') AS offer""",
        ),
    }
)


def definition(view: View, shown: str, account: int) -> str:
    """The SELECT of a view; `shown` names the view of the chosen snapshots."""
    parts = {"named": _NAMED, "holds": _HOLDS, "offered": _OFFERED}
    filled = {name: text.format(shown=shown) for name, text in parts.items()}
    return view.select.format(account=account, **filled)
