// The bars, the axis, the tracks of vCPUs and calls, and the lines between dependencies.

// Sizes are read once, before anything is drawn: reading them between changes would lay out the page anew.
const axis = find(".axis .bar");
let barWidth = 50, rowHigh = 38, windowHigh = 600;
const measure = () => {
  rowHigh = window.innerWidth <= 640 ? 56 : 38;
  windowHigh = window.innerHeight;
  barWidth = Math.max(axis.clientWidth, 50);
};
const x = (at) => ((at - view.from) / (view.to - view.from)) * barWidth;
const clamp = (value) => Math.min(Math.max(value, 0), barWidth);
const part = (value) => Math.round(value * 100) / 100;
const ticks = () => {
  const steps = [1, 2, 5, 10, 20, 50, 100, 200, 500];
  for (const [unit, digits] of [[1000, [1, 2, 5, 10, 15, 30]], [60000, [1, 2, 5, 10, 15, 20, 30]],
    [3600000, [1, 2, 3, 6, 12, 24, 48, 168]]]) steps.push(...digits.map((digit) => digit * unit));
  const least = (view.to - view.from) * Math.min(0.5, 90 / barWidth);
  const step = steps.find((one) => one >= least) || Math.ceil(least / 604800000) * 604800000;
  const found = [];
  for (let at = Math.ceil(view.from / step) * step; at <= view.to; at += step) found.push(at);
  return found;
};
const grid = (marks, height) => marks
  .map((at) => `<line x1="${part(x(at))}" x2="${part(x(at))}" y1="0" y2="${height}" class="grid"/>`).join("");
const fill = (number) => `fill="url(#fill-${STATUSES[number]})" class="${STATUSES[number]}"`;
const mark = (number, at) => `<use href="#${STATUSES[number]}-mark" x="${part(x(at))}" y="${HEIGHT / 2}"/>`;
const retry = (at) => `<use href="#retry-mark" x="${part(x(at))}" y="${HEIGHT / 2}"/>`;

const drawJob = (job) => {
  let bars = "", marks = "";
  for (const stage of stagesOf(job.flat, job.born)) {
    if (stage.to < view.from || stage.from > view.to) continue;
    if (isTerminal(stage.status)) { marks += mark(stage.status, stage.from); continue; }
    if (stage.flags & 1) marks += retry(stage.from);
    if (stage.to === stage.from) continue;
    const left = clamp(x(stage.from)), right = clamp(x(stage.to));
    const high = THICKNESS[STATUSES[stage.status]] || 8;
    const look = stage.flags & 2 ? 'fill="url(#fill-FAILED)" class="failed"' : fill(stage.status);
    bars += `<rect x="${part(left)}" y="${(HEIGHT - high) / 2}" width="${part(Math.max(right - left, 1))}" `
      + `height="${high}" ${look}/>`;
  }
  return bars + marks;
};

const drawMany = (members) => {
  const bins = Math.max(Math.min(Math.floor(barWidth / 3), 300), 10);
  const binOf = (at) => Math.min(Math.max(Math.floor(((at - view.from) / (view.to - view.from)) * bins), 0), bins);
  const changes = STATUSES.map(() => new Int32Array(bins + 1));
  const failures = new Set(), retries = new Set();
  let last = 0, isOver = true;
  for (const job of members) {
    const flat = job.flat;
    for (let at = 0; at < flat.length; at += 4) {
      const begin = job.born + flat[at];
      const end = at + 4 < flat.length ? job.born + flat[at + 4] : Infinity;
      if (flat[at + 3] & 1 && begin >= view.from && begin <= view.to) retries.add(binOf(begin));
      if (end < view.from || begin > view.to) continue;
      const first = binOf(begin), after = end === Infinity ? bins : binOf(end);
      changes[flat[at + 1]][first] += 1;
      changes[flat[at + 1]][after] -= 1;
    }
    if (job.end === null) isOver = false; else last = Math.max(last, job.end);
    if (job.status === FAILED && job.end >= view.from && job.end <= view.to) failures.add(binOf(job.end));
  }
  const step = barWidth / bins;
  let drawn = "";
  const now = STATUSES.map(() => 0);
  let from = 0, before = "";
  const flush = (to) => {
    const present = STACK.filter((number) => now[number] > 0);
    if (!present.length || (isOver && present.every(isTerminal))) return;
    const high = present.map((number) => Math.max((HEIGHT * now[number]) / members.length,
      number === FAILED ? 0 : 2));
    const excess = high.reduce((sum, value) => sum + value, 0) - HEIGHT;
    if (excess > 0) high[high.indexOf(Math.max(...high))] -= excess;
    let foot = HEIGHT;
    present.forEach((number, place) => {
      foot -= high[place];
      if (high[place] < 0.3) return;
      drawn += `<rect x="${part(from * step)}" y="${part(foot)}" width="${part((to - from) * step)}" `
        + `height="${part(high[place])}" ${fill(number)} shape-rendering="crispEdges"/>`;
    });
  };
  for (let bin = 0; bin < bins; bin += 1) {
    const key = changes.map((change) => change[bin]);
    if (bin && key.some(Boolean)) { flush(bin); from = bin; }
    key.forEach((value, number) => { now[number] += value; });
  }
  flush(bins);
  for (const bin of failures) {
    const at = part(Math.min(bin + 0.5, bins - 0.5) * step);
    drawn += `<line x1="${at}" x2="${at}" y1="1" y2="${HEIGHT - 1}" class="tick"/>`;
  }
  for (const bin of retries) {
    drawn += `<use href="#retry-mark" x="${part((bin + 0.5) * step)}" y="${HEIGHT / 2}"/>`;
  }
  if (isOver && last >= view.from && last <= view.to) {
    drawn += mark(members.some((job) => job.status === FAILED) ? FAILED : SUCCEEDED, last);
  }
  return drawn;
};

const worst = (members) => {
  const counts = new Map();
  for (const job of members) counts.set(job.status, (counts.get(job.status) || 0) + 1);
  const telling = counts.has(FAILED) ? FAILED : Math.min(...counts.keys());
  return [telling, counts.get(telling), counts.size];
};

const describe = (line) => {
  if (line.job) {
    const { job } = line;
    const after = job.needs.map((need) => jobs[need].label);
    const retried = job.retries ? `, ${count(job.retries, "retry").replace("retrys", "retries")}` : "";
    return {
      name: job.label, status: STATUSES[job.status], stage: STATUSES[job.status], ran: ran(job),
      // Dependents do not repeat the reason: the section above the chart has it once, and the tip as well.
      below: (!job.isAfterFailure && job.reason) || (after.length ? `after ${after.slice(0, 3).join(", ")}${after.length > 3 ? ` and ${after.length - 3} more` : ""}` : ""),
      spoken: `${job.label}: ${STATUSES[job.status]}, ${ran(job)}${retried}${job.reason ? `, ${job.reason}` : ""}`,
      hint: `submitted ${elapsed(job.born)}`
        + `${job.started === undefined ? "" : `, started ${elapsed(job.started)}`}`
        + `${job.end === null ? "" : `, ended ${elapsed(job.end)}`}`,
    };
  }
  const [telling, many, kindsOfStatus] = worst(line.members);
  const born = line.members.reduce((least, job) => Math.min(least, job.born), Infinity);
  const ends = line.members.map((job) => job.end);
  const isOver = ends.every((end) => end !== null);
  const last = isOver ? ends.reduce((one, other) => Math.max(one, other), 0) : null;
  const noun = line.parent ? "children" : "jobs";
  const text = kindsOfStatus > 1 ? `${many.toLocaleString("en")} ${STATUSES[telling]}` : STATUSES[telling];
  const took = isOver ? `took ${elapsed(last - born)}` : "not ended";
  return {
    name: line.label, status: text, stage: STATUSES[telling], ran: took,
    below: `${line.isOpen ? "▾" : "▸"} ${line.members.length.toLocaleString("en")} ${noun}`,
    spoken: `${line.label}: ${line.members.length} ${noun}, ${text}, ${took}`,
    hint: `first submitted ${elapsed(born)}${isOver ? `, last ended ${elapsed(last)}` : ""}`,
  };
};

const barOf = (line, marks) => grid(marks, HEIGHT)
  + (line.host ? drawHost(line.host) : line.job ? drawJob(line.job) : drawMany(line.members));

const rowOf = (line, number, marks) => {
  const row = make("div", { className: "row", role: "listitem" });
  row.setAttribute("aria-setsize", lines.length);
  row.setAttribute("aria-posinset", number + 1);
  row.style.cssText = `height:${rowHigh}px;transform:translateY(${number * rowHigh}px)`;
  row.dataset.number = number;
  if (line.lane !== undefined) {
    row.className = "row lane";
    row.textContent = line.lane;
    return row;
  }
  const told = line.host ? describeHost(line) : describe(line);
  if (line.isChild) row.classList.add("child");
  const button = make("button", { className: "line", type: "button", tabIndex: -1 });
  button.setAttribute("aria-label", told.spoken);
  if (line.members) button.setAttribute("aria-expanded", Boolean(line.isOpen));
  button.innerHTML = `<span class="label"><span class="name" title="${escaped(told.name)}">${escaped(told.name)}</span>`
    + `<span class="below">${escaped(told.below)}</span></span>`
    + `<svg class="bar" width="100%" height="${HEIGHT}" aria-hidden="true">${barOf(line, marks)}</svg>`
    + `<span title="${escaped(told.hint)}"><span class="status ${told.stage}">${escaped(told.status)}</span>`
    + `<span class="ran">${told.ran}</span></span>`;
  row.append(button);
  return row;
};

// The rows that are drawn, by number: those in view, and some above and below.
const drawn = new Map();
const rowsInView = (more) => {
  if (isPrinting) return [0, Math.min(lines.length, 2000)];
  const { scrollTop, clientHeight } = scroller;
  return [Math.max(Math.floor(scrollTop / rowHigh) - more, 0),
    Math.min(Math.ceil((scrollTop + clientHeight) / rowHigh) + more, lines.length)];
};
// Scrolling adds and removes rows.
const drawRows = ([first, end] = rowsInView(10)) => {
  for (const [number, row] of drawn) {
    if (number >= first && number < end) continue;
    row.remove();
    drawn.delete(number);
  }
  let marks = null, next = null;
  for (let number = end - 1; number >= first; number -= 1) {
    let row = drawn.get(number);
    if (!row) {
      marks ??= ticks();
      row = rowOf(lines[number], number, marks);
      drawn.set(number, row);
      space.insertBefore(row, next);
    }
    next = row;
  }
  markRows(first, end);
};
// One row can be reached with the Tab key, and one may be open in the panel.
const markRows = (first, end) => {
  let reached = active;
  if (reached < first || reached >= end) for (reached = first; reached < end && lines[reached].lane !== undefined;) reached += 1;
  for (const [number, row] of drawn) {
    const line = lines[number];
    if (line.lane !== undefined) continue;
    row.firstChild.tabIndex = number === reached ? 0 : -1;
    row.classList.toggle("open", Boolean(line.job) && opened === line.job);
  }
};
// A zoom draws the bars anew, and other changes all of the rows.
const redrawBars = () => {
  const marks = ticks();
  for (const [number, row] of drawn) {
    const line = lines[number];
    if (line.lane === undefined) row.querySelector(".bar").innerHTML = barOf(line, marks);
  }
};
const redrawRows = () => {
  const inView = rowsInView(3);
  const focused = space.contains(document.activeElement)
    ? Number(document.activeElement.closest(".row").dataset.number) : -1;
  space.replaceChildren();
  drawn.clear();
  drawRows(inView);
  if (drawn.has(focused)) focusRow(focused, false);
};

const drawAxis = () => {
  const marks = ticks(), room = barWidth;
  axis.innerHTML = marks.map((at) => {
    const label = elapsed(at), end = x(at) + label.length * 7.5 > room ? ' text-anchor="end"' : "";
    return `<text x="${part(x(at))}" y="13"${end}>${label}</text>`;
  }).join("");
  find("#range").textContent = `${elapsed(view.from)} to ${elapsed(view.to)}`;
};

const drawUsage = () => {
  const high = 34, marks = grid(ticks(), high);
  find(".usages").innerHTML = environments.map((environment, number) => {
    const { name, limit, most, used, offered } = environment;
    if (!most) return "";
    const peak = Math.max(most, ...offered.map((level) => level[1]));
    const scale = limit && limit <= peak * 4 ? Math.max(limit, peak) : peak;
    const y = (vcpus) => part(high - (vcpus / scale) * (high - 3));
    const steps = (levels, start) => levels.map(([at, vcpus]) => `H${part(clamp(x(at)))}V${y(vcpus)}`).join("")
      || start;
    const end = part(clamp(x(data.span)));
    const first = part(clamp(x(0)));
    const line = offered.length ? `<path d="M${first} ${high}${steps(offered)}H${end}" class="offered"/>` : "";
    const cap = limit && limit <= scale ? `<path d="M${first} ${y(limit)}H${end}" class="most"/>` : "";
    const total = limit && limit <= scale ? limit : Math.max(0, ...offered.map((level) => level[1]));
    return `<div class="line head usage" data-number="${number}"><span class="what"><span class="key"></span>vCPUs in use${offered.length ? ', <span class="key line"></span>offered' : ""}`
      + `<span class="mono" title="${escaped(name)}">${escaped(name)}</span></span>`
      + `<svg class="bar" width="100%" height="${high}" aria-hidden="true">${marks}`
      + `<path d="M${first} ${high}${steps(used)}H${end}V${high}Z" class="area"/>${line}${cap}</svg>`
      + `<span class="value mono">up to ${vcpusText(most)}<br>${total ? `of ${vcpusText(total)}` : ""}</span></div>`;
  }).join("");
};

const failedCalls = data.calls.filter((call) => call[3] >= 0);
const drawCalls = () => {
  const line = find(".callmarks");
  line.hidden = !data.calls.length;
  if (!data.calls.length) return;
  const columns = new Map();
  for (const [at, , , error] of data.calls) {
    if (at < view.from || at > Math.max(view.to, data.span)) continue;
    const column = Math.round(x(Math.min(at, data.span)) / 2) * 2;
    const found = columns.get(column) || [0, false];
    columns.set(column, [found[0] + 1, found[1] || error >= 0]);
  }
  line.querySelector(".bar").innerHTML = grid(ticks(), 20) + [...columns].map(([at, [many, bad]]) => {
    const high = Math.min(4 + 3 * Math.ceil(Math.log2(many + 1)), 18);
    return `<line x1="${at}" x2="${at}" y1="20" y2="${20 - high}" class="call${bad ? " error" : ""}"/>`
      + (bad ? `<path d="M${at - 3} 0l6 6m0-6l-6 6" stroke="var(--failed)" stroke-width="1.6"/>` : "");
  }).join("");
  line.querySelector(".value").textContent = failedCalls.length ? `${failedCalls.length.toLocaleString("en")} failed` : "";
};

// What is drawn in the next frame: the rows that come into view, all bars, or all rows.
const [NOTHING, SCROLLED, ZOOMED, CHANGED] = [0, 1, 2, 3];
let due = NOTHING;
const draw = (what) => {
  if (!due) requestAnimationFrame(drawDue);
  due = Math.max(due, what);
};
const drawDue = () => {
  const what = due;
  due = NOTHING;
  if (what === SCROLLED) drawRows();
  else if (what === ZOOMED) { redrawBars(); drawHead(); }
  else { measure(); redrawRows(); drawHead(); }
  drawLinks();
};
const drawHead = () => {
  drawAxis();
  drawUsage();
  drawCalls();
};
const layOut = () => {
  const shown = rowHigh * lines.length, room = Math.max(windowHigh - 260, 260);
  space.style.height = `${isPrinting ? Math.min(lines.length, 2000) * rowHigh : shown}px`;
  scroller.style.height = isPrinting ? "auto" : `${Math.min(shown + 2, room)}px`;
  chart.style.setProperty("--scrollbar", `${scroller.offsetWidth - scroller.clientWidth}px`);
  draw(CHANGED);
};

// Dependencies of the row that is pointed at or focused

let pointed = null;
const drawLinks = () => {
  if (!pointed || !pointed.job || !(pointed.job.needs.length + pointed.job.usedBy.length)) {
    if (links.firstChild) links.replaceChildren();
    return;
  }
  const { job } = pointed, bar = axis.getBoundingClientRect();
  const frame = scroller.getBoundingClientRect(), { scrollTop } = scroller;
  const y = (place) => place * rowHigh - scrollTop + rowHigh / 2;
  const middle = (place) => Math.min(Math.max(y(place), -20), frame.height + 20);
  const left = bar.left - frame.left;
  const paths = [];
  const connect = (earlier, later) => {
    const from = placeOf.get(earlier.place), to = placeOf.get(later.place);
    if (from === undefined || to === undefined || from === to || earlier.end === null) return;
    const at = left + clamp(x(earlier.end)), end = left + clamp(x(Math.max(earlier.end, later.born)));
    paths.push(`<path d="M${part(at)} ${middle(from)}C${part(at + 30)} ${middle(from)} ${part(end - 30)} ${middle(to)} ${part(end)} ${middle(to)}"/>`
      + `<circle cx="${part(end)}" cy="${middle(to)}" r="3.5" fill="var(--focus)"/>`);
  };
  for (const need of job.needs) connect(jobs[need], job);
  for (const user of job.usedBy) connect(job, jobs[user]);
  links.innerHTML = paths.join("");
};
const lineAt = (target) => {
  const row = target.closest && target.closest(".row");
  return row ? lines[Number(row.dataset.number)] : null;
};
