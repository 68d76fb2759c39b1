// The live tail: it waits while a call is open beside the list and while the page is hidden.
(() => {
  const MOST = 300; // rows that a page left open keeps; older ones stand behind "Older"

  document.addEventListener("htmx:beforeRequest", (event) => {
    if (event.target.id !== "tail") return;
    const isOpen = document.querySelector("[data-drawer], dialog[open]");
    if (document.hidden || isOpen) event.preventDefault();
  });

  document.addEventListener("htmx:afterSettle", (event) => {
    if (event.target.id !== "tail") return;
    const rows = document.querySelectorAll("#executions [data-row]");
    for (const row of [...rows].slice(MOST)) row.remove();
  });
})();
