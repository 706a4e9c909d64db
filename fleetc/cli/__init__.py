"""The command line: one thin file for each group of commands.

In: arguments. Out: data on stdout, narration on stderr, an exit code of `fleetc.errors.ExitCode`.
A command parses its options, calls one use case of `fleetc.service`, and prints what a renderer
of `fleetc.report` made of the value. `Context` says which environments it is about: `several`
prints what became of each, `following` the events of their runs. `options` are those that several
commands take, `output` is all that prints. Command modules are imported only when they are run.
"""
