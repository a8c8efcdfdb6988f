"""The HTML report: complete for any run, self-contained, safe against what files and logs hold."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from html.parser import HTMLParser
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from cursus.demo.project import EDGES
from cursus.drawing.layout import arrange, count_crossings, find_layers
from cursus.runtime.report import html, write_report
from cursus.runtime.report.facts import read_facts
from cursus.runtime.report.logs import tail
from cursus.runtime.report.plots import clean_svg, plot_name
from cursus.runtime.report.quality import make_cards, split_metric
from cursus.runtime.report.timeline import draw_timeline, find_ticks
from cursus.runtime.report.wording import memory, metric, seconds, short_count, size
from cursus.runtime.result import Environment, InputRecord, OutputRecord, RunResult, StepResult

START = datetime(2025, 3, 4, 10, 15, 2, tzinfo=UTC)
NODES = tuple(dict.fromkeys(node for edge in EDGES for node in edge))
VOID = {"meta", "link", "br", "wbr", "hr", "img", "input"}
EVAL, CALIBRATION = "XGBoostModelEval_calibration", "ModelCalibration_calibration"
CURVE = (
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 9 9"><path id="a" d="M0 0L9 9"/></svg>'
)


def a_step(node: str, **values: Any) -> StepResult:
    before = tuple(source for source, target in EDGES if target == node)
    given: dict[str, Any] = {
        "name": node.replace("_", "-"),
        "step_type": node.partition("_")[0],
        "plugin": "cursus-processing",
        "kind": "service" if node.startswith(("Cradle", "Registration")) else "processing",
        "dependencies": before,
        "status": "passed",
        "started": START + timedelta(seconds=3 * NODES.index(node) if node in NODES else 0),
        "wall_seconds": 4.5,
        "cpu_seconds": 4.1,
        "peak_memory_mb": 310.0,
        "inputs": tuple(
            InputRecord(name="data", source=f"{source}:out", reason="the only one that fits")
            for source in before
        ),
        "outputs": (OutputRecord(name="out", kind="tabular", path=f"outputs/{node}", rows=29916),),
    }
    return StepResult(node=node, **{**given, **values})


def a_run(*steps: StepResult, **values: Any) -> RunResult:
    environment = Environment(python="3.11.9", platform="Linux", cores=2, packages={"numpy": "2.4"})
    given = {"run_id": "r1", "pipeline": "late_flights", "started": START, "folder": "."}
    given |= {"environment": environment, "steps": steps, "status": "passed", "wall_seconds": 34.0}
    return RunResult(**{**given, **values})


def a_passed_run() -> RunResult:
    return a_run(*map(a_step, NODES))


def a_failed_run() -> RunResult:
    blocked = dict.fromkeys((CALIBRATION, "Package", "Registration"), "after a failure")
    return a_run(
        *(a_step(node) for node in NODES if node not in (EVAL, *blocked)),
        a_step(EVAL, status="failed", error="no column <distance>", hint="Add it.", stderr="Boom"),
        *(
            a_step(n, status="skipped", reason=r, started=None, outputs=())
            for n, r in blocked.items()
        ),
        status="failed",
    )


def an_unfinished_run() -> RunResult:
    bare = StepResult(node="Second", name="Second", step_type="Second", dependencies=("First",))
    running = StepResult(
        node="First", name="First", step_type="First", status="running", started=START
    )
    return a_run(running, bare, status="running", wall_seconds=0.0)


def report_of(run: RunResult, folder: Path) -> str:
    write_report(run, folder, folder / "report.html")
    return (folder / "report.html").read_text("utf-8")


class Reader(HTMLParser):
    """Checks that tags are balanced and gathers what a browser could fetch or run."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.ids: list[str] = []
        self.targets: list[str] = []
        self.outside: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in VOID:
            self.open.append(tag)
        for name, value in attrs:
            if name == "id":
                self.ids.append(value or "")
            if name.endswith("href"):
                self.targets.append(value or "")
            if tag in ("script", "iframe", "link", "foreignobject") or name.startswith(
                ("on", "src")
            ):
                self.outside.append(f"{tag} {name}={value}")

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        self.open.pop()

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


def read_html(text: str) -> Reader:
    reader = Reader()
    reader.feed(text)
    assert reader.open == []
    return reader


@pytest.mark.parametrize("make", [a_passed_run, a_failed_run, an_unfinished_run, a_run])
def test_the_report_of_any_run_is_whole_and_fetches_nothing(make: Any, tmp_path: Path) -> None:
    text = report_of(make(), tmp_path)
    page = read_html(text)
    assert page.outside == []
    assert all(target.startswith("#") for target in page.targets)
    assert {target[1:] for target in page.targets} <= set(page.ids)
    assert len(page.ids) == len(set(page.ids))
    assert not re.search(r"url\((?!#)|@import", text)


def test_a_passed_run_says_so_with_its_key_figures(tmp_path: Path) -> None:
    text = report_of(a_passed_run(), tmp_path)
    assert "All 10 steps passed in 34.0 s." in text
    assert "59,832" in text
    assert 'id="failures"' not in text


def test_a_failure_comes_first_with_its_hint_log_and_the_steps_that_it_stopped(
    tmp_path: Path,
) -> None:
    text = report_of(a_failed_run(), tmp_path)
    section = text[text.index('id="failures"') : text.index('id="graph"')]
    for expected in ("no column &lt;distance&gt;", "Add it.", "Boom", "1 of 10 steps failed"):
        assert expected in (text if "steps failed" in expected else section)
    stopped = section[section.index("Not run because of it") :]
    assert [node for node in NODES if node in stopped] == [CALIBRATION, "Package", "Registration"]


def test_a_run_that_was_cut_off_is_shown_as_not_finished(tmp_path: Path) -> None:
    text = report_of(an_unfinished_run(), tmp_path)
    assert "Not finished" in text
    assert "0 of 2 steps had passed" in text


def test_an_error_of_the_run_itself_is_shown(tmp_path: Path) -> None:
    text = report_of(a_run(status="failed", error="the disk is full"), tmp_path)
    assert text.index("the disk is full") < text.index('id="graph"')


def test_what_a_log_holds_is_text(tmp_path: Path) -> None:
    step = a_step("Package", stdout="\x1b[31m<script>alert(1)</script>\x00\nend")
    text = report_of(a_run(step), tmp_path)
    assert "&lt;script&gt;alert(1)&lt;/script&gt;\nend" in text
    assert "\x1b" not in text


def test_a_log_may_be_a_file_of_the_run_but_of_nothing_else(tmp_path: Path) -> None:
    (tmp_path / "run").mkdir()
    (tmp_path / "run" / "out.txt").write_text("from the file")
    (tmp_path / "secret.txt").write_text("from outside")
    step = a_step("Package", stdout="out.txt", stderr="../secret.txt")
    text = report_of(a_run(step), tmp_path / "run")
    assert "from the file" in text
    assert "from outside" not in text


def test_the_end_of_a_log_is_kept() -> None:
    kept = tail("\n".join(f"line {number}" for number in range(100)), 50)
    assert kept.startswith("[")
    assert kept.endswith("line 98\nline 99")
    assert "line 50" not in kept


def test_plots_are_shown_with_ids_of_their_own(tmp_path: Path) -> None:
    for name in ("roc_curve.svg", "pr_curve.svg"):
        (tmp_path / name).write_text(CURVE)
    step = a_step(EVAL, plots=("roc_curve.svg", "pr_curve.svg", "gone.svg"))
    text = report_of(a_run(step), tmp_path)
    assert {"plot1-a", "plot2-a"} <= set(read_html(text).ids)
    assert "the file is missing" in text


def test_plots_beyond_the_budget_are_named(tmp_path: Path) -> None:
    long = CURVE.replace("L9 9", "L9 9" * 90_000)
    names = tuple(f"curve_{number}.svg" for number in range(6))
    for name in names:
        (tmp_path / name).write_text(long)
    text = report_of(a_run(a_step(EVAL, plots=names)), tmp_path)
    assert len(text.encode()) <= html.LARGEST
    assert text.count("would become too large") == 4
    assert all(plot_name(name) in text for name in names)


@pytest.mark.parametrize(
    "harm",
    [
        "<script>alert(1)</script>",
        '<foreignObject><p xmlns="http://www.w3.org/1999/xhtml">x</p></foreignObject>',
        '<path onclick="alert(1)" d="M0 0"/>',
        '<image href="https://example.com/x.png"/>',
        '<use href="other.svg#a"/>',
        '<rect fill="url(https://example.com/#a)"/>',
        '<rect style="fill:ur\\6c(https://example.com)"/>',
        "<style>@import 'https://example.com'</style>",
        '<a href="javascript:alert(1)"><text>x</text></a>',
        '<animate attributeName="href" values="javascript:alert(1)"/>',
        '<desc><image src="https://example.com/x.png"/></desc>',
    ],
)
def test_nothing_that_runs_or_is_fetched_is_left_of_a_plot(harm: str) -> None:
    clean = clean_svg(CURVE.replace("<path", f"{harm}<path", 1), "p-", "Plot")
    assert not re.search(r"example|alert|javascript|import|other\.svg|xhtml", clean)
    assert '<path id="p-a"' in clean


def test_references_inside_a_plot_keep_working() -> None:
    inside = '<use xlink:href="#a"/><rect fill="url(#a)" clip-path="url(\'#a\')"/></svg>'
    text = CURVE.replace("<svg", '<svg xmlns:xlink="http://www.w3.org/1999/xlink"')
    clean = clean_svg(text.replace("</svg>", inside), "p-", "Plot")
    assert clean.count('href="#p-a"') == 1
    assert clean.count("url(#p-a)") == 2


@pytest.mark.parametrize("text", ["<!DOCTYPE x [<!ENTITY a 'b'>]><svg/>", "<html/>", "<svg/>"])
def test_a_file_that_is_no_plain_drawing_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"entities|no SVG|neither"):
        clean_svg(text, "p-", "Plot")


def test_the_report_stays_small_for_a_hundred_steps_with_long_logs(tmp_path: Path) -> None:
    steps = [
        a_step(
            f"Step{n}", dependencies=(f"Step{n // 2}",) * (n > 0), stdout="a line & more\n" * 2000
        )
        for n in range(100)
    ]
    text = report_of(a_run(*steps), tmp_path)
    assert len(text.encode()) <= html.LARGEST
    assert text.count('class="node passed"') == 200


def test_the_layers_follow_the_longest_path() -> None:
    layers = find_layers(NODES, EDGES)
    assert all(layers[source] < layers[target] for source, target in EDGES)
    assert layers["Registration"] == 6


def test_no_two_nodes_of_a_layer_overlap_and_long_edges_pass_between_them() -> None:
    layout = arrange(NODES, EDGES, 64, 20)
    for layer in range(layout.layers):
        nodes = sorted(across for at, across in layout.nodes.values() if at == layer)
        assert all(after - before >= 84 - 1e-6 for before, after in pairwise(nodes))
        passing = [p[1] for route in layout.routes.values() for p in route[1:-1] if p[0] == layer]
        assert all(abs(node - across) > 32 for node in nodes for across in passing)


def test_crossings_that_can_be_avoided_are() -> None:
    edges = [("a", "y"), ("b", "x"), ("c", "z")]
    layout = arrange("abcxyz", edges, 10, 5)
    chains = [[(a, "", 0), (b, "", 1)] for a, b in edges]
    order = [
        sorted(((n, "", layer) for n in names), key=lambda s: layout.nodes[s[0]][1])
        for layer, names in enumerate(("abc", "xyz"))
    ]
    assert count_crossings(order, chains) == 0


def test_the_timeline_shows_what_ran_at_once() -> None:
    steps = [a_step(name, started=START, dependencies=()) for name in ("One", "Two")]
    later = a_step("Three", started=START + timedelta(seconds=4.5), dependencies=("One",))
    chart = draw_timeline(read_facts(a_run(*steps, later, wall_seconds=9.0), Path()))
    assert [level.number for level in chart.levels] == [2, 1]
    assert chart.bars[2].start == pytest.approx(chart.bars[0].length)


@pytest.mark.parametrize("end", [0.003, 0.9, 12, 61, 410, 3599, 8000, 400_000])
def test_the_axis_has_a_few_round_ticks(end: float) -> None:
    ticks = find_ticks(end)
    assert 2 <= len(ticks) <= 9
    assert ticks[0] == 0
    assert ticks[-1] <= end


def test_a_calibration_shows_before_and_after() -> None:
    metrics = {"before.ece": 0.06, "after.ece": 0.003, "before.auc": 0.7, "after.auc": 0.7}
    run = read_facts(a_run(a_step("Training"), a_step(CALIBRATION, metrics=metrics)), Path())
    (card,) = make_cards(run.steps, {})
    found = [(figure.label, figure.change, figure.is_better) for figure in card.figures]
    assert found == [
        ("Calibration error (ECE)", "\N{MINUS SIGN}95.0%", True),
        ("AUC", "unchanged", False),
    ]


def test_metrics_of_several_splits_are_a_table() -> None:
    metrics = {"val/auc_roc": 0.71, "test/auc_roc": 0.69, "val/f1_score": 0.4, "val/rows": 12.0}
    run = read_facts(a_run(a_step("XGBoostTraining", metrics=metrics)), Path())
    (card,) = make_cards(run.steps, {})
    assert card.scopes == ("val", "test")
    assert card.rows == (("AUC ROC", ("0.7100", "0.6900")), ("F1 score", ("0.4000", "")))
    assert ("val/rows", "12") in card.others


def test_the_dot_of_a_threshold_parts_nothing() -> None:
    assert split_metric("val.f1_score_at_0.5") == ("val", "f1_score_at_0.5")
    assert split_metric("metrics.json/auc_roc") == ("", "auc_roc")


def test_numbers_read_well() -> None:
    assert [seconds(s) for s in (None, 0.42, 59.97, 125, 3840)] == [
        *("\N{EN DASH}", "0.42 s", "1 min 00 s"),
        *("2 min 05 s", "1 h 04 min"),
    ]
    assert [size(n) for n in (812, 1_234_000, 5e11)] == ["812 B", "1.2 MB", "500 GB"]
    assert [memory(n) for n in (502, 1210)] == ["502 MB", "1.21 GB"]
    assert [short_count(n) for n in (9906, 29_916, 1_200_000)] == ["9,906", "29.9k", "1.2M"]
    assert [metric(n) for n in (0.63544, 3.0, 0.00000123)] == ["0.6354", "3", "1.23e-06"]


def test_the_files_of_an_output_are_listed_but_not_those_of_the_user(tmp_path: Path) -> None:
    (tmp_path / "run/outputs/Package").mkdir(parents=True)
    (tmp_path / "run/outputs/Package/model.tar.gz").write_bytes(b"x" * 20)
    (tmp_path / "mine.csv").write_text("a\n1\n")
    mine = OutputRecord(name="data", kind="tabular", path=str(tmp_path), rows=1)
    run = a_run(a_step("Package"), a_step("Payload", outputs=(mine,)))
    text = report_of(run, tmp_path / "run")
    assert "model.tar.gz" in text
    assert "mine.csv" not in text
