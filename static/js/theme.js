// Light, dark, or as the system. Runs in <head>, before the first paint, so that nothing flashes.
(() => {
  const root = document.documentElement;
  root.classList.add("js");

  const chosen = () => {
    try {
      return localStorage.getItem("halo-theme") || "system";
    } catch {
      return "system"; // storage may be forbidden
    }
  };

  const apply = (theme) => {
    if (theme === "light" || theme === "dark") root.dataset.theme = theme;
    else delete root.dataset.theme;
  };

  const show = () => {
    for (const button of document.querySelectorAll("[data-theme-choice]"))
      button.setAttribute("aria-pressed", String(button.dataset.themeChoice === chosen()));
  };

  apply(chosen());
  document.addEventListener("DOMContentLoaded", show);
  addEventListener("storage", (event) => {
    if (event.key !== "halo-theme") return;
    apply(chosen());
    show();
  });
  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-theme-choice]");
    if (!button) return;
    try {
      localStorage.setItem("halo-theme", button.dataset.themeChoice);
    } catch {
      // the choice then holds for this page
    }
    apply(button.dataset.themeChoice);
    show();
  });
})();
