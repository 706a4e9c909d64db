"""Declarations as they are written, by the place of their names."""

from __future__ import annotations

from fleetc.lang.rules_source import written
from fleetc.lang.source import SourceFile

TEXT = """# who
group sre = "team:sre"

rule a "first" {
  on create node  # all of them
  deny "no"
}  rule b { on delete node warn "w" }
test a { plan create node "x" expect deny by a }
"""


def test_each_declaration_is_as_it_stands_there_comments_included() -> None:
    found = written(SourceFile("x.rules", TEXT.encode()))
    assert found == {
        "x.rules:2:7": 'group sre = "team:sre"',
        "x.rules:4:6": TEXT[TEXT.index("rule a") : TEXT.index("}") + 1],
        "x.rules:7:9": 'rule b { on delete node warn "w" }',
    }


def test_a_file_that_cannot_be_read_has_none() -> None:
    assert written(SourceFile("x.rules", b"rule a { on")) == {}
