"use strict";
// The frame: its menu, the switch of colours, copying, and what to say when the server is away.
(() => {
  const root = document.documentElement;

  function say(text, kind = "success") {
    const message = document.createElement("p");
    message.className = `message message-${kind}`;
    if (kind === "error") message.setAttribute("role", "alert");
    message.textContent = text;
    document.getElementById("messages").replaceChildren(message);
  }

  const THEMES = { "": "as the system has them", light: "light", dark: "dark" };

  function showTheme() {
    const label = `Colours: ${THEMES[root.dataset.theme || ""]}`;
    for (const button of document.querySelectorAll("[data-theme-switch]")) {
      button.setAttribute("aria-label", label);
      button.title = label;
    }
  }

  function switchTheme() {
    const names = Object.keys(THEMES);
    const next = names[(names.indexOf(root.dataset.theme || "") + 1) % names.length];
    if (next) root.dataset.theme = next;
    else delete root.dataset.theme;
    try {
      localStorage.setItem("theme", next);
    } catch {
      // It then lasts as long as the page.
    }
    showTheme();
    document.dispatchEvent(new CustomEvent("ui:theme"));
  }

  function switchMenu(button) {
    const isOpen = document.getElementById("frame").classList.toggle("is-open");
    button.setAttribute("aria-expanded", String(isOpen));
  }

  async function copy(button) {
    const source = document.querySelector(button.dataset.copyFrom || null);
    const text = button.dataset.copy === "url" ? location.href : source?.textContent ?? button.dataset.copy;
    try {
      await navigator.clipboard.writeText(text);
      say("Copied.");
    } catch {
      say("The browser did not allow it: copy by hand.", "error");
    }
  }

  document.addEventListener("click", (event) => {
    const button = event.target.closest("button");
    if (!button) return;
    if ("themeSwitch" in button.dataset) switchTheme();
    if ("menu" in button.dataset) switchMenu(button);
    if ("copy" in button.dataset) copy(button);
  });

  document.addEventListener("htmx:sendError", () => {
    say("The server does not answer. Nothing was changed; try again in some seconds.", "error");
  });
  document.addEventListener("htmx:responseError", (event) => {
    if (!event.detail.xhr.responseText) say("The server could not do that; its log has the details.", "error");
  });

  window.ui = Object.assign(window.ui || {}, { say });
  showTheme();
})();
