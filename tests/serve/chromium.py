"""A real browser: headless Chromium, driven over its own protocol, and what its terminal shows."""

from __future__ import annotations

import base64
import json
import os
import shutil
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

from websockets.sync.client import ClientConnection, connect

__all__ = ["Tab", "chromium", "found"]

FLAGS = (
    *("--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--disable-dev-shm-usage"),
    *("--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync"),
    *("--window-size=1200,800", "--remote-debugging-port=0"),
)
PATIENCE = 60.0
# The page keeps its terminal to itself; a test has to see what it shows.
_PEEK = """
Object.defineProperty(Object.prototype, "fitAddon", {
  configurable: true,
  set(value) {
    window.shown = this;
    Object.defineProperty(this, "fitAddon", { value, writable: true, configurable: true });
  },
});
"""
_SCREEN = """
(() => {
  const buffer = window.shown?.terminal?.buffer?.active;
  if (!buffer) return "";
  const lines = [];
  for (let row = 0; row < window.shown.terminal.rows; row++)
    lines.push(buffer.getLine(row)?.translateToString(true) ?? "");
  return lines.join("\\n");
})()
"""
_NAMED = {"ArrowDown": 40, "ArrowUp": 38, "Enter": 13, "Escape": 27, "Tab": 9, "Backspace": 8}


def found() -> str | None:
    """The distribution's Chromium, if it is here."""
    return shutil.which("chromium") or shutil.which("chromium-browser")


def until(what: Callable[[], Any], words: Callable[[], str] = str) -> Any:
    """Look again and again until there is something; fails with `words` when there never is."""
    end = time.monotonic() + PATIENCE
    while not (seen := what()):
        if time.monotonic() > end:
            raise AssertionError(words())
        time.sleep(0.05)
    return seen


class Tab:
    """One tab: goes somewhere, types, and is looked at. `asked` is every address that it asked for."""

    def __init__(self, link: ClientConnection) -> None:
        self._link = link
        self._number = 0
        self.asked: list[str] = []
        self.logged: list[str] = []
        for domain in ("Page", "Runtime", "Network", "Log"):
            self.do(f"{domain}.enable")
        self.do("Page.addScriptToEvaluateOnNewDocument", source=_PEEK)

    def do(self, method: str, **params: Any) -> Any:
        """Call the browser, and give its answer."""
        self._number += 1
        self._link.send(json.dumps({"id": self._number, "method": method, "params": params}))
        while True:
            message = json.loads(self._link.recv(PATIENCE))
            if message.get("id") == self._number:
                assert "error" not in message, message
                return message["result"]
            self._hear(message.get("method"), message.get("params", {}))

    def _hear(self, method: str, params: dict[str, Any]) -> None:
        if method == "Network.requestWillBeSent":
            self.asked.append(params["request"]["url"])
        elif method == "Network.webSocketCreated":
            self.asked.append(params["url"])
        elif method == "Log.entryAdded":
            self.logged.append(params["entry"]["text"])

    def go(self, address: str) -> None:
        self.do("Page.navigate", url=address)

    def value(self, script: str) -> Any:
        """What a script comes to; a promise is waited for."""
        answer = self.do("Runtime.evaluate", expression=script, awaitPromise=True, returnByValue=True)
        assert "exceptionDetails" not in answer, answer
        return answer["result"].get("value")

    def screen(self) -> str:
        """The text of the terminal in the page."""
        return str(self.value(_SCREEN))

    def shows(self, words: str) -> str:
        """Wait until the terminal shows some words."""
        until(
            lambda: words in self.screen(), lambda: f"{words!r} never came:\n{self.screen()}\n{self.body()}"
        )
        return self.screen()

    def comes(self, words: str, seconds: float) -> bool:
        """Whether the terminal shows some words before long."""
        end = time.monotonic() + seconds
        while words not in self.screen() and time.monotonic() < end:
            time.sleep(0.05)
        return words in self.screen()

    def says(self, words: str) -> None:
        """Wait until the page itself shows some words."""
        until(lambda: words in self.body(), lambda: f"{words!r} never came:\n{self.body()}")

    def body(self) -> str:
        return str(self.value("document.body?.innerText ?? ''"))

    def type(self, *keys: str) -> None:
        """Press keys, by name or as text."""
        for key in keys:
            code = _NAMED.get(key, 0)
            text = {"Enter": "\r"}.get(key, "" if code else key)
            about = {"key": key, "windowsVirtualKeyCode": code, "text": text}
            self.do("Input.dispatchKeyEvent", type="keyDown", **about)
            self.do("Input.dispatchKeyEvent", type="keyUp", **about)

    def picture(self, path: Path) -> bytes:
        """Write a PNG of the page."""
        path.write_bytes(base64.b64decode(self.do("Page.captureScreenshot", format="png")["data"]))
        return path.read_bytes()

    def close(self) -> None:
        """Close the tab, as a person does."""
        self.do("Page.close")
        self._link.close()


class Browser:
    """A started Chromium; its tabs are let go with it."""

    def __init__(self, port: int, path: str, tabs: ExitStack) -> None:
        self._address = f"ws://127.0.0.1:{port}"
        self._path = path
        self._tabs = tabs

    def tab(self) -> Tab:
        """A new tab."""
        with connect(f"{self._address}{self._path}", max_size=None) as whole:
            whole.send(
                json.dumps({"id": 1, "method": "Target.createTarget", "params": {"url": "about:blank"}})
            )
            target = next(m for m in map(json.loads, whole) if m.get("id") == 1)["result"]["targetId"]
        link = connect(f"{self._address}/devtools/page/{target}", max_size=None)
        return Tab(self._tabs.enter_context(link))


@contextmanager
def chromium(folder: Path) -> Iterator[Browser]:
    """Start Chromium with a profile of its own in `folder`."""
    executable = found()
    assert executable is not None
    profile = folder / "profile"
    profile.mkdir()
    environment = {**os.environ, "HOME": str(folder), "XDG_RUNTIME_DIR": str(folder)}
    with subprocess.Popen(
        [executable, *FLAGS, f"--user-data-dir={profile}", "about:blank"],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        env=environment,
        start_new_session=True,
    ) as process:
        try:
            ready = profile / "DevToolsActivePort"
            until(lambda: ready.exists() and ready.read_text().count("\n"), lambda: "no browser")
            port, path = ready.read_text().splitlines()
            with ExitStack() as tabs:
                yield Browser(int(port), path, tabs)
        finally:
            process.terminate()
            process.wait(30)
