// Light, dark, or as the system; times here or in UTC. Runs in <head>, before the first paint, so that nothing flashes.
(() => {
  const root = document.documentElement;
  root.classList.add("js");
  const CHOICES = { theme: "system", clock: "local" };

  const chosen = (name) => {
    try {
      return localStorage.getItem(`halo-${name}`) || CHOICES[name];
    } catch {
      return CHOICES[name]; // storage may be forbidden
    }
  };

  const apply = (name, value) => {
    if (value === CHOICES[name]) delete root.dataset[name];
    else root.dataset[name] = value;
  };

  const show = () => {
    for (const name of Object.keys(CHOICES))
      for (const button of document.querySelectorAll(`[data-${name}-choice]`))
        button.setAttribute("aria-pressed", String(button.dataset[`${name}Choice`] === (root.dataset[name] || CHOICES[name])));
  };

  for (const name of Object.keys(CHOICES)) apply(name, chosen(name));
  document.addEventListener("DOMContentLoaded", show);
  addEventListener("storage", () => {
    for (const name of Object.keys(CHOICES)) apply(name, chosen(name));
    show();
  });
  document.addEventListener("click", (event) => {
    for (const name of Object.keys(CHOICES)) {
      const value = event.target.closest(`[data-${name}-choice]`)?.dataset[`${name}Choice`];
      if (!value) continue;
      try {
        localStorage.setItem(`halo-${name}`, value);
      } catch {
        // the choice then holds for this page
      }
      apply(name, value);
      show();
    }
  });
})();
