"use strict";
(() => {
  const byId = (id) => document.getElementById(id);
  const search = byId("search");
  const found = byId("found");
  const sections = [...document.querySelectorAll("#list section")];
  const boxes = sections.map((_, number) => byId("box-" + number));
  const items = sections.flatMap((section, box) =>
    [...section.querySelectorAll("details")].map((details) => ({
      details,
      box,
      text: details.textContent.toLowerCase(),
    })));
  const links = [...document.querySelectorAll("#picture .link")].map((element) => {
    const [, source, target] = element.id.split("-").map(Number);
    return { element, source, target };
  });
  let chosen = -1;

  function refresh() {
    const words = search.value.toLowerCase().split(/\s+/).filter(Boolean);
    const hits = new Set();
    const shown = new Set();
    let count = 0;
    for (const item of items) {
      const hit = words.every((word) => item.text.includes(word));
      const show = hit && (chosen < 0 || item.box === chosen);
      if (hit) hits.add(item.box);
      if (show) shown.add(item.box);
      count += show;
      item.details.hidden = !show;
    }
    sections.forEach((section, box) => {
      section.hidden = !shown.has(box);
      boxes[box].classList.toggle("hit", words.length > 0 && hits.has(box));
      boxes[box].classList.toggle("dim", words.length > 0 && !hits.has(box));
      boxes[box].classList.toggle("chosen", box === chosen);
    });
    for (const { element, source, target } of links) {
      const touches = source === chosen || target === chosen;
      element.classList.toggle("lit", touches);
      element.classList.toggle("dim", chosen < 0 ? words.length > 0 && !(hits.has(source) && hits.has(target)) : !touches);
    }
    found.textContent = words.length || chosen >= 0 ? count + " of " + items.length : "";
  }

  function choose(box) {
    chosen = box;
    refresh();
    const members = items.filter((item) => item.box === box && !item.details.hidden);
    if (members.length === 1) members[0].details.open = true;
    byId("list").scrollTop = 0;
  }

  function reveal(details) {
    const item = items.find((each) => each.details === details);
    if (!item) return;
    search.value = "";
    choose(item.box);
    details.open = true;
    details.scrollIntoView({ block: "nearest" });
  }

  document.addEventListener("click", (event) => {
    const link = event.target.closest("a");
    if (!link) {
      if (event.target.closest("#picture")) choose(-1);
      return;
    }
    const target = (link.getAttribute("href") || "").slice(1);
    const box = target.startsWith("list-") ? Number(target.slice(5)) : -1;
    event.preventDefault();
    if (box >= 0) choose(box === chosen ? -1 : box);
    else if (target.startsWith("r-")) reveal(byId(target));
    else byId(target).scrollIntoView({ block: "center", inline: "center" });
  });
  document.addEventListener("keydown", (event) => {
    if (event.key === "/" && event.target !== search) {
      event.preventDefault();
      search.focus();
    } else if (event.key === "Escape") {
      search.value = "";
      choose(-1);
    }
  });
  search.addEventListener("input", refresh);
  byId("fit").addEventListener("click", () => {
    byId("fit").textContent = byId("picture").classList.toggle("fit") ? "100 %" : "Fit";
  });
  byId("tools").hidden = false;
})();
