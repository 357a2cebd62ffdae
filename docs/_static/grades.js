// The filter of the page about fidelity: by grade, and by words.

(() => {
  const rows = [...document.querySelectorAll("tr")].filter((row) => row.querySelector("td .grade") && row.cells.length > 2)
    .map((row) => ({ row, grade: row.querySelector(".grade").textContent, text: row.textContent.toLowerCase() }));
  const tables = new Set(rows.map(({ row }) => row.closest("table")));
  const bar = document.createElement("div");
  bar.className = "grade-filter";
  bar.setAttribute("role", "group");
  bar.setAttribute("aria-label", "Filter the behaviours");
  const found = document.createElement("output");
  const words = document.createElement("input");
  words.type = "search";
  words.placeholder = "Search: timeout, array, ListJobs";
  words.setAttribute("aria-label", "Search the behaviours");
  const off = new Set();
  const filter = () => {
    const wanted = words.value.trim().toLowerCase();
    let shown = 0;
    for (const { row, grade, text } of rows) {
      row.hidden = off.has(grade) || !text.includes(wanted);
      shown += row.hidden ? 0 : 1;
    }
    const isFiltered = shown < rows.length;
    for (const table of tables) {
      table.hidden = isFiltered && [...table.tBodies[0].rows].every((row) => row.hidden);
    }
    for (const section of document.querySelectorAll("article section section")) {
      const own = [...section.querySelectorAll("table")].filter((table) => tables.has(table));
      section.hidden = isFiltered && own.every((table) => table.hidden);
    }
    found.textContent = isFiltered ? `${shown} of ${rows.length} behaviours` : `${rows.length} behaviours`;
  };
  for (const grade of ["captured", "documented", "inferred", "assumed"]) {
    const button = document.createElement("button");
    button.type = "button";
    button.className = `grade grade-${grade}`;
    button.textContent = `${grade} ${rows.filter((row) => row.grade === grade).length}`;
    button.setAttribute("aria-pressed", "true");
    button.addEventListener("click", () => {
      if (off.has(grade)) off.delete(grade); else off.add(grade);
      button.setAttribute("aria-pressed", String(!off.has(grade)));
      filter();
    });
    bar.append(button);
  }
  words.addEventListener("input", filter);
  bar.append(words, found);
  const first = document.querySelector("article section section");
  first.before(bar);
  filter();
})();
