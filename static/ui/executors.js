"use strict";
// What live news of executors change beyond texts: buttons, heartbeats, and which executors there are.
(() => {
  const told = new Map();

  function showButtons(id) {
    for (const button of document.querySelectorAll(`[data-executor="${id}"] [data-can]`)) {
      button.hidden = !told.get(id)[button.dataset.can];
    }
  }

  function heard(id, at) {
    for (const element of document.querySelectorAll(`[data-beat="${id}"]`)) element.dataset.since = at;
  }

  function fetchParts() {
    for (const place of document.querySelectorAll("[data-part]")) window.ui.soon(place.dataset.part);
  }

  document.addEventListener("live", (event) => {
    const { topic, set } = event.detail;
    if (!topic.startsWith("slots:")) return;
    for (const [key, value] of Object.entries(set)) {
      const [id, piece] = key.split(".");
      if (!piece) {
        told.set(id, value);
        showButtons(id);
      }
      if (piece === "beat") heard(id, value);
      if (piece === "slots" || piece === "status") fetchParts();
    }
  });

  // An answer may be older than what was told while it was under way.
  document.addEventListener("htmx:load", () => [...told.keys()].forEach(showButtons));

  // A list of all executors gets those that join, and loses those that are removed.
  document.addEventListener("live:executors", (event) => {
    const list = document.querySelector("#executors[data-whole]");
    if (!list) return;
    const shown = [...list.querySelectorAll("article[id]")].map((card) => card.id.slice("executor-".length));
    const known = Object.keys(event.detail.data);
    if (shown.length === known.length && shown.every((id) => known.includes(id))) return;
    const shows = { target: "#executors", select: "#executors", swap: "outerHTML" };
    // Where the server is away, the next news ask again.
    htmx.ajax("GET", location.href, shows).catch(() => {});
  });
})();
