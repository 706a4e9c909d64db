"""The kinds of resources, declared once (design 1.2 to 1.5 and 2.1).

To add a kind, add a declaration here, its calls to the platforms' profiles, and its tests.
"""

from __future__ import annotations

from types import MappingProxyType

from fleetc.model.schema import External, FieldSpec, FieldType, KindSchema, View

__all__ = ["KINDS", "SUMMARY_ALWAYS"]

_T = FieldType


def _text(name: str, doc: str) -> FieldSpec:
    return FieldSpec(name, _T.STRING, key=name, empty="", doc=doc)


MODULE = KindSchema(
    name="module",
    section="modules",
    identity="name",
    cascades=("assignment",),
    summary="modules",
    doc="A unit of software that templates put on nodes.",
    fields=(
        FieldSpec(
            "variety",
            _T.ENUM,
            key="variety",
            default="config",
            values=("config", "instance", "subscription"),
            replaces=True,
        ),
        FieldSpec("priority", _T.INTEGER, key="priority", default=0, minimum=0),
        _text("description", "What the module is for."),
        FieldSpec("config", _T.MAPPING, key="config", empty={}),
    ),
)

TEMPLATE = KindSchema(
    name="template",
    section="templates",
    identity="name",
    summary="templates",
    doc="What a node is made of; templates inherit with `extends`, which leaves no edge.",
    fields=(
        _text("description", "What the template is for."),
        FieldSpec(
            "node_platform",
            _T.REFERENCE,
            key="node_platform",
            required=True,
            refers_to=External.NODE_PLATFORM,
        ),
        FieldSpec(
            "architecture",
            _T.ENUM,
            key="architecture",
            values=("amd64", "arm64", "armhf", "i386", "ppc64el", "s390x", "riscv64"),
        ),
        FieldSpec("modules", _T.MODULES, key="modules", refers_to="module", unordered=True, empty=[]),
        FieldSpec("metadata", _T.MAPPING, key="metadata", empty={}),
    ),
)

NODE = KindSchema(
    name="node",
    section="nodes",
    identity="hostname",
    summary="nodes",
    cascades=("instance", "assignment"),
    views=(
        View("instance", back=("instance", "node")),
        View("region", path=("instance", "region")),
        View("instance_type", path=("instance", "instance_type")),
    ),
    doc="A machine's identity: its name, template and labels.",
    fields=(
        FieldSpec("template", _T.REFERENCE, key="template", required=True, refers_to="template"),
        FieldSpec(
            "lifecycle_class",
            _T.ENUM,
            key="lifecycle_class",
            default="persistent",
            values=("persistent", "ephemeral", "spot"),
        ),
        FieldSpec("labels", _T.STRING_MAP, key="labels", empty={}),
        FieldSpec("metadata", _T.MAPPING, key="metadata", empty={}),
        FieldSpec(
            "effective_modules",
            _T.MODULES,
            derived=True,
            unordered=True,
            through=("template", "modules"),
            doc="The modules of its template and its own; those of its own that are not enabled are not.",
        ),
    ),
)

ASSIGNMENT = KindSchema(
    name="assignment",
    section="assignments",
    identity="module",
    parent="node",
    summary="assignments",
    doc="A module on one node; a reference in a node's `modules` is one too.",
    fields=(
        FieldSpec("node", _T.REFERENCE, required=True, refers_to="node", derived=True),
        FieldSpec("module", _T.REFERENCE, required=True, refers_to="module", derived=True),
        FieldSpec("enabled", _T.BOOLEAN, key="enabled", default=True),
        FieldSpec("priority", _T.INTEGER, key="priority", minimum=0),
        FieldSpec("config", _T.MAPPING, key="config", empty={}),
        FieldSpec("pin", _T.PIN, key="pin", doc="What follows the @ of a module reference."),
    ),
)

INSTANCE = KindSchema(
    name="instance",
    section="nodes",
    identity="hostname",
    present_when=("region", "instance_type"),
    cascades=("peer",),
    fleeting=("node", "lifecycle_class", "ephemeral", "spot"),
    doc="The running machine of a node.",
    fields=(
        FieldSpec("node", _T.REFERENCE, required=True, refers_to="node", derived=True),
        FieldSpec(
            "region",
            _T.REFERENCE,
            key="region",
            required=True,
            refers_to=External.REGION,
            replaces=True,
        ),
        FieldSpec(
            "instance_type",
            _T.REFERENCE,
            key="instance_type",
            required=True,
            refers_to=External.INSTANCE_TYPE,
            replaces=True,
        ),
        FieldSpec("status", _T.STRING, readonly=True),
        FieldSpec("public_address", _T.IPV4, readonly=True),
        FieldSpec("private_address", _T.IPV4, readonly=True),
    ),
)

NETWORK = KindSchema(
    name="network",
    section="sdwan.networks",
    identity="name",
    cascades=("peer", "virtual_ip", "firewall_rule"),
    summary="sdwan.networks",
    doc="An SD-WAN overlay network.",
    fields=(
        _text("description", "What the network is for."),
        FieldSpec("routing_mode", _T.ENUM, key="routing_mode", default="static", values=("static", "ibgp")),
        FieldSpec("tags", _T.STRING_LIST, key="tags", unordered=True, empty=[]),
        FieldSpec("settings", _T.MAPPING, key="settings", empty={}),
        FieldSpec("prefix", _T.CIDR, readonly=True),
    ),
)

PEER = KindSchema(
    name="peer",
    section="sdwan.networks.peers",
    identity="host",
    parent="network",
    summary="sdwan.peers",
    views=(View("host", own=True), View("node", path=("instance", "node"))),
    doc="An instance's membership of a network, named by its node's host name.",
    fields=(
        FieldSpec("network", _T.REFERENCE, required=True, refers_to="network", derived=True),
        FieldSpec(
            "instance",
            _T.REFERENCE,
            required=True,
            refers_to="instance",
            derived=True,
            replaces=True,
            doc="The host's instance, named by its host name.",
        ),
        FieldSpec("publicly_reachable", _T.BOOLEAN, key="publicly_reachable", default=False),
        FieldSpec("endpoint_host_v4", _T.IPV4, key="endpoint_host_v4", given=True, empty=""),
        FieldSpec("endpoint_host_v6", _T.IPV6, key="endpoint_host_v6", empty=""),
        FieldSpec("endpoint_port", _T.INTEGER, key="endpoint_port", given=True, minimum=1, maximum=65535),
        FieldSpec("listen_port", _T.INTEGER, key="listen_port", default=51820, minimum=1, maximum=65535),
        FieldSpec("lan_subnets", _T.CIDR_LIST, key="lan_subnets", unordered=True, empty=[]),
        FieldSpec("address", _T.CIDR, readonly=True),
        FieldSpec("public_key", _T.STRING, readonly=True),
        FieldSpec("status", _T.STRING, readonly=True),
    ),
)

VIRTUAL_IP = KindSchema(
    name="virtual_ip",
    section="sdwan.networks.virtual_ips",
    identity="name",
    parent="network",
    holders=("primary_holder", "failover_holders"),
    summary="sdwan.virtual_ips",
    views=(View("holders", joined=("primary_holder", "failover_holders")),),
    doc="An address that one of several peers holds.",
    fields=(
        FieldSpec("network", _T.REFERENCE, required=True, refers_to="network", derived=True),
        FieldSpec("cidr", _T.CIDR, key="cidr", given=True, replaces=True),
        FieldSpec("primary_holder", _T.REFERENCE, key="primary_holder", required=True, refers_to="peer"),
        FieldSpec(
            "failover_holders",
            _T.REFERENCES,
            key="failover_holders",
            default=(),
            refers_to="peer",
        ),
        FieldSpec("anycast", _T.BOOLEAN, key="anycast", default=False),
        _text("description", "What the address is for."),
        FieldSpec("tags", _T.STRING_LIST, key="tags", unordered=True, empty=[]),
        FieldSpec("advertised_med", _T.INTEGER, key="advertised_med", minimum=0),
        FieldSpec("advertised_local_pref", _T.INTEGER, key="advertised_local_pref", minimum=0),
        FieldSpec("state", _T.STRING, readonly=True),
    ),
)

FIREWALL_RULE = KindSchema(
    name="firewall_rule",
    section="sdwan.networks.firewall_rules",
    identity="name",
    parent="network",
    summary="sdwan.firewall_rules",
    doc="What traffic of a network passes; the rule with the lowest priority number decides.",
    fields=(
        FieldSpec("network", _T.REFERENCE, required=True, refers_to="network", derived=True),
        FieldSpec("action", _T.ENUM, key="action", default="accept", values=("accept", "drop", "reject")),
        FieldSpec(
            "direction", _T.ENUM, key="direction", default="both", values=("ingress", "egress", "both")
        ),
        FieldSpec("protocol", _T.ENUM, key="protocol", default="any", values=("any", "tcp", "udp", "icmp6")),
        FieldSpec("priority", _T.INTEGER, key="priority", default=1000, minimum=0, maximum=999999),
        FieldSpec("source", _T.SELECTOR, key="source", default="all", refers_to="peer"),
        FieldSpec("destination", _T.SELECTOR, key="destination", default="all", refers_to="peer"),
        FieldSpec("ports", _T.PORTS, key="ports", only_with=("protocol", "tcp", "udp")),
        FieldSpec("enabled", _T.BOOLEAN, key="enabled", default=True),
    ),
)

PORT_MAPPING = KindSchema(
    name="port_mapping",
    section="sdwan.networks.port_mappings",
    identity="name",
    parent="network",
    one_of=("target_peer", "target_virtual_ip"),
    unique=("hub", "listen_port", "protocol"),
    summary="sdwan.port_mappings",
    doc="A port of a hub that leads to a peer or to a virtual IP of the network.",
    fields=(
        FieldSpec("network", _T.REFERENCE, required=True, refers_to="network", derived=True),
        FieldSpec("hub", _T.REFERENCE, key="hub", required=True, refers_to="peer", replaces=True),
        FieldSpec(
            "listen_port",
            _T.INTEGER,
            key="listen_port",
            required=True,
            minimum=1,
            maximum=65535,
            replaces=True,
        ),
        FieldSpec("protocol", _T.ENUM, key="protocol", default="tcp", values=("tcp", "udp"), replaces=True),
        FieldSpec("target_peer", _T.REFERENCE, key="target_peer", refers_to="peer", holds=True),
        FieldSpec(
            "target_virtual_ip",
            _T.REFERENCE,
            key="target_virtual_ip",
            refers_to="virtual_ip",
            holds=True,
        ),
        FieldSpec(
            "target_port",
            _T.INTEGER,
            key="target_port",
            minimum=1,
            maximum=65535,
            doc="The port it leads to; the one it listens on when it is not written.",
        ),
        FieldSpec("enabled", _T.BOOLEAN, key="enabled", default=True),
    ),
)

KINDS = MappingProxyType(
    {
        kind.name: kind
        for kind in (
            MODULE,
            TEMPLATE,
            NODE,
            ASSIGNMENT,
            INSTANCE,
            NETWORK,
            PEER,
            VIRTUAL_IP,
            FIREWALL_RULE,
            PORT_MAPPING,
        )
    }
)

SUMMARY_ALWAYS = ("templates", "nodes", "sdwan.networks", "sdwan.peers", "sdwan.virtual_ips")
