"""Bad repositories: table D4 of the bad inputs, as far as a repository on this disk goes.

Rows 125 (addresses of remotes) and 127 (signatures) come with the daemons. What the readers below
say of each case stands in tests/unit/git and tests/unit/service/test_sources.py; here each row goes
through the command line, and neither the ledger nor the platform moves.
"""

from __future__ import annotations

import shutil
import zlib
from collections.abc import Callable
from hashlib import sha1
from pathlib import Path

import pytest

from tests.cli.conftest import Fleetc, Ran
from tests.cli.hostile import build, clean, standing
from tests.unit.git.repositories import Repository


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("git") / "edge"
    build(folder)
    return folder


@pytest.fixture
def repo(built: Path, tmp_path: Path) -> Repository:
    """A repository with a fleet that is applied."""
    return Repository(Path(shutil.copytree(built, tmp_path / "edge", symlinks=True)))


def _raw(repo: Repository, kind: str, body: bytes) -> str:
    """Write an object that git itself would not make."""
    whole = f"{kind} {len(body)}\0".encode() + body
    name = sha1(whole, usedforsecurity=False).hexdigest()
    path = repo.top / ".git" / "objects" / name[:2] / name[2:]
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(zlib.compress(whole, 1))
    return name


def _head(repo: Repository, tree: str, *, author: bytes = b"Eve <eve@example.com>", when: int = 0) -> str:
    body = b"tree %b\nauthor %b %d +0000\ncommitter %b %d +0000\n\nchange\n"
    commit = _raw(repo, "commit", body % (tree.encode(), author, when, author, when))
    repo.git("update-ref", "HEAD", commit)
    return commit


def _fleet(repo: Repository) -> tuple[str, str, bytes]:
    return ("100644", repo.git("rev-parse", "HEAD:fleet.yaml"), b"fleet.yaml")


# What is refused, by row


def unborn(repo: Repository) -> None:
    repo.git("checkout", "-q", "--orphan", "new")


def same_name(repo: Repository) -> None:
    repo.git("branch", "both")
    repo.git("commit", "-q", "--allow-empty", "-m", "more")
    repo.git("tag", "both")


def missing(repo: Repository) -> None:
    repo.commit_tree([("100644", repo.blob(b"x"), b"other")])


def _odd(mode: str) -> Callable[[Repository], None]:
    def harm(repo: Repository) -> None:
        oids = {"040000": repo.git("rev-parse", "HEAD^{tree}"), "160000": "1" * 40}
        oid = oids.get(mode) or repo.blob(b"../x")
        repo.commit_tree([(mode, oid, b"fleet.yaml")])

    return harm


def twice(repo: Repository) -> None:
    repo.commit_tree([("100644", _fleet(repo)[1], b"Fleet.yaml"), _fleet(repo)])


def lfs(repo: Repository) -> None:
    pointer = b"version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 1\n"
    repo.commit_tree([("100644", repo.blob(pointer), b"fleet.yaml")])


def large_blob(repo: Repository) -> None:
    repo.commit_tree([("100644", _raw(repo, "blob", b" " * ((64 << 20) + 1)), b"fleet.yaml")])


def _wide(repo: Repository, entries: int) -> None:
    oid = bytes.fromhex(_fleet(repo)[1])
    rows = (b"100644 %08d\0%b" % (number, oid) for number in range(entries))
    _head(repo, _raw(repo, "tree", b"".join(rows)))


def large_tree(repo: Repository) -> None:
    _wide(repo, 2_000_000)


def million_entries(repo: Repository) -> None:
    _wide(repo, 1_000_000)


def shallow(repo: Repository) -> None:
    (repo.top / ".git" / "shallow").write_text(repo.git("rev-parse", "HEAD"))


def lacks_an_object(repo: Repository) -> None:
    oid = _fleet(repo)[1]
    (repo.top / ".git" / "objects" / oid[:2] / oid[2:]).unlink()


def borrows(repo: Repository) -> None:
    (repo.top / ".git" / "objects" / "info").mkdir(exist_ok=True)
    (repo.top / ".git" / "objects" / "info" / "alternates").write_text("/nowhere\n")


def grafted(repo: Repository) -> None:
    (repo.top / ".git" / "info").mkdir(exist_ok=True)
    (repo.top / ".git" / "info" / "grafts").write_text(repo.git("rev-parse", "HEAD"))


def replaced(repo: Repository) -> None:
    repo.git("update-ref", f"refs/replace/{repo.git('rev-parse', 'HEAD')}", "HEAD")


def elsewhere(repo: Repository) -> None:
    shutil.move(repo.top / ".git", repo.top.parent / "moved")
    (repo.top / ".git").write_text(f"gitdir: {repo.top.parent / 'moved'}\n")


def not_a_tree(repo: Repository) -> None:
    _head(repo, repo.blob(b"no tree"))


def cut_tree(repo: Repository) -> None:
    _head(repo, _raw(repo, "tree", b"100644 fleet.yaml\0short"))


REFUSED: list[tuple[str, Callable[[Repository], object], tuple[str, ...], str, str]] = [
    ("106", unborn, (), "F1011", "no commits"),
    ("109", same_name, ("--rev", "both"), "F1017", "refs/heads/both and refs/tags/both"),
    ("112", missing, (), "F1019", "never means that everything is to be deleted"),
    ("113 link", _odd("120000"), (), "F1029", "is a symlink"),
    ("113 folder", _odd("040000"), (), "F1029", "is a directory"),
    ("113 gitlink", _odd("160000"), (), "F1029", "is a submodule"),
    ("113 lfs", lfs, (), "F1029", "Git LFS"),
    ("115", twice, (), "F1026", "keep one of them"),
    ("118 blob", large_blob, (), "F1027", "64 MiB"),
    ("118 tree", large_tree, (), "F1027", "64 MiB"),
    ("118 entries", million_entries, (), "F1019", "fleet.yaml"),
    ("119 shallow", shallow, (), "F1014", "git fetch --unshallow"),
    ("119 object", lacks_an_object, (), "F1014", "incomplete"),
    ("124 alternates", borrows, (), "F1013", "alternates"),
    ("124 grafts", grafted, (), "F1013", "grafted"),
    ("124 replace", replaced, (), "F1013", "refs/replace"),
    ("124 pointer", elsewhere, (), "F1013", "points elsewhere"),
    ("no tree", not_a_tree, (), "F1014", "incomplete"),
    ("cut tree", cut_tree, (), "F1028", "git fsck"),
]


@pytest.mark.parametrize(
    ("harm", "options", "code", "words"), [row[1:] for row in REFUSED], ids=[row[0] for row in REFUSED]
)
def test_what_is_refused(
    repo: Repository,
    fleetc: Fleetc,
    harm: Callable[[Repository], object],
    options: tuple[str, ...],
    code: str,
    words: str,
) -> None:
    before = standing(repo.top)
    harm(repo)
    ran = fleetc("-C", str(repo.top), "plan", *options)
    clean(ran)
    assert (ran.code, ran.out) == (1, ""), ran.err
    assert code in ran.err
    assert words in ran.err
    assert standing(repo.top) == before


REVISIONS = {
    "option": "-x",
    "range with dots": "a...b",
    "lock": "a.lock",
    "escape": "a\x1b[2Jb",
    "direction": "a\u202eb",
    "100 kB": "a" * 100_000,
    "reflog": "HEAD@{1}",
    "nothing": "nowhere",
    "zeros": "0" * 40,
    "far back": "HEAD~999999",
}


@pytest.mark.parametrize("rev", REVISIONS.values(), ids=REVISIONS.keys())
@pytest.mark.parametrize(
    "command",
    [
        ("plan", "--rev={}"),
        ("plan", "--rev={}..HEAD"),
        ("plan", "--rev=HEAD..{}"),
        ("plan", "--blame", "--rev={}"),
        ("graph", "--rev={}"),
        ("show", "--rev={}", "all"),
        ("impact", "--rev={}", "all"),
    ],
    ids=["plan", "since", "until", "blame", "graph", "show", "impact"],
)
def test_row_110_text_that_is_no_revision(
    repo: Repository, fleetc: Fleetc, rev: str, command: tuple[str, ...]
) -> None:
    before = standing(repo.top)
    ran = fleetc("-C", str(repo.top), *(word.format(rev) for word in command))
    clean(ran)
    assert ran.code in (1, 64)
    assert ran.out == ""
    assert "error[F101" in ran.err
    assert len(ran.err) < 2000
    assert standing(repo.top) == before


# What is read, and how it is shown


def _planned(repo: Repository, fleetc: Fleetc, *options: str) -> Ran:
    ran = fleetc("-C", str(repo.top), "plan", *options)
    clean(ran)
    assert ran.code == 0, ran.err
    return ran


def _edited(repo: Repository, of: bytes, to: bytes) -> str:
    return repo.git("rev-parse", "HEAD") and repo.commit(
        "edit", {"fleet.yaml": (repo.top / "fleet.yaml").read_bytes().replace(of, to)}
    )


def test_row_107_a_detached_head_is_named(repo: Repository, fleetc: Fleetc) -> None:
    repo.git("checkout", "-q", "--detach")
    assert "detached" in _planned(repo, fleetc).out


def test_row_116_names_with_control_characters_are_passed_over(repo: Repository, fleetc: Fleetc) -> None:
    text = (repo.top / "fleet.yaml").read_bytes() + b'include: ["*.yaml"]\n'
    bad = repo.blob(b"nodes: [{hostname: evil, template: edge-base}]\n")
    names = (b"a\nb.yaml", b"a\x1b[2J.yaml", "a\u202eb.yaml".encode())
    rows = [("100644", bad, name) for name in names]
    rows.append(("100644", repo.blob(b"nodes: []\n"), b"b.yaml"))
    repo.commit_tree([*rows, ("100644", repo.blob(text), b"fleet.yaml")])
    assert "evil" not in _planned(repo, fleetc).out


def test_row_118_a_hundred_thousand_references(repo: Repository, fleetc: Fleetc) -> None:
    head = repo.git("rev-parse", "HEAD")
    rows = "".join(f"{head} refs/heads/b{number:06}\n" for number in range(100_000))
    (repo.top / ".git" / "packed-refs").write_text(f"# pack-refs with: peeled fully-peeled sorted \n{rows}")
    assert "b099999" in _planned(repo, fleetc, "--rev", "b099999").out
    assert fleetc("-C", str(repo.top), "plan", "--rev", "b09999x").code == 1


def test_row_121_a_rewritten_history_is_said_and_waits_for_an_approval(
    repo: Repository, fleetc: Fleetc
) -> None:
    _edited(repo, b"port", b"port")
    repo.git("checkout", "-q", "--orphan", "other")
    changed = (repo.top / "fleet.yaml").read_bytes().replace(b'purpose: "edge-cdn"', b'purpose: "else"')
    repo.commit("rewritten", {"fleet.yaml": changed})
    before = standing(repo.top)[1]
    ran = _planned(repo, fleetc)
    assert "history was rewritten" in ran.err
    assert "Needs an approval" in ran.out
    plan = _planned(repo, fleetc, "--json").json
    assert fleetc("-C", str(repo.top), "apply", plan["digest"][:12]).code == 3
    assert standing(repo.top)[1] == before


@pytest.mark.parametrize("when", [0, 4_070_908_800, 2**62, -1])
def test_row_121_dates_far_off(repo: Repository, fleetc: Fleetc, when: int) -> None:
    text = (repo.top / "fleet.yaml").read_bytes().replace(b'purpose: "edge-cdn"', b'purpose: "else"')
    tree = repo.git("mktree", text=b"100644 blob %b\tfleet.yaml\n" % repo.blob(text).encode())
    _head(repo, tree, when=when)
    assert "purpose: else" in _planned(repo, fleetc, "--blame").out


def test_row_122_an_older_commit_goes_back_and_waits_for_an_approval(
    repo: Repository, fleetc: Fleetc
) -> None:
    here = ("-C", str(repo.top))
    _edited(repo, b'purpose: "edge-cdn"', b'purpose: "else"')
    digest = _planned(repo, fleetc, "--json").json["digest"]
    assert fleetc(*here, "approve", digest, "--as", "dana").code == 0
    assert fleetc(*here, "apply", digest, "--foreground").code == 0
    repo.git("reset", "-q", "--hard", "HEAD~1")
    ran = _planned(repo, fleetc)
    assert "this plan goes back" in ran.err
    assert "Needs an approval" in ran.out


def test_row_128_what_a_commit_says_is_escaped_and_cut(repo: Repository, fleetc: Fleetc) -> None:
    text = (repo.top / "fleet.yaml").read_bytes().replace(b'purpose: "edge-cdn"', b'purpose: "else"')
    tree = repo.git("mktree", text=b"100644 blob %b\tfleet.yaml\n" % repo.blob(text).encode())
    parent = repo.git("rev-parse", "HEAD").encode()
    person = b"E\x1b[2Jve\xff" + "\u202e".encode() + b"n" * 100_000 + b" <e\x1bve@example.com> 0 +0000"
    body = b"tree %b\nparent %b\nauthor %b\ncommitter %b\n\n%b\n"
    message = b"m\x1b]0;x\x07" * 150_000 + b"\nCo-authored-by: \x1b[31mC <c@d>\n"
    commit = _raw(repo, "commit", body % (tree.encode(), parent, person, person, message))
    repo.git("update-ref", "HEAD", commit)
    for options in ((), ("--blame",), ("--json",), ("--format", "markdown"), ("--rev", "HEAD~1..HEAD")):
        assert len(_planned(repo, fleetc, *options).out) < 20_000
