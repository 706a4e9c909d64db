"""Values as text: plans, results, events, graphs, explanations, tables.

What comes in: a frozen value and how to show it (width, colour). What goes out: a string. Nothing
here reads a terminal, a file or the environment; the command line decides and prints.

    plan_text, plan_markdown, result_text    a plan or a result record, whole
    range_text                               what one revision asks against another
    parity_text, difference                  how two environments, or two snapshots, differ
    values, page                             one value in words; folded, coloured lines
    event_text, graph_text, explain_text     one event, a compiled graph, an explanation
    graph_drawing, graph_layout              what a picture of a graph shows, and where
    graph_svg, graph_html, graph_formats     the picture as SVG, as a page, for other programs
    resource_view, resource_text             fields with their origins, impact, paths
    tables                                   rows under a head
    markup, xml_text                         outside text in Markdown, in XML and HTML

Laws: text from outside passes `fleetc.lang.text.visible`; Markdown shows it literally; colour
stands only where it was asked for, and never carries meaning alone.
"""
