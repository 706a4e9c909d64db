"""What the author meant: from YAML trees to the declarations of a fleet.

In comes a `Reader` over the files of one revision. `loader` reads and parses the root file and
what it includes by `globs`; `collect` checks types, names and ranges item by item; `templates` folds
`extends`; `assigned` makes assignments of the modules of nodes; `crosscheck` looks at the whole,
with `rules` for what the kinds' declarations state and `overlaps` for addresses; `moves` reads and
checks what is said of live resources; `lints` notes what is odd, and `informational` what has no
effect. Out comes a frozen `Fleet` (`declarations`) and diagnostics. `references` and `namespaces` say
what a value names and who names whom; later stages ask them too.

Laws:

- The sections, keys, types, defaults and references of the language come from `kinds.KINDS`
  by way of `sections`; rules that a declaration cannot say (`extends`, holders, endpoints) name
  their keys in one place each.
- A wrong value is reported once and becomes `POISON`; no later check looks at it.
- A well-typed list costs one `msgspec.convert`; the pass that finds every error runs only on
  items that it refuses.
- The order of diagnostics and items is that of the files. Nothing depends on hash seeds.
"""
