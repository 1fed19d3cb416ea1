const CHART = { left: 44, right: 10, top: 10, bottom: 32 };

/** Return whether a linear axis would hide most values: all above 0, the largest over 50 times the median. */
function spansDecades(values) {
  const sorted = [...values].sort((one, other) => one - other);
  return sorted.length > 0 && sorted[0] > 0 && sorted.at(-1) > 50 * sorted[Math.floor(sorted.length / 2)];
}

/** Return round numbers between two values, about `most` of them. */
function ticks(low, high, most) {
  const rough = (high - low) / most;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 5, 10].find((of) => of * power >= rough) * power;
  const found = [];
  for (let at = Math.ceil(low / step); at * step <= high + step * 1e-9; at += 1) found.push(Number((at * step).toPrecision(12)));
  return found;
}

/** Return the powers of ten between two values; round numbers where there are fewer than two. */
function decades(low, high) {
  const found = [];
  for (let power = Math.ceil(Math.log10(low)); 10 ** power <= high * 1.0001; power += 1) found.push(10 ** power);
  return found.length > 1 ? found : ticks(low, high, 4).filter((tick) => tick > 0);
}

/**
 * Lines through the frames of clips, with bands, marks where the object is absent, and a cursor.
 *
 * A line is {label, set, mean, low, high, absent, quiet}: lists with one entry a frame, null where undefined;
 * low and high may be missing. A quiet line is drawn thin and not named at the cursor.
 */
class LineChart {
  /** `onSeek(frame)` hears where the pointer is: while it hovers if `hovers`, otherwise while it is pressed. */
  constructor(host, { onSeek, hovers, height }) {
    this.host = host;
    this.height = height;
    this.frame = 0;
    this.content = null;
    this.width = 0;
    this.picture = drawn("svg", { "aria-hidden": "true", focusable: "false" });
    this.tip = element("div", "tip");
    this.tip.hidden = true;
    host.replaceChildren(this.picture, this.tip);
    this.picture.addEventListener("pointermove", (event) => {
      const frame = this.#frameAt(event);
      if (frame === null) return;
      if (hovers || event.buttons) onSeek(frame);
      this.#tell(frame);
    });
    this.picture.addEventListener("pointerdown", (event) => {
      const frame = this.#frameAt(event);
      if (frame !== null) onSeek(frame);
    });
    this.picture.addEventListener("pointerleave", () => {
      this.tip.hidden = true;
    });
    new ResizeObserver(() => {
      if (Math.round(host.clientWidth) !== this.width) this.#draw();
    }).observe(host);
  }

  /** Show lines; `content` is {lines, length, middle, zero, name}. */
  show(content) {
    this.content = content;
    this.#draw();
  }

  /** Put the cursor on a frame. */
  moveTo(frame) {
    this.frame = frame;
    this.#placeCursor();
  }

  #frameAt(event) {
    if (!this.content || !this.x) return null;
    const inside = event.clientX - this.picture.getBoundingClientRect().left;
    const share = (inside - CHART.left) / (this.width - CHART.left - CHART.right);
    return Math.min(this.content.length - 1, Math.max(0, Math.round(share * this.content.length - 0.5)));
  }

  #draw() {
    this.width = Math.round(this.host.clientWidth);
    if (!this.content || this.width < CHART.left + CHART.right + 40) return;
    const { lines, length, middle, zero } = this.content;
    this.picture.setAttribute("viewBox", `0 0 ${this.width} ${this.height}`);
    this.picture.setAttribute("height", this.height);
    this.picture.replaceChildren();
    this.x = (frame) => CHART.left + ((frame + 0.5) / length) * (this.width - CHART.left - CHART.right);
    this.#scale(lines, zero);
    if (middle) this.#shade(middle);
    this.#axes(length, zero);
    for (const line of lines) this.#band(line);
    for (const line of lines) this.#line(line);
    this.cursor = drawn("g", { class: "cursor" });
    this.picture.append(this.cursor);
    this.#placeCursor();
  }

  #scale(lines, zero) {
    const known = (name) => lines.flatMap((line) => line[name] ?? []).filter((value) => value !== null);
    const means = known("mean");
    const values = [...means, ...known("low"), ...known("high")];
    this.logarithmic = !zero && spansDecades(means);
    const seen = this.logarithmic ? values.filter((value) => value > 0) : zero ? [...values, 0] : values;
    let low = seen.length ? Math.min(...seen) : 0;
    let high = seen.length ? Math.max(...seen) : 1;
    if (!(high > low)) [low, high] = [low - 0.5, high + 0.5];
    const bend = this.logarithmic ? Math.log10 : (value) => value;
    const room = (bend(high) - bend(low)) * 0.05;
    const [from, to] = [bend(low) - room, bend(high) + room];
    const inner = this.height - CHART.top - CHART.bottom;
    this.y = (value) => {
      const share = (bend(Math.max(value, this.logarithmic ? low : -Infinity)) - from) / (to - from);
      return CHART.top + (1 - share) * inner;
    };
    this.yTicks = this.logarithmic ? decades(low, high) : ticks(from, to, 4);
  }

  #shade([first, last]) {
    const [from, to] = [this.x(first - 0.5), this.x(last + 0.5)];
    const height = this.height - CHART.top - CHART.bottom;
    this.picture.append(drawn("rect", { class: "middle", x: from, y: CHART.top, width: to - from, height }));
  }

  #axes(length, zero) {
    const bottom = this.height - CHART.bottom;
    const right = this.width - CHART.right;
    for (const tick of this.yTicks) {
      const y = this.y(tick);
      this.picture.append(
        drawn("line", { class: zero && tick === 0 ? "zero" : "grid", x1: CHART.left, x2: right, y1: y, y2: y }),
        drawn("text", { class: "tick", x: CHART.left - 6, y: y + 4, "text-anchor": "end" }, written(tick).replace(/\.?0+$/, (end) => (end.includes(".") ? "" : end))),
      );
    }
    for (const frame of ticks(0, length - 1, this.width > 320 ? 7 : 5).filter(Number.isInteger)) {
      this.picture.append(drawn("text", { class: "tick", x: this.x(frame), y: bottom + 15, "text-anchor": "middle" }, String(frame)));
    }
    this.picture.append(
      drawn("line", { class: "axis", x1: CHART.left, x2: right, y1: bottom, y2: bottom }),
      drawn("text", { class: "tick", x: right, y: bottom + 29, "text-anchor": "end" }, "frame"),
    );
  }

  /** Return the path of each unbroken stretch of a list, and of another list back again where one is given. */
  #stretches(values, back = null) {
    const paths = [];
    let points = [];
    const close = () => {
      if (points.length) {
        const there = points.map((frame) => `${this.x(frame).toFixed(1)} ${this.y(values[frame]).toFixed(1)}`);
        const again = back ? points.toReversed().map((frame) => `${this.x(frame).toFixed(1)} ${this.y(back[frame]).toFixed(1)}`) : [];
        paths.push(`M${[...there, ...again].join("L")}${back ? "Z" : ""}`);
      }
      points = [];
    };
    values.forEach((value, frame) => {
      if (value === null || (back && back[frame] === null)) close();
      else points.push(frame);
    });
    close();
    return paths.join("");
  }

  #band(line) {
    if (line.low) this.picture.append(drawn("path", { class: `band of-${line.set}`, d: this.#stretches(line.low, line.high) }));
  }

  #line(line) {
    const quiet = line.quiet ? " quiet" : "";
    this.picture.append(drawn("path", { class: `line of-${line.set}${quiet}`, d: this.#stretches(line.mean) }));
    line.mean.forEach((value, frame) => {
      if (value !== null && line.absent[frame]) {
        this.picture.append(drawn("circle", { class: `mark of-${line.set}`, cx: this.x(frame), cy: this.y(value), r: 4 }));
      }
    });
  }

  #placeCursor() {
    if (!this.cursor) return;
    const x = this.x(this.frame);
    const bottom = this.height - CHART.bottom;
    this.cursor.replaceChildren(drawn("line", { x1: x, x2: x, y1: CHART.top, y2: bottom }));
    for (const line of this.content.lines) {
      const value = line.mean[this.frame];
      if (value !== null && !line.quiet) this.cursor.append(drawn("circle", { class: `dot of-${line.set}`, cx: x, cy: this.y(value), r: 3.5 }));
    }
  }

  #tell(frame) {
    const rows = this.content.lines.map((line) => {
      const row = element("div");
      const between = line.low && line.low[frame] !== null ? ` (${written(line.low[frame])} to ${written(line.high[frame])})` : "";
      row.append(element("span", `swatch of-${line.set}`), `${line.label} ${written(line.mean[frame])}${between}`);
      return row;
    });
    this.tip.replaceChildren(element("b", "", `Frame ${frame}`), ...rows);
    this.tip.hidden = false;
    const x = this.x(frame);
    const toTheLeft = x > this.width / 2;
    this.tip.style.left = toTheLeft ? "auto" : `${x + 10}px`;
    this.tip.style.right = toTheLeft ? `${this.width - x + 10}px` : "auto";
  }
}
