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

// On a telephone the navigation is wider than the page: the entry that is open comes into view.
document.querySelector(".nav [aria-current]")?.scrollIntoView({ inline: "center", block: "nearest" });

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
window.addEventListener("waited", () => {  // of busy.js
  document.querySelectorAll("[data-once] [disabled]").forEach((button) => {
    button.disabled = false;
    button.removeAttribute("aria-busy");
  });
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

// Charts are one tab stop; arrows go from mark to mark.
document.addEventListener("keydown", (event) => {
  const steps = { ArrowRight: 1, ArrowLeft: -1 };
  const chart = event.key in steps && event.target.closest("[data-arrows]");
  if (!chart) return;
  const links = [...chart.querySelectorAll("a")];
  const next = links[links.indexOf(event.target.closest("a")) + steps[event.key]];
  if (next) {
    event.preventDefault();
    next.focus();
  }
});

// Search in a conversation: the answer names the turn to go to, and the field keeps the cursor.
function paint(turn, words) {
  if (!window.Highlight) return;
  CSS.highlights.delete("found");
  const walker = document.createTreeWalker(turn.querySelector(":scope > p"), NodeFilter.SHOW_TEXT);
  const wanted = new RegExp(words.replace(/[.*+?^${}()|[\]\\]/g, "\\$&"), "gi");
  const ranges = [];
  for (let node = walker.nextNode(); node; node = walker.nextNode()) {
    for (const hit of node.data.matchAll(wanted)) {
      const range = new Range();
      range.setStart(node, hit.index);
      range.setEnd(node, hit.index + hit[0].length);
      ranges.push(range);
    }
  }
  CSS.highlights.set("found", new Highlight(...ranges));
}
document.addEventListener("htmx:afterSettle", (event) => {
  const jump = event.target.querySelector("[data-jump]");
  if (!jump) return;
  const field = document.activeElement;
  location.replace(jump.hash);
  field.focus({ preventScroll: true });
  paint(document.querySelector(jump.hash), jump.dataset.jump);
});
document.addEventListener("keydown", (event) => {
  const find = event.key === "Enter" && event.shiftKey && event.target.closest("[data-find]");
  if (find) {
    event.preventDefault();
    find.querySelector("[value=previous]").click();
  }
});

// Copies the address of a turn; where the browser does not let us, the address bar has it.
document.addEventListener("click", async (event) => {
  const link = event.target.closest("[data-copy]");
  if (!link) return;
  link.setAttribute("aria-live", "polite");
  if (navigator.clipboard) {
    event.preventDefault();
    await navigator.clipboard.writeText(link.href);
    link.textContent = "Copied";
  } else {
    link.textContent = "In the address bar";
  }
});
