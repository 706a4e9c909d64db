// Gives the terminal the address of its socket, and says why it was closed.
"use strict";
(() => {
  const another = "Press enter in the terminal that fleetc review --web runs in for a link.";
  const reasons = {
    4000: "The review has ended, here or in its terminal. Runs that were started go on.",
    4001: "The review is shown in another tab or browser. Nothing of it was lost.",
    4002: `Nobody did anything here for a long time. The review goes on, nothing was lost. ${another}`,
    4003: "This tab took too long to take what it was sent. The review goes on, nothing was lost.",
    4004: "This tab sent what the review does not understand. The review goes on, nothing was lost.",
  };
  const lost = "The review cannot be reached. If its command still runs, nothing was lost.";

  const end = ({ code }) => {
    document.querySelector("#why").textContent = reasons[code] ?? lost;
    document.querySelector("#again").hidden = code === 4000 || code === 4002;
    document.querySelector("#ended").hidden = false;
  };
  const begin = () => document.querySelector(".xterm-helper-textarea")?.focus();

  window.WebSocket = class extends window.WebSocket {
    constructor(...address) {
      super(...address);
      this.addEventListener("open", begin);
      this.addEventListener("close", end);
    }
  };
  document.addEventListener("DOMContentLoaded", () => {
    const key = localStorage.getItem("fleetc-key") ?? "none";
    document.querySelector("#terminal").dataset.sessionWebsocketUrl =
      `ws://${location.host}/socket/${encodeURIComponent(key)}`;
    document.querySelector("#again").addEventListener("click", () => location.reload());
  });
})();
