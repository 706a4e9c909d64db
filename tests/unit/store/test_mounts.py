"""A database is not opened on a network file system."""

from __future__ import annotations

from pathlib import Path

import pytest

from fleetc.errors import StateProblem
from fleetc.store import mounts
from fleetc.store.snapshots import SqliteSnapshotStore


@pytest.fixture
def mounted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of which the table of mounts, as the kernel writes it, says what a test writes there."""
    monkeypatch.setattr(mounts, "MOUNTS", tmp_path / "mounts")
    (tmp_path / "a b" / "deep").mkdir(parents=True)
    return tmp_path


def tell(folder: Path, *lines: str) -> None:
    where = str(folder).replace(" ", "\\040")
    text = "".join(f"{line.format(where)} rw 0 0\n" for line in ("/dev/root / ext4", *lines))
    (folder / "mounts").write_text(text)


def test_the_deepest_mount_counts_and_of_one_place_the_last(mounted: Path) -> None:
    inside, odd = mounted / "a b" / "deep" / "ledger.db", mounted / "a bc"
    tell(mounted, "host:/x {} nfs4", "tmpfs {}/a\\040b/deep tmpfs")
    assert mounts.network_file_system(inside) == ""
    assert mounts.network_file_system(mounted / "a b" / "x") == "nfs4"
    tell(mounted, "host:/x {}/a\\040b cifs", "short")
    assert (mounts.network_file_system(inside), mounts.network_file_system(odd)) == ("cifs", "")
    tell(mounted, "host:/x {}/a\\040b nfs", "tmpfs {}/a\\040b tmpfs")
    assert mounts.network_file_system(inside) == ""
    (mounted / "mounts").unlink()
    assert mounts.network_file_system(inside) == ""


def test_nothing_is_made_there(mounted: Path) -> None:
    tell(mounted, "host:/x {}/a\\040b nfs4")
    path = mounted / "a b" / "snapshots.db"
    with pytest.raises(StateProblem, match=r"network file system \(nfs4\)") as caught:
        SqliteSnapshotStore(path)
    assert (caught.value.code, path.exists()) == ("F0623", False)
