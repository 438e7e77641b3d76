"""The report page in a real browser: all is drawn and nothing complains, small and large, light and dark.

Skipped, with a reason, where there is no Chromium. ``.ci/run`` installs one, and then requires it with
``STATELESS_REQUIRE_BROWSER=1``.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from cli.page import report_html
from cli.page_style import DARK, LIGHT
from tests.cli.compare_sample import document
from tests.e2e.browser import Browser, browser, find

FIGURES = 12
WIDTHS = (360, 1400)
THEMES = {"light": LIGHT, "dark": DARK}


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> str:
    """The address of a page of a made-up comparison, with one name that no screen has room for."""
    data = document((4, 12, 40, 130), (1 << 10, 1 << 20, 1 << 32))
    for row in data["results"]:
        if row["block"] == "block-3.json":
            row["block"] = "block-3-" + "long-name-" * 40 + "</script><img src=//example.org/x>"
    file = tmp_path_factory.mktemp("report") / "report.html"
    file.write_text(report_html(data), encoding="utf-8")
    return file.as_uri()


@pytest.fixture(scope="module")
def chromium(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    program = find()
    if program is None:
        assert os.environ.get("STATELESS_REQUIRE_BROWSER") != "1", "there is no Chromium, and one is required"
        pytest.skip("no Chromium on this machine: apt-get install chromium")
    with browser(program, tmp_path_factory.mktemp("profile")) as started:
        yield started


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize("width", WIDTHS)
def test_the_page_is_drawn_whole_and_in_silence(chromium: Browser, page: str, width: int, theme: str) -> None:
    chromium.open(page, width, theme=theme)
    assert chromium.complaints() == []
    assert chromium.requests() == [page]
    # A chart is there if it has a size; of two drawings one is shown.
    seen = """Array.from(document.querySelectorAll("figure svg[role=img]"))
        .map(each => each.getBoundingClientRect())
        .filter(box => box.width > 200 && box.height > 100).length"""
    assert chromium.evaluate("document.querySelectorAll('figure').length") == FIGURES
    assert chromium.evaluate(seen) == FIGURES
    # The page does not scroll sideways, and nothing sticks out that is not in a box of its own that scrolls.
    assert chromium.evaluate("document.documentElement.scrollWidth") == width
    assert chromium.evaluate("document.body.scrollWidth") <= width
    sticking_out = f"""Array.from(document.querySelectorAll("main *"))
        .filter(each => !each.closest(".scroll, pre") && each.getBoundingClientRect().right > {width} + 0.5)
        .map(each => each.outerHTML.slice(0, 90))"""
    assert chromium.evaluate(sticking_out) == []
    assert _ground(chromium) == _rgb(THEMES[theme]["card"])


@pytest.mark.parametrize("width", [*WIDTHS, 768, 864])
def test_text_in_charts_stays_inside_and_apart(chromium: Browser, page: str, width: int) -> None:
    chromium.open(page, width)
    outside = """Array.from(document.querySelectorAll("figure svg[role=img] text")).filter(each => {
        const box = each.getBoundingClientRect(), around = each.closest("svg").getBoundingClientRect();
        return box.width && (box.left < around.left - 1 || box.right > around.right + 1
            || box.top < around.top - 1 || box.bottom > around.bottom + 1);
    }).map(each => each.closest("figure").id + ": " + each.textContent)"""
    assert chromium.evaluate(outside) == []
    too_small = """Array.from(document.querySelectorAll("figure svg[role=img] text")).filter(each => {
        const box = each.getBoundingClientRect();
        return box.height && box.height < 11;
    }).length"""
    assert chromium.evaluate(too_small) == 0
    over_each_other = """Array.from(document.querySelectorAll("figure svg[role=img]")).flatMap(chart => {
        const boxes = Array.from(chart.querySelectorAll("text.tick, text.axis"))
            .map(each => [each.textContent, each.getBoundingClientRect()]).filter(each => each[1].width);
        return boxes.flatMap((one, i) => boxes.slice(i + 1)
            .filter(other => one[1].left < other[1].right && other[1].left < one[1].right
                && one[1].top + 2 < other[1].bottom - 2 && other[1].top + 2 < one[1].bottom - 2)
            .map(other => `${chart.closest("figure").id}: ${one[0]} / ${other[0]}`));
    })"""
    assert chromium.evaluate(over_each_other) == []


def test_the_checks_see_what_they_are_for(chromium: Browser, page: str) -> None:
    """What is wide sticks out, and what overlaps is seen: on a page that was spoilt on purpose."""
    chromium.open(page, 360)
    assert chromium.evaluate("document.querySelectorAll('figure svg[role=img] text').length") > 100
    chromium.evaluate("void document.querySelector('h1').append('w'.repeat(9000))")
    chromium.evaluate("document.querySelector('h1').setAttribute('class', 'n')")
    assert chromium.evaluate("document.documentElement.scrollWidth") > 360


def test_the_button_changes_the_colours(chromium: Browser, page: str) -> None:
    chromium.open(page, 1400, theme="light")
    chromium.evaluate("document.getElementById('theme').click()")
    assert _ground(chromium) == _rgb(DARK["card"])
    chromium.evaluate("document.getElementById('theme').click()")
    assert _ground(chromium) == _rgb(LIGHT["card"])
    chromium.open(page + "#dark", 1400, theme="light")
    assert _ground(chromium) == _rgb(DARK["card"])
    assert chromium.complaints() == []


def test_paper_is_light(chromium: Browser, page: str) -> None:
    chromium.open(page + "#dark", 1000, theme="dark")
    assert _ground(chromium) == _rgb(DARK["card"])
    dark = [{"name": "prefers-color-scheme", "value": "dark"}]
    chromium.call("Emulation.setEmulatedMedia", media="print", features=dark)
    try:
        assert _ground(chromium) == _rgb(LIGHT["card"])
        assert (
            chromium.evaluate("getComputedStyle(document.querySelector('p.lead')).color") == "rgb(29, 28, 26)"
        )
    finally:
        chromium.call("Emulation.setEmulatedMedia", media="")


def test_a_head_sorts_its_column(chromium: Browser, page: str) -> None:
    chromium.open(page, 1400)
    table = "document.getElementById('all-rows').closest('table')"
    column = (
        f"Array.from({table}.tHead.rows[0].cells).findIndex(each => each.textContent.startsWith('Proof'))"
    )
    head = f"{table}.tHead.rows[0].cells[{column}]"
    values = f"Array.from({table}.tBodies[0].rows).map(row => Number(row.cells[{column}].dataset.v))"
    for direction, reverse in (("ascending", False), ("descending", True)):
        chromium.evaluate(f"{head}.querySelector('button').click()")
        assert chromium.evaluate(f"{head}.getAttribute('aria-sort')") == direction
        found = chromium.evaluate(values)
        assert len(found) > 10
        assert found == sorted(found, reverse=reverse)
    assert chromium.evaluate(f"{table}.querySelectorAll('[aria-sort]').length") == 1


def test_the_embedded_data_is_the_document(chromium: Browser, page: str) -> None:
    chromium.open(page, 1400)
    said = json.loads(chromium.evaluate("document.getElementById('data').textContent"))
    assert said["schema"] == "stateless/compare/1"
    assert len(said["results"]) == len(document((4, 12, 40, 130), (1 << 10, 1 << 20, 1 << 32))["results"])


def test_the_data_can_be_saved(chromium: Browser, page: str, tmp_path: Path) -> None:
    chromium.open(page, 1400)
    chromium.call("Page.setDownloadBehavior", behavior="allow", downloadPath=str(tmp_path))
    chromium.evaluate("document.getElementById('save').click()")
    saved = tmp_path / "compare.json"
    for _ in range(100):
        if saved.is_file():
            break
        chromium.evaluate("new Promise(done => setTimeout(done, 100))")
    assert json.loads(saved.read_text()) == json.loads(
        chromium.evaluate("document.getElementById('data').textContent")
    )
    assert chromium.complaints() == []


def test_without_script_everything_can_be_read(chromium: Browser, page: str) -> None:
    chromium.call("Emulation.setScriptExecutionDisabled", value=True)
    try:
        chromium.open(page, 360, theme="dark")
        assert chromium.evaluate("document.querySelectorAll('figure').length") == FIGURES
        assert chromium.evaluate("document.documentElement.classList.contains('js')") is False
        assert chromium.evaluate("document.getElementById('theme').getBoundingClientRect().width") == 0
        assert _ground(chromium) == _rgb(DARK["card"])
        assert chromium.complaints() == []
    finally:
        chromium.call("Emulation.setScriptExecutionDisabled", value=False)


def test_the_policy_stops_what_was_smuggled_in(chromium: Browser, page: str, tmp_path: Path) -> None:
    """The policy is not only there: script and style that it does not name do nothing."""
    chromium.open(page, 1400)
    spoilt = "<b style='color:red' onclick='window.x=1'>x</b>"
    chromium.evaluate(f"document.body.insertAdjacentHTML('beforeend', {json.dumps(spoilt)})")
    chromium.evaluate("document.body.lastElementChild.click()")
    chromium.evaluate(
        "void document.body.appendChild(Object.assign(document.createElement('script'), {text: 'y=1'}))"
    )
    assert chromium.evaluate("typeof window.x + typeof window.y") == "undefinedundefined"
    assert any("Content Security Policy" in json.dumps(each) for each in chromium.complaints())


def _ground(chromium: Browser) -> tuple[int, ...]:
    """The colour behind the charts."""
    said = chromium.evaluate("getComputedStyle(document.querySelector('.plate')).backgroundColor")
    return tuple(int(each) for each in re.findall(r"\d+", said))


def _rgb(colour: str) -> tuple[int, ...]:
    return tuple(bytes.fromhex(colour[1:]))
