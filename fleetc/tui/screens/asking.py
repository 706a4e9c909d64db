"""Looking something up from the review: the editor, copies, why, the past, what was done, a file."""

from __future__ import annotations

import tempfile
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from fleetc.plan.actions import Action
from fleetc.tui import detail
from fleetc.tui.copies import Copied, copies
from fleetc.tui.desk import Desks
from fleetc.tui.screens.choosing import Choosing
from fleetc.tui.screens.editing import run_editor
from fleetc.tui.screens.menu import Entry, Menu, with_keys
from fleetc.tui.screens.reading import Reading
from fleetc.tui.screens.saving import Saving
from fleetc.tui.telling import past_lines, why_lines
from fleetc.tui.text import shown
from fleetc.tui.words import place

if TYPE_CHECKING:
    from fleetc.service.pointing import Editable

__all__ = ["Asking"]


class Asking(Choosing):
    """A screen from which things are looked up about the row under the cursor."""

    def __init__(self, desks: Desks, *, name: str) -> None:
        super().__init__(desks, name=name)
        self._copies: tempfile.TemporaryDirectory[str] | None = None

    def on_unmount(self) -> None:
        """Let copies for the editor go."""
        if self._copies is not None:
            self._copies.cleanup()

    def _action(self) -> Action | None:
        """The action under the cursor, or what all of a fold are."""
        return None if self.unplanned else detail.subject(self.choice, self.rows)

    def _address(self) -> str:
        """The address under the cursor; that of the first one of a fold."""
        if self.rows.leaf >= 0:
            return self.rows.key(self.rows.cursor)
        found = self.choice.branch.fold(self.rows.key(self.rows.cursor)) if self.rows.cursor >= 0 else None
        return self.choice.addresses[found.rows[0]] if found else ""

    def _among(self) -> str:
        """On a fold, how many are equal to the one that is told of."""
        return f", one of {self.rows.size(self.rows.cursor)} equal" if self.rows.leaf < 0 else ""

    # the editor

    def action_source(self) -> None:
        """Open the line that a field comes from in the editor; of several, ask which."""
        action = self._action()
        if action is None:
            self.say("a group has no source line")
            return
        fields = [change for change in action.fields if ":" in change.origin]
        origins = list(dict.fromkeys(change.origin for change in fields))
        if not origins:
            self.say("no line of a file says this")
        elif len(origins) == 1:
            self._edit(origins[0])
        else:
            entries = with_keys([(each.path, each.origin, place(each.origin)) for each in fields])
            self.app.push_screen(
                Menu("Open the line of", entries, again="o"),
                lambda origin: self._edit(str(origin)) if origin else None,
            )

    def _edit(self, origin: str) -> None:
        if self.app.is_web:
            call = partial(self.desk.session.source_line, origin)
            self.ask("source", call, lambda line: self.say(f"{place(origin)}: {line.strip()}"))
        else:
            self.ask(
                "source", partial(self.desk.session.looks(self.choice.plan).editable, origin), self._opened
            )

    def _opened(self, found: Editable) -> None:
        path = found.path or self._copied(found)
        code = run_editor(self, found.name, path, found.line)
        if code is None:
            return
        ended = f"the editor ended with {code}; " if code else ""
        note = found.note or ("r plans again" if self.choice.plan.worktree else "commit, then r plans again")
        self.say(f"{ended}{found.name}:{found.line}", note)

    def _copied(self, found: Editable) -> str:
        """The path of a read-only copy."""
        if self._copies is None:
            self._copies = tempfile.TemporaryDirectory(prefix="fleetc-")
        folder = Path(tempfile.mkdtemp(dir=self._copies.name))
        path = folder / Path(found.name).name
        path.write_bytes(found.data)
        path.chmod(0o400)
        return str(path)

    # copies

    def action_copy(self) -> None:
        """Choose what to copy."""
        if self.unplanned is not None or self.rows.cursor < 0:
            self.say("nothing to copy here")
            return
        row = self.row(self.rows.cursor, 200).plain
        found = copies(
            self.choice.plan, self._address() or self.rows.key(self.rows.cursor), row, self._action()
        )
        entries = [Entry(each.key, each.name, each, each.text.partition("\n")[0][:40]) for each in found]
        entries.append(Entry("c", "command that plans this selection", self.choice.ticked))
        self.app.push_screen(Menu("Copy", entries, again="y"), self._copy)

    def _copy(self, chosen: object) -> None:
        if isinstance(chosen, Copied):
            self.fleetc.copy(chosen.text, chosen.name if "\n" in chosen.text else "")
        elif isinstance(chosen, bytes):
            self.ask("copy", partial(self.desk.session.command, chosen), self.fleetc.copy)

    # telling

    def action_why(self) -> None:
        """Tell why a row is in the plan or not, and where each of its values comes from."""
        if not (address := self._address()) or self.unplanned is not None:
            self.say("a group has no reason of its own: go to one of its rows")
            return
        number = self.choice.row_at[address]
        findings = self.choice.verdicts.of(self.choice.plan.actions[number].id)
        told = partial(why_lines, findings=findings, texts=self.known.texts)
        call = partial(self.desk.session.looks(self.choice.plan).why, address)
        self.app.push_screen(Reading(f"Why {address}{self._among()}", call, told, again="w"))

    def action_past(self) -> None:
        """Tell the history of a resource."""
        if not (address := self._address()) or self.unplanned is not None:
            self.say("a group has no history: go to one of its rows")
            return
        call = partial(self.desk.session.looks(self.choice.plan).past, address)
        title = f"History of {address}{self._among()}"
        self.app.push_screen(Reading(title, call, past_lines, again="h"))

    # files

    def action_save(self) -> None:
        """Save the plan with this selection, or the chosen addresses, to a file."""
        if self.unplanned is not None or self.app.is_web:
            self.say("saving writes a file where fleetc runs: not from here")
            return
        session, ticked = self.desk.session, self.choice.ticked
        said = [
            shown(text)
            for text in (
                f"{self.choice.count} of {len(self.choice.addresses)} chosen, environment {session.environment}",
                "NAME.json  the plan with this selection: `fleetc plan import`",
                "NAME.txt   the chosen addresses, one a line",
                "A file that is there already stays as it is.",
            )
        ]

        def save(name: str | None) -> None:
            if name:
                self.ask("save", partial(session.save, ticked, name), lambda path: self.say(f"saved: {path}"))

        name = f"plan-{self.choice.plan.digest[:8]}.json"
        self.app.push_screen(Saving(said, name), save)
