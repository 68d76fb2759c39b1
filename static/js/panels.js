// Dialogs, drawers, menus and toasts. Each is reachable without this file: links go to pages, drawers have addresses.
(() => {
  let cameFrom = null;
  document.addEventListener("htmx:beforeRequest", () => { cameFrom = document.activeElement; });

  document.addEventListener("click", (event) => {
    const opener = event.target.closest("[data-opens]");
    const dialog = opener && document.getElementById(opener.dataset.opens);
    if (dialog?.showModal) {
      event.preventDefault();
      dialog.showModal();
      return;
    }
    const close = event.target.closest("[data-drawer] > .drawer-scrim, [data-close-drawer]");
    if (close?.pathname === location.pathname && close.search === location.search) {
      event.preventDefault(); // it came by htmx and the address is still that of the page below
      close.closest("[data-drawer]").remove();
      cameFrom?.focus();
    }
    if (event.target.closest("[data-closes]")) event.target.closest("dialog")?.close();
    if (event.target.matches("dialog")) event.target.close(); // a click on the backdrop
    const toast = event.target.closest("[data-dismiss]");
    if (toast) toast.closest(".toast, .notice")?.remove();
    for (const menu of document.querySelectorAll("details.menu[open]")) if (!menu.contains(event.target)) menu.open = false;
  });

  document.addEventListener("focusin", (event) => {
    for (const menu of document.querySelectorAll("details.menu[open]")) if (!menu.contains(event.target)) menu.open = false;
  });

  // Good news goes by itself, unless somebody is reading it; everything else waits to be dismissed.
  const fade = (toast) => setTimeout(() => (toast.matches(":hover, :focus-within") ? fade(toast) : toast.remove()), 8000);
  document.addEventListener("DOMContentLoaded", () => document.querySelectorAll("#flashes .toast-message, #flashes .toast-success").forEach(fade));

  // On a narrow screen the tab of this page may stand beyond the edge of the bar.
  document.addEventListener("DOMContentLoaded", () => {
    const here = document.querySelector(".tabs [aria-current]");
    if (here) here.parentElement.scrollLeft = here.offsetLeft - here.parentElement.offsetLeft - 16;
  });

  const arrive = (root) => root.querySelector?.("[data-drawer] [data-focus]")?.focus({ preventScroll: true });
  document.addEventListener("DOMContentLoaded", () => arrive(document));
  document.addEventListener("htmx:load", (event) => {
    const drawer = event.target.matches?.("[data-drawer]") ? event.target : null;
    if (drawer) drawer.querySelector("[data-focus]").focus({ preventScroll: true });
    else arrive(event.target);
  });
})();
