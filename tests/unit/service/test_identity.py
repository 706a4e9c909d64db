"""Who acts is the OS user of the process; and the operator's file is read again when it changes."""

from __future__ import annotations

import os
import pwd
from pathlib import Path

import pytest

from fleetc.errors import InputProblem, Refused, UsageProblem
from fleetc.service.identity import os_user, person
from fleetc.service.operator_file import OperatorFile
from fleetc.service.workspace import Workspace


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    (tmp_path / "fleet.yaml").write_text("version: 1\naccount: acc\n")
    return Workspace.open(tmp_path)


def test_no_variable_says_who_acts(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("LOGNAME", "USER", "LNAME", "USERNAME", "SUDO_USER"):
        monkeypatch.setenv(name, "kim")
    here = pwd.getpwuid(os.getuid()).pw_name
    assert os_user() == here
    assert person(workspace).identity == f"user:{here.casefold()}"


def test_a_user_without_a_name_has_a_number(monkeypatch: pytest.MonkeyPatch) -> None:
    def nobody(_number: int) -> None:
        raise KeyError

    monkeypatch.setenv("LOGNAME", "kim")
    monkeypatch.setattr(pwd, "getpwuid", nobody)
    assert os_user() == f"uid-{os.getuid()}"


def test_a_claim_is_known_as_one_and_mapped(workspace: Workspace) -> None:
    (workspace.state_dir).mkdir()
    (workspace.state_dir / "operator.toml").write_text('[identities]\n"k.im" = "user:kim"\n')
    claimed = person(workspace, "K.im")
    assert (claimed.identity, claimed.name, claimed.claimed) == ("user:kim", "kim", True)
    assert claimed.os_user == os_user()
    assert not person(workspace).claimed
    for wrong in ("a b", "user:", " "):
        with pytest.raises(UsageProblem):
            person(workspace, wrong)


def test_a_claim_on_another_platform_is_refused(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(type(workspace.environment), "platform", "powernode")
    with pytest.raises(Refused):
        person(workspace, "kim")


def test_a_changed_file_is_read_again_and_a_lost_one_allows_nothing(tmp_path: Path) -> None:
    path = tmp_path / "operator.toml"
    path.write_text("[teams]\nsre = []\n")
    file = OperatorFile(tmp_path, tmp_path, "")
    first = file.now()
    assert file.now() is first
    path.write_text('[teams]\nsre = ["user:kim"]\n')
    assert file.now().people.belongs("user:kim", ("team:sre",))
    path.write_text("[team")
    with pytest.raises(InputProblem):
        file.now()
    path.unlink()
    with pytest.raises(InputProblem, match="gone"):
        file.now()
    path.write_text("[access]\n")
    assert not file.now().access.open


def test_a_file_that_comes_later_counts_from_then(tmp_path: Path) -> None:
    file = OperatorFile(tmp_path, tmp_path, "")
    assert file.now().access.open
    (tmp_path / "operator.toml").write_text("[access]\n")
    assert not file.now().access.open
