"use strict";
// While the pointer is down the page stays as it is: what moved or came anew under it would take the
// click. Whatever is to change the page by itself goes through here, answers to htmx too.
(() => {
  const waiting = [];
  let isDown = false;

  function go() {
    while (waiting.length && !isDown) waiting.shift()();
  }

  /** Does `change` at once, or when the pointer is up; one after another, as they came. */
  function atRest(change) {
    waiting.push(change);
    go();
  }

  function release() {
    isDown = false;
    // The click comes right after the pointer is up, in the same task.
    setTimeout(go);
  }

  document.addEventListener("pointerdown", (event) => { isDown = event.button === 0; }, true);
  for (const kind of ["pointerup", "pointercancel", "contextmenu"]) document.addEventListener(kind, release, true);
  // A menu of the browser's own may have had the end of it.
  document.addEventListener("pointermove", (event) => { if (isDown && !event.buttons) release(); }, true);

  document.addEventListener("htmx:beforeSend", (event) => {
    const { xhr } = event.detail;
    const take = xhr.onload;
    xhr.onload = () => atRest(take);
  });

  window.ui = Object.assign(window.ui || {}, { atRest });
})();
