"use strict";
// HTML that our server made, in the place of older HTML. Whoever has just reached a link in it by
// keyboard stays there; and where the pointer is down it waits, as the click would be lost.
(() => {
  const held = new Map();
  let pressed = null;

  const isPressed = (element) => Boolean(pressed && element.contains(pressed));

  function put(element, html) {
    const focused = element.contains(document.activeElement) ? document.activeElement : null;
    const place = focused?.getAttribute("href");
    element.innerHTML = html;
    if (place) [...element.querySelectorAll("a[href]")].find((a) => a.getAttribute("href") === place)?.focus();
    window.ui.times(element);
    element.dispatchEvent(new CustomEvent("ui:changed", { bubbles: true }));
  }

  function replace(element, html) {
    if (isPressed(element)) held.set(element, html);
    else put(element, html);
  }

  function release() {
    pressed = null;
    const waiting = [...held];
    held.clear();
    for (const [element, html] of waiting) put(element, html);
  }

  document.addEventListener("pointerdown", (event) => { pressed = event.target; }, true);
  // The click comes right after the pointer is up, in the same task.
  for (const kind of ["pointerup", "pointercancel"]) document.addEventListener(kind, () => setTimeout(release), true);

  window.ui = Object.assign(window.ui || {}, { isPressed, replace });
})();
