// htmx: an answer that is not the expected part of the page goes where a person can read it.
(() => {
  const retarget = (detail, id) => {
    detail.target = document.getElementById(id);
    detail.swapOverride = "beforeend";
    detail.shouldSwap = true;
  };

  // After the session ended, what asks by itself waits until the person is back at this tab: they sign in beside it,
  // and what they typed here stays.
  let isSignedOut = false;
  const rest = () => {
    isSignedOut = true;
    document.getElementById("signed-out")?.remove();
  };
  document.addEventListener("htmx:beforeRequest", (event) => {
    if (isSignedOut && !event.detail.requestConfig.triggeringEvent) event.preventDefault();
  });
  addEventListener("focus", () => (isSignedOut = false));
  document.addEventListener("htmx:afterRequest", (event) => {
    const { status } = event.detail.xhr;
    if (status >= 200 && status < 400) document.getElementById("signed-out")?.remove();
  });

  document.addEventListener("htmx:beforeSwap", (event) => {
    const { xhr } = event.detail;
    const answer = xhr.responseText.trimStart().slice(0, 200).toLowerCase();
    if (answer.startsWith('<div class="toast')) {
      if (xhr.status === 401) rest();
      retarget(event.detail, "flashes"); // a refusal: errors/*.html
    } else if (answer.startsWith("<!doctype")) {
      event.detail.shouldSwap = false; // a whole page, for example one that asks for two-factor sign-in
      location.assign(xhr.responseURL);
    }
  });

  const trouble = (words) => {
    const list = document.getElementById("flashes");
    const item = document.createElement("div");
    item.className = "toast toast-danger";
    item.append(words);
    list.append(item);
    setTimeout(() => item.remove(), 8000);
  };

  document.addEventListener("htmx:sendError", () => trouble("Halo could not be reached. Nothing was changed; try again."));
  document.addEventListener("htmx:timeout", () => trouble("Halo took too long to answer. Reload to see what holds now."));
})();
