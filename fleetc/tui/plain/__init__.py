"""The plain review: numbered lines and typed commands, for what a screen cannot do.

It works on dumb terminals, serial consoles, screen readers and pipes: no cursor is addressed,
nothing is painted twice, nothing moves. In: the same `session.Session`s as the screens. Out: lines
of text, and an exit code. Selection, approval and events are the values that the screens show too:
`fleetc.tui.desk`, `choice`, `states` and `hearing` decide, and this package puts them into words.

    console                    lines in, lines out; the prompts
    commands                   the table of commands, and how a line is read
    lines                      what is said, as text. Pure
    looking                    the commands that look
    review                     the talk, and the commands that choose and decide
    running                    the commands on runs; following one

Laws: nothing here loads textual. Text from outside is printed through `fleetc.lang.text.visible`
only. Where the commands come from a pipe, the first one that fails ends it all, so that no later
one decides about something else than its author meant.
"""
