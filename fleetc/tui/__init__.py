"""The terminal UI: looks at a plan, chooses, approves, applies, and watches a run.

In: a `session.Session` for each environment, the only things of the outside the UI knows. Out: an
exit code.

    rows, branch, choice, bindings           pure: no terminal, no clock, no textual widgets
    verdicts, requests                       pure, too: findings by row; the approval requests as rows
    desk                                     an environment's session, choice and run; all in one tree
    text                                     outside text becomes `Content` here and nowhere else
    detail, findings, paint                  rows, details and verdicts as lines of `Content`
    run_paint, request_paint                 runs and requests, too
    states, watch                            what stands in the way of a decision; a run under watch
    tree, stream, line                       line-API widgets over the pure modules
    screens/                                 frame (what every screen has), review, apply, approvals, dialogs, help
    app                                      theme, keys, session calls on one thread of their own

Laws:

- Nothing outside reaches the screen but through `text.shown`: as literal `Content`, never as markup.
- Logic stands in the pure modules; screens call it and paint.
- Whatever costs more than a frame, and every call of the session, runs on the session's thread.
- Keys are data (`bindings`): footer, help, palette and tests are made from the one table.
- Lower case looks or selects and can be undone. UPPER CASE opens a dialog, but for the keys
  marked harmless. A dialog needs typed words; its focus starts on Cancel.
- Rules are asked anew once toggles rest, on the session's thread. What was chosen and they deny is left
  out again, with the reason; a row that can never be chosen is not toggled at all.
- Keys decide about the environment under the cursor; no approval and no run is of two.
- Leaving never stops a run: the worker is another process, the UI only reads its events.
"""
