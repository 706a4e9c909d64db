"""The one table of keys (design 4.2): footer, help, palette, key bindings and tests come from it.

Only what works now stands here. The law: lower case and arrows look, select or stop, and can be
undone; UPPER CASE opens a dialog, but for the keys marked harmless.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from types import MappingProxyType
from typing import NamedTuple

__all__ = ["KEYS", "NO_KEYS", "SCOPES", "Key", "Keymap", "footer", "keys_of", "retold", "shown_key"]

Keymap = Mapping[str, tuple[str, ...]]
"""Keys of actions that somebody gave others, by the action's id."""
NO_KEYS: Keymap = MappingProxyType({})

SCOPES = {
    "all": "Everywhere",
    "tree": "Trees",
    "plan": "Plan review",
    "apply": "Apply",
    "approvals": "Approvals",
    "runs": "Runs",
    "replay": "Replay",
    "drift": "Drift",
    "snapshots": "Snapshots",
    "opening": "While a plan is made",
    "mistakes": "Mistakes",
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
    Key("all.drift", ("4",), "drift screen", "Go to what has drifted."),
    Key("all.snapshots", ("5",), "snapshots screen", "Go to the stored snapshots, and to the past."),
    Key("all.runs", ("6",), "runs screen", "Go to the runs."),
    Key("all.next_environment", ("right_square_bracket",), "environment", "Go to the next environment."),
    Key("all.previous_environment", ("left_square_bracket",), "environment back", "Go to the one before."),
    Key("all.next_pane", ("tab",), "pane", "Go to the next pane."),
    Key("all.previous_pane", ("shift+tab",), "pane back", "Go to the previous pane."),
    Key("all.jump", ("i",), "jump", "Put a letter on each pane; the letter goes there."),
    Key("all.zoom", ("z",), "zoom", "Give the whole screen to this pane, or take it back."),
    Key("all.go_to", ("colon",), "go to", "Go to an address, or to the id of an action or a run."),
    Key("all.done", ("at",), "what was done", "Show what was done here, as the commands that do it."),
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
    Key("plan.filter", ("slash",), "filter", "Filter by words, letters in order or a selector.", 9),
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
    Key("plan.group", ("s",), "group", "Group by kind, environment, template, region or wave.", 2),
    Key("plan.facets", ("f",), "kinds", "Show only problems, an operation, a verdict or a kind.", 6),
    Key("plan.links", ("d",), "needs", "Show what this needs and what needs it; esc goes back.", 3),
    Key("plan.why", ("w",), "why", "Tell why this is here, and where each value comes from.", 6),
    Key("plan.past", ("h",), "history", "Tell what runs and snapshots know of this resource.", 2),
    Key("plan.source", ("o",), "source", "Open the line that a field comes from in $EDITOR.", 4),
    Key("plan.copy", ("y",), "copy", "Copy the address, row, diff, an id, or the command.", 4),
    Key("plan.save", ("S",), "save", "Save the plan or the chosen addresses to a file.", dialog=True),
    Key("plan.replan", ("r",), "replan", "Observe and plan again; the selection comes along.", 3),
    Key("plan.approve", ("A",), "approve", "Approve what is chosen.", 11, dialog=True),
    Key("plan.apply", ("X",), "apply", "Apply what is chosen and approved.", 11, dialog=True),
    Key("apply.pause", ("p",), "pause (finish in-flight)", "Start no further call.", 11, "pause"),
    Key("apply.resume", ("P",), "resume", "Finish a paused or broken-off run.", 10, dialog=True),
    Key(
        "apply.cancel",
        ("C",),
        "cancel",
        "Stop after what is in flight; a paused run: end it for good.",
        10,
        dialog=True,
    ),
    Key(
        "apply.rest",
        ("R",),
        "retry",
        "Plan what failed or was not done anew; nothing is sent again blindly.",
        9,
        dialog=True,
    ),
    Key("apply.detail", ("enter",), "detail", "Show an action with its whole error, or fold a wave.", 7),
    Key("apply.filter", ("slash",), "find", "Find in the events, as you type.", 7),
    Key("apply.next_match", ("n",), "next find", "Go to the next event that was looked for."),
    Key("apply.previous_match", ("N",), "find back", "Go to the previous one.", harmless=True),
    Key("apply.fold", ("space",), "fold", "Open or close the wave.", 6),
    Key("apply.failures", ("f",), "failures", "Show only what failed, or all.", 9),
    Key("apply.tail", ("t",), "tail", "Follow the newest event, or stop following.", 8, "follow"),
    Key("apply.next_failure", ("e",), "next failure", "Go to the next failure.", 5, "next"),
    Key("apply.previous_failure", ("E",), "failure back", "Go to the previous one.", harmless=True),
    Key("apply.copy", ("y",), "copy", "Copy the error, or the command that watches this run.", 4),
    Key(
        "approvals.detail",
        ("enter",),
        "open the plan",
        "Open the plan of this request in the review.",
        9,
        "plan",
    ),
    Key("approvals.filter", ("slash",), "filter", "Filter by status, id or person, as you type.", 7),
    Key("approvals.next_match", ("n",), "next match", "Go to the next request that is shown."),
    Key("approvals.previous_match", ("N",), "match back", "Go to the previous one.", harmless=True),
    Key("approvals.copy", ("y",), "copy", "Copy the command that approves this request.", 4),
    Key("approvals.refresh", ("r",), "refresh", "Read the requests again.", 5),
    Key("approvals.approve", ("A",), "approve", "Approve the plan of this request.", 11, dialog=True),
    Key("approvals.reject", ("R",), "reject", "Reject it for good, with a reason.", 11, dialog=True),
    Key("approvals.revoke", ("V",), "revoke", "Take back an approval that no run has used.", 11, dialog=True),
    *(
        each
        for scope in ("opening", "mistakes")
        for each in (
            Key(f"{scope}.detail", ("enter",), "detail", "Show it in full.", 5),
            Key(f"{scope}.again", ("r",), "try again", "Observe and plan again.", 9),
            Key(f"{scope}.source", ("o",), "source", "Open the line in the editor.", 8),
            Key(f"{scope}.old_plan", ("p",), "last plan", "Show the last good plan, marked old.", 7),
            Key(f"{scope}.copy", ("y",), "copy", "Copy what is said.", 4),
        )
    ),
    Key("drift.detail", ("enter",), "detail", "Show it in full, or fold an environment.", 4),
    Key("drift.choose", ("space",), "mark", "Mark it, to put back several at once.", 7),
    Key("drift.filter", ("slash",), "filter", "Filter by state, address or field, as you type.", 9),
    Key("drift.next_match", ("n",), "next match", "Go to the next one that is shown."),
    Key("drift.previous_match", ("N",), "match back", "Go to the previous one.", harmless=True),
    Key("drift.past", ("h",), "history", "Tell what snapshots and runs know of this resource.", 6),
    Key("drift.source", ("o",), "source", "Show the line that the wanted value comes from."),
    Key("drift.copy", ("y",), "copy", "Copy the command that plans only this.", 3),
    Key("drift.refresh", ("r",), "check now", "Look at the platform and plan again.", 10, "check"),
    Key("drift.put_back", ("P",), "put back", "Make a plan that puts back what is marked.", 12, dialog=True),
    Key("drift.take_over", ("M",), "take over", "Edit the fleet file to say what is live.", 8, dialog=True),
    Key("drift.accept", ("I",), "accept", "Accept it until a date.", 8, dialog=True),
    Key("snapshots.detail", ("enter",), "open", "Look at what it holds, or at one resource of it.", 5),
    Key("snapshots.mark_a", ("a",), "mark A", "Mark it as A, the one to compare with.", 9, "A"),
    Key("snapshots.mark_b", ("b",), "mark B", "Mark it as B, and look at it in place of live.", 9, "B"),
    Key("snapshots.diff", ("d",), "diff A->B", "Show what differs from A to B.", 10, "diff"),
    Key(
        "snapshots.plan_past",
        ("p",),
        "plan offline",
        "Plan the revision against B, to look at only.",
        8,
        "plan",
    ),
    Key("snapshots.older", ("comma",), "step back", "Go to the snapshot before, and let it be B.", 6, "back"),
    Key("snapshots.newer", ("full_stop",), "step on", "Go to the snapshot after, and let it be B.", 6, "on"),
    Key("snapshots.filter", ("slash",), "filter", "Filter the list, or the tree, as you type.", 4),
    Key("snapshots.next_match", ("n",), "next match", "Go to the next one that is shown."),
    Key("snapshots.previous_match", ("N",), "match back", "Go to the previous one.", harmless=True),
    Key(
        "snapshots.past", ("h",), "history", "Tell what snapshots and runs know of a resource of the tree.", 2
    ),
    Key("snapshots.copy", ("y",), "copy", "Copy the command that shows the same.", 2),
    Key("snapshots.refresh", ("r",), "refresh", "Read the snapshots again."),
    Key("snapshots.save", ("S",), "save", "Write it to a file, as JSON lines.", 7, dialog=True),
    Key("runs.detail", ("enter",), "replay", "Replay a run that has ended; go to one that has not.", 10),
    Key("runs.rest", ("R",), "plan the rest", "Plan what a run left, anew.", 11, "rest", dialog=True),
    Key("runs.export", ("S",), "export", "Write all that is held of a run to a file.", 9, dialog=True),
    Key("runs.compare", ("c",), "compare two", "Mark a run, and compare the next one with it.", 8, "compare"),
    Key("runs.copy", ("y",), "copy id", "Copy the run's id.", 6, "copy"),
    Key("runs.filter", ("slash",), "filter", "Filter by status, id, person, plan or day, as you type.", 7),
    Key("runs.next_match", ("n",), "next match", "Go to the next run that is shown."),
    Key("runs.previous_match", ("N",), "match back", "Go to the previous one.", harmless=True),
    Key("runs.refresh", ("r",), "refresh", "Read the runs again.", 3),
    Key("replay.step", ("enter", "full_stop"), "step", "Show the next event.", 11),
    Key("replay.step_back", ("comma",), "step back", "Show the run as it was one event ago.", 10, "back"),
    Key("replay.play", ("p",), "play or stop", "Play as it came, or stand still.", 10, "play"),
    Key("replay.faster", ("greater_than_sign",), "faster", "Play faster.", 9),
    Key("replay.slower", ("less_than_sign",), "slower", "Play slower.", 9),
    Key("replay.first", ("circumflex_accent",), "begin", "Go to the first event.", 3),
    Key("replay.last", ("dollar_sign",), "end", "Go to the last event.", 5),
    Key("replay.detail", ("d",), "detail", "Show an action with its whole error, or fold a wave.", 6),
    Key("replay.fold", ("space",), "fold", "Open or close the wave."),
    Key("replay.failures", ("f",), "failures", "Show only what failed, or all.", 6),
    Key("replay.tail", ("t",), "tail", "Follow the newest event, or stop following."),
    Key("replay.next_failure", ("e",), "next failure", "Go to the next failure.", 3, "next"),
    Key("replay.previous_failure", ("E",), "failure back", "Go to the previous one.", harmless=True),
    Key("replay.filter", ("slash",), "find", "Find in the events, as you type.", 5),
    Key("replay.next_match", ("n",), "next find", "Go to the next event that was looked for."),
    Key("replay.previous_match", ("N",), "find back", "Go to the previous one.", harmless=True),
    Key("replay.copy", ("y",), "copy", "Copy the error, or the command that watches this run.", 4),
    Key("all.leave", ("q",), "quit", "Go back; on the plan review, quit. A run goes on.", 6),
    Key("all.quit", ("ctrl+q",), "quit at once", "Quit. A run goes on."),
    Key("all.suspend", ("ctrl+z",), "suspend", "Put the program to sleep; the shell's fg wakes it."),
)

_SHOWN = {
    "question_mark": "?",
    "slash": "/",
    "colon": ":",
    "at": "@",
    "full_stop": ".",
    "comma": ",",
    "greater_than_sign": ">",
    "less_than_sign": "<",
    "circumflex_accent": "^",
    "dollar_sign": "$",
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


def keys_of(screen: str, mine: Keymap = NO_KEYS) -> tuple[Key, ...]:
    """The keys that work on a screen (a key of `SCOPES`); `mine` has other keys of actions, by id."""
    found = (key for key in KEYS if key.scope in ("all", "tree", screen))
    return tuple(key._replace(keys=mine[key.id]) if key.id in mine else key for key in found)


def retold(hint: str, screen: str, mine: Keymap) -> str:
    """A hint such as `u undo`, with the key that its action has by `mine`."""
    word, _, rest = hint.partition(" ")
    known = (key for key in keys_of(screen) if key.id in mine and shown_key(key.keys[0]) == word)
    return next((f"{shown_key(mine[key.id][0])} {rest}" for key in known), hint)


def footer(
    screen: str, width: int, off: Collection[str] = (), narrow: bool = False, mine: Keymap = NO_KEYS
) -> str:
    """The last row: keys that work, the most important ones kept.

    A dialog whose id is `off` says so; any other key that is off is left out.
    """
    ranked = [key for key in keys_of(screen, mine) if key.rank]
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
