"""The declarations of a rules file as they are written, for whoever shows a verdict's rule."""

from __future__ import annotations

from fleetc.lang.grammars import Node, SyntaxFault, parse
from fleetc.lang.rules_ast import Test
from fleetc.lang.rules_parser import parse_rules
from fleetc.lang.source import SourceFile

__all__ = ["written"]


def written(file: SourceFile) -> dict[str, str]:
    """Each declaration's own text, comments within it included, by the place of its name.

    Tests have none. Empty for a file that cannot be read as a whole.
    """
    try:
        tree = parse("rules", file.text)
    except SyntaxFault:
        return {}
    nodes = (child for child in tree.children if isinstance(child, Node))
    texts = {str(file.span(node.start, node.end)): file.text[node.start : node.end] for node in nodes}
    declared = (each for each in parse_rules(file)[0].declarations if not isinstance(each, Test))
    return {str(each.name.span): texts[str(each.span)] for each in declared if str(each.span) in texts}
