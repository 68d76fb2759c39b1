// The consent page follows the ticks: the count in the button, the risk, and a sample where one is asked for.
// Without this file the button counts what was ticked when the page came, and the same buttons load the page again.
(() => {
  const form = document.getElementById("consent");
  if (!form) return;
  const allow = form.querySelector("button[data-counts]");

  const load = (source, target, values = {}) =>
    htmx.ajax("POST", form.dataset.preview, { source, target, swap: "outerHTML", values });

  const count = () => {
    const on = [...form.querySelectorAll("fieldset.scope")].filter((card) =>
      card.querySelector("input[name=scope]:checked:not(:disabled)")).length;
    (allow.querySelector("span") || allow).textContent = `Allow ${on} permission${on === 1 ? "" : "s"}`;
  };

  form.addEventListener("change", () => {
    if (!allow || allow.hasAttribute("aria-disabled")) return;
    setTimeout(() => { // groups.js settles the boxes first
      count();
      load(form, "#risk");
    });
  });

  // What the sentence about the risk says to leave out is unticked, wherever it stands.
  form.addEventListener("click", (event) => {
    const button = event.target.closest("button[name=leave]");
    if (!button) return;
    event.preventDefault();
    for (const box of form.querySelectorAll(`[data-about="${CSS.escape(button.value)}"]:checked`)) box.click();
  });

  form.addEventListener("click", (event) => {
    const button = event.target.closest("button[data-part]");
    if (!button || !window.htmx) return;
    event.preventDefault();
    if (button.ariaBusy === "true") return;
    button.ariaBusy = "true";
    load(button, `#${button.dataset.part}`, { [button.name]: button.value }).finally(() => { button.ariaBusy = null; });
  });
})();
