const STEP_MILLISECONDS = 280;

/** Sample clips, frame by frame: the frame with both outlines, its maps, and the features with a cursor. */
class FrameBrowser {
  constructor(root, data) {
    this.root = root;
    this.data = data;
    this.part = Object.fromEntries([...root.querySelectorAll("[data-part]")].map((part) => [part.dataset.part, part]));
    const opens = data.start_at;
    this.set = opens.set;
    this.frame = opens.frame;
    this.timer = null;
    const { clip, position, feature, slider, play, truth, predicted } = this.part;
    offer(clip, data.clips.map((of, index) => [index, of.title]));
    offer(position, data.positions.map((of) => [of.name, of.title]));
    offer(feature, data.features.map((of) => [of.name, of.title]));
    position.value = data.start;
    clip.value = this.#indexOf(opens.clip);
    clip.addEventListener("change", () => this.#chooseClip());
    for (const select of [position, feature]) select.addEventListener("change", () => this.#showCurves());
    for (const box of [truth, predicted]) box.addEventListener("change", () => this.#showFrame());
    if (this.part.looked_from) {
      offer(this.part.looked_from, data.looked_from.map((of) => [of.name, of.title]));
      this.part.looked_from.addEventListener("change", () => this.#showFrame());
    }
    slider.addEventListener("input", () => this.moveTo(Number(slider.value)));
    play.addEventListener("click", () => (this.timer === null ? this.#play() : this.#stop()));
    this.curve = new LineChart(this.part.curve, { onSeek: (frame) => this.moveTo(frame), hovers: false, height: 180 });
    this.score = new LineChart(this.part.score, { onSeek: (frame) => this.moveTo(frame), hovers: false, height: 180 });
    this.#layTiles();
    root.hidden = false;
    this.#chooseClip();
  }

  #indexOf(draw) {
    return this.data.clips.findIndex((of) => of.clip === draw);
  }

  /** Show a frame of a clip, named by its set and the number of its draw. */
  open(set, draw, frame) {
    this.part.clip.value = this.#indexOf(draw);
    this.set = set;
    this.frame = frame;
    this.#chooseClip();
  }

  #layTiles() {
    this.tiles = this.data.maps.map((of) => {
      const column = element("figure", "tile");
      const pictures = ["mean", "variance"].map((kind) => {
        const holder = element("div", "map");
        const picture = element("img");
        picture.alt = `Channel ${kind} at position ${of.title}`;
        holder.append(picture, element("span", "kind", kind), element("span", "none", "does not exist on this frame"));
        return { kind, holder, picture };
      });
      column.append(element("figcaption", "", of.title), ...pictures.map((one) => one.holder));
      this.part.maps.append(column);
      return { name: of.name, pictures };
    });
  }

  #chooseClip() {
    const { sets } = this.data.clips[Number(this.part.clip.value)];
    const wanted = this.set in sets ? this.set : Object.keys(sets)[0];
    this.part.sets.replaceChildren(
      ...Object.entries(sets).map(([name, of]) => {
        const label = element("label", "segment");
        const radio = element("input");
        radio.type = "radio";
        radio.name = "browser-set";
        radio.value = name;
        radio.checked = name === wanted;
        radio.addEventListener("change", () => this.#chooseSet(name));
        label.append(radio, element("span", "", of.title));
        return label;
      }),
    );
    this.#chooseSet(wanted);
  }

  #chooseSet(name) {
    this.set = name;
    this.clip = this.data.clips[Number(this.part.clip.value)];
    this.shown = this.clip.sets[name];
    this.length = this.shown.present.length;
    this.part.slider.max = this.length - 1;
    const { width = 16, height = 9 } = this.clip;
    this.part.outlines.setAttribute("viewBox", `0 0 ${width} ${height}`);
    this.root.style.setProperty("--aspect", `${width} / ${height}`);
    this.root.classList.toggle("no-pictures", !this.shown.frames);
    this.#showCurves();
    this.moveTo(Math.min(this.frame, this.length - 1));
  }

  #showCurves() {
    const { position, feature } = this.part;
    const { length } = this;
    const lines = [];
    const line = (set, values, quiet) => ({ label: set.title, set: set.name, mean: values, absent: set.present.map((present) => !present), quiet });
    const clean = this.clip.sets.clean;
    const of = (set) => set.features[position.value]?.[feature.value];
    const beside = clean && this.set !== "clean";
    if (beside && of(clean)) lines.push(line(clean, of(clean), true));
    if (of(this.shown)) lines.push(line(this.shown, of(this.shown), false));
    this.curve.show({ lines, length, middle: this.shown.middle });
    const scores = [...(beside ? [line(clean, clean.score, true)] : []), line(this.shown, this.shown.score, false)];
    this.score.show({ lines: scores, length, middle: this.shown.middle, zero: true });
    this.part.feature_title.textContent = `${feature.selectedOptions[0].textContent}, position ${position.selectedOptions[0].textContent}`;
  }

  /** Show a frame of the chosen clip. */
  moveTo(frame) {
    this.frame = frame;
    this.part.slider.value = frame;
    this.#showFrame();
    this.curve.moveTo(frame);
    this.score.moveTo(frame);
  }

  #showFrame() {
    const { frame, shown, part } = this;
    if (shown.frames) this.#showPictures();
    if (part.looked_from) this.#showLooked();
    const facts = this.#facts();
    part.facts.replaceChildren(
      ...facts.map(([name, value]) => {
        const row = element("div");
        row.append(element("dt", "", name), element("dd", "", value));
        return row;
      }),
    );
    part.slider.setAttribute("aria-valuetext", facts.map(([name, value]) => `${name} ${value}`).join(", "));
  }

  #showPictures() {
    const { frame, shown, part } = this;
    part.picture.src = this.data.pictures[shown.frames[frame]];
    part.picture.alt = `Frame ${frame} of the ${shown.title.toLowerCase()} clip`;
    const outlines = [
      ["true", part.truth.checked ? shown.truth[frame] : ""],
      ["predicted", part.predicted.checked ? shown.predicted[frame] : ""],
    ];
    for (const [name, path] of outlines) {
      part[`${name}_ground`].setAttribute("d", path);
      part[`${name}_outline`].setAttribute("d", path);
    }
    for (const tile of this.tiles) {
      for (const { kind, holder, picture } of tile.pictures) {
        const index = shown.maps[tile.name]?.[kind][frame] ?? null;
        holder.classList.toggle("missing-map", index === null);
        if (index !== null) picture.src = this.data.pictures[index];
      }
    }
  }

  /** Show which frames were remembered, and the share of attention that the memory and the pointer of each got. */
  #showLooked() {
    const { frame, shown, part } = this;
    const read = shown.attention[frame];
    const from = part.looked_from.value;
    const known = read !== null && read.memories[from].concat(read.pointers[from]).some((share) => share !== null);
    part.looked_none.textContent = read === null ? "The prompted frame is taken without memory." : known ? "" : "This frame has no such pixel.";
    part.looked_none.hidden = known;
    const largest = known ? Math.max(...read.memories[from], ...read.pointers[from]) : 0;
    for (const [kind, title] of [["memories", "Memories"], ["pointers", "Pointers"]]) {
      const { frames = [], [from]: shares = [] } = read?.[kind] ?? {};
      part[kind].replaceChildren(...frames.map((of, place) => this.#remembered(of, shares[place], largest)));
      const total = shares.reduce((sum, share) => sum + share, 0);
      part[`${kind}_title`].textContent = known ? `${title}: ${percent(total)} of the attention` : title;
      part[`${kind}_title`].hidden = read === null;
    }
  }

  #remembered(of, share, largest) {
    const item = element("li");
    if (this.shown.frames) {
      const picture = element("img");
      picture.src = this.data.pictures[this.shown.frames[of]];
      picture.alt = "";
      item.append(picture);
    }
    const bar = element("span", "bar");
    const filled = element("span");
    filled.style.width = `${largest > 0 ? (100 * share) / largest : 0}%`;
    bar.append(filled);
    item.append(bar, element("span", "told", `frame ${of}: ${share === null ? "\u2013" : percent(share)}`));
    return item;
  }

  #facts() {
    const { frame, shown } = this;
    const obscured = shown.obscured[frame];
    const hidden = obscured ? `, ${Math.round(100 * obscured)} % obscured` : "";
    return [
      ["Frame", `${frame} of 0 to ${this.length - 1}, ${shown.segment[frame]}${frame === 0 ? ", prompted" : ""}`],
      ["Object", shown.present[frame] ? `there${hidden}` : "gone"],
      ["Object score", written(shown.score[frame])],
      ["J", written(shown.j[frame])],
      ["F", written(shown.f[frame])],
    ];
  }

  #play() {
    this.part.play.textContent = "Pause";
    this.timer = setInterval(() => this.moveTo((this.frame + 1) % this.length), STEP_MILLISECONDS);
  }

  #stop() {
    clearInterval(this.timer);
    this.timer = null;
    this.part.play.textContent = "Play";
  }
}
