"use strict";
// Swagger UI's own dark theme is a class of the page: as the switch of our pages says, or the system.
(() => {
  const root = document.documentElement;
  const system = window.matchMedia("(prefers-color-scheme: dark)");

  function apply() {
    const isDark = root.dataset.theme ? root.dataset.theme === "dark" : system.matches;
    root.classList.toggle("dark-mode", isDark);
  }

  system.addEventListener("change", apply);
  apply();
})();
