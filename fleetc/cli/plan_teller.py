"""How `plan` tells what it found: text, Markdown or JSON, of one plan or of a range of revisions."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import click

from fleetc.errors import ExitCode

if TYPE_CHECKING:
    from fleetc.cli.context import Context
    from fleetc.service.revisions import Answer

__all__ = ["Teller"]


@dataclass(frozen=True, slots=True)
class Teller:
    """How a plan is told: what was noticed on stderr, the plan in its form on stdout, or in a file.

    An `environment` is named where it is one of several.
    """

    context: Context
    form: str
    calls: bool
    unfold: bool
    detailed: bool

    def tell(self, found: Answer, output: str, environment: str = "") -> int:
        """Print the plan; the exit code."""
        document, code = self.document(found, output, environment)
        if self.form in ("text", "markdown"):
            click.echo(self._text(found), nl=False)
        else:
            from fleetc.cli.output import echo_json

            echo_json(document if self.form == "json" else _sarif([document]))
        return code

    def several(self, told: list[tuple[Any, int]]) -> None:
        """Print the documents of several environments as one SARIF log."""
        from fleetc.cli.output import echo_json

        echo_json(_sarif([document for document, _ in told]))

    def document(self, found: Answer, output: str, environment: str) -> tuple[Any, int]:
        """Print and write what stands beside the plan; its document, when that is asked for."""
        from fleetc.cli.output import echo_diagnostics, note, write_file
        from fleetc.plan.documents import plan_bytes

        made = found.made
        for line in made.notes:
            note(f"{environment}: {line}" if environment else line)
        said = [item for item in made.diagnostics if item.severity != "note"]
        if any(item.severity == "error" for item in said) or (said and self.form in ("text", "markdown")):
            echo_diagnostics(diagnostics=said, sources=made.sources, environment=environment)
        if output:
            write_file(self.context.base / output, plan_bytes(made.plan))
            note(f"wrote {output}")
        changed = self.detailed and made.plan.actions
        document = _FORMS[self.form](found) if self.form in _FORMS else None
        return document, ExitCode.CHANGES if changed else ExitCode.OK

    def _text(self, found: Answer) -> str:
        from fleetc.service.revisions import signed

        plan = signed(found.made.plan, found.blame)
        asks = signed(found.asks, found.blame) if found.asks else None
        if self.form == "markdown":
            from fleetc.report import plan_markdown

            if asks is None:
                return plan_markdown.render_plan(plan)
            return plan_markdown.render_range(found.before, asks, plan)
        look: dict[str, Any] = {"color": self.context.color, "width": self.context.width}
        look |= {"calls": self.calls, "unfold": self.unfold}
        if asks is None:
            from fleetc.report.plan_text import render_plan

            return render_plan(plan, **look)
        from fleetc.report.range_text import render_range

        return render_range(found.before, asks, plan, **look)


def _document(found: Answer) -> dict[str, Any]:
    import msgspec

    from fleetc.plan.documents import plan_document

    document = plan_document(found.made.plan)
    if found.blame:
        document["blame"] = msgspec.to_builtins(dict(found.blame))
    if found.asks is None:
        return document
    asks = plan_document(found.asks)
    return {"format": "fleetc.range/1", "before": found.before, "asks": asks, "plan": document}


def _run(found: Answer) -> dict[str, Any]:
    """The SARIF run of a plan."""
    from fleetc.report.sarif import run_of_plan

    return run_of_plan(found.made.plan, found.made.diagnostics)


def _sarif(runs: list[Any]) -> dict[str, Any]:
    from fleetc.report.sarif import log

    return log(runs)


_FORMS = {"json": _document, "sarif": _run}
