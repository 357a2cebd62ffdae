// The page's data as objects, and how durations and names are written.

const data = JSON.parse(document.getElementById("data").textContent);
const STATUSES = data.statuses, TEXTS = data.texts;
const FAILED = STATUSES.indexOf("FAILED"), SUCCEEDED = STATUSES.indexOf("SUCCEEDED");
const RUNNING = STATUSES.indexOf("RUNNING"), STARTING = STATUSES.indexOf("STARTING");
const isTerminal = (status) => status === FAILED || status === SUCCEEDED;
const THICKNESS = { SUBMITTED: 5, PENDING: 8, RUNNABLE: 8, SCHEDULED: 8, STARTING: 10, RUNNING: 16 };
const STACK = ["SUCCEEDED", "FAILED", "RUNNING", "STARTING", "SCHEDULED", "RUNNABLE", "PENDING",
  "SUBMITTED"].map((status) => STATUSES.indexOf(status));
const HEIGHT = 26;

const stagesOf = (flat, born) => {
  const stages = [];
  for (let at = 0; at < flat.length; at += 4) {
    stages.push({ from: born + flat[at], status: flat[at + 1], attempt: flat[at + 2], flags: flat[at + 3] });
  }
  stages.forEach((stage, number) => {
    const next = stages[number + 1];
    stage.to = next ? next.from : isTerminal(stage.status) ? stage.from : Math.max(data.span, stage.from);
  });
  return stages;
};
const kinds = data.kinds.map(([status, queue, share, environment, history, reason, vcpus, ...definition]) => ({
  status, queue: TEXTS[queue], share: TEXTS[share], environment: TEXTS[environment], flat: data.histories[history],
  // A negative reason is that of a job that failed because of another one.
  reason: TEXTS[Math.abs(reason)], isAfterFailure: reason < 0, vcpus: vcpus / 1000, definition,
}));
const jobs = [];
for (const [first, second, kind, born, attempts = 0, host = 0, why = 0, needs = []] of data.jobs) {
  // A child has the place of its array job instead of a name, and its index instead of an id.
  const parent = typeof first === "number" ? first : -1;
  const [name, id] = parent < 0 ? [first, second] : [jobs[parent].name, `${jobs[parent].id}:${second}`];
  jobs.push({
    ...kinds[kind], place: jobs.length, name, id, born, needs, parent, index: parent < 0 ? -1 : second,
    attempts: data.attempts[attempts], host: TEXTS[host], why: TEXTS[why], usedBy: [], retries: 0,
  });
}
for (const job of jobs) {
  job.label = job.index < 0 ? job.name : `${job.name}:${job.index}`;
  job.end = isTerminal(job.status) ? job.born + job.flat[job.flat.length - 4] : null;
  for (let at = 1; at < job.flat.length; at += 4) {
    if (job.flat[at] === RUNNING) job.started = job.born + job.flat[at - 1];
    if (job.flat[at + 2] & 1) job.retries += 1;
  }
  for (const need of job.needs) jobs[need].usedBy.push(job.place);
}
// The text that the search field looks through, built for the first search.
const searched = (job) => {
  job.search ??= [job.name, job.label, job.id, STATUSES[job.status], job.reason, job.queue, job.share,
    job.environment, job.host].join(" ").toLowerCase();
  return job.search;
};
const groups = data.groups.map(([label, parent, first, many]) => (
  { label, parent, members: Array.from({ length: many }, (_, number) => first + number) }));
const parents = new Set(groups.filter((group) => group.members.length).map((group) => group.parent));
const leaves = jobs.filter((job) => !parents.has(job.place));
// The request that submitted a job has a mark in place of the job's name.
const bodyOf = ([, , body, , submitted]) => (submitted < 0 ? TEXTS[body] : TEXTS[body].replace("\0", () => jobs[submitted].name));

// Words

const elapsed = (ms) => {
  const sign = ms < 0 ? "-" : "";
  let rest = Math.abs(Math.round(ms));
  const parts = [[86400000, "d"], [3600000, "h"], [60000, "m"]].map(([unit, letter]) => {
    const count = Math.floor(rest / unit);
    rest -= count * unit;
    return count ? `${count}${letter}` : "";
  }).join("");
  return sign + (rest || !parts ? `${parts}${Number((rest / 1000).toFixed(3))}s` : parts);
};
const ran = (job) => job.end === null ? "not ended"
  : job.started === undefined ? "never ran" : `ran ${elapsed(job.end - job.started)}`;
const count = (number, noun) => `${number.toLocaleString("en")} ${noun}${number === 1 ? "" : "s"}`;
const make = (tag, properties = {}, ...children) => {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (name in element && name !== "role") element[name] = value; else element.setAttribute(name, value);
  }
  element.append(...children);
  return element;
};
const find = (selector) => document.querySelector(selector);
const escaped = (text) => text.replace(/[&<>"]/g, (sign) => `&#${sign.charCodeAt(0)};`);
