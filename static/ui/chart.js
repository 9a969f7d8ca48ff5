"use strict";
// Draws the values of a chart: `window.drawing(element, legend, {measure, step})` gives back
// `show(points)`, `paint()` for new colours, and `end()`. Points are {second: {series: value}}.
(() => {
  const HEIGHT = 280;
  const STATES = ["completed", "failed", "cancelled", "running", "queued", "assigned", "scheduled", "waiting"];
  const QUANTILES = { p50: "--series-1", p95: "--series-2", p99: "--bad" };
  const PALETTE = 8;
  // There is no half a job.
  const WHOLE = [...Array(12).keys()].flatMap((power) => [1, 2, 5].map((n) => n * 10 ** power));
  const ORDER = [...STATES, ...Object.keys(QUANTILES)];

  const { colour: colourOf } = window.ui;
  const FONT = getComputedStyle(document.body).fontFamily;

  function colours(names) {
    const found = {};
    let next = 0;
    for (const name of names) {
      if (STATES.includes(name)) found[name] = colourOf(`--state-${name}`);
      else if (name in QUANTILES) found[name] = colourOf(QUANTILES[name]);
      else if (name === "others") found[name] = colourOf("--muted");
      else found[name] = colourOf(`--series-${(next++ % PALETTE) + 1}`);
    }
    return found;
  }

  const faint = (colour) => colour.replace("rgb(", "rgba(").replace(")", ", 0.333)");

  const rank = (name) => (ORDER.includes(name) ? ORDER.indexOf(name) : name === "others" ? 999 : 99);

  function seriesOf(points) {
    const names = new Set(Object.values(points).flatMap((values) => Object.keys(values)));
    return [...names].sort((a, b) => rank(a) - rank(b) || a.localeCompare(b, "en", { numeric: true }));
  }

  const timeText = (seconds, increment) => window.ui.tick(new Date(seconds * 1000), increment);

  const short = new Intl.NumberFormat("en", { notation: "compact", maximumFractionDigits: 1 });

  window.drawing = (element, legend, { measure, step }) => {
    const isTime = measure === "execution" || measure === "queue";
    const isBars = measure === "finished";
    const hidden = new Set();
    let points = {};
    let plot = null;
    let shown = "";
    let at = null;

    const format = (value) => (value === null || value === undefined ? "–" : isTime ? (value ? window.ui.duration(value) : "0") : short.format(value));

    // Stacked from the top: each series reaches down to the next, the last to nothing.
    function columns(names) {
      const times = Object.keys(points).map(Number).sort((a, b) => a - b);
      const visible = names.filter((name) => !hidden.has(name));
      const value = (time, name) => points[time][name] ?? (isTime ? null : 0);
      if (isTime) return [times, ...visible.map((name) => times.map((time) => value(time, name)))];
      const sums = times.map(() => 0);
      const stacked = visible.map((name) => times.map((time, i) => (sums[i] += value(time, name))));
      return [times, ...stacked.reverse()];
    }

    function options(names) {
      const colour = colours(names);
      const visible = names.filter((name) => !hidden.has(name));
      const order = isTime ? visible : [...visible].reverse();
      const bars = window.uPlot.paths.bars({ size: [0.86, 60], align: 1 });
      const steps = window.uPlot.paths.stepped({ align: 1 });
      const lines = window.uPlot.paths.linear();
      const axis = { stroke: colourOf("--muted"), font: `11px ${FONT}`, ticks: { show: false } };
      return {
        width: element.clientWidth,
        height: HEIGHT,
        padding: [10, 34, 0, 0],
        legend: { show: false },
        cursor: { y: false, points: { show: isTime }, drag: { x: false, y: false } },
        scales: {
          x: { time: true, range: (_, least, most) => [least, isTime ? most : most + step] },
          y: { range: (_, __, most) => [0, Math.max(most ?? 0, isTime ? 0.001 : 1) * 1.08] },
        },
        axes: [
          { ...axis, size: 28, grid: { show: false }, space: 84, values: (_, splits, __, ___, increment) => splits.map((s) => timeText(s, increment)) },
          { ...axis, size: isTime ? 62 : 46, incrs: isTime ? undefined : WHOLE, grid: { stroke: colourOf("--border"), width: 1 }, space: 44, values: (_, splits) => splits.map(format) },
        ],
        series: [
          {},
          ...order.map((name) => ({
            label: name,
            stroke: colour[name],
            width: isBars ? 0 : 1.75,
            fill: isTime ? undefined : isBars ? colour[name] : faint(colour[name]),
            paths: isTime ? lines : isBars ? bars : steps,
            points: { show: isTime, size: 4, fill: colour[name] },
          })),
        ],
        bands: isTime || isBars ? undefined : order.slice(1).map((_, i) => ({ series: [i + 1, i + 2] })),
        hooks: { setCursor: [(u) => moved(u)] },
      };
    }

    function moved(u) {
      const time = u.cursor.idx === null || u.cursor.idx === undefined || u.cursor.left < 0 ? null : u.data[0][u.cursor.idx];
      if (time === at) return;
      at = time;
      tell();
    }

    // Without a cursor: of jobs that finished all together, else the latest value there is.
    function tell() {
      const times = Object.keys(points).map(Number).sort((a, b) => a - b);
      for (const button of legend.querySelectorAll("button")) {
        const name = button.dataset.series;
        let value = at === null ? null : points[at]?.[name] ?? (isTime ? null : 0);
        if (at === null && isBars) value = times.reduce((sum, time) => sum + (points[time][name] ?? 0), 0);
        if (at === null && !isBars) value = points[times.findLast((time) => points[time][name] !== undefined)]?.[name] ?? null;
        button.querySelector("strong").textContent = format(value);
      }
      const text = at === null ? (isBars ? "all together" : "latest") : timeText(at, step);
      const moment = legend.querySelector(".legend-at");
      if (moment && moment.textContent !== text) moment.textContent = text;
    }

    function writeLegend(names) {
      const colour = colours(names);
      const items = names.map((name) => {
        const button = document.createElement("button");
        button.type = "button";
        button.dataset.series = name;
        button.setAttribute("aria-pressed", String(!hidden.has(name)));
        const swatch = document.createElement("i");
        swatch.style.background = colour[name];
        button.append(swatch, name, document.createElement("strong"));
        return button;
      });
      const moment = document.createElement("span");
      moment.className = "legend-at muted";
      legend.replaceChildren(...items, ...(names.length ? [moment] : []));
    }

    function build(names) {
      plot?.destroy();
      const data = columns(names);
      plot = new window.uPlot(options(names), data, element);
      writeLegend(names);
    }

    function paint() {
      const names = seriesOf(points);
      element.classList.toggle("is-empty", !names.length);
      shown = names.join("\n");
      build(names);
      tell();
    }

    function show(now) {
      points = now;
      const names = seriesOf(points);
      if (names.join("\n") !== shown || !plot) paint();
      else {
        plot.setData(columns(names));
        tell();
      }
    }

    legend.addEventListener("click", (event) => {
      const name = event.target.closest("button")?.dataset.series;
      if (name === undefined) return;
      if (!hidden.delete(name)) hidden.add(name);
      paint();
      [...legend.querySelectorAll("button")].find((b) => b.dataset.series === name)?.focus();
    });
    const resizing = new ResizeObserver(() => {
      if (plot && element.clientWidth && plot.width !== element.clientWidth) plot.setSize({ width: element.clientWidth, height: HEIGHT });
    });
    resizing.observe(element);

    const end = () => {
      resizing.disconnect();
      plot?.destroy();
      plot = null;
    };
    return { show, paint, end, series: () => seriesOf(points), format };
  };
})();
