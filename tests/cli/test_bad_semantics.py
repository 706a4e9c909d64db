"""Files that parse and mean something wrong: table D3 of the bad inputs, through the command line.

Row 97 has nothing to say yet: modules have no dependencies in the language. The places of each
diagnostic stand in tests/cases/compile; here the file is of a fleet that is applied, and neither
the ledger nor the platform moves.
"""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from tests.cli.conftest import Fleetc, Ran
from tests.cli.hostile import build, clean, standing

SECRET = "AKIAIOSFODNN7EXAMPLQ"


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("semantics") / "edge"
    build(folder)
    return folder


@pytest.fixture
def edge(built: Path, tmp_path: Path) -> Path:
    """A workspace with a fleet that is applied."""
    return Path(shutil.copytree(built, tmp_path / "edge", symlinks=True))


def _text(edge: Path) -> str:
    return (edge / "fleet.yaml").read_text()


def _plan(edge: Path, fleetc: Fleetc, text: str, *options: str) -> Ran:
    (edge / "fleet.yaml").write_text(text)
    ran = fleetc("-C", str(edge), "plan", "--worktree", *options)
    clean(ran)
    return ran


def _ring(size: int) -> str:
    rows = (f"  - {{name: r{n}, extends: r{(n + 1) % size}, node_platform: p}}\n" for n in range(size))
    return "templates:\n" + "".join(rows)


HEAD = "version: 1\naccount: edge-demo\n"
NODES = "templates: [{name: t, node_platform: ubuntu-24.04-amd64}]\nnodes:\n"
NODE = "  - {hostname: %s, template: t, region: ap-tokyo-1, instance_type: t3-medium}\n"
NET = "sdwan:\n  networks:\n    - name: n\n      peers: [{host: a}, {host: b}]\n"
WRONG: dict[str, tuple[str, str, str]] = {
    "76 section": ("templats: []\n", "F0101", "fleet.yaml:3:1"),
    "76 field": ("templates: [{name: t, node_platfrom: p}]\n", "F0101", "fleet.yaml:3:23"),
    "77": ("zzz_qqq: 1\n", "F0101", "fleet.yaml:3:1"),
    "79": ("templates: [{name: t, node_platform: p, extends: t}]\n", "F0402", "t -> t"),
    "80 of two": (_ring(2), "F0402", "r0 -> r1 -> r0"),
    "80 of fifty": (_ring(50), "F0402", "r0"),
    "82 kinds": (
        "modules: [{name: m}]\ntemplates: [{name: t, node_platform: p, extends: m}]\n",
        "F0401",
        "fleet.yaml:4:50",
    ),
    "82 missing": ("templates: [{name: t, node_platform: p, extends: none-such}]\n", "F0401", "fleet.yaml:3:50"),
    "85 case": (NODES + NODE % "web" + NODE % "Web", "F0203", "fleet.yaml:6"),
    "85 kelvin": (NODES + NODE % "\u212a", "F0206", "fleet.yaml:5"),
    "86": (NODES + NODE % "w\u0430b", "F0206", "fleet.yaml:5"),
    "88": (f"sdwan: {{networks: [{{name: {'n' * 65}}}]}}\n", "F02", "fleet.yaml:3"),
    "91": (NET + "      virtual_ips: [{name: v, primary_holder: c}]\n", "F0212", "fleet.yaml:7"),
    "92 equal": (NET + "      virtual_ips: [{name: v, primary_holder: a, failover_holders: [a]}]\n", "F05", "fleet.yaml:7"),
    "92 twice": (NET + "      virtual_ips: [{name: v, primary_holder: a, failover_holders: [b, b]}]\n", "F05", "fleet.yaml:7"),
    "94 twice": (
        NET + "      virtual_ips:\n" + "".join(
            f"        - {{name: {name}, primary_holder: a, cidr: 10.9.0.1/32}}\n" for name in "vw"
        ),
        "F05",
        "fleet.yaml:9",
    ),
    "98 too many": ("nodes: [{hostname: 'a-[1-99999999]', template: t}]\n", "F02", "fleet.yaml:3"),
    "104a": (NODES + "  - {hostname: a, template: t, account_id: x}\n", "F0101", "fleet.yaml:5:32"),
}  # fmt: skip


@pytest.mark.parametrize(("body", "code", "words"), WRONG.values(), ids=WRONG.keys())
def test_what_is_an_error_of_the_file(edge: Path, fleetc: Fleetc, body: str, code: str, words: str) -> None:
    before = standing(edge)
    ran = _plan(edge, fleetc, HEAD + body)
    assert (ran.code, ran.out) == (1, ""), ran.err
    assert f"error[{code}" in ran.err
    assert words in ran.err
    assert standing(edge) == before
    found = json.loads(fleetc("-C", str(edge), "check", "--json").out)
    assert any(item["code"].startswith(code) for item in found["diagnostics"])


def test_row_77_the_keys_that_are_allowed_are_listed(edge: Path, fleetc: Fleetc) -> None:
    assert "`templates`" in _plan(edge, fleetc, HEAD + "zzz_qqq: 1\n").err


def test_row_83_a_diamond_has_an_order_and_show_says_where_a_value_is_from(
    edge: Path, fleetc: Fleetc
) -> None:
    rows = (
        "  - {name: top, node_platform: p0}\n  - {name: l, extends: top, node_platform: p1}\n"
        "  - {name: r, extends: top, node_platform: p2}\n  - {name: t, extends: [l, r]}\n"
    )
    (edge / "fleet.yaml").write_text(f"{HEAD}templates:\n{rows}")
    ran = fleetc("-C", str(edge), "show", "template/t")
    clean(ran)
    assert ran.code == 0, ran.err
    shown = next(line for line in ran.out.splitlines() if "node_platform" in line)
    assert "p2" in shown or "p1" in shown
    assert "fleet.yaml:" in ran.out


@pytest.mark.parametrize(
    ("body", "code", "near"),
    [
        (
            NODES + NODE % "a" + "sdwan: {networks: [{name: n, peers: [{host: edge-tokio-09}]}]}\n",
            "F0605",
            "",
        ),
        (NODES.replace("ubuntu-24.04", "ubuntu-24.05") + NODE % "a", "F0602", "ubuntu-24.04-amd64"),
        (NODES + (NODE % "a").replace("tokyo", "tokio"), "F0603", "ap-tokyo-1"),
        (NODES + (NODE % "a").replace("t3-medium", "t3-medum"), "F0604", "t3-medium"),
    ],
    ids=["node", "platform", "region", "type"],
)
def test_row_89_what_the_platform_does_not_know(
    edge: Path, fleetc: Fleetc, body: str, code: str, near: str
) -> None:
    (edge / "fleet.yaml").write_text(HEAD + body)
    assert fleetc("-C", str(edge), "check").code == 0
    before = standing(edge)
    ran = _plan(edge, fleetc, HEAD + body)
    assert (ran.code, ran.out) == (1, "")
    assert f"error[{code}]" in ran.err
    assert near in ran.err
    assert standing(edge) == before


def test_row_94_a_virtual_ip_in_another_networks_prefix(edge: Path, fleetc: Fleetc) -> None:
    query = "SELECT value FROM fields WHERE field = 'prefix'"
    (row,) = fleetc("-C", str(edge), "snapshot", "query", query, "--json").json["rows"]
    inside = row[0].replace("::/64", "::5/128")
    second = (
        "    - name: second\n      peers: [{host: edge-tokyo-01}]\n"
        f'      virtual_ips: [{{name: v, primary_holder: edge-tokyo-01, cidr: "{inside}"}}]\n'
    )
    before = standing(edge)
    ran = _plan(edge, fleetc, _text(edge) + second)
    assert (ran.code, ran.out) == (1, "")
    assert "error[F0698]" in ran.err
    assert "network/edge-fabric" in ran.err
    assert standing(edge) == before


def test_row_98_nothing_left_is_over_a_limit(edge: Path, fleetc: Fleetc) -> None:
    ran = _plan(edge, fleetc, f"{HEAD}nodes: []\n", "--json")
    assert (ran.code, len(ran.json["diff"]["nodes"]["delete"])) == (0, 3)
    digest = ran.json["digest"]
    before = standing(edge)[1]
    for command in (("approve", digest, "--confirm", "local 13"), ("apply", digest)):
        refused = fleetc("-C", str(edge), *command)
        clean(refused)
        assert refused.code == 3, refused.err
    assert standing(edge)[1] == before


def test_row_101_an_account_that_another_ledger_manages(edge: Path, fleetc: Fleetc, tmp_path: Path) -> None:
    other = tmp_path / "other"
    (other / ".fleetc").mkdir(mode=0o700, parents=True)
    shutil.copy(edge / ".fleetc" / "platform.db", other / ".fleetc")
    node = _text(edge).replace("t3-medium", "small")
    (other / "fleet.yaml").write_text(node.partition("  - hostname: edge-london-01")[0])
    ran = fleetc("-C", str(other), "plan", "--worktree", "--json")
    clean(ran)
    assert ran.code == 0, ran.err
    assert "another fleetc has applied to this account (run-" in ran.err
    actions = ran.json["actions"]
    assert [action["op"] for action in actions if action["op"] == "delete"] == []
    assert {action["op"] for action in actions} == {"replace"}
    assert not any(action["selected"] for action in actions)
    assert "another fleetc" not in fleetc("-C", str(edge), "plan").err


def test_row_101_what_init_put_there_is_nobodys(fleetc: Fleetc, tmp_path: Path) -> None:
    assert fleetc("-C", str(tmp_path), "init", "new").code == 0
    ran = fleetc("-C", str(tmp_path / "new"), "plan")
    assert (ran.code, "another fleetc" in ran.err) == (0, False)


def test_row_103_a_secret_looking_value_is_in_no_output_for_people(edge: Path, fleetc: Fleetc) -> None:
    text = _text(edge).replace('purpose: "edge-cdn"', f'password: "{SECRET}"')
    ran = _plan(edge, fleetc, text, "-o", "p.json")
    assert "warning[F0" in ran.err
    said = [ran]
    here = ("-C", str(edge))
    commands: tuple[tuple[str, ...], ...] = (
        ("plan", "--worktree", "--calls"),
        ("plan", "--worktree", "--unfold"),
        ("plan", "--worktree", "--format", "markdown"),
        ("check",),
        ("show", "all"),
        ("impact", "template/edge-cdn"),
        *(("graph", "--format", form) for form in ("dot", "mermaid", "svg", "html")),
        ("approve", "p.json", "--as", "dana"),
        ("apply", "p.json", "--foreground"),
        ("runs",),
        ("snapshot", "take"),
        ("snapshot", "diff", "1", "3"),
        ("snapshot", "diff", "1", "latest"),
        ("platform", "show"),
        ("platform", "log"),
        ("audit", "show"),
        ("approvals",),
        ("state", "check"),
    )
    for command in commands:
        ran = fleetc(*here, *command)
        assert ran.code == 0, (command, ran.err)
        clean(ran)
        said.append(ran)
    run = fleetc(*here, "runs", "--json").json["runs"][0]["id"]
    said.append(fleetc(*here, "watch", run))
    leaks = [
        (number, text[:300])
        for number, ran in enumerate(said)
        for text in (ran.out, ran.err)
        if SECRET in text
    ]
    assert leaks == []


@pytest.mark.parametrize(
    "text", ["[@click=app.approve]x[/]", "[/nope]", "<script>x</script>", "a|b`c", "${x}"]
)
def test_row_104_markup_is_text(edge: Path, fleetc: Fleetc, text: str) -> None:
    ran = _plan(edge, fleetc, _text(edge).replace('purpose: "edge-cdn"', f'purpose: "{text}"'))
    assert (ran.code, text in ran.out) == (0, True)
