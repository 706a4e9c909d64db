"""Running a plan: what was approved, and nothing else, becomes true on the platform.

In: a stored plan, the ledger with its approvals and journal, a platform, a lease. Out: journal
rows and events; state is a fold over the events (`state`).

    executor   a whole run: checks, the work, pause, end
    checks     what must hold before the first call, and before each action
    work       the plan's steps in threads, from a ready queue (schedule, pure)
    gate       who is asked before an action starts, and told what became of it
    steps      one step: look, its calls, read back
    calls      one call: intent, sent, call, effect or unknown, each durable before the next
    recovery   what a look means after an unknown result (pure)
    compare    wanted against live values (pure)
    effects    what became of an action: done, not done, or nobody knows (pure)
    closing    baselines, drift and the result at the end
    leaving    what is written down of a run that is abandoned
    summary    a run in numbers, what it left, and two side by side (pure)
    journal    the one writer: rows and events in group commits
    patience   waits: rate limits, retries, pause requests
    heart      heartbeat, lease and pause requests, beside the work
    failpoints named places where a test ends the process

Laws: no byte is sent before its intent is durable; an intent has at most one effect; after an
unknown result look first; deletes go by id only, and no old one is ended whose new one is gone;
without the lease's epoch, or without an approval that this run consumed, no call starts.
"""
