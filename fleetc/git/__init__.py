"""Git as the source of fleet files, read from its object database; the only package that imports pygit2.

In come folders, revisions and paths as text; out go bytes of regular files, full ids, and who wrote
what. Nothing is checked out, no hook or filter runs, and no text of a user reaches libgit2's own
revision parser. Every failure is a `SourceProblem` with an F10xx code.

repo      revisions, trees and blobs
history   authors, how commits stand to each other, who last changed a line
blame     the walk behind the last of these, over a port of its own
making    a first commit, and whether git holds a file, or anything of a folder
opening   opening, and telling a missing object from a broken one
"""

from fleetc.git.blame import Blame
from fleetc.git.making import holds_of, init_repository, is_tracked
from fleetc.git.repo import Entry, Revision, SourceRepo

__all__ = ["Blame", "Entry", "Revision", "SourceRepo", "holds_of", "init_repository", "is_tracked"]
