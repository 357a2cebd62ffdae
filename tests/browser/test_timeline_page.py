from __future__ import annotations

from collections.abc import Callable
from itertools import combinations
from typing import Any

import pytest

from .conftest import Shown

Show = Callable[..., Shown]

#: The rectangles of all texts that are seen, with the text.
TEXTS = """
  const found = [];
  const walker = document.createTreeWalker(document.documentElement, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const node = walker.currentNode, element = node.parentElement;
    if (!node.data.trim() || element.closest("title,style,script,desc,option")) continue;
    if (!element.checkVisibility({visibilityProperty: true})) continue;
    const range = document.createRange();
    range.selectNodeContents(node);
    const box = range.getBoundingClientRect();
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
  return found;
"""

#: The least contrast of any text that is seen with the page behind it.
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
    """Return the names of the visible rows."""
    found: list[str] = page.run(
        "return [...document.querySelectorAll('ol.rows > li')].filter((row) => row.checkVisibility())"
        ".map((row) => row.querySelector('.name').textContent)"
    )
    return found


def focused(page: Shown) -> str:
    """Return the name of the focused row."""
    name: str = page.run(
        "const name = document.activeElement.querySelector('.name'); return name && name.textContent"
    )
    return name


def press(page: Shown, *keys: str) -> None:
    """Press keys, one after the other."""
    from selenium.webdriver import ActionChains

    ActionChains(page.driver).send_keys(*keys).perform()


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
        if min(one[3], other[3]) - max(one[1], other[1]) > 1
        and min(one[4], other[4]) - max(one[2], other[2]) > 2
    ]
    assert overlapping == []
    drawn = 1000 if name.endswith("svg") else width
    assert [text for text, left, _, right, _ in texts if left < 0 or right > drawn] == []


def test_no_text_is_upon_another_in_an_open_page(show: Show) -> None:
    """No texts overlap when all rows are open."""
    page = show(width=800)
    page.run("document.querySelector('button').click()")
    texts: list[list[Any]] = page.run(TEXTS)
    assert len(texts) > 200
    tops = sorted(texts, key=lambda text: float(text[2]))
    overlapping = [
        (one[0], other[0])
        for index, one in enumerate(tops)
        for other in tops[index + 1 : index + 40]
        if min(one[3], other[3]) - max(one[1], other[1]) > 1
        and min(one[4], other[4]) - max(one[2], other[2]) > 2
    ]
    assert overlapping == []


def test_keyboard_walks_and_opens_rows(show: Show) -> None:
    """Tab and the arrow keys move between rows, Enter opens one."""
    page = show()
    press(page, *["\ue004"] * 4)
    assert focused(page) == "API calls"
    press(page, "\ue004", "\ue015")
    assert focused(page) == "train"
    press(page, "\ue013")
    assert focused(page) == "extract"
    press(page, "\ue015")
    outline = "return getComputedStyle(document.activeElement).outlineStyle"
    assert page.run(outline) == "solid"
    more = "return document.activeElement.nextElementSibling.checkVisibility()"
    assert page.run(more) is False
    press(page, "\ue007")
    assert page.run(more) is True
    told = page.run("return document.activeElement.nextElementSibling.innerText")
    assert "attempt 2, 27m20s to 52m20s: Host EC2" in told
    assert "It was retried" in told


def test_filter(show: Show) -> None:
    """The search field keeps the rows whose name, status or reason has the typed text."""
    page = show()
    press(page, "\ue004", *"none")
    assert labels(page) == []
    press(page, *["\ue003"] * 4, *"TIMEOUT")
    assert labels(page) == ["audit"]
    assert page.run("return document.querySelector('output').textContent") == "1 of 10 rows"
    press(page, *["\ue003"] * 7)
    assert len(labels(page)) == 10


def test_open_and_close_all(show: Show) -> None:
    """The buttons open and close all rows."""
    page = show()
    opened = "return document.querySelectorAll('details[open]').length"
    page.run("document.querySelectorAll('button')[0].click()")
    assert page.run(opened) == 10
    page.run("document.querySelectorAll('button')[1].click()")
    assert page.run(opened) == 0


def test_without_scripts(show: Show) -> None:
    """Without its script, the page lacks only the controls that need it."""
    page = show()
    driver = page.driver
    driver.execute_cdp_cmd("Emulation.setScriptExecutionDisabled", {"value": True})
    driver.get(page.address)
    try:
        assert not driver.find_element("css selector", "form").is_displayed()
        (first, *_) = driver.find_elements("css selector", "summary")
        first.click()
        assert driver.find_element("css selector", "details[open] table").is_displayed()
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
    assert details.startswith("trainafter extractattempt 1, 11m40s to 26m40s: exit code 137")
    inside = page.run(
        "const box = document.querySelectorAll('.details')[2].getBoundingClientRect();"
        "return box.left >= 0 && box.right <= 1000 && box.top >= 0"
    )
    assert inside is True
