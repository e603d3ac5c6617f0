"use strict";
// Names for what the admin's widgets draw themselves, so that it can be heard.

function nameWidgets() {
  for (const input of document.querySelectorAll(".select2-search__field:not([aria-label])")) {
    const select = input.closest(".select2-container").previousElementSibling;
    input.setAttribute("aria-label", select?.labels?.[0]?.textContent.trim() || "Search");
  }
  for (const tip of document.querySelectorAll(".help-tooltip[aria-label]:not([role])")) tip.setAttribute("role", "img");
}

window.addEventListener("load", () => setTimeout(nameWidgets)); // after the other listeners, which draw them
