"use strict";
// Names for what the admin's widgets draw themselves, so that it can be heard.

function nameWidgets() {
  const drawn = ".select2-search__field, .select2-selection--single, .select2-selection__rendered[role=textbox]";
  for (const input of document.querySelectorAll(drawn)) {
    const select = input.closest(".select2-container").previousElementSibling;
    if (!input.ariaLabel) input.ariaLabel = select?.labels?.[0]?.textContent.trim() || "Search";
  }
  for (const tip of document.querySelectorAll(".help-tooltip[aria-label]:not([role])")) tip.setAttribute("role", "img");
}

window.addEventListener("load", () => setTimeout(nameWidgets)); // after the other listeners, which draw them
