// The few things that markup alone cannot do. Every page works without this file.

function announce(text) {
  const line = document.createElement("p");
  line.className = "message error";
  line.textContent = text;
  document.getElementById("messages").replaceChildren(line);
}

document.addEventListener("htmx:responseError", (event) => {
  announce(`The server could not answer (${event.detail.xhr.status}). Nothing was changed; please try again.`);
});
document.addEventListener("htmx:sendError", () => announce("The server cannot be reached. Please try again."));

// "/" goes to the search field, as in most tools with a list.
document.addEventListener("keydown", (event) => {
  const typing = event.target.closest("input, textarea, select, [contenteditable]");
  const search = document.querySelector("[data-search]");
  if (event.key === "/" && !typing && search) {
    event.preventDefault();
    search.focus();
  }
});

// A second click on a button that already sent its form does nothing.
document.addEventListener("submit", (event) => {
  const button = event.submitter;
  if (button && event.target.hasAttribute("data-once")) {
    setTimeout(() => { button.disabled = true; }, 0);
    button.setAttribute("aria-busy", "true");
  }
});
window.addEventListener("pageshow", () => {
  document.querySelectorAll("[data-once] [disabled]").forEach((button) => { button.disabled = false; });
});

// A button with a name writes it into the comment, where the cursor is.
document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-mentions] button");
  if (!button) return;
  const field = button.closest(".field").querySelector("textarea");
  const before = field.value.slice(0, field.selectionStart);
  const gap = before && !/\s$/.test(before) ? " " : "";
  field.setRangeText(`${gap}${button.value} `, field.selectionStart, field.selectionEnd, "end");
  field.focus();
});

// A menu of the header closes when one goes elsewhere.
document.addEventListener("click", (event) => {
  document.querySelectorAll("details[name=menu][open]").forEach((menu) => {
    if (!menu.contains(event.target)) menu.open = false;
  });
});
document.addEventListener("keydown", (event) => {
  const menu = event.key === "Escape" && document.querySelector("details[name=menu][open]");
  if (menu) {
    menu.open = false;
    menu.querySelector("summary").focus();
  }
});

// Dropping files on the upload field's card fills the field.
document.querySelectorAll("[data-drop]").forEach((zone) => {
  const field = zone.querySelector("input[type=file]");
  zone.addEventListener("dragover", (event) => { event.preventDefault(); zone.classList.add("over"); });
  zone.addEventListener("dragleave", () => zone.classList.remove("over"));
  zone.addEventListener("drop", (event) => {
    event.preventDefault();
    zone.classList.remove("over");
    field.files = event.dataTransfer.files;
  });
});
