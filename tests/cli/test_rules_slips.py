"""Ways round the rules: files that are almost rules, an author who takes them out, an old commit."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from fleetc.run.gate import Stopped
from fleetc.service.gating import RuleGate
from fleetc.service.identity import os_user
from tests.cli.conftest import Fleetc
from tests.cli.test_approval import operator
from tests.cli.test_rules_apply import HELD, HOUR, MONDAY, WORK, At, applied_now, at, relabelled

__all__ = ["at"]

DENY = 'rule no-new-node { on create node deny "{name} stays away" }\n'
KNOWN = (
    '[environments.local]\nfour_eyes = "author"\n'
    '[identities]\n"mia@example.com" = "user:mia"\n"ann@example.com" = "user:ann"\n'
)


def commit(folder: Path, who: str = "Ann") -> None:
    name = ("-c", f"user.name={who}", "-c", f"user.email={who.lower()}@example.com")
    subprocess.run(["git", "add", "-A"], cwd=folder, check=True)
    subprocess.run(["git", *name, "commit", "-q", "-m", "change"], cwd=folder, check=True)


def _link(folder: Path) -> None:
    (folder / "text").write_text(DENY)
    (folder / "p.rules").symlink_to("text")


def _folder(folder: Path) -> None:
    (folder / "p.rules").mkdir()
    (folder / "p.rules" / "a").write_text(DENY)


def _upper(folder: Path) -> None:
    (folder / "P.Rules").write_text(DENY)


def _broken(folder: Path) -> None:
    (folder / "a\nb.rules").write_text(DENY)


def _unseen(folder: Path) -> None:
    (folder / "p.ru\u200bles").write_text(DENY)


def _spaced(folder: Path) -> None:
    (folder / "p.rules ").write_text(DENY)


def _bytes(folder: Path) -> None:
    Path(os.fsdecode(os.fsencode(folder) + b"/p\xff.rules")).write_text(DENY)


def _twins(folder: Path) -> None:
    for name in ("p.rules", "P.rules"):
        (folder / name).write_text(DENY)


def _forms(folder: Path) -> None:
    for name in ("\u00e9.rules", "e\u0301.rules"):
        (folder / name).write_text(DENY)


def _linked_folder(folder: Path) -> None:
    (folder / "p.rules").symlink_to(folder / ".fleetc")


def _repository(folder: Path) -> None:
    """A repository of its own: git keeps a link to its commit, the folder holds a folder."""
    inner = folder / "p.rules"
    for words in (("init", "-q"), ("commit", "-q", "--allow-empty", "-m", "x")):
        inner.mkdir(exist_ok=True)
        subprocess.run(
            ["git", "-c", "user.name=A", "-c", "user.email=a@example.com", *words], cwd=inner, check=True
        )


UNCLEAN = "its name has characters that nobody sees, or is not UTF-8"


@pytest.mark.parametrize(
    ("make", "code", "said"),
    [
        (_link, "F1029", "p.rules is a symlink, not a file"),
        (_folder, "F1029", "p.rules is a directory, not a file"),
        (_linked_folder, "F1029", "p.rules is a symlink, not a file"),
        (_repository, "F1029", "p.rules is a "),
        (_upper, "F0853", "P.Rules is not read as rules: the names of rule files end in .rules"),
        (_broken, "F0853", f"a<U+000A>b.rules is not read as rules: {UNCLEAN}"),
        (_unseen, "F0853", f"p.ru<U+200B>les is not read as rules: {UNCLEAN}"),
        (_bytes, "F0853", f"p<U+DCFF>.rules is not read as rules: {UNCLEAN}"),
        (_spaced, "F0853", "p.rules  is not read as rules: the names of rule files end in .rules"),
        (_twins, "F0853", "p.rules is not read as rules: P.rules is the same name but for its case"),
        (_forms, "F0853", "\u00e9.rules is not read as rules: e\u0301.rules is the same name but for"),
    ],
)
@pytest.mark.parametrize("words", [("plan",), ("plan", "--worktree"), ("check",), ("rules", "check")])
def test_what_is_named_like_rules_and_is_none_is_not_left_out(
    make: object, code: str, said: str, words: tuple[str, ...], edge: Path, fleetc: Fleetc
) -> None:
    make(edge)  # type: ignore[operator]
    commit(edge)
    found = fleetc("-C", str(edge), *words)
    assert found.code == 1
    assert f"error[{code}]: {said}" in found.err


def test_rules_that_are_not_committed_are_named_beside_a_plan(edge: Path, fleetc: Fleetc) -> None:
    here = ("-C", str(edge))
    (edge / "p.rules").write_text(DENY)
    assert "note: not in this plan, because not committed: p.rules" in fleetc(*here, "plan").err
    commit(edge)
    assert "not committed" not in fleetc(*here, "plan").err
    (edge / "p.rules").write_text(DENY.replace("deny", "warn"))
    assert "note: not in this plan, because not committed: p.rules" in fleetc(*here, "plan").err


def test_who_takes_rules_out_is_an_author_of_that(applied: Path, fleetc: Fleetc) -> None:
    here = ("-C", str(applied))
    (applied / "p.rules").write_text(DENY)
    commit(applied)
    operator(applied, KNOWN)
    for words in (
        ("plan", "-o", "p.json"),
        ("approve", "p.json", "--as", "kim"),
        ("apply", "p.json", "--foreground"),
    ):
        assert fleetc(*here, *words).code == 0
    (applied / "p.rules").unlink()
    commit(applied, "Mia")
    plan = fleetc(*here, "plan", "-o", "q.json", "--json").json
    assert plan["authors"] == ["mia@example.com"]
    refused = fleetc(*here, "approve", "q.json", "--as", "mia")
    assert (refused.code, "F0709" in refused.err) == (3, True)
    assert fleetc(*here, "approve", "q.json", "--as", "kim").code == 0


def test_what_a_rule_allowed_when_it_was_planned_waits_when_it_does_not_any_more(
    applied: Path, fleetc: Fleetc, at: At
) -> None:
    here = ("-C", str(applied))
    at(MONDAY)
    free = "rule free { on update node.labels where within window work allow }\n"
    (applied / "p.rules").write_text(WORK + free)
    commit(applied)
    assert applied_now(fleetc, *here).code == 0
    (applied / "fleet.yaml").write_text(relabelled(applied))
    commit(applied)
    assert fleetc(*here, "plan", "-o", "p.json", "--json").json["allowed_by"] == ["free"]
    at(MONDAY + 6 * HOUR)
    late = fleetc(*here, "apply", "p.json", "--foreground", "--json")
    assert late.code == 75
    paused = next(line for line in late.lines if line.get("event") == "RunPaused")
    assert paused["reason"] == "free does not allow it any more, and nobody approved it: plan again"
    at(MONDAY + 7 * 24 * HOUR)
    assert fleetc(*here, "apply", "--resume", paused["run"], "--foreground").code == 0


def test_a_budget_counts_what_a_killed_worker_had_sent(applied: Path, fleetc: Fleetc) -> None:
    here = ("-C", str(applied))
    budget = 'budget slow { count update of node max 2 per 24h else deny "too fast" }\n'
    (applied / "p.rules").write_text(budget)
    commit(applied)
    assert applied_now(fleetc, *here).code == 0
    hosts = [f"  - hostname: edge-{name}\n" for name in ("tokyo-01", "tokyo-02", "london-01")]
    text = (applied / "fleet.yaml").read_text()
    for host in hosts[:2]:
        text = text.replace(host, f"{host}    labels: {{site: a}}\n")
    (applied / "fleet.yaml").write_text(text)
    commit(applied)
    assert fleetc(*here, "plan", "-o", "p.json").code == 0
    assert fleetc(*here, "approve", "p.json", "--as", "dana").code == 0
    killed = subprocess.run(
        [sys.executable, "-m", "fleetc", *here, "apply", "p.json", "--foreground"],
        env={**os.environ, "FLEETC_FAILPOINT": "K10@*"},
        capture_output=True,
        check=False,
    )
    assert killed.returncode == -signal.SIGKILL
    log = fleetc(*here, "platform", "log", "--json").json["rows"]
    sent = sum(row["tag"].startswith("run-") and row["call"] == "update_node" for row in log)
    (applied / "fleet.yaml").write_text(text.replace(hosts[2], f"{hosts[2]}    labels: {{site: a}}\n"))
    commit(applied)
    plan = fleetc(*here, "plan", "--only", "node/edge-london-01", "--json").json
    before = int(plan["budgets"][0]["text"].partition("(")[2].split()[0])
    assert before >= sent > 0


def test_an_emergency_is_over_when_its_run_is_resumed_later(
    edge: Path, fleetc: Fleetc, at: At, monkeypatch: pytest.MonkeyPatch
) -> None:
    here = ("-C", str(edge))
    at(MONDAY - 24 * HOUR)
    quorum = 'group ops = "user:kim"\nrule vips { on create virtual_ip require 1 of ops "vip" }\n'
    (edge / "p.rules").write_text(WORK + HELD + quorum)
    commit(edge)
    assert fleetc(*here, "plan", "-o", "p.json").code == 0
    assert fleetc(*here, "approve", "p.json", "--as", "dana", "--break-glass", "fire").code == 0
    with monkeypatch.context() as patch:
        stops = RuleGate.stops
        wait = Stopped("wait", held=True)
        patch.setattr(
            RuleGate, "stops", lambda self, a, **o: wait if a.kind == "peer" else stops(self, a, **o)
        )
        first = fleetc(*here, "apply", "p.json", "--foreground", "--json")
    assert first.code == 75
    run = first.lines[0]["run"]
    at(MONDAY - 23 * HOUR)
    over = fleetc(*here, "apply", "--resume", run, "--foreground", "--json")
    assert over.code == 75
    paused = next(line for line in over.lines if line.get("event") == "RunPaused")
    assert "that of user:dana ended at 2031-06-01T12:1" in paused["reason"]
    assert paused["next_step"].startswith(f"fleetc apply --abandon {run} --reason TEXT")
    assert len(over.lines[-1]["unfinished_actions"]) == 4


def test_who_goes_back_to_weaker_rules_is_an_author_of_that(applied: Path, fleetc: Fleetc) -> None:
    here = ("-C", str(applied))
    operator(applied, KNOWN)
    for text in (DENY.replace("deny", "warn"), DENY):
        (applied / "p.rules").write_text(text)
        commit(applied)
        for words in (
            ("plan", "-o", "p.json"),
            ("approve", "p.json", "--as", "kim"),
            ("apply", "p.json", "--foreground"),
        ):
            assert fleetc(*here, *words).code == 0
    back = fleetc(*here, "plan", "--rev", "HEAD~1", "-o", "q.json", "--json")
    assert "this plan goes back" in back.err
    assert back.json["authors"] == [f"user:{os_user()}"]
    refused = fleetc(*here, "approve", "q.json")
    assert (refused.code, "F0709" in refused.err) == (3, True)
    assert fleetc(*here, "approve", "q.json", "--as", "kim").code == 0


def test_rules_applied_last_that_ask_for_a_fact_that_is_gone_say_so(applied: Path, fleetc: Fleetc) -> None:
    here = ("-C", str(applied))
    text = '[environments.local]\nfour_eyes = "off"\n'
    operator(applied, text + 'colour = "red"\n')
    (applied / "p.rules").write_text('rule r { on update node where env.colour == "red" deny "no" }\n')
    commit(applied)
    assert applied_now(fleetc, *here).code == 0
    operator(applied, text)
    (applied / "p.rules").unlink()
    commit(applied)
    refused = fleetc(*here, "plan")
    assert (refused.code, "F0850" in refused.err) == (3, True)
    assert "do not compile any more: no fact of `env` named `colour`" in refused.err
    assert "next: give `env` the facts in the operator's file that it had then" in refused.err
    operator(applied, text + 'colour = "blue"\n')
    assert fleetc(*here, "plan").code == 0


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (
            '[teams]\nsre = ["user:dana"]\nSre = ["user:kim"]\n',
            "`Sre` must be given once, and `sre` is the same",
        ),
        (
            '[identities]\n"a@b" = "user:x"\n"user:A@b" = "user:y"\n',
            "`user:A@b` must be given once, and `a@b`",
        ),
    ],
)
def test_people_given_twice_in_another_case_are_refused(
    text: str, said: str, edge: Path, fleetc: Fleetc
) -> None:
    operator(edge, '[environments.local]\nfour_eyes = "off"\n' + text)
    refused = fleetc("-C", str(edge), "plan")
    assert (refused.code, "F1022" in refused.err) == (1, True)
    assert said in refused.err


def test_a_plan_for_study_is_refused_as_such(edge: Path, fleetc: Fleetc) -> None:
    here = ("-C", str(edge))
    (edge / "p.rules").write_text("rule broken {")
    commit(edge)
    assert fleetc(*here, "plan", "-o", "p.json").code == 0
    refused = fleetc(*here, "approve", "p.json", "--as", "dana")
    assert (refused.code, "F0703" in refused.err) == (3, True)
    assert "this plan is for study only: 1 error in its rules" in refused.err
