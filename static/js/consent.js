// The button says how many permissions the ticks stand for; without this file it says how many were offered.
document.addEventListener("change", () => {
  const button = document.querySelector("button[data-counts]");
  if (!button || button.disabled) return;
  const cards = [...document.querySelectorAll("fieldset.scope")];
  const on = cards.filter((card) => card.querySelector("input:checked:not(:disabled)")).length;
  const words = button.querySelector("span") || button;
  words.textContent = on === 1 ? "Allow 1 permission" : `Allow ${on} permissions`;
});
