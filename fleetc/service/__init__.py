"""Use cases: what a person or another program may ask for, and the only caller of what is below.

In: a `Workspace` (where things are, which environment, handles on ledger, snapshots, platform),
and plain values. Out: plain values; operational failures are the `FleetcError` tree.

    workspace, config    fleetc.toml, the operator's file (table reads both); choosing and locating
                         find them
    state_folder         ledger and snapshots, shared by the environments of a workspace
    several              the same for several environments, each by itself
    sources, readers     fleet files at a commit or as they lie
    compiling, planning  check, compile, plan; memo remembers a plan with nothing to do, incremental
                         plans a few changed nodes out of one; notes says what to know about one
    approving, identity  who may approve what
    applying, worker     start, follow and do a run; gating judges its actions by the rules
    abandoning           end a run that is not to go on
    retelling            runs that were: list, tell, compare, export, plan what one left
    snapshots, starting  observe, compare; init
    history, state       ask, compare and prune snapshots; check, back up and restore the folder
    drifting, shelf      what has drifted and since when; the snapshots to look through
    comparing            two environments as they are declared
    revisions            what one revision asks against another, and who wrote each line
    session              one plan under review, for the terminal UI; travelling is its part of drift and the past

Laws: opening a workspace writes nothing; a refused use case changes nothing but the audit log;
everything the terminal UI does goes through here, so that a command can do it too.
"""
