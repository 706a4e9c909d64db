"""Every command by every kind of person, as the table of rights says; and a new one without a row fails."""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing
from pathlib import Path

import click
import pytest

from fleetc.cli.main import main, run
from fleetc.policy.access import Permission
from fleetc.service import identity
from fleetc.service.access import COMMANDS, KEYS, Scope
from fleetc.tui import bindings
from tests.cli.conftest import Fleetc

ACCOUNT = "edge-demo"
PEER = "peer/edge-fabric/edge-tokyo-02"
OPERATOR = '[environments.local]\nfour_eyes = "off"\n'

# By the table's row: the folder it runs in, and its words. None: it makes a workspace of its own.
SAMPLES: dict[str, tuple[str, list[str]] | None] = {
    "apply": ("approved", ["apply", "p.json", "--foreground"]),
    "apply --abandon": ("begun", ["apply", "--abandon", "{run}", "--reason", "no"]),
    "apply --resume": ("begun", ["apply", "--resume", "{run}", "--foreground"]),
    "approvals": ("waiting", ["approvals"]),
    "approve": ("waiting", ["approve", "p.json"]),
    "approve --break-glass": ("waiting", ["approve", "p.json", "--break-glass", "all is down"]),
    "audit export": ("begun", ["audit", "export", "{run}"]),
    "audit show": ("waiting", ["audit", "show"]),
    "audit verify": ("waiting", ["audit", "verify"]),
    "check": ("waiting", ["check"]),
    "compare": None,
    "compile": ("waiting", ["compile"]),
    "demo": None,
    "explain": ("waiting", ["explain", "F0732"]),
    "graph": ("waiting", ["graph"]),
    "impact": ("waiting", ["impact", PEER]),
    "init": None,
    "plan": ("waiting", ["plan"]),
    "plan --against": ("waiting", ["plan", "--against", "empty"]),
    "plan --rest": ("begun", ["plan", "--rest", "{run}"]),
    "plan import": ("waiting", ["plan", "import", "p.json"]),
    "platform catalog": ("waiting", ["platform", "catalog"]),
    "platform catalog add": ("waiting", ["platform", "catalog", "add", "region", "eu-oslo-1"]),
    "platform catalog remove": ("waiting", ["platform", "catalog", "remove", "region", "ap-tokyo-1"]),
    "platform delete": ("waiting", ["platform", "delete", PEER]),
    "platform fail-over": ("waiting", ["platform", "fail-over", "virtual_ip/edge-fabric/cdn-frontend"]),
    "platform log": ("waiting", ["platform", "log"]),
    "platform set": ("waiting", ["platform", "set", PEER, "listen_port=51001"]),
    "platform show": ("waiting", ["platform", "show"]),
    "reject": ("waiting", ["reject", "p.json", "--reason", "no"]),
    "review": ("waiting", ["review"]),
    "review PLAN": ("waiting", ["review", "p.json"]),
    "review --run": ("begun", ["review", "--run", "{run}"]),
    "revoke": ("approved", ["revoke", "p.json"]),
    "revoke --of": ("approved", ["revoke", "p.json", "--of", "kim"]),
    "rules backtest": ("waiting", ["rules", "backtest", "more/t.rules"]),
    "rules check": ("waiting", ["rules", "check", "more/t.rules"]),
    "rules explain": ("waiting", ["rules", "explain", "--in", "more/t.rules"]),
    "rules test": ("waiting", ["rules", "test", "more/t.rules"]),
    "runs": ("waiting", ["runs"]),
    "runs RUN": ("begun", ["runs", "{run}"]),
    "show": ("waiting", ["show", PEER]),
    "snapshot diff": ("waiting", ["snapshot", "diff", "snap-1", "latest"]),
    "snapshot export": ("waiting", ["snapshot", "export"]),
    "snapshot import": ("waiting", ["snapshot", "import", "s.jsonl"]),
    "snapshot list": ("waiting", ["snapshot", "list"]),
    "snapshot list --all": ("waiting", ["snapshot", "list", "--all"]),
    "snapshot prune": ("waiting", ["snapshot", "prune", "--keep-last", "1", "--yes"]),
    "snapshot query": ("waiting", ["snapshot", "query", "SELECT count(*) FROM resources"]),
    "snapshot show": ("waiting", ["snapshot", "show"]),
    "snapshot take": ("waiting", ["snapshot", "take"]),
    "state backup": ("waiting", ["state", "backup"]),
    "state check": ("waiting", ["state", "check"]),
    "state restore": ("waiting", ["state", "restore", "b.tar.gz", "--yes"]),
    "watch": ("waiting", ["watch"]),
    "why": ("waiting", ["why", PEER]),
    "why --plan": ("waiting", ["why", PEER, "--plan", "p.json"]),
    "why-not": ("waiting", ["why-not", PEER]),
    "why-not --plan": ("waiting", ["why-not", PEER, "--plan", "p.json"]),
    "why-path": ("waiting", ["why-path", PEER, "network/edge-fabric"]),
    "worker": ("begun", ["worker", "{run}"]),
}


def _commands(group: click.Group, words: str = "") -> Iterator[str]:
    """Every command by its words; a group that runs by itself is one too."""
    ctx = click.Context(group)
    names = [*group.list_commands(ctx), *(["worker"] if group is main else [])]
    for name in names:
        command = group.get_command(ctx, name)
        full = f"{words} {name}".strip()
        if isinstance(command, click.Group):
            if command.invoke_without_command:
                yield full
            yield from _commands(command, full)
        else:
            yield full


def test_every_command_has_a_row_and_every_row_a_command() -> None:
    known = set(_commands(main)) | {"plan import"}
    assert known - COMMANDS.keys() == set(), "give the new command a row in fleetc.service.access"
    forms = {row for row in COMMANDS if row not in known}
    assert {row.rpartition(" ")[0] for row in forms} <= known
    assert SAMPLES.keys() == COMMANDS.keys(), "give the new row an example here"


NEVER_ON = {"drift.take_over", "drift.accept"}
"""Keys that are shown with the reason why they do nothing: no repository is reconciled yet."""


def test_every_key_of_the_review_has_a_row() -> None:
    assert {key.id for key in bindings.KEYS} == KEYS.keys()
    dialogs = {key.id for key in bindings.KEYS if key.dialog} - NEVER_ON
    assert dialogs <= {id_ for id_, need in KEYS.items() if need[0]}


@pytest.fixture(scope="session")
def prepared(applied_once: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """A folder with drift and a plan that waits for approval; one with it approved; one with it begun."""
    place = tmp_path_factory.mktemp("access")
    waiting = shutil.copytree(applied_once, place / "waiting")
    here = ["-C", str(waiting)]
    (waiting / "fleetc.toml").write_text(f'[environments.local]\naccount = "{ACCOUNT}"\n')
    (waiting / "more").mkdir()
    (waiting / "more" / "t.rules").write_text('rule r { on create node warn "new" }\n')
    for words in (
        ["platform", "set", PEER, "listen_port=51999"],
        ["snapshot", "export", "live", "-o", "s.jsonl"],
        ["state", "backup", "-o", "b.tar.gz"],
        ["plan", "-o", "p.json"],
    ):
        assert run([*here, *words]) == 0
    approved = shutil.copytree(waiting, place / "approved")
    for name in ("tester", "kim"):
        assert run(["-C", str(approved), "approve", "p.json", "--as", name]) == 0
    begun = shutil.copytree(approved, place / "begun")
    from fleetc.service import applying, approving
    from fleetc.service.workspace import Workspace

    workspace = Workspace.open(begun)
    plan = approving.find_plan(workspace, "p.json", begun)
    applying.begin(workspace, plan, identity.Person("user:tester", "tester"))
    workspace.ledger().close()  # type: ignore[attr-defined]
    return {"waiting": waiting, "approved": approved, "begun": begun}


def _granted(folder: Path, *permissions: str, account: str = ACCOUNT) -> None:
    """Give the tester rights on an account, and no other; kim keeps the right to have approved."""
    words = ", ".join(f'"{each}"' for each in permissions)
    tester, kim = f'"user:tester" = [{words}]\n', '"user:kim" = ["gitops.approve"]\n'
    grants = {ACCOUNT: kim, account: tester} if account != ACCOUNT else {ACCOUNT: kim + tester}
    tables = "".join(f'[access."{name}"]\n{lines}' for name, lines in grants.items())
    (folder / ".fleetc" / "operator.toml").write_text(OPERATOR + tables)


@pytest.fixture
def as_tester(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(identity, "os_user", lambda: "tester")
    monkeypatch.setattr("fleetc.tui.terminal.require_terminal", lambda: None)
    monkeypatch.setattr("fleetc.tui.app.run_review", lambda opening, *_, **__: opening.open() and 0)


class Case:
    """One row of the table in a folder of its own, made anew when something may have changed in it."""

    def __init__(self, row: str, source: Path, words: list[str], place: Path, fleetc: Fleetc) -> None:
        self.row, self.source, self.place, self.fleetc = row, source, place, fleetc
        self.words = [word.replace("{run}", _begun(source)) for word in words]
        self.count = 0
        self.folder = self.fresh()

    def fresh(self) -> Path:
        self.count += 1
        return shutil.copytree(self.source, self.place / f"{self.count}")

    def refused(self, *permissions: str, account: str = ACCOUNT) -> None:
        """With these rights it is refused, names what is missing, and changes nothing but the audit log."""
        _granted(self.folder, *permissions, account=account)
        before = _contents(self.folder)
        found = self.fleetc("-C", str(self.folder), *self.words)
        assert (found.code, "error[F0732]" in found.err) == (3, True), (permissions, found.err)
        assert str(COMMANDS[self.row].permission) in found.err
        assert "user:tester" in found.err
        assert ACCOUNT not in found.out
        assert _contents(self.folder) == before

    def allowed(self, *permissions: str, account: str = ACCOUNT) -> str:
        """With these rights it does what it is for."""
        _granted(self.folder, *permissions, account=account)
        found = self.fleetc("-C", str(self.folder), *self.words)
        assert found.code == 0, (permissions, found.err)
        self.folder = self.fresh()
        return found.out


def _begun(folder: Path) -> str:
    with closing(sqlite3.connect(folder / ".fleetc" / "ledger.db")) as ledger:
        return str(ledger.execute("SELECT id FROM run ORDER BY number DESC").fetchone()[0])


def _contents(folder: Path) -> dict[str, list[str]]:
    """What the state folder's files hold, but for the audit log."""
    found = {}
    for name in ("ledger", "snapshots", "platform"):
        with closing(sqlite3.connect(folder / ".fleetc" / f"{name}.db")) as file:
            found[name] = [line for line in file.iterdump() if not line.startswith('INSERT INTO "audit"')]
    return found


@pytest.mark.usefixtures("as_tester")
@pytest.mark.parametrize("row", [row for row, need in COMMANDS.items() if need.permission])
def test_who_may_run_it(row: str, prepared: dict[str, Path], tmp_path: Path, fleetc: Fleetc) -> None:
    sample = SAMPLES[row]
    assert sample is not None
    case = Case(row, prepared[sample[0]], sample[1], tmp_path, fleetc)
    permission, scope = COMMANDS[row]
    others = [str(each) for each in Permission if each is not permission]
    every = [str(each) for each in Permission]
    case.refused()
    for other in others:
        case.refused(other)
    case.refused(*others)
    if scope is Scope.ALL:
        case.refused(*every)
        case.allowed(str(permission), account="*")
        return
    case.allowed(str(permission))
    case.allowed("admin", account="*")
    if scope is Scope.ONE:
        case.refused(*every, account="another")
    else:
        assert ACCOUNT not in case.allowed(*every, account="another")


@pytest.mark.usefixtures("as_tester")
@pytest.mark.parametrize(
    "row", [row for row, need in COMMANDS.items() if not need.permission and SAMPLES[row]]
)
def test_what_looks_at_files_needs_no_right(
    row: str, prepared: dict[str, Path], tmp_path: Path, fleetc: Fleetc
) -> None:
    sample = SAMPLES[row]
    assert sample is not None
    Case(row, prepared[sample[0]], sample[1], tmp_path, fleetc).allowed()


@pytest.mark.usefixtures("as_tester")
@pytest.mark.parametrize("key", [key for key, need in KEYS.items() if need.permission])
def test_who_may_press_it(key: str, prepared: dict[str, Path], tmp_path: Path) -> None:
    """The same session, its rights withdrawn and granted meanwhile."""
    from fleetc.errors import Refused
    from fleetc.service import approving, planning
    from fleetc.service.opening import Opening
    from fleetc.service.session import ReviewSession
    from fleetc.service.several import Outcome
    from fleetc.service.workspace import Workspace

    folder = shutil.copytree(
        prepared["begun" if key.startswith(("apply.", "runs.")) else "approved"], tmp_path / "w"
    )
    _granted(folder, "admin")
    workspace = Workspace.open(folder)
    made = planning.reopen(workspace, approving.find_plan(workspace, "p.json", folder))
    session = ReviewSession(workspace, made, planning.Ask())
    ticked = bytes(action.selected for action in made.plan.actions)
    begun = workspace.ledger().runs()[0].id
    permission = KEYS[key].permission
    opening = Opening([workspace], planning.Ask())

    def opened(outcomes: Sequence[Outcome[ReviewSession]]) -> None:
        if outcomes[0].problem is not None:
            raise outcomes[0].problem

    calls = {
        "opening.again": lambda: opened(opening.open()),
        "opening.old_plan": lambda: opened(opening.last()),
        "mistakes.again": lambda: opened(opening.open()),
        "plan.replan": session.draft,
        "plan.why": lambda: session.looks(made.plan).why(PEER),
        "plan.past": lambda: session.looks(made.plan).past(PEER),
        "plan.source": lambda: session.looks(made.plan).editable("fleet.yaml:1:1"),
        "drift.past": lambda: session.looks(made.plan).past(PEER),
        "drift.refresh": session.draft,
        "drift.put_back": session.draft,
        "snapshots.detail": lambda: session.snapshot("snap-1"),
        "snapshots.past": lambda: session.looks(made.plan).past(PEER),
        "snapshots.diff": lambda: session.difference("snap-1", "snap-1"),
        "snapshots.older": lambda: session.snapshot("snap-1"),
        "snapshots.newer": lambda: session.snapshot("snap-1"),
        "snapshots.plan_past": lambda: session.look_back("snap-1"),
        "snapshots.refresh": session.shelf,
        "snapshots.save": lambda: session.save_snapshot("snap-1", str(tmp_path / "saved.jsonl")),
        "plan.save": lambda: session.save(ticked, str(tmp_path / "saved.json")),
        "plan.approve": lambda: session.approve(ticked, "local 0", ""),
        "plan.apply": lambda: session.apply(ticked),
        "apply.pause": lambda: session.pause(begun),
        "apply.resume": lambda: session.resume(begun),
        "apply.cancel": lambda: session.pause(begun),
        "apply.rest": lambda: session.plan_rest(begun),
        "runs.detail": session.runs,
        "runs.refresh": session.runs,
        "runs.export": lambda: session.export_run(begun, str(tmp_path / "run.jsonl")),
        "runs.rest": lambda: session.plan_rest(begun),
        "approvals.detail": lambda: session.open_request(made.plan.digest),
        "approvals.refresh": session.requests,
        "approvals.approve": lambda: session.approve_request(made.plan.digest, "local 0"),
        "approvals.reject": lambda: session.reject_request(made.plan.digest, "no"),
        "approvals.revoke": lambda: session.revoke_request(made.plan.digest, "", ""),
    }
    others = [str(each) for each in Permission if each is not permission]
    for rights, account in ((others, ACCOUNT), (["admin"], "another"), ([], ACCOUNT)):
        _granted(folder, *rights, account=account)
        with pytest.raises(Refused) as refusal:
            calls[key]()
        assert refusal.value.code == "F0732"
    started: list[str] = []
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("fleetc.service.worker.spawn", lambda _w, run_id, _who: started.append(run_id))
        _granted(folder, str(permission))
        calls[key]()
    assert bool(started) == (key in ("plan.apply", "apply.resume"))


@pytest.mark.usefixtures("as_tester")
def test_a_refusal_to_change_something_is_audited(
    prepared: dict[str, Path], tmp_path: Path, fleetc: Fleetc
) -> None:
    folder = shutil.copytree(prepared["waiting"], tmp_path / "w")
    here = ("-C", str(folder))
    _granted(folder, "system.gitops.read")
    before = len(fleetc(*here, "audit", "show", "--json").json["rows"])
    assert fleetc(*here, "approve", "p.json").code == 3
    rows = fleetc(*here, "audit", "show", "--json").json["rows"]
    assert len(rows) == before + 1
    assert (rows[-1]["kind"], rows[-1]["actor"]) == ("access-refused", "user:tester")
    assert rows[-1]["detail"] == {"permission": "gitops.approve"}
    assert fleetc(*here, "audit", "verify").code == 0


@pytest.mark.usefixtures("as_tester")
def test_no_operators_file_and_no_access_table_allow_everything(
    prepared: dict[str, Path], tmp_path: Path, fleetc: Fleetc
) -> None:
    folder = shutil.copytree(prepared["waiting"], tmp_path / "w")
    (folder / ".fleetc" / "operator.toml").unlink()
    assert fleetc("-C", str(folder), "approve", "p.json").code == 0
    (folder / ".fleetc" / "operator.toml").write_text(OPERATOR)
    assert fleetc("-C", str(folder), "runs").code == 0
    (folder / ".fleetc" / "operator.toml").write_text("[access]\n")
    assert fleetc("-C", str(folder), "runs").code == 3


def test_what_somebody_else_planned_is_not_remembered_for_who_may_not_see_it(
    applied_once: Path, tmp_path: Path, fleetc: Fleetc, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = shutil.copytree(applied_once, tmp_path / "w")
    (folder / ".fleetc" / "operator.toml").write_text(
        f'{OPERATOR}[access.{ACCOUNT}]\n"user:kim" = ["operator"]\n'
    )
    for name, code in (("kim", 0), ("kim", 0), ("tester", 3)):
        monkeypatch.setattr(identity, "os_user", lambda name=name: name)
        found = fleetc("-C", str(folder), "plan")
        assert (found.code, "F0732" in found.err) == (code, code == 3)
    assert any((folder / ".fleetc" / "memos").iterdir())


@pytest.mark.usefixtures("as_tester")
def test_all_snapshots_at_once_are_no_way_around(
    prepared: dict[str, Path], tmp_path: Path, fleetc: Fleetc
) -> None:
    folder = shutil.copytree(prepared["waiting"], tmp_path / "w")
    words = ("-C", str(folder), "snapshot", "query", "SELECT count(*) FROM resources", "--snapshot", "all")
    _granted(folder, "gitops.apply")
    assert "F0732" in fleetc(*words).err
    _granted(folder, "viewer")
    assert fleetc(*words).code == 0
