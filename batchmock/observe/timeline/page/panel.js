// The panel with the details of a job, or with the calls.

const table = (heads, rows) => {
  const body = rows.map((cells) => make("tr", {}, ...cells.map((cell) => {
    const [text, name] = Array.isArray(cell) ? cell : [cell, ""];
    return make("td", { className: name }, text instanceof Node ? text : String(text ?? ""));
  })));
  return make("div", { className: "scroll" }, make("table", {},
    make("thead", {}, make("tr", {}, ...heads.map((head) => make("th", { scope: "col", textContent: head })))),
    make("tbody", {}, ...body)));
};
const section = (title, ...content) => [make("h3", { textContent: title }), ...content];
const link = (job) => {
  const button = make("button", { className: "job", type: "button", textContent: job.label });
  button.addEventListener("click", () => show(job));
  return button;
};
const linked = (places) => {
  const found = make("dd");
  places.slice(0, 20).forEach((place, number) => found.append(number ? ", " : "", link(jobs[place])));
  if (places.length > 20) found.append(` and ${places.length - 20} more`);
  return found;
};
const callsAbout = (job) => data.calls.filter(([, , body, , submitted]) => submitted === job.place
  || TEXTS[body].includes(job.id)).slice(-200);
const callRows = (calls) => calls.map((call) => [elapsed(call[0]), TEXTS[call[1]],
  [bodyOf(call), "wide"], [call[3] < 0 ? "" : TEXTS[call[3]], "error wide"]]);
const attemptsOf = (job) => {
  const rows = job.attempts.map(([number, started, stopped, code, because, environment, failed, why]) => [
    number, started === null ? "never" : elapsed(job.born + started), stopped === null ? "" : elapsed(job.born + stopped),
    started === null || stopped === null ? "" : elapsed(stopped - started),
    [code ?? "", failed ? "failed" : ""], [[TEXTS[because], TEXTS[why]].filter(Boolean).join(" · "), `wide${failed ? " failed" : ""}`],
    TEXTS[environment]]);
  return table(["attempt", "started", "ended", "ran", "exit code", "reason", "environment"], rows);
};
let cameFrom = null;
const fillPanel = (title, ...content) => {
  if (panel.hidden) cameFrom = document.activeElement;
  const close = make("button", { className: "close", type: "button", textContent: "Close" });
  close.addEventListener("click", hide);
  const heading = make("h2", { textContent: title, tabIndex: -1 });
  panel.replaceChildren(close, heading, ...content);
  panel.hidden = false;
  panel.scrollTop = 0;
  heading.focus();
};
const hide = () => {
  if (panel.hidden) return;
  panel.hidden = true;
  const number = opened ? placeOf.get(opened.place) : undefined;
  opened = null;
  drawRows();
  if (number !== undefined) focusRow(number); else if (cameFrom) cameFrom.focus();
};
const show = (job) => {
  opened = job;
  const parent = job.parent < 0 ? null : jobs[job.parent];
  const definition = job.definition.length || !parent ? job.definition : parent.definition;
  const list = make("dl");
  const entry = (name, value) => {
    if (value === "" || value === undefined || value === null) return;
    list.append(make("dt", { textContent: name }), value instanceof Node ? value : make("dd", { textContent: value }));
  };
  const status_ = make("dd", {}, make("strong", { className: `status ${STATUSES[job.status]}`, textContent: STATUSES[job.status] }));
  entry("status", status_);
  entry("reason", job.reason);
  entry("id", make("dd", {}, make("code", { textContent: job.id })));
  if (parent) entry("array job", make("dd", {}, link(parent)));
  entry("queue", job.queue);
  entry("share", job.share);
  entry("environment", job.environment);
  entry("host", job.host);
  if (definition.length) {
    const [name, container, command, ...variables] = definition;
    entry("definition", TEXTS[name]);
    entry("container", TEXTS[container]);
    if (job.vcpus) entry("vCPUs", job.vcpus.toLocaleString("en"));
    entry("command", make("dd", {}, make("code", { textContent: JSON.parse(TEXTS[command]).join(" ") })));
    if (variables.length) entry("variables", make("dd", {}, make("code", { textContent: variables.map((text) => TEXTS[text]).join("\n"), style: "white-space:pre-wrap" })));
  }
  entry("submitted", elapsed(job.born));
  if (job.started !== undefined) entry("started", elapsed(job.started));
  if (job.end !== null) entry("ended", elapsed(job.end));
  entry("duration", ran(job));
  if (job.needs.length) entry("after", linked(job.needs));
  if (job.usedBy.length) entry("before", linked(job.usedBy));
  const content = [list];
  if (job.why) content.push(...section("Why it is where it is", make("pre", { textContent: job.why })));
  if (job.attempts.length) {
    content.push(...section("Attempts", attemptsOf(job)));
    for (const [number, , , , , , , , lines_, all] of job.attempts) {
      if (!lines_.length) continue;
      const more = all > lines_.length ? `, last ${lines_.length} of ${all} lines` : "";
      content.push(...section(`Log of attempt ${number}${more}`, make("pre", { textContent: lines_.map((line) => TEXTS[line]).join("\n") })));
    }
  }
  content.push(...section("Events", table(["at", "status", "for", "attempt"], stagesOf(job.flat, job.born).map((stage) => [
    elapsed(stage.from), [STATUSES[stage.status], stage.flags & 2 || stage.status === FAILED ? "failed" : ""],
    isTerminal(stage.status) ? "" : elapsed(stage.to - stage.from), stage.attempt || ""]))));
  const calls = callsAbout(job);
  content.push(...section("Calls about it", calls.length ? table(["at", "operation", "request", "error"], callRows(calls)) : make("p", { textContent: "None." })));
  fillPanel(job.label, ...content);
  drawRows();
};
find("#calls").addEventListener("click", () => {
  opened = null;
  const last = data.calls.slice(-500);
  fillPanel(count(data.allCalls, "API call"),
    ...(failedCalls.length ? section("Failed", table(["at", "operation", "request", "error"], callRows(failedCalls.slice(-200)))) : []),
    ...section(last.length < data.allCalls ? `Last ${last.length}` : "All", table(["at", "operation", "request", "error"], callRows(last))));
});
find("#calls").hidden = !data.calls.length;
document.addEventListener("keydown", (event) => {
  if (event.key === "Escape") hide();
  if (event.key === "/" && !/^(input|select|textarea)$/i.test(document.activeElement.tagName)) {
    event.preventDefault();
    search.focus();
  }
});
const byId = new Map(jobs.map((job) => [job.id, job]));
for (const button of document.querySelectorAll(".why button[data-id]")) {
  button.addEventListener("click", () => { if (byId.has(button.dataset.id)) show(byId.get(button.dataset.id)); });
  button.disabled = !byId.has(button.dataset.id);
}
