// A logo that has arrived stands alone; until then, and where none can be had, the initials behind it are seen.
(() => {
  const fill = (image) => {
    // one dot wide is what Halo sends for a logo that it cannot get
    if (image.naturalWidth > 1) image.closest(".avatar")?.classList.add("avatar-filled");
  };

  document.addEventListener("load", (event) => event.target.matches?.("img[data-logo]") && fill(event.target), true);
  for (const image of document.querySelectorAll("img[data-logo]")) {
    if (image.complete) fill(image); // it was there before this script
  }
})();
