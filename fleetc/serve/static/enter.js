// The token stands behind the #, so that it is never part of an address that is asked for.
"use strict";
(async () => {
  const token = location.hash.slice(1);
  history.replaceState(null, "", "/enter");
  const say = (text) => {
    document.querySelector("#why").textContent = text;
  };
  let answer;
  try {
    answer = await fetch("/enter", { method: "POST", body: token });
  } catch {
    say("The review does not answer: the command that served it has ended.");
    return;
  }
  if (!answer.ok) {
    say(
      "This link was used, or is too old. Press enter in the terminal that " +
        "fleetc review --web runs in, and it prints another one.",
    );
    return;
  }
  localStorage.setItem("fleetc-key", await answer.text());
  location.replace("/");
})();
