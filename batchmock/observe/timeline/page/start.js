// Events of the controls and the window, and the first drawing.

tools.addEventListener("submit", (event) => event.preventDefault());
for (const control of [search, only, status, queue, share, lanes]) control.addEventListener("input", () => { scroller.scrollTop = 0; active = 0; arrange(); });
window.addEventListener("resize", () => { measure(); layOut(); });
window.addEventListener("beforeprint", () => { isPrinting = true; layOut(); measure(); redrawRows(); drawHead(); });
window.addEventListener("afterprint", () => { isPrinting = false; layOut(); });
tools.hidden = false;
chart.hidden = false;
measure();
arrange();
const first = lines.findIndex((line) => line.lane === undefined);
active = Math.max(first, 0);
