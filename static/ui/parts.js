"use strict";
// Parts of a page that are fetched anew when there is news of them: an element's data-part says where
// from, its data-every how many seconds there are in between. One request is under way at a time, and
// what it brings goes into the element that is there by then.
(() => {
  const LEAST = 1000;
  const parts = new Map();

  const placeOf = (url) => [...document.querySelectorAll("[data-part]")].find((one) => one.dataset.part === url);

  function soon(url) {
    const part = parts.get(url) ?? { waiting: 0, asking: false, outdated: false, asked: 0 };
    parts.set(url, part);
    part.outdated = part.asking;
    const place = placeOf(url);
    if (part.waiting || part.asking || !place) return;
    const due = part.asked + 1000 * place.dataset.every;
    part.waiting = setTimeout(ask, Math.max(LEAST, due - Date.now()), url, part);
  }

  async function ask(url, part) {
    Object.assign(part, { waiting: 0, asking: true, asked: Date.now() });
    const text = await read(url);
    part.asking = false;
    if (typeof text === "string") window.ui.atRest(() => show(url, text));
    if (part.outdated || text === null) soon(url);
  }

  // Its text; null where the server is away, or has too much to do; nothing where it refuses.
  async function read(url) {
    try {
      const answer = await fetch(url, { headers: { "HX-Request": "true" } });
      if (answer.ok) return await answer.text();
      return answer.status >= 500 ? null : undefined;
    } catch {
      return null;
    }
  }

  function show(url, text) {
    const place = placeOf(url);
    if (!place || text === place.shown) return;
    // Whoever is at something in it stays there.
    if (place.contains(document.activeElement)) {
      place.addEventListener("focusout", () => soon(url), { once: true });
      return;
    }
    place.shown = text;
    place.innerHTML = text;
    htmx.process(place);
    window.ui.times(place);
  }

  // What came with another answer may be older than what was shown before.
  document.addEventListener("htmx:load", (event) => {
    for (const place of event.target.querySelectorAll("[data-part]")) soon(place.dataset.part);
  });

  window.ui = Object.assign(window.ui || {}, { soon });
})();
