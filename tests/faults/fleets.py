"""Two fleets: on the way from BEFORE to AFTER every kind sees every verb it has."""

from __future__ import annotations

BEFORE = """\
version: 1
account: acme
modules:
  - {name: mod-stays, priority: 1}
  - {name: mod-goes}
  - {name: mod-turns, variety: config}
  - {name: mod-old}
templates:
  - name: stays
    node_platform: ubuntu-24.04-amd64
    architecture: amd64
    modules: [chrony, mod-stays, mod-old]
  - name: goes
    node_platform: ubuntu-24.04-amd64
    modules: [mod-goes]
  - {name: old, node_platform: ubuntu-24.04-amd64}
nodes:
  - {hostname: stays-1, template: stays, region: eu-west-2, instance_type: tiny, modules: [apache, mod-turns]}
  - {hostname: moves-1, template: stays, region: eu-west-2, instance_type: tiny}
  - {hostname: goes-1, template: goes, region: eu-west-2, instance_type: tiny}
assignments:
  moves-1:apache: {priority: 1}
sdwan:
  networks:
    - name: stays
      peers:
        - {host: stays-1, listen_port: 51820}
        - {host: moves-1}
        - {host: goes-1}
      virtual_ips:
        - {name: stays, cidr: 10.9.0.1/32, primary_holder: stays-1, failover_holders: [moves-1]}
        - {name: turns, cidr: 10.9.0.2/32, primary_holder: stays-1}
        - {name: goes, cidr: 10.9.0.3/32, primary_holder: goes-1}
        - {name: old, cidr: 10.9.0.5/32, primary_holder: moves-1}
      firewall_rules:
        - {name: stays, action: drop, source: "peer:moves-1", destination: "tag:edge"}
        - {name: goes, source: "peer:goes-1"}
      port_mappings:
        - {name: stays, hub: stays-1, listen_port: 80, target_virtual_ip: turns}
        - {name: leads, hub: stays-1, listen_port: 81, target_peer: goes-1}
        - {name: goes, hub: goes-1, listen_port: 82, target_peer: stays-1}
    - name: goes
      peers:
        - {host: goes-1}
    - name: old
      peers:
        - {host: moves-1}
"""

AFTER = """\
version: 1
account: acme
modules:
  - {name: mod-stays, priority: 2}
  - {name: mod-turns, variety: instance}
  - {name: mod-comes, priority: 7}
  - {name: mod-new}
templates:
  - name: stays
    node_platform: ubuntu-24.04-amd64
    architecture: arm64
    modules: [mod-stays, mod-new, nginx@1.26.0]
  - name: comes
    node_platform: ubuntu-24.04-amd64
    modules: [mod-comes]
  - {name: new, node_platform: ubuntu-24.04-amd64, architecture: amd64}
nodes:
  - hostname: stays-1
    template: stays
    region: eu-west-2
    instance_type: tiny
    labels: {tier: edge}
    modules: [chrony@4.5.0, mod-turns]
  - {hostname: moved-1, template: stays, region: us-east-1, instance_type: tiny}
  - {hostname: comes-1, template: comes, region: eu-west-2, instance_type: small}
assignments:
  moved-1:apache: {priority: 2, config: {workers: 4}}
sdwan:
  networks:
    - name: stays
      routing_mode: ibgp
      description: the one that stays
      peers:
        - {host: stays-1, listen_port: 51821, lan_subnets: [10.20.0.0/24]}
        - {host: moved-1}
        - {host: comes-1, publicly_reachable: true, lan_subnets: [10.30.0.0/24]}
      virtual_ips:
        - name: stays
          cidr: 10.9.0.1/32
          primary_holder: stays-1
          failover_holders: [comes-1, moved-1]
          description: moved over
        - {name: turned, cidr: 10.9.0.22/32, primary_holder: stays-1}
        - {name: comes, cidr: 10.9.0.4/32, primary_holder: comes-1}
        - {name: new, cidr: 10.9.0.5/32, primary_holder: moved-1}
      firewall_rules:
        - {name: stays, action: reject, source: "peer:moved-1", destination: 10.0.0.0/8}
        - {name: comes, protocol: tcp, ports: 8000-8010, destination: "peer:comes-1"}
      port_mappings:
        - {name: stays, hub: stays-1, listen_port: 80, target_virtual_ip: turned}
        - {name: leads, hub: stays-1, listen_port: 81, target_virtual_ip: comes, target_port: 8081}
        - {name: comes, hub: comes-1, listen_port: 83, protocol: udp, target_peer: stays-1}
    - name: comes
      routing_mode: ibgp
    - name: new
      peers:
        - {host: moved-1, listen_port: 51822}
moved:
  - {from: module/mod-old, to: module/mod-new}
  - {from: template/old, to: template/new}
  - {from: node/moves-1, to: node/moved-1}
  - {from: network/old, to: network/new}
  - {from: virtual_ip/stays/old, to: virtual_ip/stays/new}
  - {from: virtual_ip/stays/turns, to: virtual_ip/stays/turned}
"""

VERBS = {
    "module": {"create", "move", "update", "delete", "replace"},
    "template": {"create", "move", "update", "delete"},
    "node": {"create", "move", "update", "delete"},
    "assignment": {"create", "update", "delete", "replace"},
    "instance": {"create", "delete", "replace"},
    "network": {"create", "move", "update", "delete"},
    "peer": {"create", "update", "delete", "replace"},
    "virtual_ip": {"create", "move", "update", "delete", "replace"},
    "firewall_rule": {"create", "update", "delete"},
    "port_mapping": {"create", "update", "delete", "replace"},
}
"""What the way holds, by kind: nothing changes a template, node or network so that it is replaced,
and an instance has no call that updates it."""

SIMPLE = """\
version: 1
account: acme
templates:
  - {name: base, node_platform: ubuntu-24.04-amd64, modules: [chrony]}
nodes:
  - {hostname: one, template: base, region: eu-west-2, instance_type: tiny}
sdwan:
  networks:
    - {name: wan, peers: [{host: one}]}
"""

EMPTY = "version: 1\naccount: acme\n"


def networks(count: int) -> str:
    """A fleet of `count` networks that need nothing of each other."""
    items = "".join(f"    - {{name: net-{number:04d}}}\n" for number in range(count))
    return f"{EMPTY}sdwan:\n  networks:\n{items}"


def held(region: str) -> str:
    """A fleet of one node in `region` whose peer holds a virtual IP."""
    return f"""\
version: 1
account: acme
templates:
  - {{name: base, node_platform: ubuntu-24.04-amd64, modules: [chrony]}}
nodes:
  - {{hostname: one, template: base, region: {region}, instance_type: tiny}}
sdwan:
  networks:
    - name: wan
      peers: [{{host: one}}]
      virtual_ips: [{{name: front, cidr: 10.9.0.1/32, primary_holder: one}}]
"""
