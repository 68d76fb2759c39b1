// Checkbox groups, nested at will: a parent shows what stands under it (all, some, none) and sets it.
// A parent inside another group is a child of that group.
(() => {
  const groupOf = (box) => box.closest("[data-group]");
  const isParent = (box) => "parent" in box.dataset;
  const ownerOf = (box) => (isParent(box) ? groupOf(box).parentElement.closest("[data-group]") : groupOf(box));

  const childrenOf = (group) =>
    [...group.querySelectorAll("[data-child], [data-parent]")].filter((box) => !box.disabled && ownerOf(box) === group);

  const set = (group, on) => {
    for (const box of childrenOf(group)) {
      box.checked = on;
      box.indeterminate = false;
      if (isParent(box)) set(groupOf(box), on);
    }
  };

  const settle = (group) => {
    const parent = group.querySelector("[data-parent]");
    const children = childrenOf(group);
    if (!parent || !children.length) return;
    for (const box of children) if (isParent(box)) settle(groupOf(box));
    parent.checked = children.every((box) => box.checked);
    parent.indeterminate = !parent.checked && children.some((box) => box.checked || box.indeterminate);
  };

  const outermost = (box) => {
    let group = groupOf(box);
    while (group?.parentElement.closest("[data-group]")) group = group.parentElement.closest("[data-group]");
    return group;
  };

  document.addEventListener("change", (event) => {
    const box = event.target;
    if (!isParent(box) && !("child" in box.dataset)) return;
    if (isParent(box)) {
      box.indeterminate = false;
      set(groupOf(box), box.checked);
    }
    settle(outermost(box));
  });

  // Its form says so (`grouped`), so that a whole of which something was taken out is not read as switched off.
  const start = (root) => {
    root.querySelectorAll?.("[data-group]").forEach((group) => {
      settle(group);
      const says = group.closest("form")?.elements.grouped;
      if (says) says.value = "yes";
    });
  };
  document.addEventListener("DOMContentLoaded", () => start(document));
  document.addEventListener("htmx:load", (event) => start(event.target));
})();
