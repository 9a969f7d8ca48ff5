"use strict";
// What live news of tasks change beyond texts: which buttons there are, and what a task made.
(() => {
  function showButtons(id, task) {
    for (const place of document.querySelectorAll(`[data-task="${id}"]`)) {
      for (const form of place.querySelectorAll("[data-when]")) {
        form.hidden = (form.dataset.when === "enabled") !== task.enabled;
      }
    }
  }

  // A fragment is fetched again at most once a second, however often there is news.
  const fetching = new Map();

  function fetchSoon(element, url) {
    if (fetching.has(url)) return;
    fetching.set(url, setTimeout(async () => {
      fetching.delete(url);
      const answer = await fetch(url, { headers: { "HX-Request": "true" } }).catch(() => null);
      if (!answer?.ok || element.contains(document.activeElement)) return;
      const text = await answer.text();
      if (text === element.shown) return;
      element.shown = text;
      element.innerHTML = text;
      htmx.process(element);
      window.ui.times(element);
    }, 1000));
  }

  document.addEventListener("live", (event) => {
    if (!event.detail.topic.startsWith("tasks:")) return;
    const { set } = event.detail;
    for (const [key, value] of Object.entries(set)) {
      if (!key.includes(".")) showButtons(key, value);
    }
    const history = document.getElementById("history");
    if (history) fetchSoon(history, history.dataset.history);
    const ticks = document.getElementById("next-ticks");
    if (ticks && Object.keys(set).some((key) => key.endsWith(".next"))) fetchSoon(ticks, ticks.dataset.ticks);
    const list = document.getElementById("backfill-list");
    if (list && Object.keys(set).some((key) => key.endsWith(".backfills"))) fetchSoon(list, list.dataset.list);
  });
})();
