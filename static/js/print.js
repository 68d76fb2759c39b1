// Print buttons: hidden until there is a script that can do it.
(() => {
  const show = () => document.querySelectorAll("[data-print]").forEach((button) => button.removeAttribute("hidden"));
  document.addEventListener("click", (event) => {
    if (event.target.closest("[data-print]")) print();
  });
  document.addEventListener("DOMContentLoaded", show);
})();
