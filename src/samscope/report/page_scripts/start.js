/** Under each figure, offer its picture as a file: the page carries it already. */
function offerPictures() {
  for (const picture of document.querySelectorAll(".plate img")) {
    const figure = picture.closest("figure");
    const link = element("a", "file", "Save the picture");
    link.href = picture.src;
    link.download = `${figure.id}.${picture.src.startsWith("data:image/svg") ? "svg" : "webp"}`;
    const files = figure.querySelector(".files") ?? figure.querySelector("figcaption");
    files.append(" ", link);
  }
}

/** Have links to a frame of a clip open it in the frame browser. */
function leadToFrames(browser) {
  for (const link of document.querySelectorAll("a[data-set]")) {
    const { set, draw, frame } = link.dataset;
    link.addEventListener("click", () => browser.open(set, Number(draw), Number(frame)));
  }
}

const tools = {};
for (const [id, Tool] of [
  ["curves", Curves],
  ["browser", FrameBrowser],
]) {
  const root = document.getElementById(`${id}-tool`);
  const data = carried(`${id}-data`);
  if (root && data) tools[id] = new Tool(root, data);
}
if (tools.browser) leadToFrames(tools.browser);
offerPictures();
