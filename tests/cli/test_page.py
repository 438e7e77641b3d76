"""The report page: whole, safe whatever its input says, and readable without eyes, colours or script."""

from __future__ import annotations

import base64
import copy
import hashlib
import itertools
import json
import re
import xml.etree.ElementTree as ET
from html.parser import HTMLParser
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cli.page import main_chart_svg, report_html
from cli.page_style import DARK, HUES, LIGHT
from cli.page_tables import MOST_ROWS
from tests.cli.compare_sample import document

SVG = "{http://www.w3.org/2000/svg}"
VOID = {"meta", "br", "hr", "img", "input", "link"}
FIGURES = {
    "parts-own-all", "parts-own-bare", "parts-drawn-all", "against-keys-0", "against-keys-1",
    "against-keys-2", "depths", "made-of", "distribution", "time-openings", "time-leaves", "encodings",
}  # fmt: skip
SAMPLE = document()
PAGE = report_html(SAMPLE)


class _Reader(HTMLParser):
    """Refuses what is not closed in order; keeps ids, attributes and text."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.ids: list[str] = []
        self.attributes: list[tuple[str, str, str | None]] = []
        self.text: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in VOID:
            self.open.append(tag)
        self._keep(tag, attrs)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._keep(tag, attrs)

    def _keep(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.attributes += [(tag, name, value) for name, value in attrs]
        self.ids += [value for name, value in attrs if name == "id" and value]

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if not {"script", "style"} & set(self.open):
            self.text.append(data)


def read(page: str) -> _Reader:
    page.encode("utf-8")
    reader = _Reader()
    reader.feed(page)
    reader.close()
    assert reader.open == []
    return reader


def drawings(page: str) -> list[ET.Element]:
    texts = re.findall(r"<svg\b.*?</svg>", page, re.DOTALL)
    return [ET.fromstring(text) for text in texts]  # noqa: S314


def embedded(page: str) -> Any:
    found = re.search(r'<script type="application/json" id="data">(.*?)</script>', page, re.DOTALL)
    assert found
    return json.loads(found[1])


def test_every_figure_is_there_wide_and_narrow() -> None:
    ids = set(read(PAGE).ids)
    assert ids >= FIGURES
    assert {f"{name}-{width}-title" for name in FIGURES for width in ("wide", "narrow")} <= ids


def test_every_drawing_says_what_it_shows() -> None:
    named = [each for each in drawings(PAGE) if each.get("role") == "img"]
    assert len(named) == 2 * len(FIGURES)
    for each in named:
        title, said = each.find(f"{SVG}title"), each.find(f"{SVG}desc")
        assert title is not None
        assert said is not None
        assert title.text
        assert said.text
        assert re.search(r"\d", said.text), "numbers, for those who do not see the drawing"
        assert (each.get("aria-labelledby") or "").split() == [title.get("id"), said.get("id")]
    decoration = [each for each in drawings(PAGE) if each.get("role") != "img"]
    assert all(each.get("aria-hidden") == "true" for each in decoration)


def test_ids_are_unique_and_references_lead_somewhere() -> None:
    reader = read(PAGE)
    assert len(reader.ids) == len(set(reader.ids))
    for _, name, value in reader.attributes:
        if name in {"aria-labelledby", "aria-describedby"}:
            assert set((value or "").split()) <= set(reader.ids)
        if name == "href":
            assert (value or "").removeprefix("#") in reader.ids
        if name == "fill":
            assert (value or "").removeprefix("url(#").removesuffix(")") in reader.ids


def test_nothing_is_asked_of_a_network_and_nothing_else_can_run() -> None:
    addresses = set(
        re.findall(r"(?:https?:)?//[\w.-]+[^\s\"'<]*", re.sub(r"<script type.*?</script>", "", PAGE))
    )
    assert addresses == {"http://www.w3.org/2000/svg"}
    for tag, name, _ in read(PAGE).attributes:
        assert not name.startswith("on"), tag
        assert name not in {"style", "src", "srcset", "xlink:href"}, tag
    policy = re.search(r'Content-Security-Policy" content="([^"]*)"', PAGE)
    assert policy
    assert "unsafe" not in policy[1]
    assert policy[1].startswith("default-src 'none';")
    for tag in ("style", "script"):
        inside = re.findall(rf"<{tag}>(.*?)</{tag}>", PAGE, re.DOTALL)
        assert len(inside) == 1
        digest = base64.b64encode(hashlib.sha256(inside[0].encode()).digest()).decode()
        assert f"{tag}-src 'sha256-{digest}'" in policy[1]


def test_the_same_document_gives_the_same_page() -> None:
    assert report_html(document()) == PAGE


def test_the_data_is_in_the_page() -> None:
    assert embedded(PAGE) == json.loads(json.dumps(SAMPLE))


HOSTILE = (
    "</script><script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "' onload='alert(1)",
    "]]><!--</svg></style>",
    "&lt;b&gt; &amp; &#x3c;",
    "\x00\x1b[31m\r\n\u2028\u202egnp.exe\ud800\ufffe",
    "{variant} %s ${x}",
    "a" * 5000,
)


@pytest.mark.parametrize("member", ["block", "tree", "code_policy", "source", "note"])
def test_hostile_texts_are_only_text(member: str) -> None:
    hostile = document((7, 19), (1 << 20,))
    for row, name in zip(hostile["results"], itertools.cycle(HOSTILE), strict=False):
        row[member] = name
    page = report_html(hostile)
    reader = read(page)
    drawings(page)
    assert len(re.findall(r"<script\b", page)) == 2
    assert not any(attribute.startswith("on") for _, attribute, _ in reader.attributes)
    assert not any(tag == "img" for tag, _, _ in reader.attributes)
    assert re.search(r"[\x00\x1b\u2028\u202e]", "".join(reader.text)) is None
    assert embedded(page) == json.loads(json.dumps(hostile))


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_provenance_is_only_text(name: str) -> None:
    hostile = document((7,), ())
    hostile["provenance"] = {name: name, "commands": [name], "machine": {name: [name, {name: name}]}}
    hostile["blocks"] = [{"block": name, "block_digest": name, "source_tree": name, "accesses": {name: 1}}]
    hostile["version"] = name
    page = report_html(hostile)
    read(page)
    assert len(re.findall(r"<script\b", page)) == 2


MEMBERS = sorted({name for row in SAMPLE["results"] for name in row})


OTHER = (None, "text", -1, 1.5, True, float("nan"), float("inf"), 10**400, [], {}, {"1": None})


@pytest.mark.parametrize("member", MEMBERS)
def test_a_member_may_be_null_or_of_another_kind(member: str) -> None:
    changed = document((4, 61), (1 << 28,))
    for values in ((None,), OTHER):
        for row, value in zip(changed["results"], itertools.cycle(values), strict=False):
            row[member] = value
        page = report_html(changed)
        shown = "".join(read(page).text)
        drawings(page)
        assert not re.search(r"\b(?:nan|None|inf)\b", shown)


@pytest.mark.parametrize("member", MEMBERS)
def test_a_member_may_be_missing(member: str) -> None:
    changed = document((4, 61), (1 << 10,))
    for row in changed["results"]:
        row.pop(member, None)
    read(report_html(changed))


@pytest.mark.parametrize(
    "nothing", [{}, {"results": None}, {"results": []}, {"results": "rows"}, {"results": [None, 1, "x", []]}]
)
def test_of_nothing_a_page_that_says_so(nothing: dict[str, Any]) -> None:
    assert "nothing to find" in "".join(read(report_html(nothing)).text)
    assert main_chart_svg(nothing) is None


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)
ROW = st.fixed_dictionaries(
    {
        "block": st.sampled_from(["a", "b"]) | JSON,
        "tree": st.sampled_from(["verkle", "patricia", "binary", "snark"]) | JSON,
        "kind": st.sampled_from(["measured", "modelled", "quoted"]) | JSON,
        "code_policy": st.sampled_from(["whole", "chunks", "none", None]) | JSON,
        "group_bits": st.sampled_from([None, 1, 2, 4]) | JSON,
        "keys": st.sampled_from([None, 1, 1024, 1 << 32]) | JSON,
        "own_size": st.booleans(),
        "depths": st.dictionaries(st.integers(0, 40).map(str), st.integers(0, 9)) | JSON,
        "encodings": st.dictionaries(st.sampled_from(["own", "ssz", "zstd"]), st.integers(0, 10**6)) | JSON,
    }
    | {
        name: st.integers(0, 10**9) | JSON
        for name in ("proof_bytes", "values_bytes", "code_bytes", "header_bytes", "total_bytes", "openings")
    }
    | {
        name: st.floats(0, 1e6) | JSON
        for name in (
            "prove_ms",
            "verify_ms",
            "keys_touched",
            "siblings",
            "stems",
            "other_stems",
            "commitments",
        )
    }
)


@settings(max_examples=40)
@given(st.lists(ROW, max_size=6), st.dictionaries(st.text(max_size=6), JSON, max_size=3))
def test_any_document_gives_a_page(rows: list[dict[str, Any]], more: dict[str, Any]) -> None:
    page = report_html(more | {"results": rows})
    read(page)
    drawings(page)


def test_measured_modelled_and_quoted_are_told_apart() -> None:
    reader = read(PAGE)
    badges = {value for _, name, value in reader.attributes if name == "class" and value and "badge" in value}
    assert badges >= {"badge measured", "badge modelled", "badge quoted"}
    rows = re.search(r'id="all-rows".*?</table>', PAGE, re.DOTALL)
    assert rows
    ours = [row for row in SAMPLE["results"] if row["kind"] != "quoted"]
    for kind in ("measured", "modelled"):
        count = sum(row["kind"] == kind for row in ours)
        assert rows[0].count(f'<span class="badge {kind}">') == count
    assert "quoted" not in rows[0]


def test_quoted_figures_stand_in_their_own_column_with_their_source() -> None:
    beside = re.search(r'id="beside".*?</table>', PAGE, re.DOTALL)
    assert beside
    head, *lines = re.findall(r"<tr>(.*?)</tr>", beside[0], re.DOTALL)
    assert len(re.findall(r'<th scope="col"[^>]*\bquoted\b', head)) == 1
    assert "quoted: zkevm-benchmark-runs, 8 × RTX 5090" in head
    assert all(len(re.findall(r'<td class="[^"]*\bquoted\b', line)) == 1 for line in lines)
    drawn = "".join(ET.tostring(each, encoding="unicode") for each in drawings(PAGE))
    assert "343" not in drawn
    assert "SNARK" not in drawn


def test_a_proof_that_failed_is_named() -> None:
    failed = document((7, 19), ())
    failed["results"][0]["verified"] = False
    text = "".join(read(report_html(failed)).text)
    assert "One proof was not verified" in text
    assert "not verified" in text
    assert "not verified;" not in "".join(read(PAGE).text)


def test_blocks_that_were_not_measured_are_named() -> None:
    error = {"code": "LEAF_MISSING", "message": "the witness does not hold <it>"}
    refused = SAMPLE | {
        "refused": [{"input": "a.json", "name": "block <7>", "error": error}, None, {"error": 1}]
    }
    text = "".join(read(report_html(refused)).text)
    assert "3 blocks were not measured" in text
    assert "block <7>" in text
    assert "LEAF_MISSING" in text
    assert "the witness does not hold <it>" in text
    assert "not measured" not in "".join(read(PAGE).text)


def test_long_tables_are_cut_and_say_so() -> None:
    many = copy.deepcopy(SAMPLE)
    row = many["results"][0]
    many["results"] = [row | {"block": f"block {i}"} for i in range(MOST_ROWS + 5)]
    page = report_html(many)
    assert "The first 1\u202f500 of 1\u202f505 rows" in page
    assert len(embedded(page)["results"]) == MOST_ROWS + 5
    assert len(page) < 5_000_000


def test_the_chart_as_a_file_is_a_drawing_with_its_own_colours() -> None:
    chart = main_chart_svg(SAMPLE)
    assert chart is not None
    root = ET.fromstring(chart)  # noqa: S314
    assert root.tag == f"{SVG}svg"
    style = root.find(f"{SVG}style")
    assert style is not None
    assert "prefers-color-scheme:dark" in (style.text or "")
    assert "http" not in chart.replace("http://www.w3.org/2000/svg", "")


def _luminance(colour: str) -> float:
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return sum(weight * part for weight, part in zip((0.2126, 0.7152, 0.0722), linear, strict=True))


def _contrast(one: str, other: str) -> float:
    low, high = sorted((_luminance(one), _luminance(other)))
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("palette", [LIGHT, DARK], ids=["light", "dark"])
def test_text_can_be_read(palette: dict[str, str]) -> None:
    """Contrast of 4.5 to 1 for all text, as WCAG 2.2 asks (1.4.3)."""
    for ground in ("paper", "card", "mark"):
        for ink in ("ink", "soft", "link", *(HUES if ground != "mark" else ())):
            assert _contrast(palette[ink], palette[ground]) >= 4.5, (ink, ground)
    for hue in ("verkle", "patricia", "binary"):
        assert _contrast(palette["on"], palette[hue]) >= 4.5, hue


def test_both_palettes_have_the_same_names() -> None:
    assert set(LIGHT) == set(DARK)
