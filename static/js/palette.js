// The palette: Ctrl or Cmd K opens it, arrows choose, Enter goes; `?` lists the keys. Without this file its button is a link.
(() => {
  const field = () => document.getElementById("palette-field");
  const lines = () => [...document.querySelectorAll("#palette .palette-line")];

  const choose = (line) => {
    for (const each of lines()) each.setAttribute("aria-selected", String(each === line));
    if (line) {
      field().setAttribute("aria-activedescendant", line.id);
      line.scrollIntoView({ block: "nearest" });
    } else field().removeAttribute("aria-activedescendant");
  };

  const walk = (step) => {
    const all = lines();
    const now = all.findIndex((line) => line.getAttribute("aria-selected") === "true");
    choose(all[(now + step + all.length) % all.length]);
  };

  const open = () => {
    const palette = document.getElementById("palette");
    if (!palette) return document.querySelector("#palette-page [data-search]")?.focus();
    if (palette.open) return palette.close();
    document.querySelector("dialog[open]")?.close();
    palette.showModal();
    field().focus();
    field().select();
    field().dispatchEvent(new Event("input", { bubbles: true })); // what fits may have changed since
  };

  document.addEventListener("keydown", (event) => {
    if ((event.ctrlKey || event.metaKey) && !event.altKey && !event.shiftKey && event.key.toLowerCase() === "k") {
      event.preventDefault();
      open();
    } else if (event.target.id === "palette-field" && ["ArrowDown", "ArrowUp"].includes(event.key)) {
      event.preventDefault();
      walk(event.key === "ArrowDown" ? 1 : -1);
    }
  });

  document.addEventListener("submit", (event) => {
    if (!event.target.closest("#palette")) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    document.querySelector('#palette [aria-selected="true"]')?.click();
  }, true);

  document.addEventListener("click", (event) => {
    if (!event.target.closest("[data-palette]")) return;
    event.preventDefault();
    open();
  });

  document.addEventListener("halo:keys", (event) => {
    if (event.detail === "search") open();
    else document.getElementById("keyboard")?.showModal();
  });

  document.addEventListener("htmx:afterSwap", (event) => { if (event.detail.elt?.id === "palette-found" || event.target.id === "palette-found") choose(lines()[0]); });
})();
