"use strict";
// Everything by keyboard: / search, j k Enter x on rows, g and a letter to go, ? help, Esc.
(() => {
  const rows = () => [...document.querySelectorAll("[data-row]")].filter((row) => row.offsetParent);
  let going = 0;

  const isTyping = (element) =>
    element.isContentEditable || element.matches("select, textarea, input:not([type=checkbox], [type=radio])");

  function current() {
    return document.querySelector("[data-row].is-current");
  }

  function moveTo(row) {
    if (!row) return;
    current()?.classList.remove("is-current");
    row.classList.add("is-current");
    const target = row.querySelector("a[href]") || row;
    target.focus({ preventScroll: true });
    row.scrollIntoView({ block: "nearest" });
  }

  // Rows that came anew are others; whoever was on one stays on that which leads to the same place.
  function stay(chosen) {
    if (current() || document.activeElement !== document.body) return;
    moveTo(rows().find((row) => row.querySelector("a[href]")?.href === chosen));
  }

  function step(by) {
    const all = rows();
    const at = all.indexOf(current());
    moveTo(all[at < 0 ? (by > 0 ? 0 : all.length - 1) : Math.min(all.length - 1, Math.max(0, at + by))]);
  }

  function open() {
    const link = current()?.querySelector("a[href]");
    // A focused link or button does by itself what Enter says.
    if (!link || document.activeElement.matches("a[href], button, summary")) return false;
    link.click();
    return true;
  }

  function select() {
    const box = current()?.querySelector("input[type=checkbox]");
    box?.click();
    return Boolean(box);
  }

  function search() {
    const field = document.querySelector("[data-search]");
    field?.focus();
    field?.select();
    return Boolean(field);
  }

  function go(key) {
    const link = [...document.querySelectorAll("[data-go]")].find((one) => one.dataset.go === key);
    link?.click();
    return Boolean(link);
  }

  const help = () => document.getElementById("help").showModal();
  const plain = {
    "/": search,
    "?": () => (help(), true),
    j: () => (step(1), true),
    k: () => (step(-1), true),
    x: select,
    Enter: open,
    g: () => ((going = Date.now()), true),
  };

  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return;
    if (event.key === "Escape" && isTyping(event.target)) {
      // What is sought stays: a browser would empty the field, and the list would be another.
      if (event.target.type === "search") event.preventDefault();
      event.target.blur();
    }
    if (isTyping(event.target) || document.querySelector("dialog[open]")) return;
    const wasGoing = Date.now() - going < 1500;
    going = 0;
    const done = wasGoing && go(event.key) ? true : plain[event.key]?.();
    if (done) event.preventDefault();
  });
  document.addEventListener("htmx:beforeSwap", () => {
    const chosen = current()?.querySelector("a[href]")?.href;
    if (chosen) document.addEventListener("htmx:afterSwap", () => stay(chosen), { once: true });
  });
  document.addEventListener("click", (event) => {
    if (event.target.closest("[data-help]")) help();
  });
})();
