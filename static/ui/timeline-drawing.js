"use strict";
// Draws the timeline on its canvas, and tells what is at a point of it.
(() => {
  const AXIS = 24;
  const GAP = 14;
  const MIN_BAR = 1.5;
  const LABEL = 96;
  const STEPS = [10, 50, 100, 500, 1e3, 5e3, 1e4, 3e4, 6e4, 3e5, 9e5];

  const laneHeight = (executor) => (executor.lanes > 32 ? 5 : executor.lanes > 12 ? 9 : 16);
  const gutter = (width) => (width < 520 ? 84 : 150);

  /** Where each executor begins, and how high all of them are. */
  function layout(executors) {
    let top = AXIS + 4;
    for (const executor of executors) {
      executor.top = top;
      executor.lane = laneHeight(executor);
      top += Math.max(executor.lanes * executor.lane, 16) + GAP;
    }
    return top;
  }

  function colours(element) {
    const of = window.ui.colour;
    return {
      hues: Array.from({ length: 8 }, (_, hue) => of(`--hue-${hue}`)),
      text: of("--text"), muted: of("--muted"), border: of("--border"), bad: of("--bad"),
      surface: of("--surface"), raised: of("--raised"), accent: of("--accent"), font: getComputedStyle(element).fontFamily,
    };
  }

  class Drawing {
    constructor(element) {
      this.element = element;
      this.canvas = element.querySelector("canvas");
      this.space = element.querySelector(".timeline-space");
      this.seen = { executors: [], bars: [], densities: [] };
      this.selected = null;
    }

    show(seen) {
      this.seen = seen;
      this.height = layout(seen.executors);
      // By the object model, which the content security policy lets scripts do.
      this.space.style.height = `${this.height}px`;
    }

    get width() { return this.element.clientWidth; }
    get left() { return gutter(this.width); }

    x(time, view) { return this.left + ((time - view.from) / (view.to - view.from)) * (this.width - this.left); }
    time(x, view) { return view.from + ((x - this.left) / (this.width - this.left)) * (view.to - view.from); }

    draw(view, now) {
      const height = Math.min(this.height, Math.max(120, Math.round(window.innerHeight * 0.64)));
      const ratio = window.devicePixelRatio || 1;
      const { canvas, width } = this;
      canvas.style.height = `${height}px`;
      if (canvas.width !== Math.round(width * ratio) || canvas.height !== Math.round(height * ratio)) {
        canvas.width = Math.round(width * ratio);
        canvas.height = Math.round(height * ratio);
      }
      const pen = canvas.getContext("2d");
      const colour = colours(this.element);
      pen.setTransform(ratio, 0, 0, ratio, 0, 0);
      pen.clearRect(0, 0, width, height);
      pen.save();
      pen.translate(0, -this.element.scrollTop);
      this.drawLanes(pen, colour);
      pen.beginPath();
      pen.rect(this.left, this.element.scrollTop + AXIS, width - this.left, height);
      pen.clip();
      for (const density of this.seen.densities) this.drawDensity(pen, density, view, colour);
      for (const bar of this.seen.bars) this.drawBar(pen, bar, view, now, colour);
      pen.restore();
      this.drawAxis(pen, view, now, height, colour);
    }

    drawLanes(pen, colour) {
      pen.font = `12px ${colour.font}`;
      pen.textBaseline = "middle";
      for (const executor of this.seen.executors) {
        pen.fillStyle = colour.raised;
        for (let lane = 0; lane < executor.lanes; lane += 1) {
          pen.fillRect(this.left, executor.top + lane * executor.lane, this.width - this.left, Math.max(1, executor.lane - 2));
        }
        pen.fillStyle = executor.status === "online" ? colour.text : colour.muted;
        pen.fillText(this.cut(pen, executor.name), 8, executor.top + 8);
        if (executor.status !== "online" && executor.lanes * executor.lane >= 30) pen.fillText(executor.status, 8, executor.top + 24);
      }
    }

    cut(pen, text) {
      const room = this.left - 16;
      let shown = text;
      while (shown.length > 1 && pen.measureText(shown).width > room) shown = `${shown.slice(0, -2)}…`;
      return shown;
    }

    place(bar, view, now) {
      const executor = this.seen.executors[bar.executor];
      const x = this.x(bar.start, view);
      const end = this.x(bar.end ?? now, view);
      return {
        x, y: executor.top + bar.lane * executor.lane, width: Math.max(MIN_BAR, end - x - 0.5),
        height: Math.max(2, executor.lane * bar.slots - 2),
      };
    }

    drawBar(pen, bar, view, now, colour) {
      const { x, y, width, height } = this.place(bar, view, now);
      if (x > this.width || x + width < this.left) return;
      const isBad = bar.outcome === "failed" || bar.outcome === "lost";
      pen.fillStyle = colour.hues[bar.hue];
      pen.globalAlpha = bar.end === null ? 0.65 : 1;
      pen.fillRect(x, y, width, height);
      pen.globalAlpha = 1;
      // Not by colour alone: what failed has a notch at its end.
      if (isBad) {
        pen.fillStyle = colour.bad;
        pen.fillRect(x, y + height - Math.min(4, height), width, Math.min(4, height));
      }
      if (bar === this.selected) {
        pen.strokeStyle = colour.text;
        pen.lineWidth = 2;
        pen.strokeRect(x - 1, y - 1, Math.max(width, 4) + 2, height + 2);
      }
      if (width > 24 && height >= 13) this.drawLabel(pen, bar, Math.max(x, this.left), Math.min(x + width, this.width), y + height / 2, colour);
    }

    // Only where all of it can be read.
    drawLabel(pen, bar, from, to, middle, colour) {
      const text = bar.size > 1 ? `${bar.type} ×${bar.size}` : bar.type;
      pen.font = `11px ${colour.font}`;
      if (pen.measureText(text).width + 10 > to - from) return;
      pen.fillStyle = colour.surface;
      pen.fillText(text, from + 5, middle + 0.5);
    }

    drawDensity(pen, density, view, colour) {
      const executor = this.seen.executors[density.executor];
      const x = this.x(density.start, view);
      const full = executor.lanes * executor.lane - 2;
      const height = Math.max(2, full * density.share);
      pen.fillStyle = colour.muted;
      pen.globalAlpha = 0.45;
      pen.fillRect(x, executor.top + full - height, Math.max(MIN_BAR, this.x(density.end, view) - x - 0.5), height);
      pen.globalAlpha = 1;
    }

    drawAxis(pen, view, now, height, colour) {
      const room = (this.width - this.left) / LABEL;
      const step = STEPS.find((one) => (view.to - view.from) / one <= Math.max(2, room)) ?? 3.6e6;
      pen.fillStyle = colour.surface;
      pen.fillRect(0, 0, this.width, AXIS);
      pen.font = `11px ${colour.font}`;
      pen.textBaseline = "middle";
      for (let at = Math.ceil(view.from / step) * step; at <= view.to; at += step) {
        const x = this.x(at, view);
        pen.fillStyle = colour.border;
        pen.fillRect(x, 0, 1, height);
        pen.fillStyle = colour.muted;
        if (x < this.width - LABEL + 16) pen.fillText(window.ui.tick(new Date(at), step / 1000), x + 4, AXIS / 2);
      }
      const x = this.x(now, view);
      if (x >= this.left && x <= this.width) {
        pen.fillStyle = colour.accent;
        pen.fillRect(x - 1, 0, 2, height);
      }
    }

    /** The bar at a point of the element, if there is one; within two pixels of a thin one. */
    at(x, y, view, now) {
      const down = y + this.element.scrollTop;
      return this.seen.bars.findLast((bar) => {
        const place = this.place(bar, view, now);
        return x >= place.x - 2 && x <= place.x + place.width + 2 && down >= place.y && down <= place.y + place.height;
      }) ?? null;
    }
  }

  window.TimelineDrawing = Drawing;
})();
