/** Return a new HTML element with a class and text; text is never read as HTML. */
function element(name, className = "", text = "") {
  const made = document.createElement(name);
  if (className) made.className = className;
  if (text) made.textContent = text;
  return made;
}

/** Return a new SVG element with attributes. */
function drawn(name, attributes = {}, text = "") {
  const made = document.createElementNS("http://www.w3.org/2000/svg", name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  if (text) made.textContent = text;
  return made;
}

/** Return the data that the page carries under an id, or null where it carries none. */
function carried(id) {
  const holder = document.getElementById(id);
  return holder ? JSON.parse(holder.textContent) : null;
}

/** Fill a select with options; `choices` is a list of [value, text]. */
function offer(select, choices) {
  select.replaceChildren(
    ...choices.map(([value, text]) => {
      const option = element("option", "", text);
      option.value = value;
      return option;
    }),
  );
}

/** Return a share, 0 to 1, in percent with two significant digits. */
function percent(share) {
  return `${Number((100 * share).toPrecision(2))}\u00a0%`;
}

/** Return a number as it is written on the page: three significant digits, a true minus sign, a dash for none. */
function written(value) {
  if (value === null || value === undefined) return "\u2013";
  const size = Math.abs(value);
  const digits = size >= 100 ? 0 : size >= 10 ? 1 : size >= 0.01 || size === 0 ? 2 : 4;
  return value.toFixed(digits).replace("-", "\u2212");
}
