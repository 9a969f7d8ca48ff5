"use strict";
// An action on many jobs goes on by itself, step after step; it can be stopped, and what a closed
// page left unfinished can be taken up again. How far it is, is in a text that the server signs.
(() => {
  const KEY = "celeriac.bulk";
  const ALONE_AFTER = 30000;
  const place = document.getElementById("bulk");
  let isStopping = false;
  let step = null; // the request that is under way

  const section = () => place.querySelector("[data-progress]");

  // With the time, so that another page leaves alone what this one is at.
  function remember(token, at = Date.now()) {
    try {
      if (token) localStorage.setItem(KEY, JSON.stringify({ token, at }));
      else localStorage.removeItem(KEY);
    } catch {
      // Then it can't be taken up again, and what was done is done.
    }
  }

  function unfinished() {
    try {
      const { token, at } = JSON.parse(localStorage.getItem(KEY) ?? "{}");
      return Date.now() - at > ALONE_AFTER ? token : "";
    } catch {
      return "";
    }
  }

  function halt() {
    isStopping = false;
    section()?.classList.add("is-stuck");
  }

  document.addEventListener("click", (event) => {
    if (event.target.closest("[data-bulk-stop]")) isStopping = true;
    if (event.target.closest("[data-bulk-close]")) {
      event.preventDefault();
      place.replaceChildren();
      remember("");
    }
  });
  document.addEventListener("htmx:beforeRequest", (event) => {
    if (!section()?.contains(event.detail.elt)) return;
    if (isStopping && event.detail.requestConfig.triggeringEvent?.type !== "submit") {
      event.preventDefault();
      halt();
    } else {
      step = event.detail.xhr;
      section().classList.remove("is-stuck");
    }
  });
  document.addEventListener("htmx:afterRequest", (event) => {
    const { xhr } = event.detail;
    if (xhr === step && (xhr.status === 0 || xhr.status >= 400)) halt();
  });
  document.addEventListener("htmx:afterSwap", (event) => {
    if (event.detail.target !== place) return;
    remember(section()?.dataset.progress ?? "");
  });
  window.addEventListener("beforeunload", (event) => {
    if (section() && !section().classList.contains("is-stuck")) event.preventDefault();
  });

  window.addEventListener("pagehide", () => section() && remember(section().dataset.progress, 0));

  const token = unfinished();
  if (token) {
    remember("");
    const resumed = htmx.ajax("POST", place.dataset.resume, { target: place, values: { progress: token } });
    resumed.catch(() => remember(token, 0));
  }
})();
