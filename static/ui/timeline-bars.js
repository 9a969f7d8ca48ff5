"use strict";
// What ran, kept by the ids of leases, and laid into lanes: one for each slot of an executor.
(() => {
  const [LEASE, EXECUTOR, START, END, SLOTS, SIZE, TYPE, OUTCOME, JOB, NAME] = Array(10).keys();

  function read(answer) {
    const types = answer.types;
    return {
      executors: answer.executors,
      bars: answer.bars.map((bar) => ({
        lease: bar[LEASE], executor: bar[EXECUTOR], start: bar[START], end: bar[END],
        slots: bar[SLOTS], size: bar[SIZE], type: types[bar[TYPE]].name, hue: types[bar[TYPE]].hue,
        outcome: bar[OUTCOME], job: bar[JOB], name: bar[NAME], lane: 0,
      })),
      densities: answer.densities.map(([executor, start, end, leases, jobs, share]) => (
        { executor, start, end, leases, jobs, share })),
      types,
    };
  }

  /** The lowest lane from which on `count` of them are free at `start`. */
  function freeLane(ends, count, start) {
    for (let lane = 0; ; lane += 1) {
      let width = 0;
      while (width < count && (ends[lane + width] ?? -Infinity) <= start) width += 1;
      if (width === count) return lane;
      lane += width;
    }
  }

  /** Gives each bar its lane, and each executor its number of lanes. Bars come by their starts. */
  function lay(seen) {
    const ends = seen.executors.map(() => []);
    for (const bar of seen.bars) {
      const its = ends[bar.executor];
      bar.lane = freeLane(its, bar.slots, bar.start);
      for (let slot = 0; slot < bar.slots; slot += 1) its[bar.lane + slot] = bar.end ?? Infinity;
    }
    seen.executors.forEach((executor, index) => {
      executor.lanes = Math.max(executor.slots, ends[index].length);
    });
    return seen;
  }

  window.timelineBars = { read: (answer) => lay(read(answer)) };
})();
