"use strict";
// The list of jobs: rows that follow the live stream, what is chosen, views that this browser keeps.
(() => {
  const table = document.querySelector("table.jobs");
  const FINAL = new Set(["completed", "failed", "cancelled"]);
  const ASK_EVERY = 10000;

  // Rows.
  function write(element, text) {
    if (element && element.textContent !== text) element.textContent = text;
  }

  function writeSpan(cell, from, to, isRunning) {
    if (!cell) return;
    if (from && to) write(cell, ui.duration((new Date(to) - new Date(from)) / 1000));
    else if (!isRunning || !from) write(cell, "");
    else if (cell.firstElementChild?.dataset.since !== from) {
      const counter = document.createElement("span");
      counter.dataset.since = from;
      cell.replaceChildren(counter);
      ui.times(cell);
    }
  }

  function patch(row, job) {
    const cell = (name) => row.querySelector(`[data-cell=${name}]`);
    const badge = cell("status").firstElementChild;
    badge.className = `badge badge-${job.status}`;
    write(badge, job.status);
    write(cell("cancelling"), job.cancelling && !FINAL.has(job.status) ? "stopping" : "");
    write(cell("priority"), String(job.priority));
    write(cell("executor"), job.executor ?? "");
    write(cell("attempt"), String(job.attempt));
    if (job.error) {
      if (!cell("error").textContent.startsWith(job.error)) write(cell("error"), job.error);
    } else write(cell("error"), "");
    writeSpan(cell("waited"), job.available_at, job.started_at, job.status === "queued");
    writeSpan(cell("ran"), job.started_at, job.completed_at, job.status === "running");
    const progress = cell("progress");
    progress.hidden = job.status !== "running" || !job.progress;
    if (job.progress) progress.value = job.progress.fraction;
  }

  const rowOf = (id) => table?.querySelector(`[data-job="${id}"]`);

  document.addEventListener("live", ({ detail }) => {
    if (!detail.topic.startsWith("jobs:")) return;
    for (const [id, job] of Object.entries(detail.set)) {
      const row = id === "newer" ? null : rowOf(id);
      if (row) patch(row, job);
    }
    for (const id of detail.gone) rowOf(id)?.classList.add("is-gone");
    if ("newer" in detail.set && newer && !newer.dataset.ask) showNewer(detail.set.newer);
  });

  // Newer jobs than those shown.
  const newer = document.getElementById("newer");
  let counted = 0;
  let asking = false;

  function showNewer(count) {
    if (!newer) return;
    newer.hidden = !count;
    const number = count >= 1000 ? "more than 1,000" : String(count);
    const link = newer.firstElementChild;
    link.href = location.href;
    write(link, count === 1 ? "1 newer job" : `${number} newer jobs`);
  }

  // Where a filter is on, only the server knows which of the new ones match.
  async function askForNewer() {
    if (document.hidden || asking) return;
    asking = true;
    const query = new URLSearchParams(location.search);
    query.set("after", newer.dataset.seen || "00000000-0000-0000-0000-000000000000");
    try {
      const answer = await fetch(`${newer.dataset.ask}?${query}`, { headers: { "HX-Request": "true" } });
      if (!answer.ok) return;
      const { count, seen } = await answer.json();
      newer.dataset.seen = seen;
      counted += count ?? 0;
      ui.atRest(() => showNewer(counted));
    } catch {
      // The mark in the frame says that the server is away.
    } finally {
      asking = false;
    }
  }

  if (newer?.dataset.ask) setInterval(askForNewer, ASK_EVERY);

  // What is chosen.
  const bar = document.getElementById("chosen-bar");
  const all = document.getElementById("choose-page");
  const everything = document.getElementById("everything");
  const boxes = () => [...document.querySelectorAll('input[name=id][form=chosen]')];
  let last = null;

  function showChosen() {
    const chosen = boxes().filter((box) => box.checked).length;
    all.checked = chosen > 0 && chosen === boxes().length;
    all.indeterminate = chosen > 0 && !all.checked;
    write(document.getElementById("chosen-count"), chosen ? `${chosen} chosen, or` : "Choose jobs, or");
    bar.classList.toggle("is-idle", !chosen && !everything.checked);
  }

  function choose(event) {
    const box = event.target;
    if (box === all) for (const each of boxes()) each.checked = all.checked;
    else if (box.name !== "id" && box !== everything) return;
    showChosen();
  }

  // Shift chooses all from the last one to this one.
  function chooseRange(event) {
    const box = event.target;
    if (!box.matches?.("input[name=id]")) return;
    const list = boxes();
    if (event.shiftKey && last && list.includes(last)) {
      const [from, to] = [list.indexOf(last), list.indexOf(box)].sort((a, b) => a - b);
      for (const each of list.slice(from, to + 1)) each.checked = box.checked;
      showChosen();
    }
    last = box;
  }

  if (bar) {
    document.addEventListener("change", choose);
    document.addEventListener("click", chooseRange);
    showChosen();
  }

  // Times of the form are the viewer's; those in the address have a zone.
  const form = document.getElementById("filters");
  const pad = (number) => String(number).padStart(2, "0");

  for (const field of form.querySelectorAll("[data-iso]")) {
    const when = new Date(field.dataset.iso);
    if (!field.dataset.iso || Number.isNaN(when.getTime())) continue;
    const day = `${when.getFullYear()}-${pad(when.getMonth() + 1)}-${pad(when.getDate())}`;
    field.value = `${day}T${pad(when.getHours())}:${pad(when.getMinutes())}:${pad(when.getSeconds())}`;
  }
  form.addEventListener("formdata", ({ formData }) => {
    for (const field of form.querySelectorAll("[data-iso]")) {
      if (field.value) formData.set(field.name, new Date(field.value).toISOString());
    }
    for (const [name, value] of [...formData]) if (!value) formData.delete(name);
  });
  document.addEventListener("click", (event) => {
    const panel = form.querySelector("details[open]");
    if (panel && !panel.contains(event.target)) panel.open = false;
  });
  form.addEventListener("keydown", (event) => {
    const panel = form.querySelector("details[open]");
    if (event.key !== "Escape" || !panel) return;
    panel.open = false;
    panel.querySelector("summary").focus();
  });

  // Views that this browser keeps.
  const KEY = "celeriac.views";
  const saveButton = document.getElementById("save-view");
  const dialog = document.getElementById("save-dialog");

  function kept() {
    try {
      const views = JSON.parse(localStorage.getItem(KEY) ?? "[]");
      return Array.isArray(views) ? views.filter((v) => typeof v.name === "string" && String(v.url).startsWith("?")) : [];
    } catch {
      return [];
    }
  }

  function keep(views) {
    try {
      localStorage.setItem(KEY, JSON.stringify(views));
    } catch {
      ui.say("This browser keeps nothing: copy the link instead.", "error");
    }
    showViews();
  }

  function address() {
    const query = new URLSearchParams(location.search);
    query.delete("cursor");
    return `?${query}`;
  }

  function showViews() {
    const here = address();
    document.getElementById("own-views").replaceChildren(
      ...kept().map(({ name, url }) => {
        const link = Object.assign(document.createElement("a"), { href: url, textContent: name });
        if (url === here) link.setAttribute("aria-current", "page");
        const remove = Object.assign(document.createElement("button"), { type: "button", textContent: "×" });
        remove.setAttribute("aria-label", `Forget the view ${name}`);
        remove.addEventListener("click", () => keep(kept().filter((view) => view.name !== name)));
        const view = document.createElement("span");
        view.className = "own-view";
        view.append(link, remove);
        return view;
      }),
    );
  }

  if (saveButton) {
    saveButton.hidden = false;
    saveButton.addEventListener("click", () => dialog.showModal());
    dialog.addEventListener("close", () => {
      const name = document.getElementById("view-name").value.trim();
      if (dialog.returnValue === "save" && name) {
        keep([...kept().filter((view) => view.name !== name), { name, url: address() }]);
      }
      dialog.returnValue = "";
    });
  }
  showViews();
})();
