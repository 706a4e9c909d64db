"""Which commit a revision names: only what our own grammar allows, and never one of two."""

from __future__ import annotations

import pytest

from fleetc.errors import SourceProblem
from fleetc.git import SourceRepo
from tests.unit.git.repositories import FLEET, Repository


@pytest.fixture
def three(repository: Repository) -> tuple[Repository, list[str]]:
    """A repository with three commits, oldest first."""
    ids = [repository.git("rev-parse", "HEAD")]
    ids += [repository.commit(f"number {n}", {"fleet.yaml": FLEET + b"# %d\n" % n}) for n in (2, 3)]
    return repository, ids


def _code(repo: SourceRepo, text: str) -> str:
    with pytest.raises(SourceProblem) as caught:
        repo.resolve(text)
    assert caught.value.message.isprintable()
    assert len(caught.value.message) < 500
    return caught.value.code


def test_each_form_finds_its_commit(three: tuple[Repository, list[str]]) -> None:
    repository, ids = three
    repository.git("tag", "light", ids[0])
    repository.git("tag", "-a", "heavy", ids[1], "-m", "annotated")
    repository.git("tag", "-a", "nested", "heavy", "-m", "a tag of a tag")
    repository.git("update-ref", "refs/remotes/origin/release", ids[1])
    repository.git("symbolic-ref", "refs/remotes/origin/HEAD", "refs/remotes/origin/release")
    repository.git("branch", "team/blue", ids[0])
    repo = SourceRepo(repository.top)
    wanted = {
        "HEAD": 2,
        "main": 2,
        "light": 0,
        "heavy": 1,
        "nested": 1,
        "origin/release": 1,
        "origin/HEAD": 1,
        "team/blue": 0,
        "refs/heads/main": 2,
        "HEAD~1": 1,
        "HEAD~": 1,
        "main~2": 0,
        "heavy~1": 0,
        ids[2][:7]: 2,
        ids[1]: 1,
        ids[2][:12] + "~2": 0,
    }
    assert {text: repo.resolve(text).commit for text in wanted} == {t: ids[n] for t, n in wanted.items()}
    assert repo.resolve("main~1").tree == repository.git("rev-parse", "main~1^{tree}")


@pytest.mark.parametrize(
    "text",
    [
        "-x",
        "--upload-pack=x",
        "a..b",
        "a.lock",
        "a\x1bb",
        "a\u202eb",
        "a" * 100_000,
        "HEAD@{1}",
        "HEAD@{1 year ago}",
        "@{u}",
        ":/first",
        "HEAD^{/first}",
        "HEAD^",
        "HEAD:fleet.yaml",
        "~1",
        "main~x",
        "main~1~1",
        "main~1234567",
        "two words",
        "a\nb",
        " main",
    ],
)
def test_other_text_is_no_revision(three: tuple[Repository, list[str]], text: str) -> None:
    assert _code(SourceRepo(three[0].top), text) == "F1015"


def test_what_is_not_there(three: tuple[Repository, list[str]]) -> None:
    repo = SourceRepo(three[0].top)
    for text in (
        "nothing",
        "origin/main",
        "refs/heads/nothing",
        "0" * 40,
        "0123456",
        "main~3",
        "main~999999",
    ):
        assert _code(repo, text) == "F1016"
    with pytest.raises(SourceProblem, match="a similar name exists: `main`"):
        repo.resolve("mian")


def test_a_blob_is_no_commit(three: tuple[Repository, list[str]]) -> None:
    blob = three[0].git("rev-parse", "HEAD:fleet.yaml")
    assert _code(SourceRepo(three[0].top), blob) == "F1016"


def test_too_few_digits_are_a_name(three: tuple[Repository, list[str]]) -> None:
    assert _code(SourceRepo(three[0].top), three[1][0][:6]) == "F1016"


def test_a_branch_that_is_also_a_tag_is_an_error_that_names_both(three: tuple[Repository, list[str]]) -> None:
    repository, ids = three
    repository.git("branch", "v2", ids[0])
    repository.git("tag", "v2", ids[1])
    repo = SourceRepo(repository.top)
    with pytest.raises(SourceProblem, match="refs/heads/v2 and refs/tags/v2") as caught:
        repo.resolve("v2")
    assert caught.value.code == "F1017"
    assert repo.resolve("refs/tags/v2").commit == ids[1]


def test_a_branch_named_like_an_id_is_ambiguous(three: tuple[Repository, list[str]]) -> None:
    repository, ids = three
    repository.git("branch", ids[0][:8], ids[1])
    assert _code(SourceRepo(repository.top), ids[0][:8]) == "F1017"


def test_head_on_a_branch_detached_and_unborn(three: tuple[Repository, list[str]]) -> None:
    repository, ids = three
    assert SourceRepo(repository.top).head().text == "main"
    repository.git("checkout", "-q", "--detach", ids[0])
    head = SourceRepo(repository.top).head()
    assert (head.text, head.commit) == ("HEAD (detached)", ids[0])
    repository.git("checkout", "-q", "--orphan", "new")
    for read in (SourceRepo(repository.top).head, lambda: SourceRepo(repository.top).resolve("HEAD")):
        with pytest.raises(SourceProblem, match="no commits") as caught:
            read()
        assert caught.value.code == "F1011"
