/** Alerts above the indicator's curve: flags that a pointer and the keyboard reach. */

const LEAST_GAP_PX = 26;
const LEAST_BAND_PX = 2;
const MOST_NAMED = 5;

function kindWords(alert) {
  if (alert.kind === "no_data") return "no data";
  if (alert.kind === "empty_view") return "empty view";
  return `${alert.expressions.join(", ")}, highest ${Math.round(alert.peak)}`;
}

/**
 * Where to tint the curve: while the condition lasted, or as far as the records reach. Time without
 * data is striped already.
 * @param leftPxOf gives the place of a time in milliseconds.
 */
export function bandsOf(alerts, knownUntil, leftPxOf) {
  const tinted = alerts.filter(({ kind }) => kind !== "no_data");
  return tinted.map(({ since, resolved_at: resolvedAt }) => {
    const leftPx = leftPxOf(Date.parse(since));
    const endPx = leftPxOf(Date.parse(resolvedAt ?? knownUntil));
    return { leftPx, widthPx: Math.max(LEAST_BAND_PX, endPx - leftPx) };
  });
}

/** Flags from left to right; alerts that would overlap share one. */
export function flagsOf(alerts, leftPxOf) {
  const flags = [];
  for (const alert of alerts) {
    const leftPx = leftPxOf(alert);
    const last = flags.at(-1);
    if (last && leftPx - last.leftPx < LEAST_GAP_PX) last.alerts.push(alert);
    else flags.push({ leftPx, alerts: [alert] });
  }
  return flags;
}

function sentence(alert, times) {
  const from = times.moment(Date.parse(alert.since));
  const until = alert.resolved_at
    ? times.second.format(Date.parse(alert.resolved_at))
    : "still open";
  return `${alert.rule} (${kindWords(alert)}), ${from} – ${until}`;
}

/** A line for each alert of a flag, the first few of them. */
export function flagWords(alerts, times) {
  const named = alerts.slice(0, MOST_NAMED).map((alert) => sentence(alert, times));
  const rest = alerts.length - named.length;
  return [...named, ...(rest ? [`and ${rest} more`] : [])].join("\n");
}

export class AlertMarks {
  /** @param plot a `HistoryPlot` that has been drawn. */
  constructor(plot) {
    Object.assign(this, { plot, times: plot.times, alerts: plot.history.alerts });
    this.layer = document.createElement("div");
    this.layer.className = "alert-marks";
    plot.box.append(this.layer);
    plot.onDraw(() => this.shade());
    plot.onDraw(() => this.place());
    plot.plot.redraw();
  }

  shade() {
    const { ctx, bbox } = this.plot.plot;
    const bands = bandsOf(this.alerts, this.plot.knownUntil, (atMs) => this.canvasPx(atMs));
    ctx.save();
    ctx.fillStyle = this.plot.color("--chart-alert");
    for (const { leftPx, widthPx } of bands) ctx.fillRect(leftPx, bbox.top, widthPx, bbox.height);
    ctx.restore();
  }

  place() {
    const width = this.plot.box.clientWidth;
    if (width === this.width) return;
    this.width = width;
    const leftPxOf = (alert) => this.canvasPx(Date.parse(alert.since)) / devicePixelRatio;
    const flags = flagsOf(this.alerts, leftPxOf);
    this.layer.replaceChildren(...flags.map((flag) => this.mark(flag)));
  }

  /** The place of a time on the canvas, whose pixels are those of the screen. */
  canvasPx(atMs) {
    return this.plot.leftPx(this.plot.plot, atMs / 1000);
  }

  mark({ leftPx, alerts }) {
    const mark = document.createElement("a");
    mark.className = "alert-mark";
    if (alerts.every(({ kind }) => kind === "no_data")) mark.dataset.kind = "no_data";
    mark.href = `#alert-${alerts[0].id}`;
    mark.style.left = `${leftPx}px`;
    if (leftPx > this.width / 2) mark.dataset.side = "right";
    const words = document.createElement("span");
    words.className = "alert-words";
    words.textContent = flagWords(alerts, this.times);
    mark.append(alerts.length > 1 ? String(alerts.length) : "!", words);
    // What is seen begins what is read out.
    const head = alerts.length > 1 ? `${alerts.length} alerts` : "Alert";
    mark.setAttribute("aria-label", `${head}: ${words.textContent}`);
    return mark;
  }
}
