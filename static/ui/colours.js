"use strict";
// The colours of the style sheets, for what is drawn on a canvas: such a property says both its light
// and its dark colour, and only an element that has it knows which of them it is now.
(() => {
  const place = document.createElement("div");
  const known = new Map();
  place.hidden = true;
  place.style.forcedColorAdjust = "none"; // for the element itself, not for what is drawn
  document.body.append(place);

  function elementOf(name) {
    const made = document.createElement("i");
    made.style.color = `var(${name})`;
    place.append(made);
    known.set(name, made);
    return made;
  }

  /** The colour that a custom property is at this moment, as `rgb(…)`. */
  const colour = (name) => getComputedStyle(known.get(name) ?? elementOf(name)).color;

  window.ui = Object.assign(window.ui || {}, { colour });
})();
