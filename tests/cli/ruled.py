"""Rules, and workspaces that have them."""

from __future__ import annotations

import subprocess
from pathlib import Path

RULES = """\
group sre = "team:sre", "user:dana"
rule low-ports "Ports are high" {
  on create, update peer.listen_port
  where after.listen_port < 51000
  deny "{host} listens on {after.listen_port}"
}
rule routing-needs-sre {
  on update network.routing_mode
  require 1 of sre "routing of {name}"
}
test low-ports {
  given live peer "n/a" { }
  plan update peer "n/a" { listen_port = 1 }
  expect deny
}
test low-ports "fails" {
  plan update peer "n/a" { listen_port = 51001 }
  expect deny
}
"""
PEER = "peer/edge-fabric/edge-tokyo-02"


def committed(folder: Path, *, rules: str = RULES, fleet: tuple[str, str] = ("", "")) -> Path:
    (folder / "prod.rules").write_text(rules)
    text = (folder / "fleet.yaml").read_text()
    assert fleet[0] in text
    (folder / "fleet.yaml").write_text(text.replace(*fleet) if fleet[0] else text)
    identity = ["-c", "user.name=Lee", "-c", "user.email=lee@example.com"]
    for command in (["add", "."], ["commit", "-q", "-m", "rules"]):
        subprocess.run(["git", *identity, *command], cwd=folder, check=True)
    return folder


LOW = ("        - host: edge-tokyo-02\n", "        - host: edge-tokyo-02\n          listen_port: 50000\n")
STATIC = ("routing_mode: ibgp", "routing_mode: static")
