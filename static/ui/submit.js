"use strict";
// The form for a job: uploads as soon as a file is chosen, times by a picker, errors once they count.
(() => {
  const field = (element) => element.closest("[data-field]");

  // --- Files -----------------------------------------------------------------------------------
  function tell(box, text, isBad = false) {
    const about = box.querySelector(".artifact-about");
    about.textContent = text;
    about.classList.toggle("is-bad", isBad);
  }

  function reason(request) {
    try {
      return JSON.parse(request.responseText).detail;
    } catch {
      return "the server does not answer; try again in some seconds.";
    }
  }

  function upload(box, file) {
    const bar = box.querySelector("progress");
    const body = new FormData();
    body.append("file", file);
    const request = new XMLHttpRequest();
    request.open("POST", box.dataset.artifact);
    request.setRequestHeader("Accept", "application/json");
    request.setRequestHeader("X-CSRFToken", document.querySelector("#request [name=csrfmiddlewaretoken]").value);
    request.upload.onprogress = (event) => { bar.value = event.loaded / event.total; };
    const before = box.sending;
    box.sending = request;
    before?.abort();
    request.onloadend = () => {
      // Another file was chosen since.
      if (box.sending !== request) return;
      bar.hidden = true;
      if (request.status !== 201) return tell(box, `${file.name} was not kept: ${reason(request)}`, true);
      const artifact = JSON.parse(request.responseText);
      const id = box.querySelector("input[type=text]");
      id.value = artifact.id;
      // It is kept already, and need not be sent again with the form.
      box.querySelector("input[type=file]").value = "";
      tell(box, `${artifact.name}, ${artifact.size.toLocaleString("en")} bytes`);
      id.dispatchEvent(new Event("input", { bubbles: true }));
    };
    bar.value = 0;
    bar.hidden = false;
    tell(box, `Sending ${file.name} …`);
    request.send(body);
  }

  document.addEventListener("change", (event) => {
    const box = event.target.matches("input[type=file]") && event.target.closest("[data-artifact]");
    if (box && event.target.files.length) upload(box, event.target.files[0]);
  });
  for (const kind of ["dragover", "dragleave", "drop"]) {
    document.addEventListener(kind, (event) => {
      const box = event.target.closest?.("[data-artifact]");
      if (!box) return;
      event.preventDefault();
      box.classList.toggle("is-over", kind === "dragover");
      if (kind === "drop" && event.dataTransfer.files.length) upload(box, event.dataTransfer.files[0]);
    });
  }

  // --- Times -----------------------------------------------------------------------------------
  function addPicker(input) {
    const picker = document.createElement("input");
    picker.type = "datetime-local";
    picker.step = "1";
    picker.setAttribute("aria-label", "Pick the time, in your own zone");
    picker.addEventListener("input", (event) => {
      event.stopPropagation();
      const moment = new Date(picker.value);
      input.value = Number.isNaN(moment.getTime()) ? "" : moment.toISOString().replace(".000", "");
      input.dispatchEvent(new Event("input", { bubbles: true }));
    });
    const box = document.createElement("div");
    box.className = "moment";
    input.replaceWith(box);
    box.append(input, picker);
  }

  // --- Errors ----------------------------------------------------------------------------------
  function mark(error) {
    const control = document.getElementById(error.id.replace(/-error$/, ""));
    if (!control?.matches("input, select, textarea")) return;
    const shown = [...error.querySelectorAll("p")].some((line) => line.offsetParent);
    if (shown) control.setAttribute("aria-invalid", "true");
    else control.removeAttribute("aria-invalid");
  }

  document.addEventListener("focusout", (event) => {
    const its = field(event.target);
    if (!its || !event.target.matches("input, select, textarea")) return;
    // It may show what is wrong, and move the button that the pointer is on.
    window.ui.atRest(() => {
      its.classList.add("touched");
      its.querySelectorAll(":scope > .error").forEach(mark);
    });
  });
  document.addEventListener("htmx:oobAfterSwap", (event) => {
    const target = event.detail.target;
    if (target.classList.contains("error")) mark(document.getElementById(target.id));
  });

  // --- The form as a whole -----------------------------------------------------------------------
  document.addEventListener("submit", (event) => {
    if (event.target.id !== "request" || event.submitter?.name) return;
    const button = event.target.querySelector("[data-submit]");
    // After the event, or the browser would not send the form.
    setTimeout(() => { button.disabled = true; });
  });
  addEventListener("pageshow", () => {
    document.querySelectorAll("[data-submit]").forEach((button) => { button.disabled = false; });
  });

  // A check that is answered after its form was replaced tells of fields that are gone.
  function ignoreLate(form) {
    form?.addEventListener("htmx:beforeOnLoad", (event) => {
      if (!form.isConnected) event.preventDefault();
    });
  }

  function prepare(root) {
    ignoreLate(document.getElementById("request"));
    root.querySelectorAll("input[data-moment]").forEach(addPicker);
    root.querySelectorAll("[data-new]").forEach((row) => row.querySelector("input:not([type=hidden]), select, textarea")?.focus());
    document.getElementById("summary")?.focus();
  }

  document.addEventListener("htmx:afterSwap", (event) => {
    if (event.detail.elt.id === "request") prepare(event.detail.elt);
  });
  prepare(document);
})();
