// Says what the chosen crontab means, below its field.
"use strict";

(function () {
    const meanings = JSON.parse(document.getElementById("readable-crontabs").textContent);
    const select = document.getElementById("id_crontab");
    const row = document.querySelector(".field-crontab");
    if (!select || !row) {
        return;
    }
    const note = document.createElement("p");
    note.id = "crontab-meaning";
    note.setAttribute("aria-live", "polite");
    row.append(note);

    function explain() {
        note.textContent = meanings[select.value] || "";
    }

    select.addEventListener("change", explain);
    explain();
})();
