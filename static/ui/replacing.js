"use strict";
// HTML that our server made, in the place of older HTML. Whoever has just reached a link in it by
// keyboard stays there.
(() => {
  function replace(element, html) {
    const focused = element.contains(document.activeElement) ? document.activeElement : null;
    const place = focused?.getAttribute("href");
    element.innerHTML = html;
    if (place) [...element.querySelectorAll("a[href]")].find((a) => a.getAttribute("href") === place)?.focus();
    window.ui.times(element);
    element.dispatchEvent(new CustomEvent("ui:changed", { bubbles: true }));
  }

  window.ui = Object.assign(window.ui || {}, { replace });
})();
