"""What is wanted and what is there, in one form: the values that a plan is made of.

In: the declarations of a fleet (`lower` makes the desired graph of them), and what platforms and
stores report. Out: frozen values that `plan`, `run`, the stores and the reports share.

    address, values      how a resource is named; a field's value, its canonical bytes
    graph, lower*        the desired graph, its externals, and where each value came from
    digest               the digest of a graph, made of marks of small groups
    adjacency            the edges of a graph as int arrays: what is reached from where
    profile              what a platform can do, with its recipes of calls
    state                live resources, the catalogue, observations, snapshots, baselines
    difference           what differs between two snapshots
    timestamps           RFC 3339 text for display

Laws: references stand by name, never by a platform's id; edges come from references only; the same
input gives the same canonical bytes and digest on every machine; origins are no part of a value.
"""
