"use strict";
// The live stream. Elements with data-live="TOPIC …" say what the page is to be told of. What comes
// is bound to elements with data-bind and data-bind-html, and handed on as the events `live` and
// `live:TOPIC`. A hidden tab has no stream; where there can be none, the page polls.
(() => {
  const RETRIES = [500, 1000, 2000, 5000, 10000];
  const POLL_AFTER = 2;
  const POLL_EVERY = 3000;
  const MARKS = {
    live: ["live", "Changes are shown as they happen."],
    polling: ["polling", "There is no stream at the moment: the page asks every few seconds."],
    reconnecting: ["reconnecting", "The server does not answer; what is shown may be old."],
    ended: ["logged out", "Your session has ended: load the page again to log in."],
  };

  const known = new Map();
  let topics = [];
  let source = null;
  let failures = 0;
  let retrying = 0;
  let polling = 0;

  function mark(state) {
    const element = document.getElementById("live");
    if (!element || element.dataset.state === state) return;
    const [text, title] = MARKS[state];
    element.hidden = false;
    element.dataset.state = state;
    element.textContent = text;
    element.title = title;
  }

  function wanted() {
    const asked = [...document.querySelectorAll("[data-live]")].map((e) => e.dataset.live.split(/\s+/));
    return [...new Set(asked.flat())].filter(Boolean).sort();
  }

  // Where the page now asks for other topics than before, another stream begins.
  function look() {
    const now = wanted();
    if (now.join(" ") === topics.join(" ")) return;
    topics = now;
    for (const topic of known.keys()) if (!topics.includes(topic)) known.delete(topic);
    failures = 0;
    start();
  }

  function start() {
    stop();
    if (topics.length && !document.hidden) connect();
  }

  function stop() {
    clearTimeout(retrying);
    clearTimeout(polling);
    retrying = polling = 0;
    source?.close();
    source = null;
  }

  const query = () => `?topics=${encodeURIComponent(topics.join(" ")).replaceAll("%2C", ",").replaceAll("%3A", ":")}`;

  function connect() {
    retrying = 0;
    const mine = new EventSource(`/ui/live${query()}`);
    source = mine;
    mine.onopen = () => {
      failures = 0;
      clearTimeout(polling);
      polling = 0;
      mark("live");
    };
    // What waited while another stream began, that one has told already.
    const hear = (kind, take) => mine.addEventListener(kind, ({ data }) => {
      window.ui.atRest(() => { if (source === mine) take(JSON.parse(data)); });
    });
    hear("snapshot", ({ topic, data }) => snapshot(topic, data));
    hear("change", ({ topic, set, gone }) => change(topic, set, gone));
    mine.onerror = () => {
      mine.close();
      if (source === mine) failed();
    };
  }

  function failed() {
    source = null;
    failures += 1;
    if (!polling) mark("reconnecting");
    if (failures >= POLL_AFTER && !polling) poll();
    const wait = RETRIES[Math.min(failures, RETRIES.length) - 1];
    // Apart, as all pages lose their streams at once when the server is started anew.
    retrying = setTimeout(connect, wait * (0.75 + Math.random() / 2));
  }

  async function poll() {
    const mine = (polling = setTimeout(() => {}));
    let state = "reconnecting";
    let told = {};
    try {
      const answer = await fetch(`/ui/live/poll${query()}`, { headers: { Accept: "application/json" } });
      if (answer.status === 401 || answer.status === 403) state = "ended";
      if (answer.ok) {
        told = (await answer.json()).topics;
        state = "polling";
      }
    } catch {
      // The server is away.
    }
    window.ui.atRest(() => polled(mine, told, state));
  }

  function polled(mine, told, state) {
    // Other topics are asked for by now, or a stream told what is newer.
    if (polling !== mine) return;
    for (const [topic, data] of Object.entries(told)) snapshot(topic, data);
    mark(state);
    if (state === "ended") stop();
    else polling = setTimeout(poll, POLL_EVERY);
  }

  function snapshot(topic, data) {
    const before = known.get(topic);
    const same = (key) => before && key in before && JSON.stringify(before[key]) === JSON.stringify(data[key]);
    const set = Object.fromEntries(Object.entries(data).filter(([key]) => !same(key)));
    const gone = Object.keys(before ?? {}).filter((key) => !(key in data));
    tell(topic, data, set, gone, !before);
  }

  function change(topic, set, gone) {
    const data = { ...known.get(topic), ...set };
    for (const key of gone) delete data[key];
    tell(topic, data, set, gone, false);
  }

  function tell(topic, data, set, gone, first) {
    known.set(topic, data);
    if (!first && !gone.length && !Object.keys(set).length) return;
    bind(topic, set);
    const detail = { topic, data, set, gone, first };
    for (const name of ["live", `live:${topic}`]) document.dispatchEvent(new CustomEvent(name, { detail }));
  }

  const topicOf = (element) => element.closest("[data-topic]")?.dataset.topic ?? "overview";

  function bind(topic, set) {
    for (const element of document.querySelectorAll("[data-bind], [data-bind-html]")) {
      const { bind: text, bindHtml: html } = element.dataset;
      if (topicOf(element) !== topic) continue;
      if (text in set) write(element, set[text]);
      if (html in set) window.ui.replace(element, set[html]);
    }
  }

  function write(element, value) {
    const text = value === null ? "–" : typeof value === "number" ? value.toLocaleString("en") : String(value);
    if (element.textContent !== text) element.textContent = text;
  }

  // Forgotten values would not be written into elements that came later.
  function bindAll(root) {
    if (!root.querySelector?.("[data-bind], [data-bind-html]") && !root.matches?.("[data-bind], [data-bind-html]")) return;
    for (const [topic, data] of known) bind(topic, data);
  }

  document.addEventListener("visibilitychange", start);
  window.addEventListener("pagehide", stop);
  window.addEventListener("pageshow", (event) => event.persisted && start());
  document.addEventListener("live:look", look);
  document.addEventListener("htmx:load", (event) => {
    look();
    bindAll(event.target);
  });
  look();
})();
