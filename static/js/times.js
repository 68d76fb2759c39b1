// Times: kept fresh ("5 minutes ago"), and where they are absolute shown in the reader's zone or in UTC, as chosen.
(() => {
  const relative = new Intl.RelativeTimeFormat("en", { numeric: "always" });
  const STYLE = { dateStyle: "medium", timeStyle: "medium" };
  const local = new Intl.DateTimeFormat("en-GB", STYLE);
  const utc = new Intl.DateTimeFormat("en-GB", { ...STYLE, timeZone: "UTC" });
  const inUtc = () => document.documentElement.dataset.clock === "utc";
  const UNITS = [["year", 31536000], ["month", 2592000], ["day", 86400], ["hour", 3600], ["minute", 60], ["second", 1]];

  const unit = (seconds) => UNITS.find(([, size]) => Math.abs(seconds) >= size);

  const ago = (at) => {
    let seconds = Math.trunc((at - Date.now()) / 1000);
    if (Math.abs(seconds) < 5) return "just now";
    if (seconds > 0) seconds += Math.floor(unit(seconds)[1] / 2); // what is to come is rounded to the nearest
    const [word, size] = unit(seconds);
    return relative.format(Math.trunc(seconds / size), word);
  };

  const show = (root) => {
    for (const element of (root.querySelectorAll ? root : document).querySelectorAll("time[datetime]")) {
      const at = new Date(element.dateTime);
      if (Number.isNaN(at.getTime())) continue;
      if (!element.dataset.utc) {
        element.dataset.utc = element.title;
        element.title = `${local.format(at)} here\n${element.dataset.utc}`;
      }
      const words = "absolute" in element.dataset ? (inUtc() ? `${utc.format(at)} UTC` : local.format(at)) : ago(at);
      if (element.textContent !== words) element.textContent = words;
    }
  };

  document.addEventListener("DOMContentLoaded", () => show(document));
  new MutationObserver(() => show(document)).observe(document.documentElement, { attributeFilter: ["data-clock"] });
  document.addEventListener("htmx:load", (event) => show(event.target));
  setInterval(() => document.visibilityState === "visible" && show(document), 15000);
})();
