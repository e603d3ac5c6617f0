// One key answers the labelling queue: w won, l lost, c cannot tell, s skip; not while somebody types, and a key held down answers once.
document.addEventListener("keydown", (event) => {
  if (event.repeat || event.ctrlKey || event.metaKey || event.altKey || event.target.closest("input:not([type=hidden]), textarea, select")) return;
  const button = document.querySelector(`#answers [data-key="${event.key.toLowerCase()}"]`);
  if (button) { event.preventDefault(); button.click(); }
});
