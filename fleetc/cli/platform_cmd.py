"""`platform`: look at the embedded platform, or change it by hand to make drift."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from fleetc.cli.context import Context, FleetGroup, pass_context
from fleetc.cli.options import format_option
from fleetc.errors import UsageProblem

if TYPE_CHECKING:
    from fleetc.ir.values import Value
    from fleetc.platforms.local import LocalPlatform

__all__ = ["platform"]

_ADDRESS = click.argument("address", metavar="ADDRESS")


def _seen(context: Context) -> LocalPlatform:
    from fleetc.service.embedded import look

    return look(context.workspace(), context.account())


def _by_hand(context: Context) -> LocalPlatform:
    from fleetc.service.embedded import by_hand

    return by_hand(context.workspace(), context.account())


def _text(value: object) -> str:
    import msgspec

    return value if isinstance(value, str) else msgspec.json.encode(value).decode()


@click.group(cls=FleetGroup)
def platform() -> None:
    """Look at the embedded platform, or make drift on it.

    Changes made here are changes by hand: they stand in the platform's log with an empty tag.
    """


@platform.command()
@click.argument("pattern", metavar="[GLOB]", default="*")
@format_option("text", "json")
@pass_context
def show(context: Context, pattern: str, form: str) -> None:
    """List what stands on the platform; a single resource is shown with all its fields."""
    from fnmatch import fnmatchcase

    from fleetc.cli.output import echo_json
    from fleetc.report.tables import table

    observed = _seen(context).observe()
    found = [row for row in observed.resources if fnmatchcase(row.address, pattern)]
    if form == "json":
        document = {"account": observed.account, "counter": observed.counter, "complete": observed.complete}
        echo_json({"format": "fleetc.platform/1", **document, "resources": found})
        return
    click.echo(
        table(("address", "id"), [(row.address, row.id) for row in found], empty="nothing stands there"),
        nl=False,
    )
    if len(found) == 1:
        fields = [(name, _text(value)) for name, value in sorted(found[0].fields.items())]
        click.echo("\n" + table(("field", "value"), fields, empty="no fields"), nl=False)


@platform.command(name="set")
@_ADDRESS
@click.argument("changes", metavar="FIELD=VALUE...", nargs=-1, required=True)
@format_option("text", "json")
@pass_context
def set_(context: Context, address: str, changes: tuple[str, ...], form: str) -> None:
    """Set fields by hand. A VALUE is text, or JSON for other types; null clears the field."""
    fields: dict[str, Value] = dict(_change(address, change) for change in changes)
    opened = _by_hand(context)
    opened.set_fields(address, fields)
    _echo_done(opened, address, "set", form)


def _change(address: str, change: str) -> tuple[str, Any]:
    """One FIELD=VALUE, its value read as the field's type."""
    import json

    from fleetc.ir.address import kind_of
    from fleetc.model.kinds import KINDS
    from fleetc.model.schema import FieldType

    name, equals, text = change.partition("=")
    schema = KINDS.get(kind_of(address))
    if schema is None:
        raise UsageProblem(f"{address!r} begins with no kind", next_step=f"known: {', '.join(KINDS)}")
    spec = schema.field(name)
    if not equals or spec is None:
        what = f"{schema.name} has no field {name!r}" if equals else f"{change!r} is not FIELD=VALUE"
        raise UsageProblem(what, next_step="known: " + ", ".join(field.name for field in schema.fields))
    if text == "null":
        return name, None
    shapes = {
        FieldType.INTEGER: int,
        FieldType.BOOLEAN: bool,
        FieldType.MAPPING: dict,
        FieldType.STRING_MAP: dict,
        FieldType.STRING_LIST: list,
        FieldType.CIDR_LIST: list,
        FieldType.MODULES: list,
        FieldType.REFERENCES: list,
    }
    shape = shapes.get(spec.type)
    if shape is None:
        return name, text
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        value = None
    if type(value) is not shape:
        raise UsageProblem(f"{name} takes one {spec.type} as JSON, not {text!r}")
    return name, value


@platform.command()
@_ADDRESS
@format_option("text", "json")
@pass_context
def delete(context: Context, address: str, form: str) -> None:
    """Delete a resource by hand, with what the platform deletes along with it."""
    opened = _by_hand(context)
    opened.remove(address)
    _echo_done(opened, address, "deleted", form)


@platform.command(name="fail-over")
@_ADDRESS
@format_option("text", "json")
@pass_context
def fail_over(context: Context, address: str, form: str) -> None:
    """Move a virtual IP to its next fail-over holder."""
    from fleetc.ir.address import parts

    kind, *names = parts(address)
    if kind != "virtual_ip" or len(names) != 2:
        raise UsageProblem(f"{address!r} is not the address of a virtual IP: virtual_ip/NETWORK/NAME")
    opened = _by_hand(context)
    opened.fail_over(*names)
    _echo_done(opened, address, "failed over", form)


def _echo_done(opened: LocalPlatform, address: str, done: str, form: str) -> None:
    from fleetc.cli.output import echo_json
    from fleetc.lang.text import visible

    if form == "json":
        echo_json(
            {
                "format": "fleetc.platform/1",
                "account": opened.account,
                "counter": opened.change_counter(),
                "address": address,
                "resources": opened.find(address),
            }
        )
    else:
        click.echo(visible(f"{address}: {done}"))


@platform.group(cls=FleetGroup, invoke_without_command=True)
@format_option("text", "json")
@click.pass_context
def catalog(ctx: click.Context, form: str) -> None:
    """Show what may be named without being declared, or edit it."""
    if ctx.invoked_subcommand is None:
        _echo_catalogue(_seen(ctx.ensure_object(Context)), form)


def _echo_catalogue(opened: LocalPlatform, form: str) -> None:
    from fleetc.cli.output import echo_json
    from fleetc.report.tables import table

    offered = opened.catalogue()
    if form == "json":
        echo_json({"format": "fleetc.catalogue/1", "account": opened.account, "catalogue": offered})
        return
    rows: list[tuple[Any, ...]] = [
        ("module", f"{name}@{version}", state)
        for name, versions in offered.modules.items()
        for version, state in versions.items()
    ]
    rows += [("node_platform", name, "") for name in offered.node_platforms]
    rows += [("region", name, "") for name in offered.regions]
    rows += [("instance_type", name, "") for name in offered.instance_types]
    click.echo(table(("category", "name", "state"), rows, empty="the catalogue is empty"), nl=False)


_CATEGORY = click.argument(
    "category", type=click.Choice(("module", "node_platform", "region", "instance_type"))
)


@catalog.command()
@_CATEGORY
@click.argument("name")
@click.option("--lifecycle", default="live", show_default=True, help="A module version's state.")
@format_option("text", "json")
@pass_context
def add(context: Context, category: str, name: str, lifecycle: str, form: str) -> None:
    """Add NAME; a module may be NAME@VERSION, version 1 otherwise."""
    opened = _by_hand(context)
    plain, version = _versioned(category, name)
    opened.change_catalogue(category, plain, version=version, state=lifecycle)
    _echo_catalogue(opened, form)


@catalog.command()
@_CATEGORY
@click.argument("name")
@format_option("text", "json")
@pass_context
def remove(context: Context, category: str, name: str, form: str) -> None:
    """Remove NAME; of a module all versions, or the one of NAME@VERSION."""
    opened = _by_hand(context)
    plain, version = _versioned(category, name)
    opened.change_catalogue(category, plain, version=version, add=False)
    _echo_catalogue(opened, form)


def _versioned(category: str, name: str) -> tuple[str, str]:
    plain, _, version = name.partition("@") if category == "module" else (name, "", "")
    return plain, version


@platform.command()
@click.option("--last", type=click.IntRange(min=0), default=0, metavar="N", help="Only the last N rows.")
@format_option("text", "json")
@pass_context
def log(context: Context, last: int, form: str) -> None:
    """Print the platform's own log of effects, oldest first."""
    from fleetc.cli.output import echo_json
    from fleetc.report.tables import table

    opened = _seen(context)
    rows = opened.log()[-last:]
    if form == "json":
        echo_json({"format": "fleetc.effects/1", "account": opened.account, "rows": rows})
        return
    head = ("seq", "call", "outcome", "address", "id", "seconds", "tag")
    cells = [
        (
            row.seq,
            row.call,
            row.outcome,
            row.address,
            row.platform_id,
            f"{row.ended - row.started:.3f}",
            row.tag or "(by hand)",
        )
        for row in rows
    ]
    click.echo(table(head, cells, empty="nothing has happened yet"), nl=False)
