"use strict";
// What the server says of the form while it is being written: the next ticks, and whether the
// payload fits. The same functions answer the API.
(() => {
  const PAUSE = 250;

  function watch(aside) {
    const group = aside.closest("fieldset");
    let waiting = 0;
    let asking = null;

    function show(text) {
      if (aside.shown === text) return;
      const open = Boolean(aside.querySelector("details[open]"));
      aside.shown = text;
      aside.innerHTML = text;
      if (open) aside.querySelector("details")?.setAttribute("open", "");
      window.ui.times(aside);
    }

    async function ask() {
      asking?.abort();
      const mine = (asking = new AbortController());
      const body = new FormData(group.form);
      try {
        const answer = await fetch(aside.dataset.check, { method: "POST", body, signal: mine.signal, headers: { "HX-Request": "true" } });
        if (!answer.ok || mine !== asking) return;
        const text = await answer.text();
        window.ui.atRest(() => show(text));
      } catch {
        // Asked again meanwhile, or the page is left, or the server is away: saving will tell.
      }
    }

    group.addEventListener("input", () => {
      clearTimeout(waiting);
      waiting = setTimeout(ask, PAUSE);
    });
    ask();
  }

  document.querySelectorAll("[data-check]").forEach(watch);
})();
