"""`fleetc platform`: what a person sees of the embedded platform, and the drift they make."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from fleetc.cli.main import run
from fleetc.platforms.local import LocalPlatform
from fleetc.service.workspace import Workspace


@dataclass
class Shell:
    """`fleetc -C <workspace> platform ...` in this process."""

    folder: Path
    capture: pytest.CaptureFixture[str]
    platform: LocalPlatform

    def __call__(self, *arguments: str, code: int = 0) -> str:
        assert run(["-C", str(self.folder), "platform", *arguments]) == code
        self.printed = self.capture.readouterr()
        return self.printed.out

    def json(self, *arguments: str) -> Any:
        return json.loads(self(*arguments, "--json"))


@pytest.fixture
def shell(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Shell:
    (tmp_path / "fleet.yaml").write_text("version: 1\naccount: acme\n")
    platform = Workspace.open(tmp_path).platform("acme")
    assert isinstance(platform, LocalPlatform)

    def call(name: str, /, **arguments: Any) -> str:
        return platform.call(name, arguments, tag="run-1/x").platform_id

    template = call("create_template", name="base", node_platform="ubuntu-24.04-lts")
    network = call("create_network", name="fabric")
    peers = []
    for host in ("a-01", "b-01"):
        node = call("create_node", name=host, template_id=template)
        machine = call("provision_instance", node_id=node, region="eu-west-2", instance_type="tiny")
        peers.append(call("attach_peer", network_id=network, instance_id=machine))
    call(
        "create_virtual_ip",
        network_id=network,
        name="front",
        holder_peer_id=peers[0],
        failover_holder_peer_ids=peers[1:],
    )
    return Shell(tmp_path, capsys, platform)


def test_show_lists_in_columns_and_one_in_full(shell: Shell) -> None:
    lines = shell("show", "node/*").splitlines()
    assert [line.split()[0] for line in lines] == ["address", "node/a-01", "node/b-01"]
    assert len({line.index(line.split()[1]) for line in lines}) == 1
    full = shell("show", "virtual_ip/*")
    assert 'failover_holders  ["b-01"]' in full
    assert "primary_holder    a-01" in full
    assert shell("show", "zz/*") == "nothing stands there\n"
    document = shell.json("show")
    assert document["format"] == "fleetc.platform/1"
    assert len(document["resources"]) == len(shell.platform.observe().resources)
    assert document["counter"] == shell.platform.change_counter()


def test_set_reads_values_by_the_type_of_their_field(shell: Shell) -> None:
    shell("set", "node/a-01", "lifecycle_class=spot", 'labels={"a": "b=c"}')
    shell("set", "peer/fabric/a-01", "endpoint_port=9", "publicly_reachable=true", "endpoint_host_v4=7")
    fields = shell.platform.find("node/a-01")[0].fields
    assert (fields["lifecycle_class"], fields["labels"]) == ("spot", {"a": "b=c"})
    fields = shell.platform.find("peer/fabric/a-01")[0].fields
    assert (fields["endpoint_port"], fields["publicly_reachable"], fields["endpoint_host_v4"]) == (
        9,
        True,
        "7",
    )
    document = shell.json("set", "peer/fabric/a-01", "endpoint_port=null")
    assert "endpoint_port" not in document["resources"][0]["fields"]


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (("set", "node/a-01", "zz=1"), 64),
        (("set", "node/a-01", "labels"), 64),
        (("set", "zz/a-01", "labels={}"), 64),
        (("set", "node/a-01", "labels=[]"), 64),
        (("set", "module/x", "priority=true"), 64),
        (("set", "module/x", "priority=" + "[" * 100_000), 64),
        (("set", "module/x", "priority=1" + "0" * 5000), 64),
        (("set", "node/zz", "labels={}"), 1),
        (("set", "node/a-01"), 64),
        (("set", "node/a-01", "template=\udcff"), 64),
        (("delete", "node/zz"), 1),
        (("delete", "node/\udcff"), 64),
        (("delete", ""), 1),
        (("fail-over", "node/a-01"), 64),
        (("fail-over", "virtual_ip/fabric/zz"), 1),
        (("catalog", "add", "zz", "x"), 64),
        (("catalog", "remove", "region", "zz"), 1),
        (("catalog", "add", "region", "\udcff"), 64),
        (("log", "--last", "-1"), 64),
        (("zz",), 64),
    ],
)
def test_mistakes_change_nothing_and_say_so(shell: Shell, arguments: tuple[str, ...], code: int) -> None:
    before = shell.platform.observe()
    assert shell(*arguments, code=code) == ""
    assert shell.printed.err.lower().find("error") >= 0
    assert shell.platform.observe().resources == before.resources


def test_drift_by_hand_stands_in_the_log_without_a_tag(shell: Shell) -> None:
    before = len(shell.platform.log())
    shell("fail-over", "virtual_ip/fabric/front")
    shell("delete", "peer/fabric/a-01")
    assert shell.platform.find("virtual_ip/fabric/front")[0].fields["primary_holder"] == "b-01"
    document = shell.json("log")
    assert document["format"] == "fleetc.effects/1"
    new = document["rows"][before:]
    assert [(row["call"], row["tag"]) for row in new] == [("fail_over", ""), ("detach_peer", "")]
    text = shell("log", "--last", "2").splitlines()
    assert len(text) == 3
    assert text[-1].endswith("(by hand)")


def test_the_catalogue_is_shown_and_edited(shell: Shell) -> None:
    assert "ubuntu-24.04-amd64" in shell("catalog")
    shell("catalog", "add", "region", "moon-1")
    shell("catalog", "add", "module", "nginx@9.9.9", "--lifecycle", "staging")
    document = shell.json("catalog")
    assert document["format"] == "fleetc.catalogue/1"
    assert "moon-1" in document["catalogue"]["regions"]
    assert document["catalogue"]["modules"]["nginx"]["9.9.9"] == "staging"
    shell("catalog", "remove", "module", "nginx")
    assert "nginx" not in shell.json("catalog")["catalogue"]["modules"]


def test_hidden_characters_are_shown(shell: Shell) -> None:
    shell.platform.set_fields("network/fabric", {"description": "a\x1b[31m\u202eb"})
    shown = shell("show", "network/fabric")
    assert "\x1b" not in shown
    assert "\u202e" not in shown
