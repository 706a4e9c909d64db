"""Who wrote what is planned, and how one commit stands to another."""

from __future__ import annotations

from fleetc.git import SourceRepo
from tests.unit.git.repositories import FLEET, Repository

PATHS = ["fleet.yaml", "nodes/a.yaml"]


def _authors(repository: Repository, applied: str, paths: list[str] = PATHS) -> tuple[str, ...]:
    repo = SourceRepo(repository.top)
    return repo.history.authors(repo.head().commit, applied, paths)


def test_with_none_applied_it_is_the_head_commit(repository: Repository) -> None:
    repository.commit("docs", {"README": b""}, author="Kim <kim@example.com>")
    assert _authors(repository, "") == ("kim@example.com",)


def test_authors_and_co_authors_since_the_applied_commit(repository: Repository) -> None:
    applied = repository.commit("applied", {"nodes/a.yaml": b"a"}, author="Ann <ann@example.com>")
    repository.commit(
        "change\n\nco-authored-by: Kim <kim@example.com>\nCo-Authored-By: Max <max@example.com>",
        {"nodes/a.yaml": b"b"},
    )
    repository.commit("unrelated", {"docs": b"x"}, author="Zoe <zoe@example.com>")
    assert _authors(repository, applied) == ("dana@example.com", "kim@example.com", "max@example.com")
    assert _authors(repository, repository.git("rev-parse", "HEAD")) == ()


def test_a_removal_and_a_change_that_was_put_back_count(repository: Repository) -> None:
    applied = repository.commit("applied", {"nodes/a.yaml": b"a"})
    (repository.top / "nodes/a.yaml").unlink()
    repository.commit("remove", {}, author="Rex <rex@example.com>")
    repository.commit("again", {"nodes/a.yaml": b"a"}, author="Eve <eve@example.com>")
    assert _authors(repository, applied) == ("eve@example.com", "rex@example.com")


def _merge(repository: Repository, resolution: dict[str, bytes]) -> str:
    """Merge a branch that changed fleet.yaml into one that changed docs; the applied commit's id."""
    applied = repository.git("rev-parse", "HEAD")
    repository.git("checkout", "-q", "-b", "side")
    repository.commit("side", {"fleet.yaml": FLEET + b"# side\n"}, author="Sid <sid@example.com>")
    repository.git("checkout", "-q", "main")
    repository.commit("main", {"docs": b"x"}, author="Max <max@example.com>")
    repository.git("merge", "-q", "--no-ff", "--no-commit", "side")
    repository.commit("merge", resolution, author="Meg <meg@example.com>")
    return applied


def test_a_plain_merge_is_not_authorship(repository: Repository) -> None:
    assert _authors(repository, _merge(repository, {})) == ("sid@example.com",)


def test_a_merge_of_changes_to_different_files_is_not_authorship(repository: Repository) -> None:
    applied = repository.git("rev-parse", "HEAD")
    repository.git("checkout", "-q", "-b", "side")
    repository.commit("side", {"fleet.yaml": b"side"}, author="Sid <sid@example.com>")
    repository.git("checkout", "-q", "main")
    repository.commit("main", {"nodes/a.yaml": b"main"}, author="Max <max@example.com>")
    repository.git("merge", "-q", "--no-ff", "--no-commit", "side")
    repository.commit("merge", {}, author="Meg <meg@example.com>")
    assert _authors(repository, applied) == ("max@example.com", "sid@example.com")


def test_a_merge_that_differs_from_every_parent_is(repository: Repository) -> None:
    applied = _merge(repository, {"fleet.yaml": FLEET + b"# slipped in\n"})
    assert _authors(repository, applied) == ("meg@example.com", "sid@example.com")


def test_outside_text_is_escaped_and_cut(repository: Repository) -> None:
    message = "x\n\nCo-authored-by: A <a\u202eb@example.com>\nCo-authored-by: " + "y" * 5000
    repository.commit(message, {"fleet.yaml": b"z"}, author="N\x1b[31m <dana@example.com>")
    names = _authors(repository, "")
    assert names[0] == "dana@example.com"
    assert "a<U+202E>b@example.com" in names
    assert all(len(name) <= 254 and name.isprintable() for name in names)


def test_when_the_applied_commit_is_not_here_the_whole_history_counts(repository: Repository) -> None:
    repository.commit("second", {"fleet.yaml": b"x"}, author="Kim <kim@example.com>")
    assert _authors(repository, "1" * 40) == ("dana@example.com", "kim@example.com")


def test_how_commits_stand_to_each_other(repository: Repository) -> None:
    first = repository.git("rev-parse", "HEAD")
    second = repository.commit("second", {"a": b""})
    repository.git("checkout", "-q", "-b", "side", first)
    side = repository.commit("side", {"b": b""})
    repo = SourceRepo(repository.top)
    assert repo.history.relation(second, second) == "same"
    assert repo.history.relation(second, first) == "forward"
    assert repo.history.relation(first, second) == "back"
    assert repo.history.relation(side, second) == "diverged"
    assert repo.history.relation(side, "") == "unknown"
    assert repo.history.relation(side, "1" * 40) == "unknown"


FLEET_NODES = b"""nodes:
  - hostname: a
    modules:
      - nginx
    region: eu
  - hostname: b
    modules:
      - nginx
    region: eu
"""


def _blamed(repository: Repository, *lines: int, most: int | None = None) -> dict[int, tuple[str, bool]]:
    found = SourceRepo(repository.top).history.blame(
        repository.git("rev-parse", "HEAD"), "fleet.yaml", lines, most=most
    )
    return {line: (said.summary, said.exact) for line, said in found.items()}


def test_each_line_names_the_commit_that_changed_it_last(repository: Repository) -> None:
    repository.commit("nodes", {"fleet.yaml": FLEET_NODES})
    repository.commit("away", {"fleet.yaml": FLEET_NODES.replace(b"region: eu\n  -", b"region: us\n  -")})
    repository.commit("docs", {"docs": b"x"})
    repository.commit("back", {"fleet.yaml": FLEET_NODES})
    assert _blamed(repository, 1, 5, 9) == {1: ("nodes", True), 5: ("back", True), 9: ("nodes", True)}


def test_an_equal_line_of_another_item_is_another_line(repository: Repository) -> None:
    repository.commit("nodes", {"fleet.yaml": FLEET_NODES})
    more = FLEET_NODES.replace(
        b"  - hostname: b", b"  - hostname: c\n    modules:\n      - nginx\n  - hostname: b"
    )
    repository.commit("more", {"fleet.yaml": more})
    assert _blamed(repository, 4, 8, 11) == {4: ("nodes", True), 8: ("more", True), 11: ("nodes", True)}


def test_lines_of_both_sides_of_a_merge_keep_their_commits(repository: Repository) -> None:
    repository.commit("nodes", {"fleet.yaml": FLEET_NODES})
    repository.git("checkout", "-q", "-b", "side")
    repository.commit("side", {"fleet.yaml": FLEET_NODES.replace(b"region: eu\n  -", b"region: us\n  -")})
    repository.git("checkout", "-q", "main")
    repository.commit("main", {"fleet.yaml": FLEET_NODES + b"    labels: {a: b}\n"})
    repository.git("merge", "-q", "-m", "merge", "side")
    assert _blamed(repository, 5, 9, 10) == {5: ("side", True), 9: ("nodes", True), 10: ("main", True)}


def test_what_was_not_read_is_not_called_exact(repository: Repository) -> None:
    for number in range(6):
        text = FLEET_NODES + b"    labels: {turn: t%d}\n" % number
        repository.commit(f"turn {number}", {"fleet.yaml": text})
    assert _blamed(repository, 5, 10, most=3) == {5: ("turn 2", False), 10: ("turn 5", True)}
    assert _blamed(repository, 5) == {5: ("turn 0", True)}


def test_a_line_that_the_file_has_not_is_left_out(repository: Repository) -> None:
    repository.commit("nodes", {"fleet.yaml": FLEET_NODES})
    assert _blamed(repository, 10, 99) == {}


def test_who_takes_out_a_file_that_may_be_one_of_the_fleet_counts(repository: Repository) -> None:
    applied = repository.commit("applied", {"nodes/b.yaml": b"b", "docs": b"x"})
    (repository.top / "nodes/b.yaml").unlink()
    repository.commit("remove", {}, author="Rex <rex@example.com>")
    repository.commit("more", {"nodes/c.yaml": b"c"}, author="Eve <eve@example.com>")
    (repository.top / "docs").unlink()
    repository.commit("docs", {}, author="Zoe <zoe@example.com>")
    repo = SourceRepo(repository.top)

    def authors(since: str) -> tuple[str, ...]:
        return repo.history.authors(
            repo.head().commit, since, PATHS, lost=lambda path: path.endswith(".yaml")
        )

    assert authors(applied) == ("rex@example.com",)
    assert _authors(repository, applied) == ()
    assert "rex@example.com" in authors("0" * 40)
    assert "eve@example.com" not in authors("0" * 40)
