"use strict";
// The log of a job, line by line as it is written: with search, levels, executions and following.
(() => {
  const card = document.getElementById("log");
  if (!card) return;
  const box = card.querySelector(".log-lines");
  const list = box.querySelector("ol");
  const tools = card.querySelector(".log-tools");
  const standing = card.querySelector(".log-standing");
  const empty = card.querySelector(".log-empty");
  const search = card.querySelector("#log-search");
  const level = card.querySelector("#log-level");
  const execution = card.querySelector("#log-execution");
  const follow = card.querySelector("#log-follow");

  const LEVELS = ["debug", "info", "warning", "error", "critical"];
  const SHORT = { debug: "DBG", info: "INF", warning: "WRN", error: "ERR", critical: "CRT" };
  const MOST = 20000;
  const LONG = 2000;
  const COLOURS = /\x1b\[[0-9;]*[A-Za-z]/g;

  let after = Number(card.dataset.after);
  let source = null;
  let ended = false;
  let waiting = [];
  let drawing = 0;
  let lines = [];

  // --- What is shown -------------------------------------------------------------------------
  function wanted(line) {
    return LEVELS.indexOf(line.level) >= Number(level.value)
      && (!execution.value || line.execution === execution.value)
      && (!search.value || line.text.toLowerCase().includes(search.value.toLowerCase()));
  }

  function marked(text) {
    const span = document.createElement("span");
    span.className = "log-text";
    const sought = search.value.toLowerCase();
    let at = 0;
    for (let found; sought && (found = text.toLowerCase().indexOf(sought, at)) >= 0; at = found + sought.length) {
      const mark = document.createElement("mark");
      mark.textContent = text.slice(found, found + sought.length);
      span.append(text.slice(at, found), mark);
    }
    span.append(text.slice(at));
    return span;
  }

  function part(line) {
    if (line.chunk === null && line.kind !== "combine" && !(line.attempt > 1)) return "";
    const what = line.kind === "combine" ? "combining" : line.chunk === null ? "" : `chunk ${line.chunk}`;
    return [what, line.attempt > 1 ? `attempt ${line.attempt}` : ""].filter(Boolean).join(", ");
  }

  function cell(name, className, text) {
    const element = document.createElement(name);
    element.className = className;
    element.textContent = text;
    return element;
  }

  function item(line) {
    const row = document.createElement("li");
    row.className = `log-${line.level} log-${line.stream}`;
    // Thousands of them, which never change: not for times.js to look after.
    const at = new Date(line.at);
    const time = cell("time", "", window.ui.precise(at));
    time.dateTime = line.at;
    time.title = window.ui.absolute(at);
    const mark = cell("span", "log-level", SHORT[line.level]);
    mark.title = line.level;
    const text = marked(line.text.replace(COLOURS, ""));
    const its = part(line);
    if (its) text.prepend(cell("span", "log-part", `[${its}] `));
    row.append(time, mark, text);
    return row;
  }

  function tell() {
    const shown = list.childElementCount;
    const filtered = search.value || Number(level.value) || execution.value;
    const count = filtered ? `${shown} of ${lines.length} lines` : `${lines.length} lines`;
    standing.textContent = lines.length ? count : "";
    box.hidden = tools.hidden = !lines.length;
    empty.hidden = Boolean(lines.length && (shown || !filtered));
    empty.firstElementChild.textContent = lines.length
      ? "No line matches."
      : ended ? "It said nothing." : "It has said nothing so far; what it says appears here.";
  }

  function draw() {
    drawing = 0;
    const added = waiting;
    waiting = [];
    lines = lines.concat(added);
    list.append(...added.filter(wanted).map(item));
    if (lines.length > MOST) {
      lines = lines.slice(-MOST);
      while (list.childElementCount > MOST) list.firstElementChild.remove();
    }
    box.classList.toggle("is-long", lines.length > LONG);
    tell();
    if (follow.checked) box.scrollTop = box.scrollHeight;
  }

  function redraw() {
    list.replaceChildren(...lines.filter(wanted).map(item));
    tell();
    if (follow.checked) box.scrollTop = box.scrollHeight;
  }

  function offer(line) {
    const its = part(line);
    if (!its || [...execution.options].some((option) => option.value === line.execution)) return;
    execution.add(new Option(its, line.execution));
    execution.hidden = false;
  }

  // --- Where it comes from -------------------------------------------------------------------
  function take(event) {
    const line = JSON.parse(event.data);
    after = line.number;
    offer(line);
    waiting.push(line);
    // A hidden tab draws nothing, and has no stream either.
    drawing ||= requestAnimationFrame(draw);
  }

  function connect() {
    if (source || ended || document.hidden) return;
    source = new EventSource(`${card.dataset.log}?stream=true&after=${after}`);
    source.onmessage = take;
    source.addEventListener("end", () => {
      ended = true;
      stop();
      tell();
    });
    source.onerror = () => {
      // The browser tries again by itself, unless it was refused.
      if (source?.readyState !== EventSource.CLOSED) return;
      stop();
      standing.textContent = "The log can't be followed at the moment; trying again …";
      setTimeout(connect, 5000);
    };
  }

  function stop() {
    source?.close();
    source = null;
  }

  document.addEventListener("visibilitychange", () => (document.hidden ? stop() : connect()));
  addEventListener("pagehide", stop);
  addEventListener("pageshow", connect);

  search.addEventListener("input", redraw);
  level.addEventListener("change", redraw);
  execution.addEventListener("change", redraw);
  follow.addEventListener("change", () => { if (follow.checked) box.scrollTop = box.scrollHeight; });
  box.addEventListener("scroll", () => {
    follow.checked = box.scrollHeight - box.scrollTop - box.clientHeight < 30;
  });
  tell();
  connect();
})();
