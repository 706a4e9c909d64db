"""Lowering: from declarations to the resource graph; and the whole compile."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from operator import itemgetter

from fleetc.ir.address import address
from fleetc.ir.digest import marks_of
from fleetc.ir.graph import ExternalUse, Resource, ResourceGraph
from fleetc.ir.lower_kinds import Externals, KindLowering
from fleetc.ir.lower_origin import Locator
from fleetc.ir.values import canonical
from fleetc.lang.collector import collector_paused
from fleetc.lang.diagnostics import Diagnostic
from fleetc.lang.nodes import Seq
from fleetc.lang.source import SourceFile, SourceSet, Span
from fleetc.lang.yaml_tree import compose
from fleetc.model.crosscheck import key_span
from fleetc.model.declarations import Fleet, Item, Move
from fleetc.model.elaborate import elaborate, reach_of
from fleetc.model.kinds import KINDS
from fleetc.model.loader import Loaded, Reader, load
from fleetc.model.moves import final_targets
from fleetc.model.references import module_name
from fleetc.model.report import Report
from fleetc.model.sections import PROTECT, SECTIONS

__all__ = ["Compiled", "compile_fleet", "compile_part", "graph_bytes", "graph_document", "lower"]


@dataclass(frozen=True, slots=True)
class Compiled:
    """What a compile gives: the graph is None exactly when there is an error."""

    graph: ResourceGraph | None
    diagnostics: tuple[Diagnostic, ...]
    sources: SourceSet


def compile_fleet(reader: Reader, root: str = "fleet.yaml", *, commit: str = "", tree: str = "") -> Compiled:
    """Compile the fleet whose root file is `root`; raises `SourceProblem` when a file cannot be read."""
    report = Report()
    with collector_paused():
        loaded = load(reader, root, report, commit=commit, tree=tree)
        if not loaded.trees or loaded.trees[0].file.path != root:
            return Compiled(None, report.finish(_order(loaded)), loaded.sources)
        return _compiled(loaded, report, part=False)


def compile_part(file: SourceFile) -> Compiled:
    """Compile one file that is an excerpt of a fleet file, as if it were all of it, but for lints."""
    report = Report()
    with collector_paused():
        tree, found = compose(file)
        report.take(found)
        sources = SourceSet((file,), file.path)
        if tree is None:
            return Compiled(None, report.finish((file.path,)), sources)
        return _compiled(Loaded((tree,), sources, True), report, part=True)


def _compiled(loaded: Loaded, report: Report, *, part: bool) -> Compiled:
    fleet = elaborate(loaded, report, part=part)
    graph = None if report.failed else lower(fleet)
    return Compiled(graph, report.finish(_order(loaded), partial(reach_of, fleet)), loaded.sources)


def _order(loaded: Loaded) -> tuple[str, ...]:
    return tuple(file.path for file in loaded.sources.files)


def lower(fleet: Fleet) -> ResourceGraph:
    """The resource graph of a fleet without errors."""
    externals = Externals()
    lowering = {
        path: [KindLowering(KINDS[kind.name], fleet, externals) for kind in section.kinds]
        for path, section in SECTIONS.items()
    }
    resources: dict[str, Resource] = {}
    protected: dict[str, Span] = {}
    for item in fleet.items:
        keys = tuple(item.values)
        for kind in lowering[item.section.path]:
            resource = kind.lower(item, keys, len(resources))
            if resource is not None:
                resources[resource.address] = resource
                if item.values.get(PROTECT.key):
                    protected[resource.address] = key_span(item, PROTECT.key, fleet)
    uses = tuple(
        ExternalUse(category, name, use.used_by, use.field, _place(use.item, use.key, name, fleet), use.count)
        for category, used in sorted(externals.uses.items())
        for name, use in sorted(used.items(), key=itemgetter(0))
    )
    moves = _folded(fleet.moves)
    forgets = {entry.address: entry.span for entry in fleet.forgets}
    said = [[(move.source, move.target) for move in moves], sorted(forgets), sorted(protected)]
    named = [(use.category, use.name) for use in uses]
    marks = marks_of([fleet.account, named, *(said if any(said) else [])], resources.values())
    return ResourceGraph(
        account=fleet.account,
        resources=resources,
        externals=uses,
        digest=marks.digest,
        locate=Locator(fleet).locate,
        extends=_extends(fleet),
        moves=moves,
        forgets=forgets,
        protected=protected,
        marks=marks,
    )


def _folded(moves: tuple[Move, ...]) -> tuple[Move, ...]:
    """The renames with each chain folded: every one leads to what is declared."""
    by_source = {move.source: move for move in moves}
    ends = final_targets({source: move.target for source, move in by_source.items()})
    last = {move.target: move for move in moves}
    return tuple(
        Move(move.source, end, move.span, last[end].target_span)
        for move in moves
        for end in (ends[move.source],)
    )


def _extends(fleet: Fleet) -> dict[str, tuple[str, ...]]:
    """The templates that each template extends directly, by address."""
    return {
        address("template", name): tuple(address("template", parent) for parent in parents)
        for name, parents in fleet.parents.items()
        if parents
    }


def _place(item: Item, key: str, name: str, fleet: Fleet) -> Span:
    """Where an item names what it does not declare: the entry of a list, or the whole value."""
    written = item.source.get(key)
    for index, entry in enumerate(written if isinstance(written, Seq) else ()):
        if isinstance(entry, str) and module_name(entry) == name:
            assert isinstance(written, Seq)
            return written.value_span(index)
    return key_span(item, key, fleet)


def graph_document(graph: ResourceGraph) -> dict[str, object]:
    """The graph as "fleetc.graph/1": JSON values, resources in file order."""
    return {
        "format": "fleetc.graph/1",
        "account": graph.account,
        "resources": [
            {
                "address": item.address,
                "kind": item.kind,
                "fields": item.fields,
                "depends_on": item.depends_on,
                "origin": str(graph.locate(item.address, "").span),
            }
            for item in graph.resources.values()
        ],
        "externals": [
            {
                "category": use.category,
                "name": use.name,
                "used_by": use.used_by,
                "field": use.field,
                "origin": str(use.span),
                "count": use.count,
            }
            for use in graph.externals
        ],
        "digest": graph.digest,
    }


def graph_bytes(graph: ResourceGraph) -> bytes:
    """The canonical bytes of `graph_document`: the same for the same input everywhere."""
    return canonical(graph_document(graph))
