// Forms: a press counts once, filters send themselves, the first problem gets the focus.
(() => {
  const release = (form) => {
    delete form.dataset.sent;
    for (const button of form.querySelectorAll("button[data-was]")) {
      button.querySelector("span").textContent = button.dataset.was;
      delete button.dataset.was;
    }
    for (const button of form.querySelectorAll('[aria-disabled="true"]')) button.removeAttribute("aria-disabled");
  };

  // The button is only marked, not disabled: a disabled button's name and value would not be sent.
  const hold = (form, button) => {
    form.dataset.sent = "yes";
    for (const each of form.querySelectorAll('button:not([type="button"])')) each.setAttribute("aria-disabled", "true");
    const words = button?.dataset.busy && button.querySelector("span");
    if (!words) return;
    button.dataset.was = words.textContent;
    words.textContent = button.dataset.busy;
  };

  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (form.method !== "post" || "many" in form.dataset) return;
    if (form.dataset.sent) {
      event.preventDefault();
      event.stopImmediatePropagation();
    } else if (!form.hasAttribute("hx-post")) hold(form, event.submitter);
  }, true);

  // htmx asks before it sends (hx-confirm), so its forms are held only from then on.
  document.addEventListener("htmx:beforeRequest", (event) => {
    if (event.target.matches?.("form[hx-post]")) hold(event.target, event.target.querySelector("button[data-busy]"));
  });

  // Back in the browser restores the page as it was, with its buttons: free them.
  addEventListener("pageshow", (event) => {
    if (event.persisted) document.querySelectorAll("form[data-sent]").forEach(release);
  });
  document.addEventListener("htmx:afterRequest", (event) => {
    const form = event.target.closest?.("form");
    if (form) release(form);
  });

  document.addEventListener("change", (event) => {
    const form = event.target.form; // text waits for Enter: leaving a field should not load a page
    const isChoice = event.target.matches("select, [type=checkbox], [type=radio], [type=date]");
    if (isChoice && form && "autosubmit" in form.dataset) form.requestSubmit();
  });

  document.addEventListener("DOMContentLoaded", () => {
    document.querySelector('[role="alert"][data-focus]')?.focus();
  });
})();
