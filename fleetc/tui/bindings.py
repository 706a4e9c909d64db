"""The one table of keys (design 4.2): footer, help, palette, key bindings and tests come from it.

Only what works now stands here. The law: lower case and arrows look, select or stop, and can be
undone; UPPER CASE opens a dialog, but for the keys marked harmless.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import NamedTuple

__all__ = ["KEYS", "SCOPES", "Key", "footer", "keys_of", "shown_key"]

SCOPES = {
    "all": "Everywhere",
    "tree": "Trees",
    "plan": "Plan review",
    "apply": "Apply",
    "approvals": "Approvals",
}


class Key(NamedTuple):
    """One action and its keys.

    - `id`: `<scope>.<name>`; the handler is `action_<name>`, and rebinding goes by it.
    - `label`, `short`: footer words at full and at narrow width.
    - `rank`: how late it is dropped from a footer that is too wide; 0 keeps it out.
    - `dialog`: opens one. `harmless`: upper case, yet without a dialog.
    """

    id: str
    keys: tuple[str, ...]
    label: str
    help: str
    rank: int = 0
    short: str = ""
    dialog: bool = False
    harmless: bool = False

    @property
    def scope(self) -> str:
        """Where it works: a key of `SCOPES`."""
        return self.id.partition(".")[0]

    @property
    def name(self) -> str:
        """The name of its handler, without `action_`."""
        return self.id.partition(".")[2]


KEYS: tuple[Key, ...] = (
    Key("all.plan", ("1",), "plan screen", "Go to the plan review."),
    Key("all.apply_screen", ("2",), "apply screen", "Go to the apply screen."),
    Key("all.approvals", ("3",), "approvals screen", "Go to the approval requests."),
    Key("all.next_environment", ("right_square_bracket",), "environment", "Go to the next environment."),
    Key("all.previous_environment", ("left_square_bracket",), "environment back", "Go to the one before."),
    Key("all.next_pane", ("tab",), "pane", "Go to the next pane."),
    Key("all.previous_pane", ("shift+tab",), "pane back", "Go to the previous pane."),
    Key("all.zoom", ("z",), "zoom", "Give the whole screen to this pane, or take it back."),
    Key("all.help", ("question_mark",), "help", "Show this help."),
    Key("all.palette", ("ctrl+p",), "commands", "Find a command by its words."),
    Key("all.back", ("escape",), "back", "Clear the filter, close the detail, go back: one step a press."),
    Key("tree.down", ("j", "down"), "down", "Move down."),
    Key("tree.up", ("k", "up"), "up", "Move up."),
    Key("tree.page_down", ("pagedown", "ctrl+d"), "page down", "Move a page down."),
    Key("tree.page_up", ("pageup", "ctrl+u"), "page up", "Move a page up."),
    Key("tree.top", ("g", "home"), "top", "Go to the first row."),
    Key("tree.bottom", ("G", "end"), "bottom", "Go to the last row.", harmless=True),
    Key("tree.open", ("right", "l"), "open", "Open the group, or go to its first row."),
    Key("tree.close", ("left",), "close", "Close the group, or go to the group of this row."),
    Key("tree.fold_all", ("minus",), "fold all", "Close all groups."),
    Key("tree.unfold_all", ("equals_sign",), "unfold all", "Open all groups."),
    Key("plan.choose", ("space",), "toggle", "Choose or leave out, with what has to move along.", 10),
    Key("plan.detail", ("enter",), "detail", "Show the detail in full, or fold a group.", 5),
    Key("plan.filter", ("slash",), "filter", "Filter by text, glob, kind: or change:, as you type.", 9),
    Key("plan.next_match", ("n",), "next match", "Go to the next row that the filter shows."),
    Key("plan.previous_match", ("N",), "match back", "Go to the previous one.", harmless=True),
    Key(
        "plan.next_problem",
        ("e",),
        "next problem",
        "Go to the next row that is left out, denied, held, warned of or in conflict.",
        8,
        "problem",
    ),
    Key("plan.previous_problem", ("E",), "problem back", "Go to the previous one.", harmless=True),
    Key("plan.toggle_shown", ("a",), "all", "Choose all shown rows, or leave all out."),
    Key("plan.range", ("v",), "range", "Mark a range: v, move, space."),
    Key("plan.undo", ("u",), "undo", "Undo the last toggle with all that moved along.", 7),
    Key("plan.redo", ("U",), "redo", "Redo it.", harmless=True),
    Key("plan.unchanged", ("full_stop",), "unchanged", "Show or hide the fields that stay."),
    Key("plan.source", ("o",), "source", "Show the line that the first field comes from.", 4),
    Key("plan.copy", ("y",), "copy", "Copy the command that does the same headless.", 4),
    Key("plan.copy_address", ("c",), "copy address", "Copy the address of this row."),
    Key("plan.replan", ("r",), "replan", "Observe and plan again; the selection comes along.", 3),
    Key("plan.approve", ("A",), "approve", "Approve what is chosen.", 11, dialog=True),
    Key("plan.apply", ("X",), "apply", "Apply what is chosen and approved.", 11, dialog=True),
    Key("apply.pause", ("p",), "pause (finish in-flight)", "Start no further call.", 11, "pause"),
    Key("apply.resume", ("P",), "resume", "Finish a paused or broken-off run.", 10, dialog=True),
    Key("apply.fold", ("space",), "fold", "Open or close the wave.", 6),
    Key("apply.failures", ("f",), "failures", "Show only what failed, or all.", 9),
    Key("apply.tail", ("t",), "tail", "Follow the newest event, or stop following.", 8, "follow"),
    Key("apply.next_failure", ("e",), "next failure", "Go to the next failure.", 5, "next"),
    Key("apply.previous_failure", ("E",), "failure back", "Go to the previous one.", harmless=True),
    Key("apply.copy", ("y",), "copy", "Copy the command that watches this run.", 4),
    Key(
        "approvals.detail",
        ("enter",),
        "open the plan",
        "Open the plan of this request in the review.",
        9,
        "plan",
    ),
    Key("approvals.copy", ("y",), "copy", "Copy the command that approves this request.", 4),
    Key("approvals.refresh", ("r",), "refresh", "Read the requests again.", 5),
    Key("approvals.approve", ("A",), "approve", "Approve the plan of this request.", 11, dialog=True),
    Key("approvals.reject", ("R",), "reject", "Reject it for good, with a reason.", 11, dialog=True),
    Key("approvals.revoke", ("V",), "revoke", "Take back an approval that no run has used.", 11, dialog=True),
    Key("all.leave", ("q",), "quit", "Go back; on the plan review, quit. A run goes on.", 6),
    Key("all.quit", ("ctrl+q",), "quit at once", "Quit. A run goes on."),
    Key("all.suspend", ("ctrl+z",), "suspend", "Put the program to sleep; the shell's fg wakes it."),
)

_SHOWN = {
    "question_mark": "?",
    "slash": "/",
    "full_stop": ".",
    "right_square_bracket": "]",
    "left_square_bracket": "[",
    "minus": "-",
    "equals_sign": "=",
    "escape": "esc",
    "pagedown": "pgdn",
    "pageup": "pgup",
    "ctrl+p": "^p",
}


def shown_key(key: str) -> str:
    """A key as it is written for people."""
    return _SHOWN.get(key, key)


def keys_of(screen: str) -> tuple[Key, ...]:
    """The keys that work on a screen (`plan`, `apply` or `approvals`)."""
    return tuple(key for key in KEYS if key.scope in ("all", "tree", screen))


def footer(screen: str, width: int, off: Collection[str] = (), narrow: bool = False) -> str:
    """The last row: keys that work, the most important ones kept.

    A dialog whose id is `off` says so; any other key that is off is left out.
    """
    ranked = [key for key in keys_of(screen) if key.rank]
    tail = "  ? more" if narrow else ""
    for rank in range(13):
        kept = (key for key in ranked if key.rank >= rank and (key.dialog or key.id not in off))
        words = [_word(key, off, narrow) for key in kept]
        line = " " + "  ".join(words) + tail
        if len(line) <= width - 1:
            return line
    return tail[:width]


def _word(key: Key, off: Collection[str], narrow: bool) -> str:
    label = key.short or key.label if narrow else key.label
    dots = "..." if key.dialog and not narrow else ""
    return f"{shown_key(key.keys[0])} {label}{dots}" + (" (off)" if key.id in off else "")
