"use strict";
// The page of a job: asks for the parts that changed when the live stream says that something did,
// at most as often as it pays, and keeps what a person has unfolded and where they are.
(() => {
  const refresh = document.getElementById("refresh");
  const LEAST = 700;
  const GROWS_EVERY = 20000;
  let last = 0;
  let planned = 0;
  let asking = false;
  let outdated = false;
  let focused = "";

  // One question at a time: where each gave up the one before, a slow server would never be heard.
  async function ask() {
    planned = 0;
    last = Date.now();
    asking = true;
    outdated = false;
    await htmx.ajax("GET", refresh.dataset.parts, { source: refresh, swap: "none" }).catch(() => {});
    asking = false;
    if (outdated) plan();
  }

  function plan() {
    outdated = asking;
    if (planned || asking) return;
    planned = setTimeout(ask, Math.max(0, last + LEAST - Date.now()));
  }

  // What comes often is shown without asking for anything; a bar that is not there yet is asked for.
  function showProgress(progress) {
    const bar = document.getElementById("progress");
    if (!bar || !progress) return false;
    bar.value = progress.fraction;
    document.getElementById("progress-percent").textContent = `${Math.round(100 * progress.fraction)}%`;
    document.getElementById("progress-message").textContent = progress.message;
    return true;
  }

  document.addEventListener(`live:job:${refresh.dataset.job}`, (event) => {
    const changed = event.detail?.set || {};
    // Lines of the log have a stream of their own.
    const told = Object.keys(changed).filter((key) => key !== "log");
    const known = told.every((key) => key === "progress" && showProgress(changed.progress));
    if (!known || event.detail?.gone?.length) plan();
  });
  document.addEventListener("htmx:afterRequest", (event) => {
    if (event.detail.elt.closest("#part-steer")) plan();
  });
  // While it waits or runs, its bars grow.
  setInterval(() => {
    const isActive = document.querySelector("#part-head .badge:is(.badge-queued, .badge-scheduled, .badge-assigned, .badge-running, .badge-waiting)");
    if (isActive && !document.hidden && Date.now() - last >= GROWS_EVERY) plan();
  }, 1000);

  document.addEventListener("htmx:oobBeforeSwap", (event) => {
    const { target, fragment } = event.detail;
    for (const open of target.querySelectorAll("details[id]")) {
      const next = fragment.querySelector(`#${open.id}`);
      if (next) next.open = open.open;
    }
    focused = target.contains(document.activeElement) ? target.id : "";
  });
  document.addEventListener("htmx:oobAfterSwap", () => {
    // What had the focus is gone, such as a button that makes no sense any more.
    if (!focused || document.activeElement !== document.body) return;
    const part = document.getElementById(focused);
    part.tabIndex = -1;
    part.focus({ preventScroll: true });
    focused = "";
  });
})();
