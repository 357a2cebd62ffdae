// Compute environments and their hosts: the vCPUs in use, and what ran on each host.

const vcpusText = (milli) => (milli / 1000).toLocaleString("en");
const hosts = [];
const environments = data.environments.map(([name, limit, used, offered, list]) => {
  for (const [id, type, milli, launched, ready, left, runs] of list) {
    hosts.push({
      environment: name, id: TEXTS[id], type: TEXTS[type], milli, launched, ready, left,
      runs: runs.map(([place, attempt, from, to, vcpus, flags]) => (
        { place, attempt, from, to, vcpus, isUnderWay: flags & 1, hasFailed: flags & 2 })),
    });
  }
  return { name, limit, used, offered, most: used.reduce((peak, level) => Math.max(peak, level[1]), 0) };
});
for (const host of hosts) {
  host.jobs = [...new Set(host.runs.map((run) => run.place))].filter((place) => place >= 0).map((place) => jobs[place]);
}
const isPlaced = new Set(hosts.flatMap((host) => host.runs.map((run) => run.place)));
const MOST_RUNS = 1500;

const levelAt = (levels, at) => {
  let found = 0;
  for (const [from, level] of levels) {
    if (from > at) break;
    found = level;
  }
  return found;
};

// Give each attempt a place of its own in the height of its host, which stands for the host's vCPUs.
const pack = (host) => {
  let under = [];
  for (const run of host.runs) {
    under = under.filter((other) => other.to > run.from);
    run.foot = 0;
    let place = 0;
    while (place < under.length && under[place].foot - run.foot < run.vcpus) {
      run.foot = Math.max(run.foot, under[place].foot + under[place].vcpus);
      place += 1;
    }
    under.splice(place, 0, run);
  }
  host.total = host.runs.reduce((most, run) => Math.max(most, run.foot + run.vcpus), Math.max(host.milli, 1));
};

const drawHost = (host) => {
  if (host.total === undefined) pack(host);
  const { total } = host, slivers = new Set();
  const between = (from, to, name) => {
    const left = clamp(x(from)), right = clamp(x(to));
    return `<rect x="${part(left)}" y="0.5" width="${part(Math.max(right - left, 1))}" height="${HEIGHT - 1}" class="${name}"/>`;
  };
  const end = host.left === null ? data.span : host.left;
  let drawn = end < view.from || host.launched > view.to ? "" : between(host.launched, end, "host");
  if (host.ready > host.launched && host.ready > view.from && host.launched < view.to) {
    drawn += between(host.launched, host.ready, "host launching");
  }
  let ticks_ = "", seen = 0;
  for (const run of host.runs) {
    if (run.to < view.from || run.from > view.to) continue;
    const left = clamp(x(run.from)), right = clamp(x(run.to));
    if (right - left < 1 && !run.hasFailed) {
      // Runs within one pixel look like one.
      const sliver = `${Math.round(left)} ${run.foot} ${run.vcpus}`;
      if (slivers.has(sliver)) continue;
      slivers.add(sliver);
    }
    seen += 1;
    const high = Math.max((HEIGHT * run.vcpus) / total, 1), foot = (HEIGHT * run.foot) / total;
    if (run.hasFailed && high <= 3 && run.to <= view.to) ticks_ += `<line x1="${part(right)}" x2="${part(right)}" y1="1" y2="${HEIGHT - 1}" class="tick"/>`;
    if (seen > MOST_RUNS) continue;
    const gap = high > 4 ? 1 : 0, label = run.place < 0 ? "" : jobs[run.place].label;
    drawn += `<rect x="${part(left)}" y="${part(HEIGHT - foot - high + gap / 2)}" width="${part(Math.max(right - left - 0.5, 0.8))}" `
      + `height="${part(high - gap)}" ${run.hasFailed && high > 3 ? 'fill="url(#fill-FAILED)" class="failed"' : fill(RUNNING)}/>`;
    if (high > 11 && !run.hasFailed && right - left > label.length * 6 + 8) {
      drawn += `<text x="${part(left + 4)}" y="${part(HEIGHT - foot - high / 2 + 3.5)}" class="onbar">${escaped(label)}</text>`;
    }
  }
  return drawn + ticks_;
};

const describeHost = (line) => {
  const { host } = line, attempts = count(host.runs.length, "attempt");
  const bad = host.runs.filter((run) => run.hasFailed).length;
  const up = elapsed((host.left === null ? data.span : host.left) - host.launched);
  const hint = `launched ${elapsed(host.launched)}${host.left === null ? "" : `, gone ${elapsed(host.left)}`}`;
  return {
    name: host.id, status: host.type, stage: "", ran: host.left === null ? `still up, ${up}` : `up ${up}`,
    below: `${line.isOpen ? "▾" : "▸"} ${vcpusText(host.milli)} vCPUs, ${attempts}${bad ? `, ${bad} failed` : ""}`,
    spoken: `host ${host.id}, ${host.type}: ${attempts}${bad ? `, ${bad} failed` : ""}, ${hint}`, hint,
  };
};

const tellHost = (host, at) => {
  const now = host.runs.filter((run) => run.from <= at && at < run.to);
  const used = now.reduce((sum, run) => sum + run.vcpus, 0);
  const names = now.slice(0, 6).map((run) => (run.place < 0 ? "" : jobs[run.place].label)).filter(Boolean).join(", ");
  const state = at < host.launched ? "not launched" : host.left !== null && at >= host.left ? "gone"
    : at < host.ready ? "launching" : `${vcpusText(used)} of ${vcpusText(host.milli)} vCPUs in use`;
  return `at ${elapsed(at)}: ${state}${names ? `\n${names}${now.length > 6 ? ` and ${now.length - 6} more` : ""}` : ""}`;
};
