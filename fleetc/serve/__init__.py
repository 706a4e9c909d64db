"""The review in a browser: a front that lets one browser in, before a terminal that lives on without it.

In: a command that draws the review for a front (`fleetc.tui.served`), and a clock. Out: a link on the
console, and the review's own exit code.

    door        links that work once, and the one browser that came in with the last of them: pure
    guard       what every request has to be before anything looks at it; the headers of every answer
    pages       all that a browser loads, from memory: nothing comes from another host
    viewer      what one tab is sent: bounded, whole frames, painted anew after a loss
    terminal    the review's process and the packets that it speaks
    front       the routes: the link, the page, the socket
    server      the loopback port, signals, the console

Laws:

- The front listens on 127.0.0.1 and nowhere else: it has no TLS, so no network may see its cookie.
- Host and Origin are compared as a whole with the one address that was printed, on each request.
- One browser at a time, one tab of it: the newest link and the newest tab win.
- A cookie goes to every port of a host. So a socket needs a key beside it, which only pages of this
  port can have.
- Closing the tab ends a socket and nothing else; the review ends when somebody leaves it, or with
  the command.
- Whoever comes in acts as the OS user who started the command. No call of an apply is made here.
"""
