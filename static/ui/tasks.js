"use strict";
// What live news of tasks change beyond texts: which buttons there are, and what a task made.
(() => {
  const told = new Map();

  function showButtons(id) {
    for (const place of document.querySelectorAll(`[data-task="${id}"]`)) {
      for (const form of place.querySelectorAll("[data-when]")) {
        form.hidden = (form.dataset.when === "enabled") !== told.get(id);
      }
    }
  }

  function fetchAnew(id) {
    const place = document.getElementById(id);
    if (place) window.ui.soon(place.dataset.part);
  }

  document.addEventListener("live", (event) => {
    if (!event.detail.topic.startsWith("tasks:")) return;
    const { set } = event.detail;
    for (const [key, value] of Object.entries(set)) {
      if (key.includes(".")) continue;
      told.set(key, value.enabled);
      showButtons(key);
    }
    const isTold = (end) => Object.keys(set).some((key) => key.endsWith(end));
    fetchAnew("history");
    if (isTold(".next")) fetchAnew("next-ticks");
    if (isTold(".backfills")) fetchAnew("backfill-list");
  });
  // An answer may be older than what was told while it was under way.
  document.addEventListener("htmx:load", () => [...told.keys()].forEach(showButtons));
})();
