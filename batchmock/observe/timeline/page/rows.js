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
const laneKinds = [["queue", "Queue"], ["share", "Share"], ["environment", "Compute environment"]]
  .filter(([kind]) => unique(jobs.map((job) => job[kind])).length > 1);
if (hosts.length) laneKinds.push(["host", "Host"]);
for (const [kind, name] of laneKinds) lanes.append(make("option", { value: kind, textContent: name }));
lanes.parentElement.hidden = !laneKinds.length;
if (laneKinds.length && ["queue", "share"].includes(laneKinds[0][0])) lanes.value = laneKinds[0][0];
only.parentElement.hidden = !jobs.some((job) => job.status === FAILED);

const matcher = () => {
  const wanted = search.value.trim().toLowerCase(), isOnly = only.checked;
  const [wantedStatus, wantedQueue, wantedShare] = [STATUSES.indexOf(status.value), queue.value, share.value];
  return (job) => (!isOnly || job.status === FAILED) && (wantedStatus < 0 || job.status === wantedStatus)
    && (!wantedQueue || job.queue === wantedQueue) && (!wantedShare || job.share === wantedShare)
    && (!wanted || searched(job).includes(wanted));
};
const isFiltering = () => Boolean(search.value.trim() || only.checked || status.value || queue.value || share.value);
// A function that returns the lane of a job.
const laner = () => {
  const kind = lanes.value;
  if (!kind) return () => "";
  if (kind === "host") return () => "Jobs without a host";
  const name = lanes.selectedOptions[0].textContent;
  return (job) => `${name}: ${job[kind] || `no ${name.toLowerCase()}`}`;
};

// The rows of jobs, by lane; returns the number of jobs shown.
const arrangeJobs = (byLane, matches, isFiltered) => {
  const laneOf = laner();
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
    const members = host.jobs.filter(matches);
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
