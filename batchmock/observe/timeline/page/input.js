// Rows: pointer and keyboard.

const focusRow = (number, scrolls = true) => {
  active = number;
  if (scrolls) {
    const { scrollTop, clientHeight } = scroller, top = number * rowHigh;
    if (top < scrollTop) scroller.scrollTop = top;
    else if (top + rowHigh > scrollTop + clientHeight) scroller.scrollTop = top + rowHigh - clientHeight;
  }
  drawRows();
  const row = drawn.get(number), button = row && row.querySelector("button");
  if (button && document.activeElement !== button) button.focus({ preventScroll: true });
};
const step = (from, by) => {
  let number = from + by;
  while (lines[number] && lines[number].lane !== undefined) number += by;
  return lines[number] ? number : from;
};
const activate = (line) => {
  if (line.job) { show(line.job); return; }
  if (line.isOpen) { open.delete(line.key); open.add(`-${line.key}`); } else { open.add(line.key); open.delete(`-${line.key}`); }
  if (!line.host && line.members.length === 1 && line.members[0] === line.parent) { show(line.parent); return; }
  arrange();
};
space.addEventListener("click", (event) => {
  if (wasDragged) { wasDragged = false; return; }
  const line = lineAt(event.target);
  if (!line || line.lane !== undefined) return;
  active = lines.indexOf(line);
  activate(line);
});
space.addEventListener("focusin", (event) => {
  const line = lineAt(event.target);
  if (line) { active = lines.indexOf(line); pointed = line; drawLinks(); }
});
space.addEventListener("keydown", (event) => {
  const number = Number(event.target.closest(".row").dataset.number);
  const page = Math.max(Math.floor(scroller.clientHeight / rowHigh) - 1, 1);
  const moves = {
    ArrowDown: () => focusRow(step(number, 1)), ArrowUp: () => focusRow(step(number, -1)),
    PageDown: () => focusRow(step(Math.min(number + page, lines.length) - 1, 1)),
    PageUp: () => focusRow(step(Math.max(number - page, -1) + 1, -1)),
    Home: () => focusRow(step(-1, 1)), End: () => focusRow(step(lines.length, -1)),
    ArrowLeft: () => pan(-0.2), ArrowRight: () => pan(0.2),
    "+": () => zoom(0.5), "=": () => zoom(0.5), "-": () => zoom(2), 0: whole,
    f: () => {
      const next = lines.findIndex((line, place) => place > number && line.job && line.job.status === FAILED);
      if (next >= 0) focusRow(next);
    },
  };
  if (!moves[event.key] || event.ctrlKey || event.metaKey || event.altKey) return;
  event.preventDefault();
  moves[event.key]();
});
scroller.addEventListener("scroll", () => draw(SCROLLED));
const tellAt = (line, event) => {
  const at = timeAt(event.clientX);
  if (line.host) return `${line.host.id} (${line.host.type})\n${tellHost(line.host, at)}\n${describeHost(line).hint}`;
  if (line.job) {
    const stage = stagesOf(line.job.flat, line.job.born).find((one) => one.from <= at && at < one.to);
    const text = stage ? `${STATUSES[stage.status]}${stage.attempt ? `, attempt ${stage.attempt}` : ""}`
      + `${stage.flags & 2 ? ", failed" : ""}: ${elapsed(stage.from)} to ${elapsed(stage.to)} (${elapsed(stage.to - stage.from)})` : "";
    return [line.job.label, text, describe(line).hint, line.job.reason].filter(Boolean).join("\n");
  }
  const counts = new Map();
  for (const job of line.members) {
    let found = -1;
    for (let place = 0; place < job.flat.length && job.born + job.flat[place] <= at; place += 4) found = job.flat[place + 1];
    if (found >= 0) counts.set(found, (counts.get(found) || 0) + 1);
  }
  const text = [...counts].sort((one, other) => one[0] - other[0])
    .map(([number, many]) => `${many.toLocaleString("en")} ${STATUSES[number]}`).join(", ");
  return [line.label, `at ${elapsed(at)}: ${text || "none submitted"}`, describe(line).hint].join("\n");
};
const showTip = (text, event) => {
  tip.textContent = text;
  tip.hidden = false;
  tip.style.left = `${Math.min(event.clientX + 14, window.innerWidth - tip.offsetWidth - 8)}px`;
  tip.style.top = `${event.clientY + 18 + tip.offsetHeight > window.innerHeight ? event.clientY - tip.offsetHeight - 10 : event.clientY + 18}px`;
};
find(".usages").addEventListener("pointermove", (event) => {
  const line = event.target.closest(".usage");
  if (!line || !event.target.closest(".bar")) { tip.hidden = true; return; }
  const { name, used, offered } = environments[Number(line.dataset.number)], at = timeAt(event.clientX);
  const total = offered.length ? ` of ${vcpusText(levelAt(offered, at))}` : "";
  showTip(`${name}\nat ${elapsed(at)}: ${vcpusText(levelAt(used, at))}${total} vCPUs in use`, event);
});
find(".usages").addEventListener("pointerleave", () => { tip.hidden = true; });
space.addEventListener("pointermove", (event) => {
  const line = lineAt(event.target);
  if (line !== pointed) { pointed = line; drawLinks(); }
  tip.hidden = !line || line.lane !== undefined || !event.target.closest(".bar") || Boolean(drag && wasDragged);
  if (!tip.hidden) showTip(tellAt(line, event), event);
});
space.addEventListener("pointerleave", () => { tip.hidden = true; pointed = null; drawLinks(); });
