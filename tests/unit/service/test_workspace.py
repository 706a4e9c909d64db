"""Where a workspace is, which environment it has, and what it writes."""

from __future__ import annotations

import stat
import subprocess
from pathlib import Path

import pytest

from fleetc.errors import FleetcError, InputProblem, SourceProblem, StateProblem, UsageProblem
from fleetc.service.workspace import Workspace
from tests.unit.git.repositories import Repository

PROJECT = """
[environments.staging]
path = "environments/staging"
account = "acct-staging"
[environments.prod]
path = "environments/prod"
account = "acct-prod"
"""


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A folder, not in git, with two environments."""
    root = tmp_path / "project"
    for name in ("staging", "prod"):
        (root / "environments" / name).mkdir(parents=True)
    (root / "docs").mkdir()
    (root / "fleetc.toml").write_text(PROJECT)
    return root


def _operator(root: Path, text: str) -> Path:
    path = root / ".fleetc" / "operator.toml"
    path.parent.mkdir(exist_ok=True)
    path.write_text(text)
    return path


def _problem(directory: Path, **options: str) -> FleetcError:
    with pytest.raises(FleetcError) as caught:
        Workspace.open(directory, **options)
    return caught.value


def test_without_fleetc_toml_the_folder_is_the_workspace_and_local_the_environment(tmp_path: Path) -> None:
    workspace = Workspace.open(tmp_path)
    assert workspace.root == tmp_path
    assert workspace.state_dir == tmp_path / ".fleetc"
    found = workspace.environment
    assert (found.name, found.account, found.platform, found.settings.four_eyes) == (
        "local",
        "",
        "local",
        "author",
    )
    assert (found.settings.max_age, found.settings.expiry, found.settings.concurrency) == (1800, 3600, 8)
    assert list(tmp_path.iterdir()) == []


def test_a_path_is_a_folder_or_a_fleet_file_relative_to_c(tmp_path: Path) -> None:
    (tmp_path / "edge").mkdir()
    (tmp_path / "edge" / "fleet.yaml").write_text("version: 1\n")
    by_folder = Workspace.open(tmp_path, fleet_path="edge")
    by_file = Workspace.open(tmp_path, fleet_path="edge/fleet.yaml")
    assert (by_folder.root, by_folder.file) == (tmp_path / "edge", "")
    assert (by_file.root, by_file.file) == (tmp_path / "edge", "fleet.yaml")
    assert by_file.state_dir == tmp_path / "edge" / ".fleetc"


def test_a_path_that_is_not_there(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    paths = (
        "nowhere",
        "file",
        "file/fleet.yaml",
        "nowhere/fleet.yaml",
        "a\x00b",
        "a" * 5000,
        "a" * 300 + ".yaml",
    )
    for path in paths:
        problem = _problem(tmp_path, fleet_path=path)
        assert (type(problem), problem.code) == (SourceProblem, "F1010")
    assert _problem(tmp_path / "nowhere").code == "F1010"


def test_an_environment_is_chosen_by_name_path_or_current_folder(project: Path) -> None:
    prod = project / "environments" / "prod"
    for workspace in (
        Workspace.open(project, environment="prod"),
        Workspace.open(project, fleet_path="environments/prod"),
        Workspace.open(project, fleet_path="environments/prod/fleet.yaml"),
        Workspace.open(project, fleet_path="environments/prod", environment="prod"),
    ):
        assert workspace.environment.name == "prod"
        assert workspace.environment.account == "acct-prod"
        assert (workspace.root, workspace.folder) == (project, prod)


def test_the_nearest_project_above_counts_inside_a_repository_only(project: Path) -> None:
    prod = project / "environments" / "prod"
    assert Workspace.open(prod).root == prod
    subprocess.run(["git", "init", "-q", str(project)], check=True)
    workspace = Workspace.open(prod)
    assert (workspace.root, workspace.environment.name) == (project, "prod")
    assert workspace.state_dir == project / ".fleetc"
    assert Workspace.open(prod, environment="staging").environment.name == "staging"
    assert Workspace.open(project / "docs", environment="prod").folder == prod


def test_an_environment_that_cannot_be_chosen(project: Path) -> None:
    assert "several environments: staging, prod" in str(_problem(project))
    assert "a similar name exists: `staging`" in str(_problem(project, environment="stagin"))
    assert "environments: staging, prod" in str(_problem(project, environment="zzzzzzzz"))
    assert "no environment of fleetc.toml is in `docs`" in str(_problem(project, fleet_path="docs"))
    problem = _problem(project, fleet_path="environments/prod", environment="staging")
    assert "is in `environments/staging`" in str(problem)
    assert (type(problem), problem.code, int(problem.exit_code)) == (UsageProblem, "F1024", 64)
    (project / "fleetc.toml").unlink()
    assert "the only one is `local`" in str(_problem(project, environment="prod"))


def test_one_environment_needs_no_choice(tmp_path: Path) -> None:
    (tmp_path / "fleetc.toml").write_text('[environments.prod]\naccount = "acct"\n')
    workspace = Workspace.open(tmp_path)
    assert (workspace.environment.name, workspace.folder) == ("prod", tmp_path)


def test_the_operators_file_is_in_the_state_folder_or_where_it_is_said(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _operator(project, '[environments.prod]\nconcurrency = 3\nfour_eyes = "off"\ntier = "regulated"\n')
    (project / "a.toml").write_text("[environments.prod]\nconcurrency = 4\n")
    (project / "b.toml").write_text("[environments.prod]\nconcurrency = 5\n")

    def concurrency(**options: str) -> int:
        return Workspace.open(project, environment="prod", **options).environment.settings.concurrency

    assert concurrency() == 3
    monkeypatch.setenv("FLEETC_CONFIG", "a.toml")
    assert concurrency() == 4
    assert concurrency(config="b.toml") == 5
    problem = _problem(project, environment="prod", config="none.toml")
    assert (type(problem), problem.code) == (InputProblem, "F1020")
    monkeypatch.delenv("FLEETC_CONFIG")
    environment = Workspace.open(project, environment="prod").environment
    assert (environment.settings.four_eyes, dict(environment.settings.facts)) == (
        "off",
        {"tier": "regulated"},
    )
    assert Workspace.open(project, environment="staging").environment.settings.concurrency == 8


def test_an_operators_file_that_git_holds_is_refused(repository: Repository) -> None:
    path = _operator(repository.top, '[environments.local]\nfour_eyes = "off"\n')
    assert Workspace.open(repository.top).environment.settings.four_eyes == "off"
    repository.git("add", "-f", str(path))
    assert _problem(repository.top).code == "F1025"
    repository.git("commit", "-q", "-m", "slip in")
    repository.git("rm", "-q", "--cached", str(path))
    assert _problem(repository.top).code == "F1025"
    repository.git("commit", "-q", "-m", "take out")
    assert Workspace.open(repository.top).environment.settings.four_eyes == "off"
    path.rename(repository.top / "policy.toml")
    path.symlink_to(repository.top / "policy.toml")
    repository.git("add", "policy.toml")
    assert _problem(repository.top).code == "F1025"


def test_the_state_folder_is_where_it_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FLEETC_STATE", "elsewhere")
    assert Workspace.open(tmp_path).state_dir == tmp_path / "elsewhere"
    assert Workspace.open(tmp_path, state="here").state_dir == tmp_path / "here"


def test_the_state_folder_is_made_when_written_to_private_and_ignored(repository: Repository) -> None:
    workspace = Workspace.open(repository.top)
    assert not workspace.stored("ledger")
    assert not workspace.state_dir.exists()
    folder = workspace.prepare()
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert (folder / ".gitignore").read_text() == "*\n"
    assert repository.git("status", "--porcelain", "--untracked-files=all") == ""
    (folder / "ledger.db").touch()
    assert workspace.stored("ledger")


def test_a_folder_that_holds_other_things_is_left_as_it_is(tmp_path: Path) -> None:
    (tmp_path / "mine").mkdir(mode=0o755)
    (tmp_path / "mine" / "note").touch()
    Workspace.open(tmp_path, state="mine").prepare()
    assert [path.name for path in (tmp_path / "mine").iterdir()] == ["note"]


def test_a_state_folder_that_is_none(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    (tmp_path / "loop").symlink_to("loop")
    for state in ("file", "loop", "a" * 5000):
        assert isinstance(_problem(tmp_path, state=state), StateProblem)
    assert _problem(tmp_path, config="a" * 5000).code == "F1020"
    (tmp_path / "target").mkdir()
    (tmp_path / ".fleetc").symlink_to(tmp_path / "target")
    assert isinstance(_problem(tmp_path), StateProblem)
    with pytest.raises(StateProblem) as caught:
        Workspace.open(tmp_path, state="file/below").prepare()
    assert "--state" in caught.value.next_step


def test_the_arguments_open_the_same_workspace_elsewhere(
    project: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (project / "a.toml").write_text("[environments.prod]\nconcurrency = 4\n")
    monkeypatch.setenv("FLEETC_STATE", "elsewhere")
    subprocess.run(["git", "init", "-q", str(project)], check=True)
    first = Workspace.open(project / "docs", environment="prod", config="../a.toml")
    monkeypatch.delenv("FLEETC_STATE")
    monkeypatch.chdir(tmp_path)
    names = {"-C": "directory", "--state": "state", "--config": "config", "-e": "environment"}
    words = first.arguments()
    options = {names[name]: value for name, value in zip(words[::2], words[1::2], strict=True)}
    again = Workspace.open(Path(options.pop("directory")), **options)
    assert again.environment == first.environment
    assert (again.root, again.state_dir) == (first.root, first.state_dir)


def test_handles_are_opened_when_asked_for_and_kept(tmp_path: Path) -> None:
    workspace = Workspace.open(tmp_path)
    assert workspace.ledger() is workspace.ledger()
    assert workspace.snapshots() is workspace.snapshots()
    assert {path.name for path in tmp_path.iterdir()} == {".fleetc"}
    assert not workspace.stored("platform")
    platform = workspace.platform("acct-a")
    assert workspace.platform("acct-a") is platform
    assert platform is not workspace.platform("acct-b")
    assert (platform.name, platform.account) == ("local", "acct-a")
    assert all(workspace.stored(name) for name in ("ledger", "snapshots", "platform"))


def test_the_operator_configures_the_embedded_platform(tmp_path: Path) -> None:
    _operator(tmp_path, "[environments.local.local]\nlatencyy = 1\n")
    with pytest.raises(InputProblem, match="latencyy"):
        Workspace.open(tmp_path).platform("acct")
