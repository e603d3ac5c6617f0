"use strict";
// Whoever waits longer than a moment sees it and hears it: for the server, by htmx or by a form, on our pages and in the admin.

(() => {
  const MOMENT = 250; // milliseconds
  let clock;

  function bar() {
    const found = document.getElementById("busy");
    if (found) return found;
    const made = document.createElement("div");
    made.id = "busy";
    made.className = "busy";
    made.setAttribute("role", "status");
    document.body.prepend(made);
    return made;
  }

  function say(busy) {
    clearTimeout(clock);
    const waits = busy.classList.contains("htmx-request") || busy.classList.contains("is-waiting");
    if (waits) clock = setTimeout(() => { busy.textContent = "One moment …"; }, MOMENT);
    else busy.textContent = "";
  }

  window.addEventListener("DOMContentLoaded", () => {
    const busy = bar();
    new MutationObserver(() => say(busy)).observe(busy, { attributeFilter: ["class"] });
  });

  // A form that htmx sends is prevented by now; one that fetches a file leaves the page as it is. Its attributes are
  // asked, since a field that is called action, as in the admin's lists, hides the form's own.
  document.addEventListener("submit", (event) => {
    const form = event.target;
    const address = new URL(form.getAttribute("action") || "", location.href);
    const sends = !event.defaultPrevented && form.matches("[method=post i]");
    if (sends && !address.pathname.endsWith("/export/")) bar().classList.add("is-waiting");
  });

  // Who stops a request, with Esc for example, stays on the page; older browsers do not tell of it.
  function rest() {
    document.getElementById("busy")?.classList.remove("is-waiting");
    window.dispatchEvent(new Event("waited"));
  }
  window.addEventListener("pageshow", rest);
  window.navigation?.addEventListener("navigateerror", rest);

  document.addEventListener("htmx:beforeRequest", (event) => event.detail.target.setAttribute("aria-busy", "true"));
  document.addEventListener("htmx:afterRequest", (event) => event.detail.target.removeAttribute("aria-busy"));
})();
