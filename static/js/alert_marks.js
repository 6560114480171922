/** Alerts above the indicator's curve: flags that a pointer and the keyboard reach. */

const LEAST_GAP_PX = 26;
const MOST_NAMED = 5;

function kindWords(alert) {
  if (alert.kind === "no_data") return "no data";
  if (alert.kind === "empty_view") return "empty view";
  return `${alert.expressions.join(", ")}, highest ${Math.round(alert.peak)}`;
}

/** Flags from left to right; alerts too close to be told apart share one. */
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
  const from = times.moment(Date.parse(alert.fired_at));
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
    plot.plot.hooks.draw = [() => this.shade(), () => this.place()];
    plot.plot.redraw();
  }

  /** Tint the time from firing until resolved; time without data is striped already. */
  shade() {
    const { ctx, bbox } = this.plot.plot;
    ctx.save();
    ctx.fillStyle = this.plot.color("--chart-alert");
    for (const alert of this.alerts.filter(({ kind }) => kind !== "no_data")) {
      const left = this.plot.leftPx(this.plot.plot, Date.parse(alert.fired_at) / 1000);
      const end = Date.parse(alert.resolved_at ?? this.plot.knownUntil) / 1000;
      const width = Math.max(2, this.plot.leftPx(this.plot.plot, end) - left);
      ctx.fillRect(left, bbox.top, width, bbox.height);
    }
    ctx.restore();
  }

  place() {
    const width = this.plot.box.clientWidth;
    if (width === this.width) return;
    this.width = width;
    const flags = flagsOf(this.alerts, (alert) => this.leftPx(alert));
    this.layer.replaceChildren(...flags.map((flag) => this.mark(flag)));
  }

  leftPx(alert) {
    const { plot } = this.plot;
    return this.plot.leftPx(plot, Date.parse(alert.fired_at) / 1000) / devicePixelRatio;
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
    mark.setAttribute("aria-label", `${alerts.length > 1 ? "Alerts" : "Alert"}: ${words.textContent}`);
    return mark;
  }
}
