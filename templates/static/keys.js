// Security keys and passkeys: shown where the browser can use them, and a refusal is told on the page.

if (window.PublicKeyCredential) {
  document.querySelectorAll("[data-key]").forEach((form) => { form.hidden = false; });
}

document.addEventListener("allauth.error", (event) => {
  event.preventDefault();
  const line = document.createElement("p");
  line.className = "message error";
  line.textContent = "The key was not used. Try again, or take another way in.";
  document.getElementById("messages").replaceChildren(line);
});
