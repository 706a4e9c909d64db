"""The terminal UI: looks at a plan, chooses, approves, applies, and watches a run.

In: a `session.Session` for each environment, the only things of the outside the UI knows. Out: an
exit code.

    rows, branch, choice, bindings           pure: no terminal, no clock, no textual widgets
    verdicts, requests                       pure, too: findings by row; what can be decided of a request
    items, replay                            pure: a list of items by environment; a run played again
    drift, past                              pure: what has drifted; snapshots, two of them, trees of the past
    desk                                     an environment's session, choice and run; all in one tree
    text                                     outside text becomes `Content` here and nowhere else
    detail, findings, paint                  rows, details and verdicts as lines of `Content`
    run_paint, step_paint, replay_paint      a run: as it goes, one action of it in full, as it was
    request_paint, runs_paint                requests and runs in a list, in full, and compared
    drift_paint, past_paint                  drift and snapshots, too
    states, watch                            what stands in the way of a decision; a run under watch
    tree, stream, line                       line-API widgets over the pure modules
    screens/                                 frame (what every screen has), dialogs, help; listing (a list and a pane)
                                             under approvals, runs and others; running under apply and replaying
    hearing, words, troubles                 pure: asking a session; words for people; why there is no plan
    look, keymap, settings, terminal         pure: themes and keys by the user's file; whether screens can be shown
    themes, palette                          the colours; what the command palette offers
    plain/                                   the same review as lines and typed words, without textual
    served                                   drawing for a browser's front (`fleetc.serve`) over pipes
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
- The app opens before the plan is made, and says what it waits for; mistakes stand in the tree's place.
- Another theme, `NO_COLOR`, ASCII and other keys change how it looks and what is pressed, never what it does.
- What looks at the past says so in row 1, reversed; nothing can be decided there, and live comes back as it was.
- Leaving never stops a run: the worker is another process, the UI only reads its events.
"""
