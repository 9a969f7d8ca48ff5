"use strict";
// The labels of the bars of a job's timeline: within the bar where they fit, if need be without what
// follows the colon, else beside it where there is room; what has neither is told below the chart while
// it is pointed at.
(() => {
  const PAD = 7;

  function shown(text, x, isInside) {
    text.setAttribute("x", x);
    text.classList.toggle("is-inside", isInside);
    text.setAttribute("visibility", "visible");
  }

  /** Where a label goes; `free` is where what stands left of the bar ends. Gives back its own end. */
  function place(text, bar, free, limit) {
    const end = bar.x + bar.width;
    const full = (text.dataset.full ??= text.textContent);
    text.setAttribute("visibility", "hidden");
    let width = 0;
    for (const words of [full, full.split(":")[0]]) {
      text.textContent = words;
      width = text.getComputedTextLength();
      if (width + 2 * PAD > bar.width) continue;
      shown(text, bar.x + PAD, true);
      return end;
    }
    if (end + width + 2 * PAD <= limit) {
      shown(text, end + PAD, false);
      return end + width + 2 * PAD;
    } else if (free + width + 2 * PAD <= bar.x) shown(text, bar.x - PAD - width, false);
    return end;
  }

  function placeLane(lane) {
    const texts = [...lane.querySelectorAll(".bar-label")];
    const bars = [...lane.querySelectorAll(".bar")].map((bar) => bar.getBBox());
    let free = 0;
    texts.forEach((text, index) => {
      const limit = bars[index + 1]?.x ?? lane.clientWidth;
      free = place(text, bars[index], free, limit);
    });
  }

  function placeAll() {
    for (const lane of document.querySelectorAll("#part-chart .lane:not(.lane-axis) svg")) placeLane(lane);
  }

  function tell(event) {
    const said = document.querySelector("#part-chart .chart-said");
    if (!said) return;
    const bar = event.target.closest?.("#part-chart .bar");
    const text = bar?.querySelector("title").textContent ?? "";
    if (said.textContent !== text) said.textContent = text;
  }

  document.addEventListener("pointerover", tell);
  document.addEventListener("htmx:oobAfterSwap", placeAll);
  // What holds the part stays when the part is replaced. It tells of its first size, too.
  new ResizeObserver(placeAll).observe(document.getElementById("part-chart").parentElement);
})();
