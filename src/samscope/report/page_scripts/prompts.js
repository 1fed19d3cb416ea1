/** Prompts of several objects: a box and clicks for each object and frame. What was before can be had back. */
class Prompts {
  constructor() {
    this.objects = [];
    this.past = [];
    this.add();
    this.past = [];
  }

  #change(change) {
    this.past.push(structuredClone(this.objects));
    change();
  }

  get canUndo() {
    return this.past.length > 0;
  }

  undo() {
    if (this.canUndo) this.objects = this.past.pop();
  }

  /** Add an object without prompts and return its id: the lowest that is free, 1 to 255. */
  add() {
    const taken = new Set(this.objects.map((object) => object.id));
    let id = 1;
    while (taken.has(id)) id += 1;
    if (id > 255) return null;
    this.#change(() => this.objects.push({ id, name: `object ${id}`, frames: {} }));
    return id;
  }

  remove(id) {
    this.#change(() => (this.objects = this.objects.filter((object) => object.id !== id)));
    if (!this.objects.length) this.add();
  }

  rename(id, name) {
    this.#change(() => (this.object(id).name = name));
  }

  object(id) {
    return this.objects.find((object) => object.id === id);
  }

  /** Return an object's box (or null) and clicks [x, y, label] on a frame. */
  on(id, frame) {
    return this.object(id)?.frames[frame] ?? { box: null, clicks: [] };
  }

  #set(id, frame, prompts) {
    this.#change(() => {
      const { frames } = this.object(id);
      if (prompts.box || prompts.clicks.length) frames[frame] = prompts;
      else delete frames[frame];
    });
  }

  setBox(id, frame, box) {
    this.#set(id, frame, { ...this.on(id, frame), box });
  }

  addClick(id, frame, click) {
    const { box, clicks } = this.on(id, frame);
    this.#set(id, frame, { box, clicks: [...clicks, click] });
  }

  removeClick(id, frame, index) {
    const { box, clicks } = this.on(id, frame);
    this.#set(id, frame, { box, clicks: clicks.filter((_, place) => place !== index) });
  }

  /** Return the frames on which an object has a prompt, ascending. */
  framesOf(id) {
    return Object.keys(this.object(id).frames).map(Number).sort((a, b) => a - b);
  }

  /** Return the objects that have no prompt: they do not go into the file. */
  get without() {
    return this.objects.filter((object) => !this.framesOf(object.id).length);
  }

  /** Return what `prompts.json` holds. */
  get file() {
    const prompted = this.objects.filter((object) => this.framesOf(object.id).length);
    return {
      objects: prompted.map(({ id, name }) => ({
        id,
        name,
        prompts: this.framesOf(id).flatMap((frame) => {
          const { box, clicks } = this.on(id, frame);
          const points = clicks.map(([x, y]) => [x, y]);
          const labels = clicks.map(([, , label]) => label);
          return [...(box ? [{ frame, box }] : []), ...(points.length ? [{ frame, points, labels }] : [])];
        }),
      })),
    };
  }

  /** Return the file's text, one prompt a line. */
  get text() {
    const objects = this.file.objects.map(({ id, name, prompts }) => {
      const lines = prompts.map((prompt) => `      ${JSON.stringify(prompt)}`).join(",\n");
      return `    {"id": ${id}, "name": ${JSON.stringify(name)}, "prompts": [\n${lines}\n    ]}`;
    });
    return objects.length ? `{\n  "objects": [\n${objects.join(",\n")}\n  ]\n}\n` : "";
  }
}
