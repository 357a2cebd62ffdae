from __future__ import annotations

import re
from collections.abc import Callable
from itertools import combinations
from typing import Any

import pytest

from .conftest import Shown

Show = Callable[..., Shown]

#: The rectangles of all visible texts, with the text.
TEXTS = """
  const found = [];
  const walker = document.createTreeWalker(document.documentElement, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const node = walker.currentNode, element = node.parentElement;
    if (!node.data.trim() || element.closest("title,style,script,desc,option")) continue;
    if (!element.checkVisibility({visibilityProperty: true})) continue;
    const range = document.createRange();
    range.selectNodeContents(node);
    for (const box of range.getClientRects()) {
      let { left, top, right, bottom } = box;
      for (let over = element; over; over = over.parentElement) {
        const isCut = over.localName !== "svg" && getComputedStyle(over).overflowX !== "visible";
        if (!isCut || over === document.documentElement) continue;
        const edge = over.getBoundingClientRect();
        left = Math.max(left, edge.left); right = Math.min(right, edge.right);
        top = Math.max(top, edge.top); bottom = Math.min(bottom, edge.bottom);
      }
      if (right > left && bottom > top) found.push([node.data.trim(), left, top, right, bottom]);
    }
  }
  return found;
"""

#: The lowest contrast of any visible text with its background.
CONTRAST = """
  const paper = getComputedStyle(arguments[0] ? document.querySelector("svg > rect") : document.body);
  const behind = arguments[0] ? paper.fill : paper.backgroundColor;
  const channels = (colour) => colour.match(/[\\d.]+/g).slice(0, 3).map((text) => {
    const share = Number(text) / 255;
    return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
  });
  const light = (colour) => {
    const [red, green, blue] = channels(colour);
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
  };
  const ratios = [];
  for (const element of document.querySelectorAll(arguments[0] ? "text" : "body *")) {
    const has = [...element.childNodes].some((node) => node.nodeType === 3 && node.data.trim());
    if (!has || element.closest("title,style,script,desc,defs")) continue;
    const style = getComputedStyle(element);
    const colour = element.namespaceURI.endsWith("svg") ? style.fill : style.color;
    const [high, low] = [light(colour), light(behind)].sort((a, b) => b - a);
    ratios.push((high + 0.05) / (low + 0.05));
  }
  return Math.min(...ratios);
"""


def labels(page: Shown) -> list[str]:
    """Return the names of the rows that are drawn."""
    found: list[str] = page.run(
        "return [...document.querySelectorAll('.row .name')].map((name) => name.textContent)"
    )
    return found


def focused(page: Shown) -> str:
    """Return the name of the focused row."""
    name: str = page.run(
        "const name = document.activeElement.querySelector('.name'); return name && name.textContent"
    )
    return name


def settle(page: Shown) -> None:
    """Wait until the page has finished drawing."""
    page.driver.execute_async_script(
        "const done = arguments[0]; requestAnimationFrame(() => requestAnimationFrame(() => done()))"
    )


def press(page: Shown, *keys: str) -> None:
    """Press keys one after another."""
    from selenium.webdriver import ActionChains

    ActionChains(page.driver).send_keys(*keys).perform()
    settle(page)


def click(page: Shown, selector: str, number: int = 0) -> None:
    """Click an element."""
    page.run("document.querySelectorAll(arguments[0])[arguments[1]].click()", selector, number)
    settle(page)


def hovered(page: Shown, selector: str) -> str:
    """Point at the middle of an element, and return the text of the tip."""
    from selenium.webdriver import ActionChains

    element = page.driver.find_element("css selector", selector)
    ActionChains(page.driver).move_to_element(element).perform()
    settle(page)
    text: str = page.run(
        "const tip = document.querySelector('.tip'); return tip.hidden ? '' : tip.innerText"
    )
    return text


def choose(page: Shown, selector: str, value: str) -> None:
    """Choose an option of a list."""
    page.run(
        "const box = document.querySelector(arguments[0]); box.value = arguments[1];"
        "box.dispatchEvent(new Event('input'))",
        selector,
        value,
    )
    settle(page)


def shown_range(page: Shown) -> str:
    """Return the period that the chart shows."""
    text: str = page.run("return document.querySelector('#range').textContent")
    return text


def panel(page: Shown) -> str:
    """Return the text of the panel; empty if it is closed."""
    text: str = page.run(
        "const box = document.querySelector('.panel'); return box.hidden ? '' : box.innerText"
    )
    return text


@pytest.mark.parametrize("name", ["timeline.html", "timeline.svg"])
def test_loads_quietly(show: Show, name: str) -> None:
    """The page loads without console messages, and fetches nothing but itself."""
    page = show(name)
    assert page.driver.get_log("browser") == []
    assert page.requests() == [page.address]


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("name", ["timeline.html", "timeline.svg"])
def test_can_be_read_in_light_and_dark(show: Show, name: str, scheme: str) -> None:
    """Every text has a contrast of 4.5 to 1 with the page, in light and dark mode."""
    page = show(name, scheme=scheme)
    assert page.run(CONTRAST, name.endswith("svg")) >= 4.5
    background = "return getComputedStyle(document.documentElement).getPropertyValue('--paper')"
    assert page.run(background) == {"light": "#ffffff", "dark": "#10151b"}[scheme]


@pytest.mark.parametrize("width", [420, 800, 1600])
@pytest.mark.parametrize("name", ["timeline.html", "timeline.svg"])
def test_no_text_is_upon_another(show: Show, name: str, width: int) -> None:
    """No texts overlap or leave the page, whatever the width of the window."""
    page = show(name, width=width)
    texts: list[list[Any]] = page.run(TEXTS)
    assert len(texts) > 30
    overlapping = [
        (one[0], other[0])
        for one, other in combinations(texts, 2)
        if one[0] != other[0]
        and min(one[3], other[3]) - max(one[1], other[1]) > 1
        and min(one[4], other[4]) - max(one[2], other[2]) > 2
    ]
    assert overlapping == []
    drawn = 1000 if name.endswith("svg") else width
    assert [text for text, left, _, right, _ in texts if left < 0 or right > drawn] == []


def test_no_text_is_upon_another_in_the_panel(show: Show) -> None:
    """No texts overlap in the panel of a job."""
    page = show(width=800)
    click(page, ".row button", 1)
    texts: list[list[Any]] = page.run(
        TEXTS.replace("document.documentElement,", "document.querySelector('.panel'),")
    )
    assert len(texts) > 40
    overlapping = [
        (one[0], other[0])
        for one, other in combinations(texts, 2)
        if one[0] != other[0]
        and min(one[3], other[3]) - max(one[1], other[1]) > 1
        and min(one[4], other[4]) - max(one[2], other[2]) > 2
    ]
    assert overlapping == []


@pytest.mark.parametrize("width", [400, 1366])
def test_panel_fits_the_window(show: Show, width: int) -> None:
    """The panel of a job is not wider than the window."""
    page = show(width=width)
    click(page, ".row button", 1)
    left, right = page.run(
        "const box = document.querySelector('.panel').getBoundingClientRect(); return [box.left, box.right]"
    )
    assert 0 <= left < right <= width


@pytest.mark.parametrize("width", [400, 800, 1366])
def test_page_does_not_scroll_sideways(show: Show, width: int) -> None:
    """The page fits the window."""
    page = show(width=width)
    assert page.run("return document.documentElement.scrollWidth") <= width


def test_failures_without_a_click(show: Show) -> None:
    """The failed jobs and their reasons are first on the page and open on a click."""
    page = show()
    top = page.run("return document.querySelector('.why').getBoundingClientRect().top")
    assert top < 200
    told = page.run("return document.querySelector('.why').innerText")
    assert "3 × exit code 3, Essential container in task exited: map:3, map:7, map:17" in told
    click(page, ".why button")
    assert panel(page).startswith("Close\nmap:3\n") or "map:3" in panel(page)
    assert "exit code 3" in panel(page)


def test_dependents_of_a_failed_job(show: Show) -> None:
    """The row of a job that failed because of another one names that job, and its tip has the reason."""
    page = show()
    below = page.run(
        "return [...document.querySelectorAll('.row')].find((row) =>"
        " row.querySelector('.name').textContent === 'reduce').querySelector('.below').textContent"
    )
    assert below == "after map"
    assert "Dependent Job failed (after map)" in hovered(page, ".row:nth-child(4) .bar")


def test_rows_stay_while_scrolling(show: Show) -> None:
    """Scrolling keeps the rows in view, adds those that come into view, and drops the others, in order."""
    page = show("array.html")
    click(page, ".row button")
    page.run("window.kept = document.querySelectorAll('.row')[15]")
    page.run("document.querySelector('.rows').scrollTop = 500")
    settle(page)
    assert page.run("return window.kept.isConnected")
    shown = labels(page)
    assert shown == [f"map:{number}" for number in range(2, 2 + len(shown))]
    page.run("document.querySelector('.rows').scrollTop = 38 * 9000")
    settle(page)
    assert not page.run("return window.kept.isConnected")
    page.run("document.querySelector('.rows').scrollTop = 0")
    settle(page)
    assert labels(page)[:3] == ["map", "map:0", "map:1"]


def test_zoom_keeps_the_rows(show: Show) -> None:
    """A zoom draws the bars anew in the rows that are there, so that focus and hover stay."""
    page = show()
    page.run("window.kept = document.querySelectorAll('.row button')[1]; window.kept.focus()")
    drawn = "return window.kept.querySelector('.bar').innerHTML"
    before = page.run(drawn)
    click(page, "#in")
    assert page.run("return document.activeElement === window.kept")
    assert page.run(drawn) != before


def test_keyboard(show: Show) -> None:
    """The arrow keys move between rows, Enter opens a job, and Escape returns to its row."""
    page = show()
    page.run("document.querySelector('.row button').focus()")
    assert focused(page) == "extract"
    press(page, "\ue015")
    assert focused(page) == "train"
    outline = "return getComputedStyle(document.activeElement).outlineStyle"
    assert page.run(outline) == "solid"
    press(page, "\ue007")
    told = panel(page)
    assert "137" in told
    assert "Attempt 2 of 4 ended without an exit code (Host EC2" in told
    press(page, "\ue00c")
    assert panel(page) == ""
    assert focused(page) == "train"
    press(page, "\ue013")
    assert focused(page) == "extract"
    press(page, "f")
    assert focused(page) == "reduce"


def test_rows_can_be_tabbed_to(show: Show) -> None:
    """Exactly one row is in the order of the Tab key, and rows tell a screen reader what they show."""
    page = show()
    tabs = page.run(
        "return [...document.querySelectorAll('.row button')].filter((row) => row.tabIndex === 0).length"
    )
    assert tabs == 1
    spoken = page.run(
        "return [...document.querySelectorAll('.row button')].map((row) => row.ariaLabel)"
    )
    assert spoken[:2] == ["extract: SUCCEEDED, ran 10m", "train: SUCCEEDED, ran 1h, 2 retries"]
    roles = page.run(
        "return [...document.querySelectorAll('.row')].map((row) => row.getAttribute('role'))"
    )
    assert set(roles) == {"listitem"}


def test_job_panel(show: Show) -> None:
    """A job opens to its definition, command, attempts, events, explanation and calls."""
    page = show()
    click(page, ".row button", 1)
    told = panel(page)
    for part in (
        "definition\nstep:1",
        "command\ntrue",
        "queue\nqueue",
        "Attempts",
        "Events",
        "Calls about it",
    ):
        assert part in told
    assert told.count("DescribeJobs") == 100
    assert told.count("SubmitJob") == 2
    failed = page.run("return document.querySelectorAll('.panel td.failed').length")
    assert failed >= 2


def test_search_and_filters(show: Show) -> None:
    """The search field, the statuses and `Only failed` keep the matching jobs."""
    page = show()
    page.run("document.querySelector('#search').focus()")
    press(page, *"none")
    assert labels(page) == []
    press(page, *["\ue003"] * 4, *"TIMEOUT")
    assert labels(page) == ["audit"]
    assert page.run("return document.querySelector('output').textContent") == "1 of 167 jobs"
    press(page, *["\ue003"] * 7)
    assert len(labels(page)) == 9
    click(page, "#only")
    assert labels(page) == [
        "map",
        "map:3",
        "map:7",
        "map:17",
        "reduce",
        "audit",
        "shard-*",
        "shard-33",
    ]
    click(page, "#only")
    choose(page, "#status", "RUNNABLE")
    assert labels(page) == ["held-for-a-reason-and-with-a-very-long-name"]


def test_groups_open(show: Show) -> None:
    """The row of an array job opens to its children and closes again."""
    page = show()
    click(page, ".row button", 2)
    assert labels(page)[2:5] == ["map", "map:0", "map:1"]
    click(page, ".row button", 2)
    assert labels(page)[2:4] == ["map", "reduce"]


def test_zoom(show: Show) -> None:
    """Buttons, keys, wheel and drag zoom, down to less than a second; `All` shows everything again."""
    from selenium.webdriver import ActionChains

    page = show()
    assert shown_range(page) == "0s to 2h"
    click(page, "#in")
    assert shown_range(page) == "30m to 1h30m"
    for _ in range(20):
        click(page, "#in")
    start, end = shown_range(page).split(" to ")
    assert start.startswith("59m59.9")
    assert end.startswith("1h0")
    click(page, "#all")
    assert shown_range(page) == "0s to 2h"
    page.run("document.querySelector('.row button').focus()")
    press(page, "+")
    press(page, "\ue012")
    assert shown_range(page) == "18m to 1h18m"
    press(page, "0")
    assert shown_range(page) == "0s to 2h"
    bar = page.driver.find_elements("css selector", ".row .bar")[1]
    middle = bar.size["width"] // 2
    drag = ActionChains(page.driver).move_to_element_with_offset(bar, -middle // 2, 0)
    drag.click_and_hold().move_by_offset(middle, 0).release().perform()
    settle(page)
    start, end = shown_range(page).split(" to ")
    assert start.startswith(("30m", "29m"))
    assert end.startswith(("1h30m", "1h29m"))
    assert panel(page) == ""
    page.run(
        "document.querySelector('.axis .bar').dispatchEvent(new WheelEvent('wheel', "
        "{deltaY: -600, bubbles: true, cancelable: true, clientX: 700}))"
    )
    settle(page)
    assert shown_range(page) != f"{start} to {end}"


def test_failed_attempts_are_told_apart(show: Show) -> None:
    """Failed attempts have their own class and pattern."""
    page = show()
    fills = page.run(
        "return [...document.querySelectorAll('.row')[1].querySelectorAll('rect.failed')]"
        ".map((bar) => bar.getAttribute('fill'))"
    )
    assert fills == ["url(#fill-FAILED)"] * 2


def test_links_of_dependencies(show: Show) -> None:
    """The dependencies of the focused row are drawn."""
    page = show()
    count = "return document.querySelectorAll('.links path').length"
    assert page.run(count) == 0
    page.run("document.querySelectorAll('.row button')[1].focus()")
    settle(page)
    assert page.run(count) == 2
    boxes = page.run(
        "const top = document.querySelectorAll('.row')[0].getBoundingClientRect().top;"
        "return [...document.querySelectorAll('.links path')].map((path) => {"
        "const box = path.getBoundingClientRect();"
        "return [Math.floor((box.top - top) / 38), Math.floor((box.bottom - top) / 38)]; })"
    )
    assert boxes == [[0, 1], [1, 4]]


def test_tracks(show: Show) -> None:
    """The vCPUs in use and the calls have tracks above the rows."""
    page = show()
    assert page.run("return document.querySelectorAll('.usage').length") == 1
    assert page.run("return document.querySelector('.usage .what').innerText") == (
        "vCPUs in use, offered\ncompute-environment"
    )
    value = page.run("return document.querySelector('.usage .value').innerText")
    assert value.split("\n")[0] == "up to 115"
    for line in ("area", "offered"):
        assert page.run(f"return document.querySelector('.usage .{line}').getBBox().width") > 100
    assert page.run("return document.querySelector('.callmarks .value').innerText") == "1 failed"


def test_thousands_of_children(show: Show) -> None:
    """An array job of 10,000 with six failures has six ticks, and its rows are drawn only where visible."""
    page = show("array.html")
    assert labels(page) == ["map"]
    assert page.run("return document.querySelectorAll('.row .tick').length") == 6
    tall = (
        "const bars = [...document.querySelectorAll('.row rect.FAILED')];"
        "return Math.max(0, ...bars.map((bar) => bar.getBBox().height))"
    )
    assert page.run(tall) < 1
    click(page, ".row button")
    assert len(labels(page)) < 60
    page.run("document.querySelector('.row button').focus()")
    press(page, "\ue010")
    assert focused(page) == "map:9999"


def test_lanes(show: Show) -> None:
    """Rows are grouped by queue if there are several, and can be grouped by share."""
    page = show("lanes.html")
    lanes = "return [...document.querySelectorAll('.lane')].map((lane) => lane.textContent)"
    assert page.run(lanes) == ["Queue: queue", "Queue: fair"]
    choose(page, "#lanes", "share")
    assert page.run(lanes) == ["Share: no share", "Share: b", "Share: a"]
    choose(page, "#queue", "fair")
    assert labels(page) == ["b", "b", "a"]


def test_hosts_as_lines(show: Show) -> None:
    """Lanes of hosts have a line for each host, which opens to show its jobs."""
    page = show()
    choose(page, "#lanes", "host")
    lanes = page.run(
        "return [...document.querySelectorAll('.row.lane')].map((row) => row.textContent)"
    )
    assert lanes[0] == "Compute environment: compute-environment"
    first = labels(page)[0]
    assert first.startswith("i-")
    assert page.run("return document.querySelectorAll('.row .host').length") > 1
    below = page.run("return document.querySelector('.row .below').textContent")
    assert re.fullmatch(r"▸ \d+ vCPUs, \d+ attempts?(, \d+ failed)?", below)
    click(page, ".row button")
    assert labels(page)[1] in {"extract", "audit", "mpi", "shard-0"}


def test_filter_of_hosts(show: Show) -> None:
    """With a filter, the lines are those of hosts on which such a job ran, and jobs without a host follow."""
    page = show()
    choose(page, "#lanes", "host")
    choose(page, "#search", "held")
    assert labels(page) == ["held-for-a-reason-and-with-a-very-long-name"]
    choose(page, "#search", "train")
    assert len(labels(page)) > 1
    assert all(name.startswith("i-") for name in labels(page))


def test_vcpus_on_hover(show: Show) -> None:
    """The track of vCPUs and the line of a host tell how many vCPUs were in use."""
    page = show()
    assert "vCPUs in use" in hovered(page, ".usage .bar")
    choose(page, "#lanes", "host")
    assert re.search(r"at 59m.*s: gone\nlaunched .*, gone ", hovered(page, ".row .bar"))


def test_print(show: Show) -> None:
    """A printed page has all rows, without the controls."""
    page = show("lanes.html")
    page.driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": "print"})
    page.run("window.dispatchEvent(new Event('beforeprint'))")
    try:
        assert page.run("return document.querySelector('.tools').checkVisibility()") is False
        assert len(labels(page)) == 5
        heights = page.run(
            "const box = document.querySelector('.rows'); return [box.clientHeight, box.scrollHeight]"
        )
        assert heights[0] >= heights[1] - 1
    finally:
        page.driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": ""})


def test_without_scripts(show: Show) -> None:
    """Without scripts, the page has the reasons for failures and a table of the jobs."""
    page = show()
    driver = page.driver
    driver.execute_cdp_cmd("Emulation.setScriptExecutionDisabled", {"value": True})
    driver.get(page.address)
    try:
        assert not driver.find_element("css selector", ".tools").is_displayed()
        assert driver.find_element("css selector", ".why").is_displayed()
        assert driver.find_element("css selector", "noscript table").is_displayed()
    finally:
        driver.execute_cdp_cmd("Emulation.setScriptExecutionDisabled", {"value": False})


def test_details_in_the_picture(show: Show) -> None:
    """In the SVG image, only the focused row shows its details."""
    page = show("timeline.svg")
    seen = (
        "return [...document.querySelectorAll('.details')]"
        ".filter((box) => getComputedStyle(box).visibility === 'visible').map((box) => box.textContent)"
    )
    assert page.run(seen) == []
    press(page, *["\ue004"] * 3)
    (details,) = page.run(seen)
    assert details.startswith(
        "trainsubmitted at 0s, ended at 1h53mafter extractattempt 1, 11m40s to 26m40s: exit code 137"
    )
    inside = page.run(
        "const box = document.querySelectorAll('.details')[2].getBoundingClientRect();"
        "return box.left >= 0 && box.right <= 1000 && box.top >= 0"
    )
    assert inside is True
