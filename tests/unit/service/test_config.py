"""`fleetc.toml` and the operator's file are read strictly."""

from __future__ import annotations

from pathlib import Path

import pytest

from fleetc.errors import InputProblem
from fleetc.policy.access import Permission
from fleetc.service.config import Limits, read_operator, read_project


def _write(tmp_path: Path, text: str | bytes) -> Path:
    path = tmp_path / "fleetc.toml"
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    return path


def _project_error(tmp_path: Path, text: str | bytes) -> InputProblem:
    with pytest.raises(InputProblem) as caught:
        read_project(_write(tmp_path, text))
    assert caught.value.message.isprintable()
    return caught.value


def _operator_error(tmp_path: Path, text: str) -> InputProblem:
    with pytest.raises(InputProblem) as caught:
        read_operator(_write(tmp_path, text))
    assert caught.value.message.isprintable()
    return caught.value


def test_a_project(tmp_path: Path) -> None:
    text = '[environments.prod]\npath = "./a//b/"\naccount = "x"\n[environments.dev]\n[limits]\ndeletes = 0\n'
    project = read_project(_write(tmp_path, text))
    assert {name: (place.path, place.account) for name, place in project.environments.items()} == {
        "prod": ("a/b", "x"),
        "dev": ("", ""),
    }
    assert project.limits == Limits(deletes=0)


@pytest.mark.parametrize(
    "text",
    [
        b"\xff\xfe",
        b"\x00",
        "[environments.prod",
        "a = 1\na = 2\n",
        "x = " + "[" * 100_000,
        b"#" * ((1 << 20) + 1),
    ],
)
def test_what_is_no_toml(tmp_path: Path, text: str | bytes) -> None:
    assert _project_error(tmp_path, text).code == "F1020"


def test_a_file_that_is_not_there_or_a_folder(tmp_path: Path) -> None:
    for path in (tmp_path / "none", tmp_path):
        with pytest.raises(InputProblem) as caught:
            read_project(path)
        assert caught.value.code == "F1020"


def test_unknown_keys_name_a_similar_one_or_the_known_ones(tmp_path: Path) -> None:
    problem = _project_error(tmp_path, '[environments.prod]\nacount = "x"\n')
    assert problem.code == "F1021"
    assert "[environments.prod]: unknown key `acount`; a similar key exists: `account`" in problem.message
    problem = _project_error(tmp_path, '[environments.prod]\nzzz = "x"\n')
    assert "known keys: path, account" in problem.message
    assert _project_error(tmp_path, '[environment.prod]\npath = "x"\n').code == "F1021"
    assert _project_error(tmp_path, '[environments.prod]\n"\x7f\u202e" = 1\n').code in {"F1020", "F1021"}


@pytest.mark.parametrize(
    "text",
    [
        "",
        "environments = 3",
        "[environments]\nprod = 3",
        "[environments.prod]\naccount = 3",
        '[environments.prod]\naccount = ""',
        '[environments.prod]\npath = "/etc"',
        '[environments.prod]\npath = "../other"',
        '[environments.prod]\npath = "a/../../b"',
        '[environments.prod]\npath = "a\\\\b"',
        '[environments.prod]\npath = "a\\u202eb"',
        "[environments.Prod]",
        '[environments."a b"]',
        "[environments.prod]\n[limits]\ndeletes = 4",
        "[environments.prod]\n[limits]\ndeletes = -1",
        "[environments.prod]\n[limits]\ndeletes = true",
        "[environments.prod]\n[limits]\nchanges_percent = 31",
    ],
)
def test_wrong_values(tmp_path: Path, text: str) -> None:
    assert _project_error(tmp_path, text).code == "F1022"


@pytest.mark.parametrize("key", ["platform", "four_eyes", "url", "token", "concurrency", "max_age", "local"])
def test_a_commit_decides_nothing_of_the_operators(tmp_path: Path, key: str) -> None:
    problem = _project_error(tmp_path, f'[environments.prod]\n{key} = "x"\n')
    assert (problem.code, "operator's file" in problem.next_step) == ("F1023", True)


def test_an_operators_file(tmp_path: Path) -> None:
    operator = read_operator(
        _write(
            tmp_path,
            """
            [environments.prod]
            platform = "local"
            concurrency = 2
            four_eyes = "strict"
            max_age = "90s"
            expiry = "2h"
            tier = "regulated"
            [environments.prod.local]
            latency = 0.1
            [identities]
            "dana@example.com" = "user:dana"
            [teams]
            sre = ["user:dana", "user:kim"]
            """,
        )
    )
    policy = operator.policy("prod")
    assert (policy.platform, policy.concurrency, policy.four_eyes) == ("local", 2, "strict")
    assert (policy.max_age, policy.expiry) == (90.0, 7200.0)
    assert (dict(policy.facts), dict(policy.local)) == ({"tier": "regulated"}, {"latency": 0.1})
    assert operator.people.identity("Dana@Example.com") == "user:dana"
    assert operator.people.belongs("user:kim", ("team:sre",))
    assert operator.access.open
    assert operator.policy("other").four_eyes == "author"


def test_access_is_granted_by_account_and_word(tmp_path: Path) -> None:
    access = read_operator(
        _write(
            tmp_path,
            """
            [identities]
            "kim@example.com" = "user:kim"
            [teams]
            sre = ["kim@example.com"]
            [access.edge]
            "user:Dana" = ["viewer", "gitops.approve"]
            "team:sre" = ["operator"]
            [access."*"]
            "user:root" = ["admin"]
            "*" = ["system.gitops.read"]
            """,
        )
    ).access
    assert access.allows("user:dana", Permission.APPROVE, "edge")
    assert not access.allows("user:dana", Permission.APPROVE, "other")
    assert not access.allows("user:dana", Permission.APPLY, "edge")
    assert access.allows("user:kim", Permission.APPLY, "edge")
    assert all(access.allows("user:root", each, "any") for each in Permission)
    assert access.allows("user:nobody", Permission.READ, "any")
    assert not access.allows("user:nobody", Permission.SYNC, "edge")
    assert access.allows("user:root", Permission.WRITE, "*")
    assert not access.allows("user:kim", Permission.APPLY, "*")


def test_an_empty_access_table_grants_nothing(tmp_path: Path) -> None:
    access = read_operator(_write(tmp_path, "[access]\n")).access
    assert not access.open
    assert not any(access.allows("user:root", each, "edge") for each in Permission)


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ('[environments.prod]\nplatform = "powernode"', "F1022"),
        ('[environments.prod]\nfour_eyes = "on"', "F1022"),
        ("[environments.prod]\nconcurrency = 0", "F1022"),
        ("[environments.prod]\nmax_age = 30", "F1022"),
        ('[environments.prod]\nmax_age = "0m"', "F1022"),
        ('[environments.prod]\nexpiry = "-1m"', "F1022"),
        ("[environments.prod]\ntier = [1]", "F1022"),
        ("[teams]\nsre = 3", "F1022"),
        ("[identities]\ndana = 3", "F1022"),
        ('[environments.prod]\nfour_eye = "strict"', "F1021"),
        ("[environments.prod]\nconcurency = 1", "F1021"),
        ('[environments.prod]\ntoken = "secret-value"', "F1021"),
        ("[identity]", "F1021"),
        ("[acess]", "F1021"),
        ("access = 3", "F1022"),
        ('[access]\nedge = ["viewer"]', "F1022"),
        ('[access.edge]\n"user:dana" = "viewer"', "F1022"),
        ('[access.edge]\n"user:dana" = ["veiwer"]', "F1022"),
        ('[access.edge]\n"dana" = ["viewer"]', "F1022"),
        ('[access.edge]\n"user:dana" = [""]', "F1022"),
    ],
)
def test_wrong_operators_files(tmp_path: Path, text: str, code: str) -> None:
    problem = _operator_error(tmp_path, text)
    assert problem.code == code
    assert "secret-value" not in problem.message


def test_of_two_names_the_stricter_settings_hold(tmp_path: Path) -> None:
    text = (
        '[environments.prod]\nfour_eyes = "strict"\nmax_age = "10m"\nconcurrency = 16\ntier = "gold"\n'
        '[environments.lab]\nfour_eyes = "off"\nexpiry = "5m"\nconcurrency = 2\n'
    )
    operator = read_operator(_write(tmp_path, text))
    both = operator.strictest("lab", ("prod",))
    assert (both.four_eyes, both.max_age, both.expiry, both.concurrency) == ("strict", 600, 300, 2)
    assert dict(both.facts) == {}
    assert operator.strictest("lab", ()) == operator.policy("lab")
    assert operator.strictest("lab", ("nobody",)).four_eyes == "author"
    assert operator.lacking == {"tier": ("lab",)}


def test_the_operator_binds_an_account_to_one_environment(tmp_path: Path) -> None:
    text = '[environments.prod]\naccount = "a"\n[environments.lab]\naccount = "b"\n'
    operator = read_operator(_write(tmp_path, text))
    assert [operator.of_account(each) for each in ("a", "b", "c", "")] == ["prod", "lab", "", ""]
    problem = _operator_error(tmp_path, text.replace('"b"', '"a"'))
    assert problem.code == "F1022"
    assert "[environments.lab]" in problem.message
    assert _operator_error(tmp_path, '[environments.prod]\nacount = "a"\n').code == "F1021"
    assert _operator_error(tmp_path, "[environments.prod]\naccount = 1\n").code == "F1022"
