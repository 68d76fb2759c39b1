// Copy buttons: the text of the attribute, or of the code beside the button.
(() => {
  const say = (button, words) => {
    const label = button.querySelector("span") || button;
    const before = button.dataset.label || label.textContent;
    button.dataset.label = before;
    label.textContent = words;
    button.classList.add("copied");
    clearTimeout(button.timer);
    button.timer = setTimeout(() => {
      label.textContent = before;
      button.classList.remove("copied");
    }, 1600);
  };

  const select = (element) => {
    if (element) getSelection().selectAllChildren(element);
  };

  document.addEventListener("click", async (event) => {
    const button = event.target.closest("[data-copy]");
    if (!button) return;
    const code = button.closest(".code-block, .copy-line-box")?.querySelector("code");
    try {
      await navigator.clipboard.writeText(button.dataset.copy || code?.textContent || "");
      say(button, "Copied");
    } catch {
      select(code); // plain HTTP or no permission: the person copies by hand
      say(button, "Press Ctrl+C");
    }
  });
})();
