"use strict";
// The timeline: what it shows, moved by mouse, keys and buttons, and how it stays up to date.
(() => {
  const element = document.getElementById("timeline");
  if (!element) return;
  const SPAN = Number(element.dataset.minutes) * 60e3;
  const SHORTEST = 20;
  const FRESH = 2000;
  const drawing = new window.TimelineDrawing(element);
  const said = document.getElementById("timeline-said");
  const follow = document.querySelector("[data-view=live]");

  let offset = 0; // the server's clock less ours
  let span = SPAN;
  let end = null; // null: follows the present
  let fetched = 0;
  let asking = false;
  let outdated = false; // what is asked for is no longer what is to be seen
  let shown = null; // the view that was drawn, whose times mouse and keys mean

  const now = () => Date.now() + offset;

  function view() {
    const to = end ?? now() + span * 0.02;
    return { from: to - span, to };
  }

  let drawn = 0;
  function draw() {
    cancelAnimationFrame(drawn);
    drawn = requestAnimationFrame(() => {
      shown = view();
      drawing.draw(shown, now());
    });
  }

  function question() {
    const query = new URLSearchParams();
    if (element.dataset.executor) query.set("executor", element.dataset.executor);
    if (end !== null || span !== SPAN) {
      const { from, to } = view();
      const most = Math.round(now());
      query.set("from", Math.floor(Math.min(from, most - 10)));
      query.set("to", Math.ceil(Math.max(Math.min(to, most), Math.min(from, most - 10) + 10)));
    }
    return `${element.dataset.url}?${query}`;
  }

  async function fetchNow() {
    outdated = asking;
    if (asking || document.hidden) return;
    asking = true;
    fetched = Date.now();
    try {
      const answer = await fetch(question(), { headers: { Accept: "application/json" } });
      if (answer.ok) show(await answer.json());
      else if (answer.status === 400) say((await answer.json()).detail);
      else if (answer.status >= 500) fetchLater(FRESH);
    } catch {
      fetchLater(FRESH);
    } finally {
      asking = false;
      if (outdated) fetchNow();
    }
  }

  function show(answer) {
    offset = answer.now - Date.now();
    const chosen = drawing.selected?.lease;
    const seen = window.timelineBars.read(answer);
    drawing.show(seen);
    drawing.selected = seen.bars.find((bar) => bar.lease === chosen) ?? null;
    legend(seen.types);
    window.ui.atRest(() => window.timelineList.show(seen, now(), address));
    draw();
  }

  function legend(types) {
    const place = document.getElementById("timeline-legend");
    place.replaceChildren(...types.map(({ name, hue }) => {
      const entry = document.createElement("span");
      const mark = document.createElement("i");
      mark.className = `hue-${hue}`;
      entry.append(mark, name);
      return entry;
    }));
  }

  let waiting = 0;
  function fetchLater(milliseconds) {
    clearTimeout(waiting);
    waiting = setTimeout(fetchNow, milliseconds);
  }

  // What is moved is drawn at once, and fetched anew when it rests.
  function moved() {
    follow.setAttribute("aria-pressed", String(end === null));
    draw();
    fetchLater(250);
  }

  // Around the pointer; else around the middle, or around the present as long as it is followed.
  function zoom(by, at = end === null ? view().to : (view().from + view().to) / 2) {
    const before = view();
    const share = (at - before.from) / span;
    span = Math.min(60 * 60e3, Math.max(SHORTEST, span * by));
    if (end !== null || by < 1) {
      const to = at + (1 - share) * span;
      end = to >= now() ? null : to;
    }
    moved();
  }

  function pan(by) {
    const to = view().to + by * span;
    end = to >= now() ? null : to;
    moved();
  }

  const actions = {
    earlier: () => pan(-0.25),
    later: () => pan(0.25),
    in: () => zoom(0.5),
    out: () => zoom(2),
    live: () => {
      end = null;
      span = SPAN;
      moved();
    },
  };

  function say(text) {
    if (said.textContent !== text) said.textContent = text;
  }

  function describe(bar) {
    if (!bar) return "";
    const executor = drawing.seen.executors[bar.executor];
    const took = window.ui.duration(((bar.end ?? now()) - bar.start) / 1000);
    const many = bar.size > 1 ? ` and ${bar.size - 1} more` : "";
    return `${bar.name || bar.type}${many}: ${bar.type} on ${executor.name}, ${took}, ${bar.outcome ?? "gone"}, from ${window.ui.clock(new Date(bar.start))}`;
  }

  function choose(bar) {
    drawing.selected = bar;
    say(describe(bar));
    draw();
  }

  function step(by) {
    const { from, to } = view();
    const visible = drawing.seen.bars.filter((bar) => bar.start < to && (bar.end ?? now()) > from);
    if (!visible.length) return;
    const at = visible.indexOf(drawing.selected);
    choose(visible[at < 0 ? (by > 0 ? 0 : visible.length - 1) : Math.min(visible.length - 1, Math.max(0, at + by))]);
    const executor = drawing.seen.executors[drawing.selected.executor];
    const top = executor.top + drawing.selected.lane * executor.lane;
    if (top < element.scrollTop + 40 || top > element.scrollTop + element.clientHeight - 40) element.scrollTop = top - element.clientHeight / 2;
  }

  const address = (bar) => element.dataset.job.replace("00000000-0000-0000-0000-000000000000", bar.job);

  function open(bar, inNewTab) {
    if (!bar?.job) return;
    const url = address(bar);
    if (inNewTab) window.open(url, "_blank", "noopener");
    else location.assign(url);
  }

  const keys = {
    ArrowLeft: actions.earlier, ArrowRight: actions.later, "+": actions.in, "=": actions.in, "-": actions.out,
    0: actions.live, ArrowDown: () => step(1), ArrowUp: () => step(-1), Enter: () => open(drawing.selected, false),
  };

  element.addEventListener("keydown", (event) => {
    const action = !event.ctrlKey && !event.metaKey && !event.altKey && keys[event.key];
    if (!action) return;
    event.preventDefault();
    action();
  });

  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-view]");
    if (button) actions[button.dataset.view]();
  });

  element.addEventListener("wheel", (event) => {
    if (!shown) return;
    if (event.ctrlKey || event.metaKey) {
      event.preventDefault();
      zoom(event.deltaY > 0 ? 1.25 : 0.8, drawing.time(event.offsetX, shown));
    } else if (Math.abs(event.deltaX) > Math.abs(event.deltaY)) {
      event.preventDefault();
      pan(event.deltaX / element.clientWidth);
    }
  }, { passive: false });

  function barAt(event) {
    const box = element.getBoundingClientRect();
    return shown && drawing.at(event.clientX - box.left, event.clientY - box.top, shown, now());
  }

  let held = null;
  element.addEventListener("pointerdown", (event) => {
    if (event.button === 0) held = { x: event.clientX, end: view().to, moved: false };
  });
  window.addEventListener("pointermove", (event) => {
    if (held) {
      const by = event.clientX - held.x;
      if (Math.abs(by) < 4 && !held.moved) return;
      held.moved = true;
      element.classList.add("is-dragged");
      const to = held.end - (by / (drawing.width - drawing.left)) * span;
      end = to >= now() ? null : to;
      moved();
    } else if (element.contains(event.target)) {
      const bar = barAt(event);
      element.classList.toggle("is-over", Boolean(bar?.job));
      if (bar) choose(bar);
    }
  });
  window.addEventListener("pointerup", (event) => {
    const was = held;
    held = null;
    element.classList.remove("is-dragged");
    if (was && !was.moved && element.contains(event.target)) open(barAt(event), event.ctrlKey || event.metaKey);
  });
  element.addEventListener("auxclick", (event) => {
    if (event.button === 1) open(barAt(event), true);
  });

  element.addEventListener("scroll", draw);
  window.addEventListener("resize", draw);
  document.addEventListener("ui:theme", draw);
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", draw);
  document.addEventListener("visibilitychange", fetchNow);
  // Slots that were taken or came free are the news; in between, the present moves on.
  document.addEventListener("live:executors", () => {
    if (end === null && Date.now() - fetched > FRESH) fetchNow();
  });
  setInterval(() => {
    if (document.hidden || end !== null) return;
    if (Date.now() - fetched > 5 * FRESH) fetchNow();
    draw();
  }, 1000);
  fetchNow();
})();
