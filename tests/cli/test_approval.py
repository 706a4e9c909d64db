"""Who may approve what: four eyes, single use, expiry, the typed text, limits, the audit chain."""

from __future__ import annotations

import shutil
import sqlite3
import subprocess
from pathlib import Path

import pytest

from tests.cli.conftest import Fleetc


def operator(folder: Path, text: str) -> None:
    (folder / ".fleetc" / "operator.toml").write_text(text)


def commit(folder: Path, text: str, *, author: str, trailer: str = "") -> None:
    (folder / "fleet.yaml").write_text(text)
    name, mail = author, f"{author.lower()}@example.com"
    command = ["git", "-c", f"user.name={name}", "-c", f"user.email={mail}", "commit", "-q", "-a"]
    message = f"Change the fleet\n\n{trailer}"
    subprocess.run([*command, "-m", message], cwd=folder, check=True)


def without_london(folder: Path) -> str:
    """The fleet without its London node: four deletes or changes follow."""
    text = (folder / "fleet.yaml").read_text()
    head, _, rest = text.partition("  - hostname: edge-london-01")
    _, _, network = rest.partition("sdwan:")
    network = network.replace("        - host: edge-london-01\n          publicly_reachable: true\n", "")
    return f"{head}sdwan:{network}".replace(
        "failover_holders: [edge-tokyo-02, edge-london-01]", "failover_holders: [edge-tokyo-02]"
    )


def deleting(folder: Path, fleetc: Fleetc, *, author: str = "Dana", trailer: str = "") -> tuple[str, ...]:
    """Commit a deletion and plan it; the common arguments."""
    commit(folder, without_london(folder), author=author, trailer=trailer)
    here = ("-C", str(folder))
    plan = fleetc(*here, "plan", "-o", "d.json", "--json")
    deleted = {a["address"] for a in plan.json["actions"] if a["op"] == "delete"}
    assert deleted == {
        "node/edge-london-01",
        "instance/edge-london-01",
        "peer/edge-fabric/edge-london-01",
    }
    return here


KNOWN = '[identities]\n"dana@example.com" = "user:dana"\n"kim@example.com" = "user:kim"\n'


def test_an_author_does_not_approve_own_deletes(applied: Path, fleetc: Fleetc) -> None:
    operator(applied, KNOWN)
    here = deleting(applied, fleetc)
    confirm = ("--confirm", "local 3")
    for name in ("dana", "DANA", "user:dana", "dana@example.com"):
        refused = fleetc(*here, "approve", "d.json", "--as", name, *confirm)
        assert refused.code == 3
        assert "author" in refused.err
    assert fleetc(*here, "approve", "d.json", "--as", "kim", *confirm).code == 0


def test_a_name_with_what_nobody_sees_is_no_name(applied: Path, fleetc: Fleetc) -> None:
    operator(applied, KNOWN)
    here = deleting(applied, fleetc)
    for name in (" ", "da na", "dana\u200b", "dana\u202e"):
        refused = fleetc(*here, "approve", "d.json", "--as", name, "--confirm", "local 3")
        assert (refused.code, "hidden characters" in refused.err) == (64, True)


def test_a_co_author_is_an_author(applied: Path, fleetc: Fleetc) -> None:
    operator(applied, KNOWN)
    here = deleting(applied, fleetc, trailer="Co-authored-by: Kim <kim@example.com>\n")
    confirm = ("--confirm", "local 3")
    assert fleetc(*here, "approve", "d.json", "--as", "kim", *confirm).code == 3
    assert fleetc(*here, "approve", "d.json", "--as", "lee", *confirm).code == 0


def test_a_committer_counts_under_strict_four_eyes(applied: Path, fleetc: Fleetc) -> None:
    here = ("-C", str(applied))
    (applied / "fleet.yaml").write_text(without_london(applied))
    author = ["-c", "user.name=Kim", "-c", "user.email=kim@example.com"]
    command = ["git", *author, "commit", "-q", "-a", "-m", "x", "--author", "Dana <dana@example.com>"]
    subprocess.run(command, cwd=applied, check=True)
    confirm = ("--confirm", "local 3")
    for four_eyes, code in (("strict", 3), ("author", 0)):
        operator(applied, f'[environments.local]\nfour_eyes = "{four_eyes}"\n{KNOWN}')
        fleetc(*here, "plan", "-o", "d.json")
        assert fleetc(*here, "approve", "d.json", "--as", "kim", *confirm).code == code


def test_an_author_nobody_knows_stops_a_destructive_approval(applied: Path, fleetc: Fleetc) -> None:
    operator(applied, "")
    here = deleting(applied, fleetc)
    refused = fleetc(*here, "approve", "d.json", "--as", "kim", "--confirm", "local 3")
    assert refused.code == 3
    assert "identities" in refused.err


def test_an_author_approves_own_creates(edge: Path, fleetc: Fleetc) -> None:
    operator(edge, "")
    here = ("-C", str(edge))
    commit(edge, (edge / "fleet.yaml").read_text() + "# more\n", author="Dana")
    fleetc(*here, "plan", "-o", "p.json")
    assert fleetc(*here, "approve", "p.json", "--as", "dana").code == 0


def test_a_destructive_approval_is_confirmed_with_the_exact_text(applied: Path, fleetc: Fleetc) -> None:
    here = deleting(applied, fleetc)
    for given in ((), ("--confirm", "local"), ("--confirm", "local 2"), ("--confirm", "prod 3")):
        refused = fleetc(*here, "approve", "d.json", "--as", "kim", *given)
        assert refused.code == 3
        assert "local 3" in refused.err
    assert fleetc(*here, "approve", "d.json", "--as", "kim", "--confirm", "local 3").code == 0


def test_a_wrong_confirmation_is_refused_where_none_is_needed(edge: Path, fleetc: Fleetc) -> None:
    here = ("-C", str(edge))
    fleetc(*here, "plan", "-o", "p.json")
    assert fleetc(*here, "approve", "p.json", "--as", "dana", "--confirm", "local 1").code == 3
    assert fleetc(*here, "approve", "p.json", "--as", "dana", "--confirm", "local 0").code == 0


def test_deletes_are_applied_and_then_nothing_is_left(applied: Path, fleetc: Fleetc) -> None:
    here = deleting(applied, fleetc)
    assert fleetc(*here, "approve", "d.json", "--as", "kim", "--confirm", "local 3").code == 0
    ran = fleetc(*here, "apply", "d.json", "--json")
    assert (ran.code, ran.lines[-1]["status"]) == (0, "applied")
    assert fleetc(*here, "plan", "--detailed-exitcode").code == 0
    assert "london" not in fleetc(*here, "platform", "show").out


def test_an_approval_expires(edge: Path, fleetc: Fleetc) -> None:
    operator(edge, '[environments.local]\nexpiry = "1s"\n')
    here = ("-C", str(edge))
    fleetc(*here, "plan", "-o", "p.json")
    fleetc(*here, "approve", "p.json", "--as", "dana")
    with sqlite3.connect(edge / ".fleetc" / "ledger.db") as ledger:
        ledger.execute("UPDATE approval SET expires_at = expires_at - 10")
    assert fleetc(*here, "apply", "p.json").code == 3
    (request,) = fleetc(*here, "approvals", "--json").json["requests"]
    assert request["status"] == "expired"


def test_a_rejected_plan_stays_rejected(edge: Path, fleetc: Fleetc) -> None:
    here = ("-C", str(edge))
    fleetc(*here, "plan", "-o", "p.json")
    assert fleetc(*here, "reject", "p.json", "--as", "kim").code == 64
    assert fleetc(*here, "reject", "p.json", "--as", "kim", "--reason", "not on a Friday").code == 0
    assert "exactly this was rejected" in fleetc(*here, "plan", "-o", "p.json").err
    assert fleetc(*here, "approve", "p.json", "--as", "dana").code == 3


def test_a_changed_plan_file_changes_nothing(edge: Path, fleetc: Fleetc) -> None:
    here = ("-C", str(edge))
    fleetc(*here, "plan", "-o", "p.json")
    path = edge / "p.json"
    path.write_text(path.read_text().replace("ap-tokyo-1", "ap-osaka-1"))
    assert fleetc(*here, "approve", "p.json", "--as", "dana").code in (1, 3)


def test_over_the_limit_needs_an_override_in_the_digest(applied: Path, fleetc: Fleetc) -> None:
    text = without_london(applied)
    start = text.index("nodes:")
    commit(applied, text[:start] + "nodes: []\n", author="Dana")
    here = ("-C", str(applied))
    plain = fleetc(*here, "plan", "-o", "d.json", "--json")
    assert plain.code == 0
    refused = fleetc(*here, "approve", "d.json", "--as", "kim", "--confirm", "local 11")
    assert refused.code == 3
    assert "limit" in refused.err
    over = fleetc(*here, "plan", "-o", "d.json", "--override", "site closes", "--json")
    assert over.json["digest"] != plain.json["digest"]
    count = sum(a["op"] in ("delete", "replace") and a["selected"] for a in over.json["actions"])
    confirm = f"local {count}"
    assert fleetc(*here, "approve", "d.json", "--as", "kim", "--confirm", confirm).code == 0
    assert fleetc(*here, "apply", "d.json").code == 0


def test_a_changed_audit_row_is_named(applied: Path, fleetc: Fleetc) -> None:
    here = ("-C", str(applied))
    assert fleetc(*here, "audit", "verify").code == 0
    with sqlite3.connect(applied / ".fleetc" / "ledger.db") as ledger:
        for (name,) in ledger.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
            ledger.execute(f'DROP TRIGGER "{name}"')
        ledger.execute("UPDATE audit SET actor = 'user:kim' WHERE seq = 1")
    broken = fleetc(*here, "audit", "verify")
    assert broken.code == 1


def test_an_imported_plan_is_the_same_plan(edge: Path, fleetc: Fleetc, tmp_path: Path) -> None:
    fleetc("-C", str(edge), "plan", "-o", "p.json", "--without", "node/edge-london-01")
    other = tmp_path / "other"
    subprocess.run(["cp", "-r", str(edge), str(other)], check=True)
    (other / ".fleetc" / "ledger.db").unlink()
    (other / ".fleetc" / "ledger.db.head").unlink(missing_ok=True)
    here = ("-C", str(other))
    assert fleetc(*here, "approve", "p.json", "--as", "dana").code == 3
    assert fleetc(*here, "plan", "import", "p.json").code == 0
    assert fleetc(*here, "approve", "p.json", "--as", "dana").code == 0


def test_a_commit_may_lower_the_limits(applied: Path, fleetc: Fleetc) -> None:
    environments = '[environments.local]\naccount = "edge-demo"\n'
    (applied / "fleetc.toml").write_text(f"{environments}[limits]\ndeletes = 0\ndeletes_percent = 0\n")
    here = deleting(applied, fleetc)
    refused = fleetc(*here, "approve", "d.json", "--as", "kim", "--confirm", "local 3")
    assert refused.code == 3
    assert "at most 0" in refused.err
    (applied / "fleetc.toml").write_text(f"{environments}[limits]\ndeletes = 30\n")
    assert fleetc(*here, "plan").code == 1


@pytest.mark.parametrize(
    "chosen", [(), ("--without", "node/edge-london-01"), ("--exclude", "all"), ("--select", "all")]
)
def test_a_plan_file_is_taken_in_only_while_planning_gives_the_same(
    edge: Path, fleetc: Fleetc, tmp_path: Path, chosen: tuple[str, ...]
) -> None:
    other = tmp_path / "other"
    shutil.copytree(edge, other)
    here, there = ("-C", str(edge)), ("-C", str(other))
    assert fleetc(*here, "platform", "set", "template/edge-base", "architecture=arm64").code == 0
    assert fleetc(*there, "platform", "set", "template/edge-base", "architecture=arm64").code == 0
    plan = fleetc(*here, "plan", "-o", str(tmp_path / "p.json"), "--json", *chosen)
    taken = fleetc(*there, "plan", "import", str(tmp_path / "p.json"), "--json")
    assert (taken.code, taken.json["digest"]) == (0, plan.json["digest"])
    assert fleetc(*there, "platform", "delete", "template/edge-base").code == 0
    refused = fleetc(*there, "plan", "import", str(tmp_path / "p.json"))
    assert (refused.code, "F0712" in refused.err) == (3, True)
