"use strict";
// Times in the viewer's locale and zone: all that pages write goes through here.
// <time datetime data-time="relative|clock|absolute">, its title always absolute; an element
// with data-since="ISO" counts up from then; one with data-at="ISO" has the time before its data-said
// as its title.
(() => {
  const DAY = { month: "short", day: "numeric" };
  const MINUTE = { hour: "2-digit", minute: "2-digit" };
  const SECOND = { ...MINUTE, second: "2-digit" };
  const formatter = (options) => new Intl.DateTimeFormat(undefined, options);
  const absoluteFormat = formatter({ year: "numeric", ...DAY, ...SECOND, timeZoneName: "short" });
  const dayFormat = formatter(DAY);
  const minuteFormat = formatter(MINUTE);
  const secondFormat = formatter(SECOND);
  const preciseFormat = formatter({ ...SECOND, fractionalSecondDigits: 3 });

  /** A time span as values.duration of the server writes it. */
  function duration(seconds) {
    if (seconds === null || seconds === undefined) return "-";
    if (seconds < 0) return `-${duration(-seconds)}`;
    if (seconds < 0.9995) return `${Number((seconds * 1000).toPrecision(3))} ms`;
    if (seconds < 59.95) return `${Number(seconds.toPrecision(3))} s`;
    const units = [["d", "h", 3600, 24], ["h", "min", 60, 60], ["min", "s", 1, 60]];
    for (const [large, small, size, per] of units) {
      const count = Math.round(seconds / size);
      const whole = Math.floor(count / per);
      if (whole) return count % per ? `${whole} ${large} ${count % per} ${small}` : `${whole} ${large}`;
    }
    return `${Math.round(seconds)} s`;
  }

  /** "12 s ago", "in 3 min", then the clock or the date. */
  function relative(when, now = Date.now()) {
    const seconds = (now - when.getTime()) / 1000;
    const span = Math.abs(seconds);
    let text;
    if (span < 1.5) return "now";
    if (span < 60) text = `${Math.round(span)} s`;
    else if (span < 3600) text = `${Math.round(span / 60)} min`;
    else if (span < 86400) text = `${Math.round(span / 3600)} h`;
    else if (span < 30 * 86400) text = `${Math.round(span / 86400)} d`;
    else return dayFormat.format(when);
    return seconds > 0 ? `${text} ago` : `in ${text}`;
  }

  const absolute = (when) => absoluteFormat.format(when);
  const precise = (when) => preciseFormat.format(when);
  const clock = (when) => {
    const today = when.toDateString() === new Date().toDateString();
    return today ? secondFormat.format(when) : `${dayFormat.format(when)}, ${secondFormat.format(when)}`;
  };
  const styles = { relative, absolute, clock };

  /** The label of a tick of an axis whose ticks are so many seconds apart: no finer than they. */
  function tick(when, step) {
    if (step >= 86400) return dayFormat.format(when);
    if (step >= 60) return minuteFormat.format(when);
    return step >= 1 ? secondFormat.format(when) : preciseFormat.format(when);
  }

  function setText(element, text) {
    if (element.textContent !== text) element.textContent = text;
  }

  function setTitle(element, title) {
    if (element.title !== title) element.title = title;
  }

  function writeTime(element) {
    const when = new Date(element.dateTime);
    if (Number.isNaN(when.getTime())) return;
    setText(element, (styles[element.dataset.time] || relative)(when));
    setTitle(element, absolute(when));
  }

  /** Writes all times within an element. */
  function times(root = document) {
    for (const element of root.querySelectorAll("time[data-time]")) writeTime(element);
    for (const element of root.querySelectorAll("[data-since]")) {
      const seconds = (Date.now() - new Date(element.dataset.since).getTime()) / 1000;
      setText(element, duration(Math.max(0, seconds < 60 ? Math.round(seconds) : seconds)));
    }
    for (const element of root.querySelectorAll("[data-at]")) {
      setTitle(element, `${clock(new Date(element.dataset.at))}: ${element.dataset.said}`);
    }
  }

  /** A <time> for a moment given as ISO text. */
  function timeElement(iso, style = "relative") {
    const element = document.createElement("time");
    element.dateTime = iso;
    element.dataset.time = style;
    writeTime(element);
    return element;
  }

  window.ui = Object.assign(window.ui || {}, {
    absolute, clock, duration, precise, relative, tick, timeElement, times,
  });
  times();
  document.addEventListener("htmx:load", (event) => times(event.detail.elt));
  setInterval(() => {
    if (!document.hidden) times();
  }, 1000);
  document.addEventListener("visibilitychange", () => {
    if (!document.hidden) times();
  });
})();
