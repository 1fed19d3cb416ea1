/** The features through time: which position and which sets are shown, and what they are on one frame. */
class Curves {
  constructor(root, data) {
    this.root = root;
    this.data = data;
    this.shown = new Set(data.sets.filter((set) => set.shown).map((set) => set.name));
    this.position = root.querySelector("[data-part=position]");
    this.slider = root.querySelector("[data-part=frame]");
    this.charts = data.features.map((feature) => {
      const panel = element("div", "panel");
      const host = element("div", "chart");
      host.setAttribute("role", "img");
      host.setAttribute("aria-label", `${feature.title} through the frames of a clip; the table under the curves has its values`);
      panel.append(element("h4", "", feature.title), host);
      root.querySelector("[data-part=panels]").append(panel);
      return new LineChart(host, { onSeek: (frame) => this.moveTo(frame), hovers: true, height: 220 });
    });
    offer(this.position, data.positions.map((position) => [position.name, position.title]));
    this.position.value = data.start;
    this.slider.max = data.length - 1;
    this.#offerSets();
    this.position.addEventListener("change", () => this.show());
    this.slider.addEventListener("input", () => this.moveTo(Number(this.slider.value)));
    root.hidden = false;
    this.show();
    this.moveTo(data.middle ? data.middle[0] : 0);
  }

  #offerSets() {
    const place = this.root.querySelector("[data-part=sets]");
    for (const set of this.data.sets) {
      const label = element("label", "choice");
      const box = element("input");
      box.type = "checkbox";
      box.value = set.name;
      box.checked = this.shown.has(set.name);
      box.addEventListener("change", () => {
        this.shown[box.checked ? "add" : "delete"](set.name);
        this.show();
      });
      label.append(box, element("span", `swatch of-${set.name}`), set.label);
      place.append(label);
    }
  }

  /** Draw the curves of the chosen position and sets. */
  show() {
    const of = this.data.values[this.position.value];
    this.sets = this.data.sets.filter((set) => this.shown.has(set.name));
    this.charts.forEach((chart, index) => {
      const feature = of[this.data.features[index].name];
      const lines = this.sets
        .filter((set) => feature[set.name])
        .map((set) => ({ label: set.label, set: set.name, absent: set.absent, ...feature[set.name] }));
      chart.show({ lines, length: this.data.length, middle: this.data.middle });
    });
    this.#fillTable();
  }

  /** Put the cursor of every curve on a frame. */
  moveTo(frame) {
    this.frame = frame;
    this.slider.value = frame;
    this.slider.setAttribute("aria-valuetext", `frame ${frame}`);
    for (const chart of this.charts) chart.moveTo(frame);
    this.#fillTable();
  }

  #fillTable() {
    const of = this.data.values[this.position.value];
    this.root.querySelector("[data-part=caption]").textContent = `Frame ${this.frame}, position ${this.position.selectedOptions[0].textContent}: mean over clips, with its 95 % interval`;
    const rows = this.sets.map((set) => {
      const row = element("tr");
      const head = element("th");
      head.scope = "row";
      head.append(element("span", `swatch of-${set.name}`), set.label + (set.absent[this.frame] ? " (absent)" : ""));
      const cells = this.data.features.map((feature) => {
        const values = of[feature.name][set.name];
        const cell = element("td", "", written(values?.mean[this.frame]));
        if (values?.low && values.low[this.frame] !== null) {
          cell.append(" ", element("small", "", `${written(values.low[this.frame])} to ${written(values.high[this.frame])}`));
        }
        return cell;
      });
      row.append(head, ...cells);
      return row;
    });
    this.root.querySelector("[data-part=rows]").replaceChildren(...rows);
  }
}
