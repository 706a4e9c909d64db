"""What a review looks up, saves and remembers of a real workspace."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from fleetc.errors import FleetcError, SourceProblem, UsageProblem
from fleetc.lang.source import SourceFile
from fleetc.model.secrets import HIDDEN
from fleetc.service import identity, planning
from fleetc.service.lookups import save
from fleetc.service.pointing import line_of
from fleetc.service.session import ReviewSession
from fleetc.service.starting import init
from fleetc.service.workspace import Workspace

PEER = "peer/edge-fabric/edge-tokyo-02"


@pytest.fixture(autouse=True)
def _dana(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(identity, "os_user", lambda: "dana")


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    return init(tmp_path / "edge")


def review(workspace: Workspace, *, worktree: bool = False) -> ReviewSession:
    ask = planning.Ask(worktree=worktree, base=workspace.folder)
    return ReviewSession(workspace, planning.make_plan(workspace, ask), ask)


def origin_of(session: ReviewSession, address: str, field: str) -> str:
    (action,) = (each for each in session.plan.actions if each.address == address)
    return next(change.origin for change in action.fields if change.path == field)


def test_traits_come_from_the_fleet_also_for_what_does_not_change(workspace: Workspace) -> None:
    session = review(workspace)
    regions = dict(
        zip(
            [a.address for a in session.plan.actions],
            session.looks(session.plan).traits("region"),
            strict=True,
        )
    )
    assert regions[PEER] == "ap-tokyo-1"
    assert regions["node/edge-london-01"] == "eu-west-2"
    assert regions["network/edge-fabric"] == ""


def test_why_tells_chain_line_steps_and_author(workspace: Workspace) -> None:
    session = review(workspace)
    told = session.looks(session.plan).why("template/edge-cdn")
    assert [chain.address for chain in told.chains] == ["template/edge-cdn"]
    by_field = {each.field: each for each in told.written}
    platform = by_field["node_platform"]
    assert "node_platform" in platform.text
    assert [step.step for step in platform.steps] == ["extends"]
    assert platform.by is not None
    assert platform.by.summary == "Declare the edge fleet"
    lying = review(workspace, worktree=True)
    assert all(each.by is None for each in lying.looks(lying.plan).why(PEER).written)
    with pytest.raises(UsageProblem):
        session.looks(session.plan).why("node/nowhere")


def test_the_past_is_empty_before_anything_was_applied(workspace: Workspace) -> None:
    session = review(workspace)
    assert session.looks(session.plan).past(PEER).runs == ()


def test_the_file_itself_is_opened_while_it_is_as_planned_else_a_copy(workspace: Workspace) -> None:
    session = review(workspace)
    origin = origin_of(session, "template/edge-cdn", "node_platform")
    here = session.looks(session.plan).editable(origin)
    file = workspace.folder / "fleet.yaml"
    assert (here.path, here.name, here.note) == (str(file), "fleet.yaml", "")
    planned = file.read_bytes()
    file.write_bytes(planned + b"# more\n")
    copy = session.looks(session.plan).editable(origin)
    assert (copy.path, copy.data) == ("", planned)
    assert session.plan.commit[:7] in copy.note
    lying = review(workspace, worktree=True)
    assert lying.looks(lying.plan).editable(origin).path == str(file)


@pytest.mark.parametrize(
    "origin", ["default", "", "../../etc/passwd:1:1", "/etc/passwd:1:1", "missing.yaml:3:1"]
)
@pytest.mark.parametrize("worktree", [False, True])
def test_only_files_of_the_fleet_are_opened(workspace: Workspace, origin: str, *, worktree: bool) -> None:
    session = review(workspace, worktree=worktree)
    with pytest.raises(SourceProblem):
        session.looks(session.plan).editable(origin)


def test_a_selection_is_saved_once_and_never_over_a_file(workspace: Workspace) -> None:
    session = review(workspace)
    ticked = bytes([1, *bytes(len(session.plan.actions) - 1)])
    path = Path(session.save(ticked, "some.json"))
    assert path.parent == workspace.folder
    taken = planning.import_plan(workspace, path)
    assert [a.address for a in taken.plan.chosen] == [session.plan.actions[0].address]
    chosen = Path(session.save(ticked, "some.txt"))
    assert chosen.read_text() == f"{session.plan.actions[0].address}\n"
    chosen.write_text("mine")
    with pytest.raises(UsageProblem, match="is there already"):
        session.save(ticked, "some.txt")
    assert chosen.read_text() == "mine"


@pytest.mark.parametrize("name", ["", "  ", "no/such/folder/x.json", "nul\0l", "x" * 5000])
def test_a_name_that_cannot_be_written_is_one_line(tmp_path: Path, name: str) -> None:
    with pytest.raises(FleetcError) as caught:
        save(name, tmp_path, b"")
    assert caught.value.state == "nothing was saved"
    assert list(tmp_path.iterdir()) == []


def test_a_link_at_the_name_is_not_followed(tmp_path: Path) -> None:
    (tmp_path / "x.json").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(UsageProblem):
        save("x.json", tmp_path, b"data")
    assert not (tmp_path / "elsewhere").exists()


def test_what_was_done_can_be_done_again_by_its_commands(workspace: Workspace) -> None:
    session = review(workspace)
    assert session.done == ()
    ticked = bytes(
        action.address != PEER and "virtual_ip" not in action.id for action in session.plan.actions
    )
    session.approve(ticked, "local 0", "")
    plan, approve = (each.command for each in session.done)
    assert plan.startswith("fleetc -e local plan -o p.json --without ")
    assert approve.startswith("fleetc -e local approve ")
    again = planning.make_plan(
        workspace, planning.Ask(without=tuple(plan.split()[7::2]), base=workspace.folder)
    )
    assert again.plan.digest.startswith(approve.split()[-1])


def test_a_draft_is_worked_on_only_once_it_is_taken(workspace: Workspace) -> None:
    session = review(workspace)
    before = session.plan
    (workspace.folder / "fleet.yaml").write_bytes(
        (workspace.folder / "fleet.yaml").read_bytes().replace(b"ibgp", b"static")
    )
    subprocess.run(
        ["git", "-c", "user.name=k", "-c", "user.email=k@example.org", "commit", "-qam", "static"],
        cwd=workspace.folder,
        check=True,
    )
    draft = session.draft()
    assert session.plan is before
    assert session.looks(draft).traits("region")
    assert draft.digest != before.digest
    assert session.take_draft() is draft
    assert session.plan is draft
    assert [each.command for each in session.done] == ["fleetc -e local plan"]


def test_too_many_options_are_a_file_and_not_a_command(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    session = review(workspace)
    monkeypatch.setattr("fleetc.service.lookups._MOST", 3)
    command = session.command(bytes(len(session.plan.actions)))
    count = sum(action.selected for action in session.plan.actions)
    said = f"fleetc -e local plan import p.json  # {count} --without are too many: save it as p.json first"
    assert command == said


@pytest.mark.parametrize(
    "line",
    [
        "metadata: {password: hunter2}",
        "    api_key: abc",
        '  - "db.token" : x',
        "note: ghp_0123456789012345678901234567890123",
    ],
)
def test_a_line_with_a_secret_is_never_shown(line: str) -> None:
    file = SourceFile("fleet.yaml", f"a: 1\n{line}\nsecretary: kim\n".encode())
    assert line_of(file, 2) == HIDDEN
    assert line_of(file, 3) == "secretary: kim"
    assert line_of(file, 9) == ""
