// Zooming and panning by buttons, wheel and drag.

const zoomTo = (from, to) => {
  const least = Math.min(10, data.span || 1);
  let length = Math.min(Math.max(to - from, least), Math.max(data.span, 1));
  const start = Math.min(Math.max(from, 0), Math.max(data.span, 1) - length);
  view.from = start;
  view.to = start + length;
  draw(ZOOMED);
};
const zoom = (factor, at = (view.from + view.to) / 2) => zoomTo(at - (at - view.from) * factor, at + (view.to - at) * factor);
const pan = (share_) => zoomTo(view.from + (view.to - view.from) * share_, view.to + (view.to - view.from) * share_);
const timeAt = (clientX) => {
  const box = axis.getBoundingClientRect();
  return view.from + ((clientX - box.left) / box.width) * (view.to - view.from);
};
const whole = () => zoomTo(0, Math.max(data.span, 1));
find("#in").addEventListener("click", () => zoom(0.5));
find("#out").addEventListener("click", () => zoom(2));
find("#all").addEventListener("click", whole);
chart.addEventListener("wheel", (event) => {
  const isOverHead = !scroller.contains(event.target);
  if (event.ctrlKey || event.metaKey || (isOverHead && event.target.closest(".bar"))) {
    event.preventDefault();
    zoom(Math.exp(event.deltaY * 0.002), timeAt(event.clientX));
  } else if (event.shiftKey || Math.abs(event.deltaX) > Math.abs(event.deltaY)) {
    event.preventDefault();
    pan((event.deltaX || event.deltaY) / barWidth);
  }
}, { passive: false });
chart.addEventListener("dblclick", (event) => { if (event.target.closest(".bar")) whole(); });
let drag = null, wasDragged = false;
chart.addEventListener("pointerdown", (event) => {
  if (event.button || !event.target.closest(".bar") || event.pointerType === "touch") return;
  drag = { from: event.clientX, pans: !scroller.contains(event.target), view: { ...view }, brush: null };
  wasDragged = false;
});
window.addEventListener("pointermove", (event) => {
  if (!drag) return;
  const moved = event.clientX - drag.from;
  if (Math.abs(moved) > 4) wasDragged = true;
  if (!wasDragged) return;
  if (drag.pans) {
    const shift = (moved / barWidth) * (drag.view.to - drag.view.from);
    zoomTo(drag.view.from - shift, drag.view.to - shift);
    return;
  }
  if (!drag.brush) { drag.brush = make("div", { className: "brush" }); chart.append(drag.brush); }
  const box = chart.getBoundingClientRect();
  drag.brush.style.left = `${Math.min(drag.from, event.clientX) - box.left}px`;
  drag.brush.style.width = `${Math.abs(moved)}px`;
});
window.addEventListener("pointerup", (event) => {
  if (drag && drag.brush) {
    drag.brush.remove();
    const [from, to] = [timeAt(drag.from), timeAt(event.clientX)].sort((one, other) => one - other);
    zoomTo(from, to);
  }
  drag = null;
});
