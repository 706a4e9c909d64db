"""No effect without a valid approval of exactly that digest, whatever is approved, revoked, pushed.

A machine over the real use cases, a real ledger file and a clock that is set. Its model keeps books
of its own and says of each start and each effect whether it may be.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

import msgspec
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from fleetc.errors import Refused
from fleetc.ir.timestamps import rfc3339, seconds_of
from fleetc.plan.actions import Action, Call, Plan
from fleetc.plan.changes import Cause, Op
from fleetc.plan.digest import plan_digest
from fleetc.plan.verdicts import Quorum, Requirement
from fleetc.run.checks import Consent
from fleetc.run.patience import PauseRun
from fleetc.service import applying, approving
from fleetc.service.identity import Person
from fleetc.service.workspace import Workspace

T = TypeVar("T")
ROOT = Person("user:root", "x")
PEOPLE = ("dana", "kim", "lee", "max")
NAMES = st.sampled_from([*PEOPLE, "KIM", "kim@example.com", "k.im"])
OPERATOR = """
[environments.local]
expiry = "10m"
max_age = "30m"
[identities]
"dana@example.com" = "user:dana"
"kim@example.com" = "user:kim"
"k.im" = "kim@example.com"
[teams]
ops = [{team}]
[access.acc]
{rights}
"""


@dataclass
class FakeClock:
    """A clock that is set."""

    seconds: float = 1_767_225_600.0
    tokens: int = 0

    def now(self) -> float:
        return self.seconds

    monotonic = now

    def sleep(self, seconds: float) -> None:
        self.seconds += seconds

    def jitter(self) -> float:
        return 0.5

    def token(self) -> str:
        self.tokens += 1
        return f"{self.tokens:08x}"


@dataclass
class Booked:
    """An approval as the model knows it."""

    digest: str
    person: str
    until: float
    revoked: bool = False
    used_by: str = ""


@dataclass
class Books:
    """What the model knows beside approvals: who may what, and the runs that have begun."""

    team: set[str] = field(default_factory=lambda: {"dana", "kim", "lee"})
    rights: set[str] = field(default_factory=lambda: set(PEOPLE))
    runs: dict[str, tuple[Plan, Consent]] = field(default_factory=dict)


def tried(call: Callable[[], T], code: str = "") -> T | None:
    """What a call gives; None when it is refused, with `code` if one is given."""
    try:
        return call()
    except Refused as refusal:
        if code and refusal.code != code:
            raise
        return None


class Approvals(RuleBasedStateMachine):
    """Dana wrote a plan that deletes and that rules want two of `ops` for."""

    @initialize()
    def begin(self) -> None:
        self._folder = tempfile.TemporaryDirectory()
        self.books, self.approvals, self.clock = Books(), [], FakeClock()
        folder = Path(self._folder.name)
        (folder / "fleet.yaml").write_text("version: 1\naccount: acc\n")
        (folder / ".fleetc").mkdir()
        self.operator = folder / ".fleetc" / "operator.toml"
        self.versions = 0
        self._write()
        self.workspace = Workspace.open(folder)
        self.workspace._state.clock = self.clock  # type: ignore[assignment]
        self.plans: list[Plan] = []
        self.push(0)

    approvals: list[Booked]

    def teardown(self) -> None:
        if hasattr(self, "workspace"):
            self.workspace.ledger().close()  # type: ignore[attr-defined]
            self._folder.cleanup()

    def _write(self) -> None:
        team = ", ".join(f'"user:{name}"' for name in sorted(self.books.team))
        rights = [f'"user:{name}" = ["approver"]' for name in sorted(self.books.rights)]
        self.versions += 1
        rights += ['"user:root" = ["admin"]', f"# version {'x' * self.versions}"]
        self.operator.write_text(OPERATOR.format(team=team, rights="\n".join(rights)))

    # what happens

    @rule(number=st.integers(0, 1))
    def push(self, number: int) -> None:
        """Plan one of two commits, again or for the first time."""
        call = Call("delete_node", "delete", {"id": "n-1"})
        node = "node/x"
        action = Action(f"delete:{node}", Op.DELETE, node, "node", Cause.GIT, True, (), (call,), (), ())
        quorum = Quorum(2, "ops", ("team:ops",))
        plan = Plan(
            *("acc", "local", "local", "p", f"{number}" * 40, "t", "d", "snap-1", "s"),
            rfc3339(self.clock.now()),
            (action,),
            {},
            authors=("dana@example.com",),
            requirements=(Requirement((quorum,), "two"),),
        )
        plan = msgspec.structs.replace(plan, digest=plan_digest(plan))
        ledger = self.workspace.ledger()
        ledger.put_plan(plan)
        ledger.open_request(plan)
        self.plans = [each for each in self.plans if each.digest != plan.digest] + [plan]

    @rule(seconds=st.sampled_from([60.0, 599.0, 600.0]))
    def wait(self, seconds: float) -> None:
        self.clock.seconds += seconds

    @rule(name=st.sampled_from(PEOPLE), data=st.data())
    def change_the_operators_file(self, name: str, data: st.DataObject) -> None:
        changed = data.draw(st.sampled_from([self.books.team, self.books.rights]))
        changed ^= {name}
        self._write()

    @rule(name=NAMES, data=st.data())
    def approve(self, name: str, data: st.DataObject) -> None:
        plan, person = self._some(data), self._person(name)
        held = [b for b in self._valid(plan.digest) if b.person == person]
        old = self.clock.now() - self._taken(plan) > 1800
        author = person == "dana" and person not in self.books.team
        who = Person(self.workspace.operator().people.identity(name), "x")
        given = tried(lambda: approving.approve(self.workspace, plan, who, typed="local 1"))
        if given is None:
            assert person not in self.books.rights or old or author
            return
        assert person in self.books.rights
        assert not old
        assert not author
        assert given.already == bool(held)
        if not held:
            self.approvals.append(Booked(plan.digest, person, self.clock.now() + 600.0))
        assert (given.missing == ()) == self._enough(self._valid(plan.digest))

    @rule(data=st.data())
    def all_of_the_team_approve(self, data: st.DataObject) -> None:
        for name in sorted(self.books.team & self.books.rights):
            self.approve(name, data)

    @rule(name=NAMES, data=st.data())
    def revoke(self, name: str, data: st.DataObject) -> None:
        plan, person = self._some(data), self._person(name)
        own = [b for b in self.approvals if (b.digest, b.person) == (plan.digest, person)]
        free = [b for b in own if not (b.revoked or b.used_by)]
        if tried(lambda: approving.revoke(self.workspace, plan, ROOT, of=name), "F0733") is None:
            assert not free
            return
        assert free
        for booked in free:
            booked.revoked = True

    @rule(data=st.data())
    def apply(self, data: st.DataObject) -> None:
        """Begin a run as the front does, then as its worker does."""
        plan = self._some(data)
        valid = self._valid(plan.digest)
        run = tried(lambda: applying.begin(self.workspace, plan, ROOT), "F0702")
        if run is None:
            assert not self._enough(valid)
            return
        assert self._enough(valid)
        self.books.runs[run.id] = (plan, self._consent(plan, run.id))

    @precondition(lambda self: self.books.runs)
    @rule(data=st.data())
    def act(self, data: st.DataObject) -> None:
        """The worker of a run wants to have an effect: at first it uses up what it needs."""
        run = data.draw(st.sampled_from(sorted(self.books.runs)))
        plan, consent = self.books.runs[run]
        mine = [b for b in self.approvals if b.used_by == run]
        if not mine:
            valid = self._valid(plan.digest)
            if tried(lambda: consent.begin(self.clock.now()), "F0702") is None:
                assert not self._enough(valid)
                return
            assert self._enough(valid)
            for booked in valid:
                booked.used_by = run
            mine = valid
        try:
            consent.confirm()
        except PauseRun:
            assert not self._enough(mine)
            return
        assert self._enough(mine), "an effect without a valid approval of this digest"
        assert all(booked.digest == plan.digest for booked in mine)

    # the books

    def _some(self, data: st.DataObject) -> Plan:
        return self.plans[data.draw(st.integers(0, len(self.plans) - 1))]

    def _consent(self, plan: Plan, run: str) -> Consent:
        approvers = partial(self.workspace.approvers, plan.account, plan.environment)
        return Consent(plan, self.workspace.ledger(), run, approvers)

    @staticmethod
    def _person(name: str) -> str:
        return "kim" if name in ("KIM", "kim@example.com", "k.im") else name

    @staticmethod
    def _taken(plan: Plan) -> float:
        return seconds_of(plan.snapshot_taken_at)

    def _valid(self, digest: str) -> list[Booked]:
        now = self.clock.now()
        return [
            b for b in self.approvals if b.digest == digest and not (b.revoked or b.used_by) and now < b.until
        ]

    def _enough(self, booked: list[Booked]) -> bool:
        """Two of the team with the right to approve, and one who is not Dana."""
        persons = {b.person for b in booked} & self.books.rights
        return len(persons & self.books.team) >= 2 and bool(persons - {"dana"})

    @invariant()
    def the_ledger_says_the_same(self) -> None:
        if not hasattr(self, "workspace"):
            return
        ledger = self.workspace.ledger()
        stored: list[Any] = [a for plan in self.plans for a in ledger.approvals(plan.digest)]
        assert sorted((a.approver, a.digest, a.used_by, a.revoked) for a in stored) == sorted(
            (f"user:{b.person}", b.digest, b.used_by, b.revoked) for b in self.approvals
        )
        assert ledger.verify_audit() is None


TestApprovals = Approvals.TestCase
TestApprovals.settings = settings(stateful_step_count=25)
