"""The language layer: bytes in, trees with places and diagnostics out.

    SourceFile (bytes) --guard--> text --yaml_tree.compose--> Map, Seq, scalars + Diagnostic*
    Diagnostic* + SourceSet --render.render--> full, concise, JSON
    code --codes.explain--> meaning, wrong and right example, why
    text --grammars.parse--> Node and Leaf, or a SyntaxFault --selector_parser--> Selector

What comes in: the bytes of one file. What goes out: a tree whose every entry knows its place and
how it came (alias, merge), or None, and always the diagnostics. The same bytes give the same
diagnostics in the same order, at most 20 errors a file.

Laws:

- Nothing here reads a file, the clock or a random number.
- Only `yaml_tree` imports yaml, and only its event parser. The tree is built without recursion,
  and what aliases stand for is counted before it is expanded.
- Only `grammars` imports lark. A text that nests too deep is a fault, however it nests.
- `blocks` gives the tree of the event composer in every value and place, or none.
- A mistake of an author is a `Diagnostic`, never an exception.
- Text from outside reaches a terminal only through `text.visible`.
- Every code has its file in `explain/`; a test makes the wrong example fire and the right one
  compile.

The modules: `source` (files and places), `diagnostics` (the record), `guard` (bytes), `scalars`
(plain scalars), `syntax` (libyaml's errors in plain words), `faults` and `tree_faults` (collecting
and wording), `merge` (`<<`), `nodes` (Map and Seq), `yaml_tree` (the composer), `blocks` and
`shapes` (the same tree, faster, of large and simple files), `items` (what two revisions of such a
file differ in), `snippet` and `render` (output),
`codes` (explanations), `suggest` (near names), `text` (the sanitiser), `collector` (the
garbage collector, paused), `grammars` (the door to lark, and its tables) with `grammar_faults` (what was
expected, in words), `selector_ast` and `selector_parser`.
"""
