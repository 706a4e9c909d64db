"""Rules files from bytes to trees (design 3.2).

A syntax error ends the declaration that it is in, and reading goes on at the next line that begins
with the word of a declaration: so a file shows all its mistakes at once.
"""

from __future__ import annotations

import re
from itertools import pairwise

from fleetc.lang.diagnostics import Diagnostic, Severity
from fleetc.lang.faults import Faults, Place
from fleetc.lang.grammar_faults import followed
from fleetc.lang.grammars import Node, SyntaxFault, parse
from fleetc.lang.guard import check_bytes
from fleetc.lang.rules_ast import Declaration, RuleFile
from fleetc.lang.rules_slips import mend
from fleetc.lang.rules_tree import DECLARATIONS, Builder
from fleetc.lang.source import SourceFile

__all__ = ["LARGEST", "parse_rules"]

LARGEST = 1 << 18
_BEGIN = re.compile(rf"(?:^|(?<=\r))(?:{'|'.join(DECLARATIONS)})\b", re.MULTILINE)


def parse_rules(file: SourceFile) -> tuple[RuleFile, tuple[Diagnostic, ...]]:
    """The declarations of a file of at most 256 KiB that can be read, and what is wrong with the others."""
    faults = Faults(file)
    check_bytes(file, LARGEST, faults, "split it into several files")
    found: list[Declaration] = []
    if not faults.failed:
        builder = Builder(file, faults)
        for node in _nodes(file, faults):
            declaration = builder.declaration(node)
            if declaration is not None:
                found.append(declaration)
    return RuleFile(tuple(found), file), faults.diagnostics()


def _nodes(file: SourceFile, faults: Faults) -> list[Node]:
    try:
        return _children(parse("rules", file.text))
    except SyntaxFault:
        pass
    nodes: list[Node] = []
    starts = [match.start() for match in _BEGIN.finditer(file.text)]
    for begin, end in pairwise(sorted({0, *starts, len(file.text)})):
        if faults.full:
            stop = Place(begin, begin + 1, "reading ends here")
            message = "after so many mistakes the rest of the file is not read"
            faults.add("F0830", message, stop, severity=Severity.NOTE)
            break
        try:
            nodes += _children(parse("rules", file.text[begin:end], begin))
        except SyntaxFault as fault:
            _report(fault, begin, end, file, faults)
    return nodes


def _report(fault: SyntaxFault, begin: int, end: int, file: SourceFile, faults: Faults) -> None:
    """Report a fault in what stands from `begin` to `end`, where the next declaration begins."""
    this, following = (_BEGIN.match(file.text, at) for at in (begin, end))
    message, place = fault.message, Place(fault.start, max(fault.end, fault.start + 1), "here")
    if following and fault.start == end:
        message, place = followed(fault, following[0]), Place(end, following.end(), "here")
    first = (Place(begin, this.end(), "this is not finished"),) if this and fault.unfinished else ()
    faults.add("F0830", message, place, secondary=first, help=mend(file.text, fault))


def _children(node: Node) -> list[Node]:
    return [child for child in node.children if isinstance(child, Node)]
