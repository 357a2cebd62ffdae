// Which rows there are: filters, groups and lanes.

const tools = find(".tools"), search = find("#search"), only = find("#only");
const status = find("#status"), queue = find("#queue"), share = find("#share"), lanes = find("#lanes");
const chart = find(".chart"), scroller = find(".rows"), space = find(".space"), links = find(".links");
const panel = find(".panel"), tip = find(".tip"), output = find(".tools output");
const view = { from: 0, to: Math.max(data.span, 1) };
const open = new Set();
let lines = [], placeOf = new Map(), active = 0, opened = null, isPrinting = false;

const option = (select, values) => {
  for (const value of values) select.append(make("option", { value, textContent: value }));
  select.parentElement.hidden = values.length < 2;
};
const unique = (values) => [...new Set(values)].filter(Boolean).sort();
option(status, STATUSES.filter((_, number) => jobs.some((job) => job.status === number)));
option(queue, unique(jobs.map((job) => job.queue)));
option(share, unique(jobs.map((job) => job.share)));
const kinds = [["queue", "Queue"], ["share", "Share"], ["environment", "Compute environment"]]
  .filter(([kind]) => unique(jobs.map((job) => job[kind])).length > 1);
if (hosts.length) kinds.push(["host", "Host"]);
for (const [kind, name] of kinds) lanes.append(make("option", { value: kind, textContent: name }));
lanes.parentElement.hidden = !kinds.length;
if (kinds.length && ["queue", "share"].includes(kinds[0][0])) lanes.value = kinds[0][0];
only.parentElement.hidden = !jobs.some((job) => job.status === FAILED);

const matcher = () => {
  const wanted = search.value.trim().toLowerCase();
  return (job) => (!wanted || job.search.includes(wanted))
    && (!only.checked || job.status === FAILED) && (!status.value || STATUSES[job.status] === status.value)
    && (!queue.value || job.queue === queue.value) && (!share.value || job.share === share.value);
};
const isFiltering = () => Boolean(search.value.trim() || only.checked || status.value || queue.value || share.value);
const laneOf = (job) => (lanes.value === "host" ? "Jobs without a host"
  : lanes.value ? `${lanes.selectedOptions[0].textContent}: ${job[lanes.value] || `no ${lanes.selectedOptions[0].textContent.toLowerCase()}`}` : "");

// The rows of jobs, by lane; returns the number of jobs shown.
const arrangeJobs = (byLane, matches, isFiltered) => {
  let shown = 0;
  groups.forEach((group, number) => {
    const parent = group.parent < 0 ? null : jobs[group.parent];
    const all = group.members.length ? group.members : [group.parent];
    const parts = new Map();
    for (const member of all) {
      const job = jobs[member];
      if (!matches(job)) continue;
      const lane = laneOf(job);
      if (!parts.has(lane)) parts.set(lane, []);
      parts.get(lane).push(job);
    }
    if (!parts.size && parent && matches(parent)) parts.set(laneOf(parent), []);
    for (const [lane, members] of parts) {
      if (!byLane.has(lane)) byLane.set(lane, []);
      const into = byLane.get(lane);
      shown += members.length || 1;
      if (members.length === 1 && all.length === 1) {
        into.push({ job: members[0] });
        continue;
      }
      const key = `${number}/${lane}`;
      const isOpen = open.has(key) || (isFiltered && members.length <= 20 && !open.has(`-${key}`));
      into.push({ key, isOpen, label: group.label, parent, members: members.length ? members : [parent] });
      if (isOpen) for (const job of members) into.push({ job, isChild: true });
    }
  });
  return shown;
};

// A row for each host, with its jobs below when it is open; returns the jobs shown.
const arrangeHosts = (byLane, matches, isFiltered) => {
  const shown = new Set();
  for (const host of hosts) {
    const members = [...new Set(host.runs.map((run) => run.place))].filter((place) => place >= 0)
      .map((place) => jobs[place]).filter(matches);
    for (const job of members) shown.add(job);
    if (isFiltered && !members.length) continue;
    const lane = `Compute environment: ${host.environment}`;
    if (!byLane.has(lane)) byLane.set(lane, []);
    const key = `host/${host.id}`, isOpen = open.has(key);
    byLane.get(lane).push({ host, key, isOpen, label: host.id, members });
    if (isOpen) for (const job of members) byLane.get(lane).push({ job, isChild: true });
  }
  return shown;
};

const arrange = () => {
  const matches = matcher(), isFiltered = isFiltering(), byLane = new Map();
  let shown;
  if (lanes.value === "host") {
    const placed = arrangeHosts(byLane, matches, isFiltered);
    shown = placed.size + arrangeJobs(byLane, (job) => matches(job) && !isPlaced.has(job.place), isFiltered);
  } else shown = arrangeJobs(byLane, matches, isFiltered);
  lines = [];
  for (const [lane, rows] of byLane) {
    if (lanes.value) lines.push({ lane });
    lines.push(...rows);
  }
  placeOf = new Map();
  lines.forEach((line, number) => { if (line.job) placeOf.set(line.job.place, number); });
  lines.forEach((line, number) => {
    for (const job of line.members || []) if (!placeOf.has(job.place)) placeOf.set(job.place, number);
    if (line.parent) placeOf.set(line.parent.place, number);
  });
  active = Math.min(active, Math.max(lines.length - 1, 0));
  output.textContent = isFiltered ? `${shown.toLocaleString("en")} of ${count(leaves.length, "job")}` : "";
  layOut();
};
