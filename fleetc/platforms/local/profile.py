"""What the embedded platform can do: its profile, with the recipe of calls for each kind."""

from __future__ import annotations

from fleetc.ir.profile import CallRecipe, KindProfile, Profile

__all__ = ["local_profile"]


def _rename(kind: str) -> tuple[CallRecipe, ...]:
    return (CallRecipe(f"rename_{kind}", "rename", {f"{kind}_id": "id", "name": "name"}),)


def _module() -> KindProfile:
    mutable = ("priority", "description", "config")
    fields = ("variety", *mutable)
    values = {name: f"field:{name}" for name in fields}
    update = {"module_id": "id", **{name: f"field:{name}" for name in mutable}}
    return KindProfile(
        settable=fields,
        readable=fields,
        clearable=("description", "config"),
        natural_key=("name",),
        create=(CallRecipe("create_module", "create", {"name": "name", **values}, fields),),
        update=(CallRecipe("update_module", "update", update, mutable),),
        delete=(CallRecipe("delete_module", "delete", {"module_id": "id"}),),
        rename=_rename("module"),
    )


def _template(ignored_fields: bool) -> KindProfile:
    read = ("node_platform", "architecture", "metadata")
    plain = read if ignored_fields else ("description", *read)
    values = {name: f"field:{name}" for name in plain}
    item = {"template_id": "id", "module": "item:name"}
    modules = (
        CallRecipe(
            "unassign_module_from_template", "update", item, ("modules",), each="modules", on="removed"
        ),
        CallRecipe(
            "assign_module_to_template",
            "update",
            {**item, "pin": "item:pin"},
            ("modules",),
            each="modules",
        ),
    )
    return KindProfile(
        settable=(*plain, "modules"),
        readable=(*plain, "modules"),
        clearable=tuple(name for name in (*plain, "modules") if name != "node_platform"),
        natural_key=("name",),
        create=(CallRecipe("create_template", "create", {"name": "name", **values}, plain), *modules),
        update=(
            CallRecipe("update_template", "update", {"template_id": "id", **values}, plain),
            *modules,
        ),
        delete=(CallRecipe("delete_template", "delete", {"template_id": "id"}),),
        rename=_rename("template"),
    )


def _node() -> KindProfile:
    own = ("template", "lifecycle_class", "labels", "metadata")
    values = {
        "template_id": "id:template",
        "lifecycle_class": "field:lifecycle_class",
        "labels": "field:labels",
        "metadata": "field:metadata",
    }
    materialise = CallRecipe("apply_template", "update", {"node_id": "id"}, ("effective_modules",))
    return KindProfile(
        settable=(*own, "effective_modules"),
        readable=(*own, "effective_modules"),
        clearable=("labels", "metadata"),
        natural_key=("name",),
        create=(CallRecipe("create_node", "create", {"name": "name", **values}, own), materialise),
        update=(CallRecipe("update_node", "update", {"node_id": "id", **values}, own), materialise),
        delete=(CallRecipe("delete_node", "delete", {"node_id": "id"}),),
        rename=_rename("node"),
    )


def _assignment() -> KindProfile:
    own = ("enabled", "priority", "config", "pin")
    values = {name: f"field:{name}" for name in own}
    create = {"node_id": "id:node", "module": "field:module", **values}
    return KindProfile(
        settable=("node", "module", *own),
        readable=("node", "module", *own),
        clearable=("priority", "config", "pin"),
        natural_key=("node", "module"),
        create=(CallRecipe("create_assignment", "create", create, ("node", "module", *own)),),
        update=(CallRecipe("update_assignment", "update", {"assignment_id": "id", **values}, own),),
        delete=(CallRecipe("delete_assignment", "delete", {"assignment_id": "id"}),),
    )


def _instance(settle_seconds: float) -> KindProfile:
    values = {
        "node_id": "id:node",
        "region": "field:region",
        "instance_type": "field:instance_type",
    }
    return KindProfile(
        settable=("node", "region", "instance_type"),
        readable=("node", "region", "instance_type", "status", "public_address", "private_address"),
        clearable=(),
        natural_key=("node",),
        create=(CallRecipe("provision_instance", "create", values, ("node", "region", "instance_type")),),
        update=(),
        delete=(CallRecipe("terminate_instance", "delete", {"instance_id": "id"}),),
        several=True,
        settle_seconds=settle_seconds,
        ready_field="status",
        ready_values=("running",),
    )


def _network() -> KindProfile:
    own = ("description", "tags", "settings")
    values = {name: f"field:{name}" for name in own}
    routing = CallRecipe(
        "set_routing_mode",
        "update",
        {"network_id": "id", "routing_mode": "field:routing_mode"},
        ("routing_mode",),
    )
    return KindProfile(
        settable=(*own, "routing_mode"),
        readable=(*own, "routing_mode", "prefix"),
        clearable=own,
        natural_key=("name",),
        create=(CallRecipe("create_network", "create", {"name": "name", **values}, own), routing),
        update=(
            CallRecipe("update_network", "update", {"network_id": "id", **values}, own),
            routing,
        ),
        delete=(CallRecipe("delete_network", "delete", {"network_id": "id"}),),
        rename=_rename("network"),
    )


def _peer() -> KindProfile:
    own = (
        "publicly_reachable",
        "endpoint_host_v4",
        "endpoint_host_v6",
        "endpoint_port",
        "listen_port",
    )
    values = {name: f"field:{name}" for name in own}
    subnets = CallRecipe(
        "set_lan_subnets",
        "update",
        {"peer_id": "id", "lan_subnets": "field:lan_subnets"},
        ("lan_subnets",),
    )
    attach = {"network_id": "id:network", "instance_id": "id:instance", **values}
    return KindProfile(
        settable=("network", "instance", *own, "lan_subnets"),
        readable=("network", "instance", *own, "lan_subnets", "address", "public_key", "status"),
        clearable=("endpoint_host_v4", "endpoint_host_v6", "endpoint_port", "lan_subnets"),
        natural_key=("network", "instance"),
        create=(
            CallRecipe("attach_peer", "create", attach, ("network", "instance", *own)),
            subnets,
        ),
        update=(CallRecipe("update_peer", "update", {"peer_id": "id", **values}, own), subnets),
        delete=(CallRecipe("detach_peer", "delete", {"peer_id": "id"}),),
    )


def _virtual_ip(ignored_fields: bool) -> KindProfile:
    own = ("anycast", "description", "tags", "advertised_med", "advertised_local_pref")
    values = {name: f"field:{name}" for name in own}
    holders = {
        "holder_peer_id": "id:primary_holder",
        "failover_holder_peer_ids": "id:failover_holders",
    }
    create = {
        "network_id": "id:network",
        "name": "name",
        "cidr": "field:cidr",
        **holders,
        **values,
    }
    held = ("primary_holder", "failover_holders")
    return KindProfile(
        settable=("network", "cidr", *held, *own),
        readable=("network", "cidr", *held, *own, "state"),
        clearable=("description", "tags") if ignored_fields else own[1:],
        natural_key=("network", "name"),
        create=(CallRecipe("create_virtual_ip", "create", create, ("network", "cidr", *held, *own)),),
        update=(
            CallRecipe(
                "set_virtual_ip_holders", "update", {"virtual_ip_id": "id", **holders}, held, whole=True
            ),
            CallRecipe("update_virtual_ip", "update", {"virtual_ip_id": "id", **values}, own),
        ),
        delete=(CallRecipe("delete_virtual_ip", "delete", {"virtual_ip_id": "id"}),),
        rename=_rename("virtual_ip"),
    )


def _firewall_rule() -> KindProfile:
    plain = ("direction", "protocol", "priority", "ports", "enabled")
    values = {
        "firewall_action": "field:action",
        "src_selector": "selector:source",
        "dst_selector": "selector:destination",
        **{name: f"field:{name}" for name in plain},
    }
    create = {"network_id": "id:network", "name": "name", **values}
    own = ("action", "source", "destination", *plain)
    return KindProfile(
        settable=("network", *own),
        readable=("network", *own),
        clearable=("ports",),
        natural_key=("network", "name"),
        create=(CallRecipe("create_firewall_rule", "create", create, ("network", *own)),),
        update=(CallRecipe("update_firewall_rule", "update", {"firewall_rule_id": "id", **values}, own),),
        delete=(CallRecipe("delete_firewall_rule", "delete", {"firewall_rule_id": "id"}),),
        rename=_rename("firewall_rule"),
    )


def _port_mapping() -> KindProfile:
    targets = ("target_peer", "target_virtual_ip")
    own = ("target_port", "enabled")
    values = {f"{name}_id": f"id:{name}" for name in targets} | {name: f"field:{name}" for name in own}
    create = {
        "network_id": "id:network",
        "name": "name",
        "hub_peer_id": "id:hub",
        "listen_port": "field:listen_port",
        "protocol": "field:protocol",
        **values,
    }
    fields = ("network", "hub", "listen_port", "protocol", *targets, *own)
    return KindProfile(
        settable=fields,
        readable=fields,
        clearable=(*targets, "target_port"),
        natural_key=("hub", "listen_port", "protocol"),
        create=(CallRecipe("create_port_mapping", "create", create, fields),),
        update=(
            CallRecipe(
                "update_port_mapping", "update", {"port_mapping_id": "id", **values}, (*targets, *own)
            ),
        ),
        delete=(CallRecipe("delete_port_mapping", "delete", {"port_mapping_id": "id"}),),
        rename=_rename("port_mapping"),
    )


def local_profile(
    *, instance_settle: float = 2.0, request_settle: float = 0.2, ignored_fields: bool = True
) -> Profile:
    """The profile; settle times in seconds.

    With `ignored_fields`, as on the real platform, no read returns a template's description, and
    a virtual IP's numbers cannot be cleared.
    """
    return Profile(
        name="local",
        version=1,
        kinds={
            "module": _module(),
            "template": _template(ignored_fields),
            "node": _node(),
            "assignment": _assignment(),
            "instance": _instance(instance_settle),
            "network": _network(),
            "peer": _peer(),
            "virtual_ip": _virtual_ip(ignored_fields),
            "firewall_rule": _firewall_rule(),
            "port_mapping": _port_mapping(),
        },
        allocates=("virtual_ip.cidr",),
        change_counter=True,
        request_settle_seconds=request_settle,
    )
