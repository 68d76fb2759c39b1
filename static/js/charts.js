// Charts: draws what a figure's data-chart says, in the page's own colours; a dragged range leads to the figure's data-href.
(() => {
  const drawn = new Map();
  const root = document.documentElement;
  const inUtc = () => root.dataset.clock === "utc";

  const words = (options) => new Intl.DateTimeFormat("en-GB", { ...options, ...(inUtc() && { timeZone: "UTC" }) });
  const clock = (at) => words({ hour: "2-digit", minute: "2-digit" }).format(at * 1000);
  const day = (at) => words({ day: "numeric", month: "short" }).format(at * 1000);
  const iso = (at) => new Date(at * 1000).toISOString().replace(".000Z", "Z");
  const short = new Intl.NumberFormat("en", { notation: "compact" });

  const colours = (figure) => {
    const marks = [...figure.querySelectorAll(".chart-mark")];
    const style = getComputedStyle(figure.querySelector(".chart-plot"));
    return { lines: marks.map((mark) => getComputedStyle(mark).backgroundColor), ink: style.color, grid: style.outlineColor };
  };

  // Stacked columns are drawn as sums, the highest first, so that each lower one covers its part.
  const stack = (series) => series.map((_, top) => series[top].map((_, at) => series.slice(0, top + 1).reduce((sum, line) => sum + line[at], 0)));

  const span = (chart, at) => {
    const from = chart.starts + at * chart.step;
    if (chart.step >= 86400) return day(from);
    return `${day(from)}, ${clock(from)} – ${clock(from + chart.step)}`;
  };

  const tooltip = (chart, names, tones) => {
    const tip = document.createElement("div");
    const band = document.createElement("div");
    tip.className = "chart-tip";
    band.className = "chart-band";
    const show = (plot) => {
      const at = plot.cursor.idx;
      const off = at == null || plot.cursor.left < 0;
      tip.hidden = band.hidden = off;
      if (off) return;
      const width = plot.over.clientWidth / chart.series[0].length;
      band.style.width = `${width}px`;
      band.style.transform = `translateX(${at * width}px)`;
      tip.replaceChildren(Object.assign(document.createElement("p"), { textContent: span(chart, at) }));
      names.forEach((name, place) => {
        const row = document.createElement("p");
        const mark = Object.assign(document.createElement("span"), { className: tones[place] });
        const value = Object.assign(document.createElement("b"), { textContent: chart.series[place][at].toLocaleString("en") + (chart.unit && ` ${chart.unit}`) });
        row.append(mark, name, value);
        tip.append(row);
      });
      const right = (at + 1) * width + 8;
      const left = right + tip.offsetWidth > plot.over.clientWidth ? at * width - tip.offsetWidth - 8 : right;
      tip.style.transform = `translate(${Math.max(left, -40)}px, 0)`;
    };
    const hide = () => { tip.hidden = band.hidden = true; };
    return { hooks: { init: (plot) => { plot.under.append(band); plot.over.append(tip); hide(); plot.over.addEventListener("mouseleave", hide); }, setCursor: show } };
  };

  const go = (figure, from, until) => {
    const url = new URL(figure.dataset.href, location.href);
    url.searchParams.set("from", iso(from));
    url.searchParams.set("until", iso(until));
    location.assign(url);
  };

  const brush = (figure, chart) => (plot) => {
    const { left, width } = plot.select;
    if (!figure.dataset.href || !width) return;
    const place = (x) => Math.min(Math.max(x / (plot.over.clientWidth / chart.series[0].length), 0), chart.series[0].length);
    const first = Math.floor(place(left));
    const last = Math.max(Math.ceil(place(left + width)), first + 1);
    go(figure, chart.starts + first * chart.step, chart.starts + last * chart.step);
  };

  const press = (figure, chart) => (plot) => plot.over.addEventListener("click", () => {
    const at = plot.cursor.idx;
    if (figure.dataset.href && !plot.select.width && at != null) go(figure, chart.starts + at * chart.step, chart.starts + (at + 1) * chart.step);
  });

  const draw = (figure) => {
    const box = figure.querySelector(".chart-plot");
    const chart = JSON.parse(figure.dataset.chart);
    const { lines, ink, grid } = colours(figure);
    const [names, tones] = [".chart-name", ".chart-mark"].map((it) => [...figure.querySelectorAll(`.chart-legend ${it}`)]);
    const bars = chart.kind === "bars";
    const count = chart.series[0].length;
    const shown = bars && chart.stacked ? stack(chart.series) : chart.series;
    const order = shown.map((_, at) => at);
    if (bars) order.reverse();
    const highest = Math.max(...shown.flat(), 1);
    const font = `11px ${getComputedStyle(root).getPropertyValue("--font")}`;
    const axis = { stroke: ink, font, grid: { stroke: grid, width: 1 }, ticks: { show: false } };
    const edge = chart.starts + chart.step * count * (1 - 20 / box.clientWidth); // what stands later would be cut off
    const label = (_plot, splits, _axis, _space, step) => splits.map((at) => (at > edge ? "" : step >= 86400 || clock(at) === "00:00" ? day(at) : clock(at)));
    const style = (at) => bars
      ? { fill: lines[at], stroke: lines[at], width: 0, points: { show: false }, paths: uPlot.paths.bars({ size: [0.72, 36], radius: count > 60 ? 0 : 0.12 }) }
      : { stroke: lines[at], width: 1.75, points: { show: false } };
    figure.classList.toggle("chart-brushes", Boolean(figure.dataset.href));
    drawn.get(figure)?.destroy();
    drawn.set(figure, new uPlot({
      width: box.clientWidth, height: chart.height, padding: [8, 4, 0, 0], legend: { show: false }, tzDate: (at) => (inUtc() ? uPlot.tzDate(new Date(at * 1000), "Etc/UTC") : new Date(at * 1000)),
      scales: { x: { time: true, range: [chart.starts, chart.starts + chart.step * count] }, y: { range: [0, highest < 4 ? 4 : highest * 1.08] } },
      axes: [{ ...axis, grid: { show: false }, size: 26, gap: 6, space: 64, values: label }, { ...axis, gap: 6, space: 36, incrs: [1, 2, 5, 10, 20, 25, 50].flatMap((it) => [it, it * 1e2, it * 1e4, it * 1e6]).sort((a, b) => a - b), values: (_plot, splits) => splits.map((it) => short.format(it)), size: (_plot, values) => 14 + 7 * Math.max(...(values || [""]).map((it) => it.length)) }],
      cursor: { y: false, x: false, points: { show: !bars }, drag: { x: Boolean(figure.dataset.href), y: false, setScale: false, dist: 4 } },
      series: [{}, ...order.map(style)],
      hooks: { init: [press(figure, chart)], setSelect: [brush(figure, chart)] },
      plugins: [tooltip(chart, names.map((it) => it.textContent), tones.map((it) => it.className))],
    }, [Array.from({ length: count }, (_, at) => chart.starts + (at + 0.5) * chart.step), ...order.map((at) => shown[at])], box));
  };

  const start = (figure) => {
    const chart = JSON.parse(figure.dataset.chart);
    figure.dataset.chart = JSON.stringify({ ...chart, starts: Date.parse(chart.starts) / 1000 || chart.starts });
    sizes.observe(figure.querySelector(".chart-plot")); // draws it: the first size is an observation too
  };

  const sizes = new ResizeObserver((seen) => {
    for (const { target } of seen) {
      const figure = target.closest("[data-chart]");
      if (figure && target.clientWidth && drawn.get(figure)?.width !== target.clientWidth) draw(figure);
    }
  });

  const again = () => requestAnimationFrame(() => {
    for (const [figure, plot] of drawn) {
      if (figure.isConnected) draw(figure);
      else { plot.destroy(); drawn.delete(figure); }
    }
  });

  const look = (part) => { for (const figure of [part, ...part.querySelectorAll("[data-chart]")]) if (figure.dataset?.chart) start(figure); };
  document.addEventListener("DOMContentLoaded", () => look(document.body));
  document.addEventListener("htmx:load", (event) => { if (event.target !== document.body) look(event.target); });
  document.addEventListener("htmx:afterSwap", again);
  new MutationObserver(again).observe(root, { attributeFilter: ["data-theme", "data-clock"] });
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", again);
  addEventListener("beforeprint", again);
})();
