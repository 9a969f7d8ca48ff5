"use strict";
// The longest bars of the timeline as a list, kept in step with the drawing: rows are known by their
// leases, so that nothing flickers and whoever is on a link stays there.
(() => {
  const MOST = 50;

  function element(tag, className = "", ...content) {
    const made = document.createElement(tag);
    if (className) made.className = className;
    made.append(...content);
    return made;
  }

  function longest(bars, now) {
    const length = (bar) => (bar.end ?? now) - bar.start;
    const kept = [...bars].sort((a, b) => length(b) - length(a)).slice(0, MOST);
    return kept.sort((a, b) => b.start - a.start);
  }

  function job(bar, address) {
    const cell = element("th");
    cell.scope = "row";
    if (!bar.job) cell.append(element("span", "muted", "gone"));
    else {
      const link = element("a", "", bar.name || bar.type);
      link.href = address(bar);
      cell.append(link);
      if (bar.size > 1) cell.append(" ", element("span", "muted", `and ${bar.size - 1} more`));
    }
    return cell;
  }

  function took(bar) {
    if (bar.end !== null) return window.ui.duration((bar.end - bar.start) / 1000);
    const counter = element("span");
    counter.dataset.since = new Date(bar.start).toISOString();
    return counter;
  }

  function row(bar, executor, address) {
    const made = element(
      "tr", "", job(bar, address), element("td", "mono", bar.type), element("td", "", executor.name),
      element("td", "", window.ui.timeElement(new Date(bar.start).toISOString(), "clock")),
      element("td", "num", took(bar)),
      element("td", "", ...(bar.outcome ? [element("span", `badge badge-${bar.outcome}`, bar.outcome)] : [])),
    );
    made.dataset.row = "";
    made.dataset.lease = bar.lease;
    made.dataset.said = `${bar.end} ${bar.outcome} ${bar.job}`;
    window.ui.times(made);
    return made;
  }

  /** The rows for some bars; those of before that say the same are the same elements. */
  function rows(body, bars, executors, address) {
    const before = new Map([...body.children].map((one) => [one.dataset.lease, one]));
    return bars.map((bar) => {
      const fresh = row(bar, executors[bar.executor], address);
      const known = before.get(bar.lease);
      return known?.dataset.said === fresh.dataset.said ? known : fresh;
    });
  }

  // Elements that stay in place keep the focus; those that are moved would lose it.
  function put(body, wanted) {
    const focused = body.contains(document.activeElement) ? document.activeElement.closest("tr").dataset.lease : null;
    for (const old of [...body.children]) if (!wanted.includes(old)) old.remove();
    wanted.forEach((one, index) => {
      if (body.children[index] !== one) body.insertBefore(one, body.children[index] ?? null);
    });
    if (focused && !body.contains(document.activeElement)) body.querySelector(`[data-lease="${focused}"] a`)?.focus();
  }

  /** Shows what the drawing shows; `address(bar)` is the page of its job. */
  function show(seen, now, address) {
    const place = document.getElementById("timeline-list");
    const bars = longest(seen.bars, now);
    put(place.querySelector("tbody"), rows(place.querySelector("tbody"), bars, seen.executors, address));
    const others = seen.bars.length - bars.length + seen.densities.reduce((sum, one) => sum + one.leases, 0);
    const merged = place.querySelector("[data-merged]");
    merged.hidden = !others;
    merged.textContent = `${others.toLocaleString("en")} shorter ones are only in the drawing.`;
    place.querySelector(".table-wrap").hidden = !bars.length;
    place.querySelector("[data-none]").hidden = bars.length > 0;
  }

  window.timelineList = { show };
})();
