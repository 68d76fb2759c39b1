// Keyboard: `/` to the search field, j and k through the rows of a list, enter opens, Escape closes.
(() => {
  const isTyping = (element) => element.closest("input:not([type=checkbox], [type=radio]), textarea, select, [contenteditable]");

  // Inside a drawer the keys walk what stands there; elsewhere the list behind it.
  const rows = () => {
    const all = [...document.querySelectorAll("[data-row]")].filter((row) => row.offsetParent !== null);
    const drawer = document.activeElement.closest("[data-drawer]");
    const here = all.filter((row) => row.closest("[data-drawer]") === drawer);
    return here.length ? here : all;
  };

  const walk = (step) => {
    const all = rows();
    if (!all.length) return;
    const now = all.findIndex((row) => row.contains(document.activeElement));
    const next = all[Math.min(Math.max(now + step, 0), all.length - 1)];
    const target = next.querySelector("a[href], button") || next;
    target.focus();
    next.scrollIntoView({ block: "nearest" });
  };

  const escape = () => {
    const close = document.querySelector("[data-drawer] [data-close-drawer]");
    const menu = document.activeElement.closest?.("details.menu[open]") || document.querySelector("details.menu[open]");
    if (menu) {
      menu.open = false;
      menu.querySelector("summary").focus();
    } else if (location.hash === "#navigation") location.hash = "#main";
    else if (close && !document.querySelector("dialog[open]")) close.click();
    else return false;
    return true;
  };

  document.addEventListener("keydown", (event) => {
    if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key === "Escape") {
      if (escape()) event.preventDefault();
      return;
    }
    if (isTyping(event.target) || document.querySelector("dialog[open]")) return;
    const fields = [...document.querySelectorAll("[data-search]")];
    const search = fields.find((field) => field.checkVisibility({ visibilityProperty: true }));
    if (event.key === "/" && search) {
      event.preventDefault();
      search.focus();
      search.select();
    } else if (event.key === "/" || event.key === "?") {
      event.preventDefault();
      document.dispatchEvent(new CustomEvent("halo:keys", { detail: event.key === "/" ? "search" : "help" }));
    } else if (event.key === "j" || event.key === "k") walk(event.key === "j" ? 1 : -1);
  });
})();
