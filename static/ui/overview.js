"use strict";
// The overview: its chart is drawn anew when htmx brings another one, and goes on with the stream.
(() => {
  let card = null;
  let drawn = null;
  let points = {};

  function begin() {
    const found = document.getElementById("chart");
    if (!found || found === card) return;
    drawn?.end();
    card = found;
    const { measure, step } = card.dataset;
    drawn = window.drawing(document.getElementById("plot"), document.getElementById("legend"), { measure, step: Number(step) });
    points = JSON.parse(document.getElementById("points").textContent);
    drawn.show(points);
    document.getElementById("chart-table").addEventListener("toggle", () => write(points));
  }

  function write(now) {
    points = now;
    if (!document.getElementById("chart-table").open) return;
    const series = drawn.series();
    const table = document.getElementById("chart-values");
    const head = document.createElement("tr");
    head.append(cell("th", "From"), ...series.map((name) => cell("th", name, "num")));
    const rows = Object.keys(now).map(Number).sort((a, b) => b - a).filter((time) => Object.keys(now[time]).length);
    table.tHead.replaceChildren(head);
    table.tBodies[0].replaceChildren(...rows.map((time) => {
      const row = document.createElement("tr");
      const first = cell("th", "");
      first.append(window.ui.timeElement(new Date(time * 1000).toISOString(), "clock"));
      row.append(first, ...series.map((name) => cell("td", name in now[time] ? drawn.format(now[time][name]) : "", "num")));
      return row;
    }));
  }

  function cell(tag, text, className = "") {
    const element = document.createElement(tag);
    element.textContent = text;
    element.className = className;
    if (tag === "th") element.scope = className ? "col" : "row";
    return element;
  }

  document.addEventListener("live", (event) => {
    const { topic, data } = event.detail;
    if (topic === `chart:${card?.dataset.chart}`) {
      drawn.show(data);
      write(data);
    }
    if (topic === "overview") document.getElementById("start").hidden = !data.is_new;
  });
  document.addEventListener("htmx:load", begin);
  document.addEventListener("ui:theme", () => drawn?.paint());
  window.matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => drawn?.paint());
  begin();
})();
