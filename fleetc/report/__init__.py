"""Values as text: plans, results, events, graphs, explanations, tables.

What comes in: a frozen value and how to show it (width, colour). What goes out: a string. Nothing
here reads a terminal, a file or the environment; the command line decides and prints.

    plan_text, plan_markdown, result_text    a plan or a result record, whole
    parity_text                              how two environments differ
    values, page                             one value in words; folded, coloured lines
    event_text, graph_text, explain_text     one event, a compiled graph, an explanation
    tables                                   rows under a head

Laws: text from outside passes `fleetc.lang.text.visible`; Markdown shows it literally; colour
stands only where it was asked for, and never carries meaning alone.
"""
