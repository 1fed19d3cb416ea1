const LEAST_SIDE = 2;
const REMOVES_WITHIN = 0.015;

/**
 * The frame that is drawn on. A pointer (mouse, finger or pen) draws a box from corner to corner or clicks; the
 * keyboard moves a cross-hair with the arrows and does the same with Enter.
 */
class PromptPicture {
  /** `on` has `box([x0, y0, x1, y1])`, `click([x, y])`, `remove(index)`, `say(text)`. */
  constructor(part, size, on) {
    this.part = part;
    [this.height, this.width] = size;
    this.on = on;
    this.tool = "box";
    this.corner = null;
    this.cross = null;
    const { drawing, picture } = part;
    drawing.setAttribute("viewBox", `0 0 ${this.width} ${this.height}`);
    this.shapes = drawn("g");
    this.draft = drawn("rect", { class: "draft" });
    this.aim = drawn("path", { class: "aim" });
    drawing.append(this.shapes, this.draft, this.aim);
    picture.style.setProperty("--aspect", `${this.width} / ${this.height}`);
    drawing.addEventListener("pointerdown", (event) => this.#down(event));
    drawing.addEventListener("pointermove", (event) => this.#move(event));
    drawing.addEventListener("pointerup", (event) => this.#up(event));
    drawing.addEventListener("pointercancel", () => this.cancel());
    picture.addEventListener("keydown", (event) => this.#key(event));
    picture.addEventListener("blur", () => this.#aimAt(null));
    this.cancel();
  }

  /** Forget a box that has been begun. */
  cancel() {
    this.corner = null;
    this.#sketch(null);
  }

  /** Show prompts of all objects: a list of {colour, box, clicks, chosen}. */
  show(objects) {
    const unit = Math.max(this.width, this.height) / 64;
    this.shapes.replaceChildren(
      ...objects.flatMap(({ colour, box, clicks, chosen }) => {
        const kind = `of-object-${colour}${chosen ? "" : " quiet"}`;
        const shapes = clicks.map(([x, y, label]) => {
          const mark = drawn("g", { class: `click ${kind}`, transform: `translate(${x + 0.5} ${y + 0.5}) scale(${unit})` });
          mark.append(drawn("circle", { r: 1 }), drawn("path", { d: label ? "M-.6 0H.6M0-.6V.6" : "M-.6 0H.6" }));
          return mark;
        });
        if (box) {
          const [left, top, right, bottom] = box;
          shapes.unshift(drawn("rect", { class: `box ${kind}`, x: left, y: top, width: right - left, height: bottom - top }));
        }
        return shapes;
      }),
    );
    this.clicks = objects.find(({ chosen }) => chosen)?.clicks ?? [];
  }

  #place(event) {
    const { left, top, width, height } = this.part.drawing.getBoundingClientRect();
    const inside = (value, most) => Math.min(Math.max(value, 0), most);
    return [
      inside(((event.clientX - left) / width) * this.width, this.width),
      inside(((event.clientY - top) / height) * this.height, this.height),
    ];
  }

  #down(event) {
    if (event.button !== 0 || !event.isPrimary) return;
    event.preventDefault();
    this.part.picture.focus({ preventScroll: true });
    this.#aimAt(null);
    this.part.drawing.setPointerCapture(event.pointerId);
    this.corner = this.#place(event);
  }

  #move(event) {
    if (this.corner && this.tool === "box" && event.buttons) this.#sketch(this.#place(event));
  }

  #up(event) {
    if (!this.corner) return;
    const begun = this.corner;
    this.cancel();
    if (this.tool === "box") this.#finish(begun, this.#place(event));
    else this.#click(begun);
  }

  #finish(one, other) {
    const [left, right] = [one[0], other[0]].map(Math.round).sort((a, b) => a - b);
    const [top, bottom] = [one[1], other[1]].map(Math.round).sort((a, b) => a - b);
    if (right - left < LEAST_SIDE || bottom - top < LEAST_SIDE) this.on.say("Draw the box from one corner to the opposite one.");
    else this.on.box([left, top, right, bottom]);
  }

  #click([x, y]) {
    const place = [Math.min(Math.floor(x), this.width - 1), Math.min(Math.floor(y), this.height - 1)];
    if (this.tool !== "remove") {
      this.on.click([...place, this.tool === "positive" ? 1 : 0]);
      return;
    }
    const distances = this.clicks.map(([ownX, ownY]) => Math.hypot(ownX - place[0], ownY - place[1]));
    const nearest = distances.indexOf(Math.min(...distances));
    if (nearest >= 0 && distances[nearest] <= 2 * REMOVES_WITHIN * Math.max(this.width, this.height)) this.on.remove(nearest);
    else this.on.say("There is no click of this object here.");
  }

  #sketch(other) {
    this.draft.classList.toggle("away", !other);
    if (!other) return;
    const [x, y] = [0, 1].map((axis) => Math.min(this.corner[axis], other[axis]));
    const [width, height] = [0, 1].map((axis) => Math.abs(this.corner[axis] - other[axis]));
    for (const [name, value] of Object.entries({ x, y, width, height })) this.draft.setAttribute(name, value);
  }

  #aimAt(place) {
    this.cross = place;
    this.aim.classList.toggle("away", !place);
    if (!place) return;
    const [x, y] = place;
    this.aim.setAttribute("d", `M0 ${y}H${this.width}M${x} 0V${this.height}`);
    if (this.corner) this.#sketch(place);
  }

  #key(event) {
    const step = event.shiftKey ? 1 : Math.max(1, Math.round(Math.max(this.width, this.height) / 64));
    const moves = { ArrowLeft: [-step, 0], ArrowRight: [step, 0], ArrowUp: [0, -step], ArrowDown: [0, step] };
    if (event.key in moves) {
      const [x, y] = this.cross ?? [Math.round(this.width / 2), Math.round(this.height / 2)];
      const [right, down] = this.cross ? moves[event.key] : [0, 0];
      this.#aimAt([Math.min(Math.max(x + right, 0), this.width), Math.min(Math.max(y + down, 0), this.height)]);
      this.on.say(`Cross-hair at ${this.cross[0]}, ${this.cross[1]}.`);
    } else if (event.key === "Enter" && this.cross) {
      this.#enter();
    } else if (event.key === "Escape") {
      this.cancel();
    } else {
      return;
    }
    event.preventDefault();
  }

  #enter() {
    if (this.tool !== "box") {
      this.#click(this.cross);
    } else if (this.corner) {
      const begun = this.corner;
      this.cancel();
      this.#finish(begun, this.cross);
    } else {
      this.corner = this.cross;
      this.on.say("First corner. Move to the opposite one and press Enter.");
    }
  }
}
