// The live tail: it waits while a call is open beside the list and while the page is hidden.
(() => {
  const MOST = 300; // rows that a page left open keeps; older ones stand behind "Older"

  document.addEventListener("htmx:beforeRequest", (event) => {
    if (!event.target.closest?.("#tail")) return;
    if (document.hidden || document.querySelector("[data-drawer], dialog[open]")) event.preventDefault();
  });

  document.addEventListener("htmx:afterSwap", () => {
    if (!document.getElementById("tail")) return;
    for (const row of [...document.querySelectorAll("#executions [data-row]")].slice(MOST)) row.remove();
  });
})();
