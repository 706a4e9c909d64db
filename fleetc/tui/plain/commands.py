"""The commands of the plain review: one table, from which its help is made, and how a line is read."""

from __future__ import annotations

import re
from typing import NamedTuple

from fleetc.errors import UsageProblem
from fleetc.lang.suggest import near

__all__ = ["COMMANDS", "Command", "help_lines", "numbers", "read"]

_NUMBERS = re.compile(r"[0-9]+(?:\s*-\s*[0-9]+)?(?:[\s,]+[0-9]+(?:\s*-\s*[0-9]+)?)*")
_SPAN = re.compile(r"([0-9]+)(?:\s*-\s*([0-9]+))?")


class Command(NamedTuple):
    """One command: its name, what follows it, what it does, and the letter that stands for it."""

    name: str
    takes: str
    help: str
    short: str = ""


COMMANDS: tuple[Command, ...] = (
    Command("list", "[NUMBER]", "List the changes, from the first or from NUMBER on.", "l"),
    Command("more", "", "List the next ones.", "m"),
    Command("show", "NUMBER", "Show a change in full: fields, where they come from, rules, needs.", "s"),
    Command("why", "NUMBER", "Say why a change is in the plan or left out, and how its values came.", "w"),
    Command("toggle", "WHAT", "Choose or leave out: numbers (3, 5-9) or a selector (kind:peer).", "t"),
    Command("choose", "WHAT", "Choose, with all that it needs.", "+"),
    Command("leave", "WHAT", "Leave out, with all that needs it.", "-"),
    Command("undo", "", "Take the last toggle back, with all that moved along.", "u"),
    Command("redo", "", "Do it again."),
    Command("filter", "[TEXT]", "List only what fits text or a selector; without one, all again.", "f"),
    Command("problems", "", "List what is left out, denied, held, warned of or in conflict.", "p"),
    Command("status", "", "Say where you are, what is chosen, the limits, and who has to approve."),
    Command("env", "[NAME]", "Work on another environment, or list them."),
    Command("replan", "", "Observe and plan again; the selection comes along.", "r"),
    Command("approve", "", "Approve what is chosen. It asks for words."),
    Command("apply", "", "Apply what is chosen and approved. It asks for words."),
    Command("watch", "[RUN]", "Follow a run to its end; Ctrl-C stops looking, never the run."),
    Command("runs", "", "List the newest runs of each environment, and how they stand."),
    Command("drift", "", "List what is live otherwise than it was verified last."),
    Command("pause", "[RUN]", "Start no further call; those in flight finish."),
    Command("resume", "[RUN]", "Finish a paused or broken-off run. It asks for words."),
    Command("rest", "[RUN]", "Make a new plan of what a run left."),
    Command("command", "", "Print the command that does the same without this review.", "y"),
    Command("help", "", "List the commands.", "?"),
    Command("quit", "", "Leave. A run goes on.", "q"),
)
_BY_NAME = {name: each for each in COMMANDS for name in (each.name, each.short) if name}


def read(line: str) -> tuple[Command, str]:
    """The command of a line, and what follows it; raises `UsageProblem` for one that is not there."""
    word, _, rest = line.partition(" ")
    found = _BY_NAME.get(word.lower())
    if found is None:
        similar = near(word.lower(), [each.name for each in COMMANDS])
        hint = f"a similar one: {similar}" if similar else "help lists them"
        raise UsageProblem(f"no command named {word!r}", next_step=hint)
    if rest.strip() and not found.takes:
        raise UsageProblem(f"{found.name} takes nothing", next_step=f"type {found.name} alone")
    if not rest.strip() and found.takes and not found.takes.startswith("["):
        raise UsageProblem(f"{found.name} needs {found.takes}", next_step=f"{found.name} {found.takes}")
    return found, rest.strip()


def numbers(text: str, most: int) -> list[int] | None:
    """The numbers from 1 to `most` of a text such as `3, 5-9`, counted from 0; None for no such text.

    Raises `UsageProblem` for a number that is not there.
    """
    if not _NUMBERS.fullmatch(text):
        return None
    found: list[int] = []
    for match in _SPAN.finditer(text):
        first, last = match[1], match[2] or match[1]
        low, high = (int(each[:10]) for each in (first, last))
        if not 1 <= low <= high <= most:
            span = first if match[2] is None else f"{first}-{last}"
            raise UsageProblem(f"there is no change {span[:40]}", next_step=f"numbers go from 1 to {most}")
        found += range(low - 1, high)
    return list(dict.fromkeys(found))


def help_lines() -> list[str]:
    """The table as text."""
    heads = [
        f"{each.name} {each.takes}".strip() + (f", {each.short}" if each.short else "") for each in COMMANDS
    ]
    room = max(map(len, heads))
    return [f"  {head:<{room}}  {each.help}" for head, each in zip(heads, COMMANDS, strict=True)]
