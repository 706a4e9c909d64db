"""The hook that other repositories use."""

from __future__ import annotations

import re

import yaml

from tests.guards.tree import ROOT


def test_the_pre_commit_hook_checks_fleet_files_and_rules_only() -> None:
    hooks = yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text(encoding="utf-8"))
    assert [(hook["id"], hook["entry"], hook["language"]) for hook in hooks] == [
        ("fleetc-check", "fleetc check", "python")
    ]
    wanted = re.compile(hooks[0]["files"])
    names = (
        "fleet.yaml",
        "fleet.yml",
        "environments/prod/fleet.yaml",
        "myfleet.yaml",
        "fleet.yaml.bak",
        "a.yaml",
        "prod.rules",
        "environments/prod/prod.rules",
        "prod.rules.bak",
    )
    found = [name for name in names if wanted.search(name)]
    assert found == [*names[:3], *names[6:8]]
