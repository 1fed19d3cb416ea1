const KEYS = { b: "box", p: "positive", n: "negative", r: "remove" };

/** The page on which prompts are drawn: frames, objects, the file and the command. */
class PromptPage {
  constructor(root, data) {
    this.data = data;
    this.part = Object.fromEntries([...root.querySelectorAll("[data-part]")].map((part) => [part.dataset.part, part]));
    this.prompts = new Prompts();
    this.chosen = 1;
    this.shown = 0;
    this.saved = true;
    this.picture = new PromptPicture(this.part, data.size, {
      box: (box) => this.#prompted(() => this.prompts.setBox(this.chosen, this.frame, box), `Box from ${box[0]}, ${box[1]} to ${box[2]}, ${box[3]}`),
      click: (click) => this.#prompted(() => this.prompts.addClick(this.chosen, this.frame, click), `${click[2] ? "Positive" : "Negative"} click at ${click[0]}, ${click[1]}`),
      remove: (index) => this.#prompted(() => this.prompts.removeClick(this.chosen, this.frame, index), "Click removed"),
      say: (text) => this.#say(text),
    });
    const { slider, add, undo, clear, save } = this.part;
    slider.max = data.frames.length - 1;
    slider.addEventListener("input", () => this.moveTo(Number(slider.value)));
    add.addEventListener("click", () => this.#addObject());
    undo.addEventListener("click", () => this.#undo());
    clear.addEventListener("click", () => this.#prompted(() => this.prompts.setBox(this.chosen, this.frame, null), "Box removed"));
    save.addEventListener("click", () => this.#save());
    for (const radio of root.querySelectorAll("input[name=tool]")) {
      radio.addEventListener("change", () => this.#choose(radio.value));
    }
    root.addEventListener("keydown", (event) => this.#key(event));
    window.addEventListener("beforeunload", (event) => this.saved || event.preventDefault());
    this.#strip();
    root.hidden = false;
    this.moveTo(0);
  }

  /** Index of the frame that is shown, as the file counts. */
  get frame() {
    return this.data.frames[this.shown].frame;
  }

  moveTo(place) {
    this.picture.cancel();
    this.shown = Math.min(Math.max(place, 0), this.data.frames.length - 1);
    const { picture, image, slider, where } = this.part;
    const { source, seconds } = this.data.frames[this.shown];
    image.src = source;
    image.alt = `Frame ${this.frame}`;
    picture.setAttribute("aria-label", `Frame ${this.frame}: arrows move a cross-hair, Enter draws`);
    slider.value = this.shown;
    slider.setAttribute("aria-valuetext", `frame ${this.frame}`);
    where.textContent = `Frame ${this.frame}${seconds === null ? "" : `, ${seconds.toFixed(2)} s`}`;
    this.thumbs.forEach((thumb, index) => thumb.setAttribute("aria-current", index === this.shown));
    this.#show();
  }

  #strip() {
    this.thumbs = this.data.frames.map(({ source, frame }, place) => {
      const thumb = element("button", "thumb");
      const image = element("img");
      image.src = source;
      image.alt = "";
      thumb.append(image, element("span", "", String(frame)));
      thumb.setAttribute("aria-label", `Frame ${frame}`);
      thumb.addEventListener("click", () => this.moveTo(place));
      return thumb;
    });
    this.part.strip.replaceChildren(...this.thumbs);
  }

  #choose(tool) {
    this.picture.cancel();
    this.picture.tool = tool;
  }

  #prompted(change, what) {
    change();
    this.saved = false;
    this.#say(`${what}: ${this.prompts.object(this.chosen).name}, frame ${this.frame}.`);
    this.#show();
  }

  #addObject() {
    const id = this.prompts.add();
    if (id === null) {
      this.#say("There can be 255 objects.");
      return;
    }
    this.chosen = id;
    this.#show();
  }

  #undo() {
    this.prompts.undo();
    if (!this.prompts.object(this.chosen)) this.chosen = this.prompts.objects[0].id;
    this.saved = false;
    this.#say("Undone.");
    this.#show();
  }

  #removeObject(id) {
    this.prompts.remove(id);
    if (this.chosen === id) this.chosen = this.prompts.objects[0].id;
    this.saved = false;
    this.#show();
  }

  #say(text) {
    this.part.said.textContent = text;
  }

  #show() {
    const { prompts, part, frame } = this;
    this.picture.show(
      prompts.objects.map(({ id }) => ({ colour: this.#colour(id), chosen: id === this.chosen, ...prompts.on(id, frame) })),
    );
    part.objects.replaceChildren(...prompts.objects.map((object) => this.#row(object)));
    part.undo.disabled = !prompts.canUndo;
    part.clear.disabled = !prompts.on(this.chosen, frame).box;
    const { text, without } = prompts;
    part.save.disabled = !text;
    part.file.textContent = text || "Draw a box or click on the object first.";
    const names = without.map(({ name }) => name).join(", ");
    part.without.textContent = text && names ? `Without a prompt, and so not in the file: ${names}.` : "";
    this.thumbs.forEach((thumb, place) => {
      const there = this.data.frames[place].frame;
      thumb.classList.toggle("prompted", prompts.objects.some(({ frames }) => there in frames));
    });
  }

  #colour(id) {
    return (id - 1) % this.data.colours;
  }

  #row({ id, name }) {
    const row = element("li", `object of-object-${this.#colour(id)}`);
    const choice = element("input");
    choice.type = "radio";
    choice.name = "object";
    choice.checked = id === this.chosen;
    choice.setAttribute("aria-label", `Draw for ${name}`);
    choice.addEventListener("change", () => {
      this.chosen = id;
      this.#show();
    });
    const title = element("input");
    title.type = "text";
    title.value = name;
    title.setAttribute("aria-label", `Name of object ${id}`);
    title.addEventListener("change", () => {
      this.prompts.rename(id, title.value.trim() || `object ${id}`);
      this.#show();
    });
    const frames = this.prompts.framesOf(id);
    const where = element("span", "muted", frames.length ? `frame${frames.length > 1 ? "s" : ""} ${frames.join(", ")}` : "no prompt");
    const remove = element("button", "", "Remove");
    remove.setAttribute("aria-label", `Remove ${name}`);
    remove.addEventListener("click", () => this.#removeObject(id));
    row.append(choice, element("span", "swatch"), title, where, remove);
    return row;
  }

  #save() {
    const link = element("a");
    link.href = URL.createObjectURL(new Blob([this.prompts.text], { type: "application/json" }));
    link.download = "prompts.json";
    link.click();
    URL.revokeObjectURL(link.href);
    this.saved = true;
    this.#say("Saved as prompts.json where the browser keeps its downloads.");
  }

  #key(event) {
    if (event.target.matches("input[type=text]")) return;
    const tool = KEYS[event.key];
    if ((event.ctrlKey || event.metaKey) && event.key === "z") this.#undo();
    else if (event.ctrlKey || event.metaKey || event.altKey) return;
    else if (tool) document.querySelector(`input[name=tool][value=${tool}]`).click();
    else if (event.key === ",") this.moveTo(this.shown - 1);
    else if (event.key === ".") this.moveTo(this.shown + 1);
    else return;
    event.preventDefault();
  }
}

new PromptPage(document.getElementById("prompt-tool"), carried("prompt-data"));
