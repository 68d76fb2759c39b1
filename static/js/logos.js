// A logo that has arrived stands alone; until then, and where it never does, the initials behind it are seen.
(() => {
  const fill = (image) => image.closest(".avatar")?.classList.add("avatar-filled");

  document.addEventListener("load", (event) => event.target.matches?.("img[data-logo]") && fill(event.target), true);
  for (const image of document.querySelectorAll("img[data-logo]")) {
    if (image.complete && image.naturalWidth) fill(image); // it was there before this script
  }
})();
