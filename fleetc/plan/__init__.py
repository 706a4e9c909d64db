"""From a desired graph, a snapshot and baselines to a plan that can be approved (design 2.3, 2.4).

What comes in: a `ResourceGraph`, a `Snapshot` with its platform's profile, the `Baseline`s of the
ledger. What goes out: a `Plan` of actions with their calls, bound by a digest.

    changes, actions  the values: what would change, and the plan made of it
    diff          presence and field tables; with fields, failover, forced, externals, prefixes, notices
    applied       the desired graph as the platform is asked for it
    moves         renames: which are to be done, and what is live under new names (renaming)
    renames       deletes and creates that look like renames
    guards        what `protect` and `forget` say
    cascades      what a delete takes along, and what denies it
    leftovers     what a replacement that stopped half way left standing
    references    which addresses a field names, and who names a resource
    calls         a change expanded by the recipes of the profile
    dependencies  what an action requires, and what it only comes after
    build         diff, calls, dependencies, limits and summary become a plan
    revisions     the state that another revision would leave, to plan against
    groups        equal changes as one; with ranges for their addresses
    selection     ticks, closed over *requires*; a reduced plan
    selectors     what an expression selects; with the universe it runs over
    web           who refers to whom by which field, and how far a change reaches
    order         steps with what they wait for; a replacement is two, the new one first where it can
    parity        how two environments' graphs differ; naming maps their names
    limits, digest, documents, plain, fingerprint, summary, origins

Laws:

- A fleet that was applied has an empty diff. Running a plan's steps, one by one in any order that
  they allow, gives what the fleet asks for, and no action disturbs what another one rests on.
- Without a gap in service, an old one ends after all that names it was set to the new one.
- Steps have no cycle. A selection is closed both ways; toggling twice the same changes nothing.
- Two plans with one digest send the same calls. Snapshots, times, origins and texts are outside.
- Nothing here reads a clock, a file or a random number.
"""
