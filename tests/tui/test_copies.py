"""What is copied, and how an editor is called."""

from __future__ import annotations

import pytest

from fleetc.plan.changes import Cause, FieldChange, Op
from fleetc.tui.copies import copies
from fleetc.tui.editor import command, editor_of
from tests.tui.fleet import action, edge_plan

PATH = "/srv/fleet.yaml"


@pytest.mark.parametrize(
    ("editor", "words"),
    [
        ("vim", ["vim", "+12", PATH]),
        ("/usr/bin/nvim -u NONE", ["/usr/bin/nvim", "-u", "NONE", "+12", PATH]),
        ("code --wait", ["code", "--wait", "--goto", f"{PATH}:12"]),
        ("subl -w", ["subl", "-w", f"{PATH}:12"]),
        ("'my editor' --flag 'a b'", ["my editor", "--flag", "a b", PATH]),
        ("sh -c 'rm -rf ~; vi'", ["sh", "-c", "rm -rf ~; vi", PATH]),
    ],
)
def test_an_editor_gets_words_and_no_shell(editor: str, words: list[str]) -> None:
    assert command(editor, PATH, 12) == words


def test_a_path_with_a_space_and_a_semicolon_stays_one_word() -> None:
    assert command("vi", "/a b; rm/x.yaml", 1)[-1] == "/a b; rm/x.yaml"


@pytest.mark.parametrize("editor", ["", "  ", "vi 'oops"])
def test_an_editor_that_cannot_be_read_says_so(editor: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        command(editor, PATH, 1)


def test_visual_goes_before_editor_and_vi_is_there_anyway() -> None:
    assert editor_of({"VISUAL": "code", "EDITOR": "vi"}) == "code"
    assert editor_of({"VISUAL": " ", "EDITOR": "nano"}) == "nano"
    assert editor_of({}) == "vi"


def test_a_diff_has_a_line_for_each_side_and_hides_secrets() -> None:
    changes = (
        FieldChange("region", "eu-1", "us-1", Cause.GIT, "fleet.yaml:4:2"),
        FieldChange("metadata", {"password": "x"}, {"password": "y"}, Cause.GIT),
    )
    made = action("instance/a", op=Op.REPLACE)
    made = type(made)(**{**{n: getattr(made, n) for n in made.__struct_fields__}, "fields": changes})
    found = {each.key: each.text for each in copies(edge_plan(), "instance/a", "  [x] row ", made)}
    assert found["a"] == "instance/a"
    assert found["r"] == "[x] row"
    assert found["i"] == "replace:instance/a"
    assert found["d"].splitlines()[:3] == [
        "replace instance/a",
        "- region: eu-1",
        "+ region: us-1  # fleet.yaml:4",
    ]
    assert "password: x" not in found["d"]
    assert found["p"] == edge_plan().digest


def test_what_a_terminal_would_obey_is_never_copied() -> None:
    evil = "node/\x1b]52;c;ZXZpbA==\x07\nrm -rf ~\r"
    for each in copies(edge_plan(digest="\x1b[2J"), evil, evil, action(evil, {"f\n": "\x9b31m"})):
        lines = each.text.split("\n") if each.key == "d" else [each.text]
        assert all(char >= " " and not "\x7f" <= char < "\xa0" for line in lines for char in line)
        assert each.key == "d" or "\n" not in each.text
