"""The plain review: lines and typed words, with the same choice, approval and events as the screens."""

from __future__ import annotations

import io
import subprocess
import sys
from pathlib import Path

import pytest

from fleetc.errors import ExitCode, FleetcError, StateProblem, UsageProblem
from fleetc.plan.changes import Op
from fleetc.plan.verdicts import Finding, Verdict
from fleetc.ports import Lease, Run
from fleetc.service.pointing import Told
from fleetc.tui.choice import Choice
from fleetc.tui.desk import Desk, Unplanned
from fleetc.tui.plain.commands import COMMANDS, numbers, read
from fleetc.tui.plain.console import Console
from fleetc.tui.plain.review import PlainReview, review_plainly
from tests.tui.fleet import FakeSession, action, edge_events, edge_plan, plan_of
from tests.tui.test_drift import drifted
from tests.tui.test_hostile import hostile


def talk(
    *lines: str,
    session: FakeSession | None = None,
    others: tuple[FakeSession | Unplanned, ...] = (),
    **more: object,
) -> tuple[str, int, FakeSession]:
    """What is printed when somebody types these lines, the exit code, and the session."""
    session = session or FakeSession()
    session.whys = {address: Told(()) for address in (action.address for action in session.plan.actions)}
    target = io.StringIO()
    source = io.StringIO("".join(f"{line}\n" for line in lines))
    console = Console(source, target, interactive=bool(more.get("interactive", True)))
    code = review_plainly(console, [session, *others])
    return target.getvalue(), code, session


def test_it_says_where_one_is_and_what_there_is() -> None:
    said, code, _ = talk()
    assert said.startswith(
        "Environment edge: plan 7f3a9c21d04e of main@4be2d10, against snapshot of 12:00:00, 2m old. You are dana.\n"
    )
    assert "12 changes: 12 create.\nChosen 12 of 12, 0 destroyed; not approved.\n" in said
    assert "edge> \nThe input has ended. A run goes on.\n" in said
    assert code == ExitCode.OK


@pytest.mark.parametrize(
    ("values", "word"),
    [
        ({"read_only": "offline"}, "READ-ONLY: offline"),
        ({"age": 1900.0}, "STALE: the snapshot is 31m old"),
        ({"plan": edge_plan(unknown=("node/x",))}, "PARTIAL: 1 unknown"),
        (
            {"lease": Lease("acme", "dana on ops-1", "run r-0192", 1, 0.0)},
            "LOCKED: run r-0192 by dana on ops-1",
        ),
        ({"later": "91c0f3e"}, "MOVED: main moved to 91c0f3e; this plan is for 4be2d10"),
    ],
)
def test_what_is_odd_has_a_line_of_its_own(values: dict[str, object], word: str) -> None:
    said, _, _ = talk(session=FakeSession(**values))  # type: ignore[arg-type]
    assert any(line.startswith(word) for line in said.splitlines())


def test_changes_are_numbered_and_stay_so_under_a_filter() -> None:
    said, _, _ = talk("list 10", "filter london", "f")
    assert " 6  chosen  create    node/edge-london-01  new" in said
    assert "3 of 12 shown." in said
    assert said.count("11  chosen  create    peer/edge-fabric/edge-london-01") == 3
    many = plan_of(tuple(action(f"node/n-{number:03d}") for number in range(45)))
    said, _, _ = talk("list", "more", "m", "more", session=FakeSession(plan=many))
    assert "25 more; more lists them." in said
    assert "45  chosen" in said
    assert "No change is left to list." in said


def test_a_change_is_shown_in_full() -> None:
    said, _, _ = talk("show 3", "s node/edge-london-01")
    assert "instance_type  t3-medium  (fleet.yaml:26:5)" in said
    assert "Needs: 1\n   2  chosen  create    node/edge-tokyo-01  new" in said
    assert "Change 6, chosen" in said


def test_choosing_moves_what_has_to_and_undo_restores_it() -> None:
    said, _, session = talk(
        "leave 6", "why 7", "problems", "undo", "redo", "choose 7", "toggle kind:peer", "u"
    )
    assert "- left out 4: node/edge-london-01; need it: instance/edge-london-01" in said
    assert "instance/edge-london-01 is left out: needs node/edge-london-01" in said
    assert "4 in all." in said
    assert "undone: 4 moved, 12 of 12 chosen" in said
    assert "+ pulled in 1: node/edge-london-01 (instance/edge-london-01 needs it)" in said
    assert "edge: Chosen 10 of 12, 0 destroyed; not approved." in said
    assert session.calls == []


def test_the_same_ticks_as_on_the_screens() -> None:
    plain = PlainReview(Console(io.StringIO(), io.StringIO(), interactive=True), [_desk()])
    plain.do_toggle("4-6, 9")
    choice = Choice(edge_plan())
    choice.toggle([3, 4, 5, 8])
    assert plain.desk.choice.ticked == choice.ticked
    assert plain.desks.said == choice.said


def _desk() -> Desk:
    session = FakeSession()
    return Desk(session, Choice(session.plan))


def test_many_at_once_need_a_yes() -> None:
    many = plan_of(tuple(action(f"node/n-{number:03d}") for number in range(60)))
    said, _, _ = talk("leave all", "no", "status", session=FakeSession(plan=many))
    assert "60 changes at once; yes does it> " in said
    assert "Chosen 60 of 60" in said.partition("Nothing was moved.")[2]
    said, _, _ = talk("leave all", "yes", session=FakeSession(plan=many))
    assert "Chosen 0 of 60" in said


def test_approve_apply_and_watch() -> None:
    session = FakeSession(fail="instance/edge-tokyo-02")
    said, code, _ = talk(
        "apply", "approve", "edge 0", "apply", "edge 0", "watch", "runs", "quit", session=session
    )
    assert "apply is off: not approved" in said
    assert "dana approved it" in said
    assert session.calls == ["approve edge 0", "apply"]
    assert "FAILED    create instance/edge-tokyo-02: rate limited, gave up (not done)" in said
    assert "end       partial" in said
    assert code == ExitCode.OK, "the fake run's row never says that it ended"
    session.record = Run("r-0192", "", "acme", "edge", "partial", "dana", "", "2026-10-19T12:01:00Z")
    assert talk("approve", "edge 0", "apply", "edge 0", session=_ending(session))[1] == ExitCode.PARTIAL


def _ending(session: FakeSession) -> FakeSession:
    """A session whose run has ended as soon as it was started."""
    ended = session.record

    class Ending(FakeSession):
        def run(self, run: str) -> Run | None:
            return ended

    return Ending()


@pytest.mark.parametrize("typed", ["edge", "edge 1", "EDGE 0", "0", "yes", "apply"])
@pytest.mark.parametrize("interactive", [True, False])
def test_other_words_approve_nothing(typed: str, interactive: bool) -> None:
    said, code, session = talk("approve", typed, interactive=interactive)
    assert session.calls == []
    assert "is not `<environment> <number destroyed>` of this plan" in said
    assert code == (ExitCode.OK if interactive else ExitCode.REFUSED)


def test_an_empty_answer_and_the_end_of_the_input_decide_nothing() -> None:
    for lines in (("approve", ""), ("approve",)):
        _, code, session = talk(*lines, interactive=False)
        assert (code, session.calls) == (ExitCode.OK, [])


def test_what_was_typed_before_the_question_could_be_seen_is_dropped() -> None:
    asked: list[bool] = []
    for interactive in (True, False):
        session, source = FakeSession(), io.StringIO("approve\nedge 0\nquit\n")
        console = Console(source, io.StringIO(), interactive=interactive, forget=source.read)  # type: ignore[arg-type]
        review_plainly(console, [session])
        asked.append(session.calls == [])
    assert asked == [True, False], "a script's answers are meant"


def test_thirty_held_enters_do_nothing() -> None:
    said, _, session = talk("approve", *[""] * 30, *["approve", ""] * 5)
    assert session.calls == []
    assert said.count("Nothing was done.") == 6


def test_the_number_that_is_typed_is_that_of_what_is_chosen() -> None:
    ends = (action("node/a", op=Op.DELETE), action("node/b", op=Op.REPLACE), action("node/c"))
    session = FakeSession(plan=plan_of(ends))
    _, _, session = talk("leave 1", "approve", "edge 1", session=session)
    assert session.calls == ["approve edge 1"]


def test_what_rules_deny_cannot_be_chosen_and_says_why() -> None:
    def deny(plan: object, ticked: bytes) -> dict[str, object]:
        found = Finding(
            rule="no-london", place="r.rules:1:1", verdict=Verdict.DENY, subject="create:node/edge-london-01",
            message="not there",
        )  # fmt: skip
        return {"findings": (found,), "binding": (found,) if ticked[5] else ()}

    said, _, _ = talk("approve", "leave 6", "choose 6", "list", session=FakeSession(rules=deny))
    assert "approve is off: denied by no-london: not there" in said
    assert "refused: denied by no-london: not there (node/edge-london-01)" in said
    assert " 6  denied  create    node/edge-london-01  denied by no-london: not there" in said


def test_a_script_ends_at_the_first_command_that_fails() -> None:
    said, code, session = talk("leave nodes/edge", "approve", "edge 0", interactive=False)
    assert code == ExitCode.USAGE
    assert session.calls == []
    assert "edge> leave nodes/edge\nError" in said, "what was read is printed"
    said, code, session = talk("leave nodes/edge", "approve", "edge 0", "quit")
    assert (code, session.calls) == (ExitCode.OK, ["approve edge 0"]), "a person sees the error, and goes on"


def test_a_failure_is_said_and_the_talk_goes_on() -> None:
    class Broken(FakeSession):
        def draft(self) -> object:  # type: ignore[override]
            raise StateProblem("the ledger is locked", code="F0901", next_step="try again")

    said, code, _ = talk("replan", "status", session=Broken())
    assert "Error F0901: the ledger is locked\n  try again\n" in said
    assert code == ExitCode.OK


def test_planning_again_carries_the_selection() -> None:
    session = FakeSession(next_plan=plan_of((*edge_plan().actions, action("module/new"))))
    said, _, _ = talk("leave 2", "r", "list", session=session)
    assert "planned again: 13 changes, 1 new" in said
    assert " 2  out     create    node/edge-tokyo-01" in said


def test_planning_again_asks_before_it_drops_a_selection() -> None:
    fewer = plan_of(edge_plan().actions[:5])
    said, _, _ = talk("leave 6", "r", "no", "status", session=FakeSession(next_plan=fewer))
    assert "would be lost:\n  " in said
    assert "The plan stays as it was." in said
    assert "Chosen 8 of 12" in said.partition("The plan stays")[2]
    said, _, _ = talk("leave 6", "r", "yes", session=FakeSession(next_plan=fewer))
    assert "planned again: 5 changes" in said
    said, code, _ = talk("leave 6", "r", "approve", session=FakeSession(next_plan=fewer), interactive=False)
    assert code == ExitCode.REFUSED
    assert "would be lost" in said


def test_several_environments_are_numbered_through_and_decided_one_by_one() -> None:
    first, second = FakeSession.of("blue"), FakeSession.of("green")
    said, _, _ = talk(
        "list 11", "leave 13", "env", "env grey", "env green", "approve", "green 0",
        session=first, others=(second, Unplanned("red", "it does not compile", ("fleet.yaml:3: F0201 no",))),
    )  # fmt: skip
    assert "Environment red has NO PLAN: it does not compile\nfleet.yaml:3: F0201 no" in said
    assert "Environment blue:\n11  chosen" in said
    assert "Environment green:\n13  chosen  create    template/edge-cdn" in said
    assert "no plan of environment 'grey' is here" in said
    assert (first.calls, second.calls) == ([], ["approve green 0"])


def test_a_silent_worker_is_never_followed_for_ever() -> None:
    record = Run("r-7", "", "acme", "edge", "running", "kim", "", heartbeat=1.0)
    session = FakeSession(stored=edge_events(edge_plan())[:9], record=record, ran=(record,))
    said, _, _ = talk("watch", "runs", "resume", "edge 0", session=session)
    assert "the worker of r-7 is silent: no heartbeat" in said
    assert "edge: r-7 DISCONNECTED" in said
    assert session.calls == ["tallies r-7", "resume"]


def test_an_interrupt_stops_looking_and_nothing_else() -> None:
    class Interrupted(FakeSession):
        def events(self, run: str, after: int) -> object:  # type: ignore[override]
            raise KeyboardInterrupt

    record = Run("r-7", "", "acme", "edge", "running", "kim", "", heartbeat=1.0)
    said, code, session = talk("watch", "pause", session=Interrupted(record=record))
    assert "Stopped. A run goes on." in said
    assert session.calls == ["pause"]
    assert code == ExitCode.OK


@pytest.mark.parametrize(
    "line", ["list x", "show 99", "show", "undo 3", "tggle 3", "toggle 5-3", "show 1-2", "watch zz"]
)
def test_a_slip_is_named(line: str) -> None:
    said, _, session = talk(line, session=FakeSession())
    assert "Error" in said.splitlines()[-3] or "Error" in said
    assert session.calls == []


def test_numbers_and_names_of_commands() -> None:
    assert numbers("3, 5-7 9", 12) == [2, 4, 5, 6, 8]
    assert numbers("node/edge-01", 12) is None
    with pytest.raises(UsageProblem):
        numbers("99999999999999999999999", 12)
    assert read("T 3") == read("toggle 3")
    with pytest.raises(FleetcError, match="no command named 'aply'") as caught:
        read("aply")
    assert "apply" in caught.value.next_step
    shorts = [each.short for each in COMMANDS if each.short]
    assert len(shorts) == len(set(shorts))
    for each in COMMANDS:
        assert each.name == "quit" or hasattr(PlainReview, f"do_{each.name}")


def test_hostile_text_is_only_text() -> None:
    words = [f"show {number}" for number in range(1, 15)]
    said, _, _ = talk("list", *words, "status", "\x1b[2J\x00", "toggle \x9b31m", "watch", session=hostile())
    assert not any((ord(char) < 0x20 and char != "\n") or 0x7F <= ord(char) < 0xA0 for char in said)
    assert "\u202e" not in said


def test_a_line_without_end_is_cut() -> None:
    target = io.StringIO()
    console = Console(io.StringIO("x" * 100_000 + "\nquit\n"), target, interactive=False)
    assert len(console.ask("p")) == 4096
    assert console.ask("p") == "quit"


def test_it_loads_no_textual(tmp_path: Path) -> None:
    code = (
        "import sys; from fleetc.cli.main import run; "
        f"run(['init', {str(tmp_path / 'e')!r}]); code = run(['-C', {str(tmp_path / 'e')!r}, 'review', '--plain']); "
        "print(code, sorted({name.partition('.')[0] for name in sys.modules} & {'textual', 'rich'}))"
    )
    ran = subprocess.run(
        [sys.executable, "-c", code], input="list\nshow 1\nquit\n", text=True, capture_output=True, check=True
    )
    assert ran.stdout.splitlines()[-1] == "0 []"
    assert "12  chosen  create" in ran.stdout


def test_a_reader_that_goes_away_is_no_failure(tmp_path: Path) -> None:
    from fleetc.cli.main import run

    assert run(["init", str(tmp_path / "e")]) == 0
    words = [sys.executable, "-m", "fleetc", "-C", str(tmp_path / "e"), "review", "--plain"]
    with subprocess.Popen(
        words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as ran:
        assert ran.stdin is not None
        assert ran.stdout is not None
        assert ran.stderr is not None
        ran.stdout.close()
        ran.stdin.write(b"list\n" * 100 + b"\xff\xfe\n")
        ran.stdin.close()
        assert ran.wait() == ExitCode.OK
        assert ran.stderr.read() == b""


def test_runs_are_listed_and_what_one_left_is_planned() -> None:
    record = Run("r-7", "7f3a9c21d04e", "acme", "edge", "paused", "user:kim", "2026-10-19T12:00:00Z")
    session = FakeSession(record=record, ran=(record,))
    session.logs = {"r-7": edge_events(edge_plan(), "r-7", fail="instance/edge-tokyo-02")[:-1]}
    said, _, _ = talk("runs", "rest", session=session)
    assert "edge: r-7 paused, 9/12 done, 1 failed, of plan 7f3a9c21d04e, by kim, started 2026" in said
    assert "a new plan of what r-7 left: 2 of 2\n12 changes: 12 create." in said
    assert "edge: no run yet" in talk("runs")[0]


def test_drift_is_told_with_its_three_values() -> None:
    said, _, _ = talk("drift", session=drifted())
    assert "edge: 3 drifted as of 2026-10-19T12:00:00Z" in said
    assert "  changed    node/edge-tokyo-01, first seen 2026-10-16" in said
    assert "lifecycle_class: live ephemeral, verified (unset), wanted persistent" in said
    assert "  unmanaged  node/scratch-9" in said
    assert "nothing has drifted" in talk("drift")[0]
