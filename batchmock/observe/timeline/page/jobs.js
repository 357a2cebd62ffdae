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
const jobs = data.jobs.map((job, place) => ({
  place, name: job[0], id: job[1], status: job[2], queue: TEXTS[job[3]], share: TEXTS[job[4]],
  environment: TEXTS[job[5]], flat: data.histories[job[6]], born: job[7],
  reason: job[8] < 0 ? "" : TEXTS[job[8]], vcpus: job[9] / 1000, needs: job[10],
  index: job[11], interest: job[12], details: job[13], host: TEXTS[job[14]], usedBy: [], parent: -1,
}));
for (const job of jobs) {
  job.label = job.index < 0 ? job.name : `${job.name}:${job.index}`;
  job.end = isTerminal(job.status) ? job.born + job.flat[job.flat.length - 4] : null;
  job.retries = 0;
  for (let at = 1; at < job.flat.length; at += 4) {
    if (job.flat[at] === RUNNING) job.started = job.born + job.flat[at - 1];
    if (job.flat[at + 2] & 1) job.retries += 1;
  }
  for (const need of job.needs) jobs[need].usedBy.push(job.place);
  job.search = [job.name, job.label, job.id, STATUSES[job.status], job.reason, job.queue, job.share,
    job.environment, job.host].join(" ").toLowerCase();
}
const groups = data.groups.map(([label, parent, members]) => {
  for (const member of members) jobs[member].parent = parent;
  return { label, parent, members };
});
const parents = new Set(groups.filter((group) => group.members.length).map((group) => group.parent));
const leaves = jobs.filter((job) => !parents.has(job.place));

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
