"""The risk tables of real flights, against a computation by hand, and what the script refuses."""

from __future__ import annotations

import argparse
import ast
import json
import random
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

if TYPE_CHECKING:
    import subprocess

    Program = Callable[..., subprocess.CompletedProcess[str]]

CATEGORIES = ["carrier", "origin", "month"]
HYPERPARAMETERS = {"cat_field_list": CATEGORIES, "label_name": "late"}
SPLITS = ("train", "val", "test")


@pytest.fixture(scope="session")
def script(load_script: Callable[[str], ModuleType]) -> ModuleType:
    return load_script("risk_table_mapping")


@pytest.fixture
def splits(flights: pd.DataFrame) -> dict[str, pd.DataFrame]:
    """Deal out the flights; some carriers and months are missing, so that months are floats."""
    frame = flights.copy()
    frame.loc[frame.index % 53 == 0, "carrier"] = None
    frame.loc[frame.index % 61 == 0, "month"] = None
    parts = {"train": [0, 1, 2, 3, 4, 5, 6], "val": [7], "test": [8, 9]}
    return {name: frame[(frame.index % 10).isin(rest)] for name, rest in parts.items()}


def write(frames: dict[str, pd.DataFrame], folder: Path, kind: str = "csv") -> Path:
    for split, frame in frames.items():
        path = folder / split / f"{split}_processed_data.{kind}"
        path.parent.mkdir(parents=True)
        if kind == "parquet":
            frame.to_parquet(path, index=False)
        else:
            frame.to_csv(path, index=False, sep="\t" if kind == "tsv" else ",")
    return folder


def read(folder: Path) -> dict[str, pd.DataFrame]:
    frames = {}
    for path in sorted(folder.rglob("*_processed_data.*")):
        separator = "\t" if path.suffix == ".tsv" else ","
        is_parquet = path.suffix == ".parquet"
        frames[path.parent.name] = (
            pd.read_parquet(path) if is_parquet else pd.read_csv(path, sep=separator)
        )
    return frames


def expected_tables(
    train: pd.DataFrame, names: list[str], smooth: float = 0.01, threshold: int = 5
) -> dict[str, Any]:
    """Compute the tables by hand; months are 7.0 in a column with gaps, and 7 in the table."""
    known = train[train["late"].notna()]
    prior, pseudo = known["late"].mean(), len(known) * smooth
    tables = {}
    for name in names:
        bins = {}
        for value, group in known.groupby(name)["late"]:
            key = str(int(value)) if name == "month" else str(value)
            risk = (len(group) * group.mean() + pseudo * prior) / (len(group) + pseudo)
            bins[key] = pytest.approx(risk if len(group) >= threshold else prior, rel=1e-12)
        tables[name] = {"bins": bins, "default_bin": pytest.approx(prior, rel=1e-12)}
    return tables


def run_main(script: ModuleType, folder: Path, job_type: str = "training", **changes: Any) -> None:
    """Run main on `folder / "in"`; keyword arguments in lower case change the hyperparameters."""
    environment = {name: value for name, value in changes.items() if name.isupper()}
    hyperparameters = {**HYPERPARAMETERS, **{n: v for n, v in changes.items() if n.islower()}}
    (folder / "hyperparameters.json").write_text(json.dumps(hyperparameters))
    inputs = {
        "input_data": str(folder / "in"),
        "hyperparameters_s3_uri": str(folder / "hyperparameters.json"),
    }
    if job_type != "training":
        inputs["model_artifacts_input"] = str(folder / "tables")
    outputs = {"processed_data": folder / "out", "model_artifacts_output": folder / "artifacts"}
    texts = {name: str(path) for name, path in outputs.items()}
    script.main(inputs, texts, environment, argparse.Namespace(job_type=job_type))


def tables_of(folder: Path) -> Any:
    return json.loads((folder / "risk_table_map.json").read_text("utf-8"))


def container(tmp_path: Path) -> tuple[Path, Path]:
    """Give the container's folders of inputs and outputs, with the hyperparameters in the bundle."""
    code = tmp_path / "ml" / "code" / "hyperparams"
    code.mkdir(parents=True, exist_ok=True)
    (code / "hyperparameters.json").write_text(json.dumps(HYPERPARAMETERS))
    return tmp_path / "ml" / "processing" / "input", tmp_path / "ml" / "processing" / "output"


def test_a_training_job_in_its_container_fits_what_a_group_by_gives(
    run_program: Program, splits: dict[str, pd.DataFrame], tmp_path: Path
) -> None:
    inputs, outputs = container(tmp_path)
    write(splits, inputs / "data")

    done = run_program("risk_table_mapping", "--job_type", "training", COUNT_THRESHOLD="20")

    assert done.returncode == 0, done.stderr
    tables = tables_of(outputs / "model_artifacts")
    assert tables == expected_tables(splits["train"], CATEGORIES, threshold=20)
    assert f"carrier: {splits['train']['carrier'].nunique()} categories" in done.stdout
    record = json.loads((outputs / "model_artifacts" / "hyperparameters.json").read_text())
    assert record["count_threshold"] == 20
    assert record["cat_field_list"] == CATEGORIES
    assert sorted(path.name for path in (outputs / "data").iterdir()) == sorted(SPLITS)


def test_a_calibration_job_maps_with_the_tables_of_the_training_job(
    run_program: Program, splits: dict[str, pd.DataFrame], tmp_path: Path
) -> None:
    inputs, outputs = container(tmp_path)
    write(splits, inputs / "data")
    assert run_program("risk_table_mapping", "--job_type", "training").returncode == 0
    (outputs / "model_artifacts").rename(inputs / "model_artifacts")
    later = splits["test"].assign(carrier=splits["test"]["carrier"].replace("UA", "NEW"))
    write({"calibration": later.drop(columns="late")}, inputs / "data")

    done = run_program("risk_table_mapping", "--job_type", "calibration")

    assert done.returncode == 0, done.stderr
    table = expected_tables(splits["train"], ["carrier"])["carrier"]
    mapped = read(outputs / "data")["calibration"]["carrier"]
    wanted = [table["bins"].get(key, table["default_bin"]) for key in later["carrier"]]
    assert mapped.tolist() == wanted
    assert f"{later['carrier'].isna().sum()} missing" in done.stdout
    assert (
        f"{sum(pd.notna(k) and k not in table['bins'] for k in later['carrier'])} unseen"
        in done.stdout
    )
    for name in ("risk_table_map.json", "hyperparameters.json"):
        passed_on = (outputs / "model_artifacts" / name).read_bytes()
        assert passed_on == (inputs / "model_artifacts" / name).read_bytes()


@pytest.mark.parametrize("kind", ["csv", "tsv", "parquet"])
def test_every_format_is_kept_and_gives_the_same_tables(
    script: ModuleType, splits: dict[str, pd.DataFrame], tmp_path: Path, kind: str
) -> None:
    write(splits, tmp_path / "in", kind)

    run_main(script, tmp_path)

    expected = expected_tables(splits["train"], CATEGORIES)
    assert tables_of(tmp_path / "artifacts") == expected
    for split, frame in read(tmp_path / "out").items():
        path = tmp_path / "out" / split / f"{split}_processed_data.{kind}"
        assert [file.name for file in path.parent.iterdir()] == [path.name]
        untouched = frame.columns.difference(CATEGORIES)
        before = splits[split][untouched].reset_index(drop=True)
        pd.testing.assert_frame_equal(frame[untouched], before, check_dtype=kind == "parquet")
        assert list(frame.columns) == list(splits[split].columns)
        assert {str(frame[name].dtype) for name in CATEGORIES} == {"float64"}


def test_cells_that_are_not_mapped_keep_their_text(script: ModuleType, tmp_path: Path) -> None:
    text = 'id,late,carrier,note\n007,1.0,UA,"a, ""b"""\n1e5,0.0,,NA\n-0,,UA,\u00e9\n'
    for split in SPLITS:
        (tmp_path / "in" / split).mkdir(parents=True)
        (tmp_path / "in" / split / f"{split}_processed_data.csv").write_text(text, "utf-8-sig")

    run_main(script, tmp_path, cat_field_list=["carrier"])

    written = (tmp_path / "out" / "train" / "train_processed_data.csv").read_text("utf-8")
    assert written == text.replace("UA", "0.5").replace("0.0,,NA", "0.0,0.5,NA")


def test_a_column_of_many_distinct_values_is_left_alone(
    script: ModuleType, splits: dict[str, pd.DataFrame], tmp_path: Path
) -> None:
    write(splits, tmp_path / "in")

    run_main(script, tmp_path, cat_field_list=["tailnum", "origin"], MAX_UNIQUE_THRESHOLD="50")

    assert list(tables_of(tmp_path / "artifacts")) == ["origin"]
    record = json.loads((tmp_path / "artifacts" / "hyperparameters.json").read_text())
    assert record["skipped_fields"] == ["tailnum"]
    left = read(tmp_path / "out")["val"]["tailnum"]
    assert left.tolist() == pytest.approx(splits["val"]["tailnum"].tolist(), nan_ok=True)


@pytest.mark.parametrize("limit", ["3", "4"])
def test_as_many_distinct_values_as_the_limit_are_too_many(
    script: ModuleType,
    splits: dict[str, pd.DataFrame],
    tmp_path: Path,
    limit: str,
) -> None:
    write(splits, tmp_path / "in")

    run_main(script, tmp_path, cat_field_list=["origin"], MAX_UNIQUE_THRESHOLD=limit)

    assert ("origin" in tables_of(tmp_path / "artifacts")) is (limit == "4")


def test_an_empty_list_passes_the_data_on(
    script: ModuleType,
    splits: dict[str, pd.DataFrame],
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    write(splits, tmp_path / "in")

    run_main(script, tmp_path, cat_field_list=[], label_name="not there")

    assert tables_of(tmp_path / "artifacts") == {}
    assert "no column is mapped" in capsys.readouterr().out
    for split in SPLITS:
        name = f"{split}/{split}_processed_data.csv"
        assert (tmp_path / "out" / name).read_bytes() == (tmp_path / "in" / name).read_bytes()


def test_a_constant_label_is_the_risk_of_everything(
    script: ModuleType,
    splits: dict[str, pd.DataFrame],
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    write({name: frame.assign(late=1) for name, frame in splits.items()}, tmp_path / "in")

    run_main(script, tmp_path)

    assert "late is 1 in every row" in capsys.readouterr().out
    assert set(read(tmp_path / "out")["test"]["carrier"]) == {1.0}


def test_what_is_fitted_comes_from_train_alone(
    script: ModuleType, splits: dict[str, pd.DataFrame], tmp_path: Path
) -> None:
    others = {name: splits[name].assign(late=1, carrier="ZZ") for name in ("val", "test")}
    write({**splits, **others}, tmp_path / "in")

    run_main(script, tmp_path)

    assert tables_of(tmp_path / "artifacts") == expected_tables(splits["train"], CATEGORIES)


def test_a_calibration_job_maps_what_training_mapped_though_its_list_is_empty(
    script: ModuleType, splits: dict[str, pd.DataFrame], tmp_path: Path
) -> None:
    write({**splits, "calibration": splits["val"]}, tmp_path / "in")
    run_main(script, tmp_path)
    (tmp_path / "artifacts").rename(tmp_path / "tables")

    run_main(script, tmp_path, "calibration", cat_field_list=[])

    mapped = read(tmp_path / "out")
    pd.testing.assert_frame_equal(mapped["calibration"], mapped["val"])


rows = st.lists(
    st.tuples(st.sampled_from(["a", "b", "7.0", "7", "NA", ""]), st.sampled_from([0, 1, 2, None])),
    min_size=1,
    max_size=40,
).filter(lambda pairs: any(label is not None for _, label in pairs))
limits = st.fixed_dictionaries(
    {
        "smooth_factor": st.floats(0, 10),
        "count_threshold": st.integers(0, 9),
        "max_unique_threshold": st.just(100),
    }
)


@settings(max_examples=60, deadline=None)
@given(pairs=rows, limits=limits, seed=st.integers(0, 99))
def test_a_risk_lies_between_the_labels_and_the_order_of_rows_is_nothing(
    script: ModuleType,
    tmp_path_factory: pytest.TempPathFactory,
    pairs: list[tuple[str, int | None]],
    limits: dict[str, float],
    seed: int,
) -> None:
    found = []
    for shuffled in (pairs, random.Random(seed).sample(pairs, len(pairs))):  # noqa: S311
        path = tmp_path_factory.mktemp("rows") / "train_processed_data.csv"
        pd.DataFrame(shuffled, columns=["carrier", "late"]).to_csv(path, index=False)
        named = {"cat_field_list": ["carrier"], "label_name": "late"}
        found.append(script.fit_tables(path, {**named, **limits}))
    assert found[0] == found[1]
    labels = [label for _, label in pairs if label is not None]
    risks = found[0]["carrier"]["bins"]
    seen = {key.replace("7.0", "7") for key, label in pairs if label is not None}
    assert set(risks) == seen - {"", "NA"}
    low, high = min(labels) - 1e-9, max(labels) + 1e-9
    assert all(low <= risk <= high for risk in risks.values())


@settings(max_examples=40, deadline=None)
@given(cells=st.lists(st.one_of(st.none(), st.sampled_from("abcxyz")), max_size=30))
def test_every_cell_gets_a_risk_of_its_table(script: ModuleType, cells: list[str | None]) -> None:
    from collections import Counter

    table = {"bins": {"a": 0.25, "b": 1, "c": 0.0}, "default_bin": 0.5}
    counts: Counter[str] = Counter()
    mapped = script.map_cells(cells, table, counts)
    assert mapped == [table["bins"].get(cell, 0.5) for cell in cells]  # type: ignore[attr-defined]
    assert counts["missing"] == cells.count(None)
    assert counts["unseen"] == sum(cell in tuple("xyz") for cell in cells)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"cat_field_list": "carrier"}, "cat_field_list is 'carrier', not a list"),
        ({"cat_field_list": ["origin", "origin"]}, "'origin' is twice in cat_field_list"),
        ({"cat_field_list": ["late"]}, "the label 'late' is in cat_field_list"),
        ({"cat_field_list": ["carier"]}, r"lacks the column\(s\) carier \(did you mean carrier\?"),
        ({"label_name": "lates"}, r"lates \(did you mean late\?"),
        ({"label_name": 7}, "label_name is 7, not the name"),
        ({"label_name": "dest"}, "'dest' .* is no finite number in [0-9,]+ row.* TabularPrep"),
        ({"SMOOTH_FACTOR": "-1"}, "smooth_factor is '-1', not a number from 0"),
        ({"SMOOTH_FACTOR": "nan"}, "smooth_factor is 'nan'"),
        ({"COUNT_THRESHOLD": "2.5"}, "count_threshold is '2.5', not a whole number from 0"),
        ({"MAX_UNIQUE_THRESHOLD": "0"}, "max_unique_threshold is '0', not a whole number from 1"),
    ],
)
def test_wrong_settings_are_refused(
    script: ModuleType,
    splits: dict[str, pd.DataFrame],
    tmp_path: Path,
    changes: dict[str, Any],
    message: str,
) -> None:
    write(splits, tmp_path / "in")
    with pytest.raises(ValueError, match=message):
        run_main(script, tmp_path, **changes)
    assert not (tmp_path / "artifacts").exists()


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "is empty, without even a header"),
        ("late,carrier,carrier\n1,UA,UA\n", "names columns twice: carrier"),
        ("late,carrier\n1,UA,AA\n", r"rows of \[3\] fields, the header has 2"),
        ("late,carrier\n,UA\n", "No row of .* has a label in 'late'"),
        ("late,carrier\n", "No row of .* has a label"),
        ("late,carrier\n1,\xff\n", "cannot be read after line"),
    ],
)
def test_an_unusable_train_is_refused_with_its_name(
    script: ModuleType,
    splits: dict[str, pd.DataFrame],
    tmp_path: Path,
    text: str,
    message: str,
) -> None:
    write(splits, tmp_path / "in")
    path = tmp_path / "in" / "train" / "train_processed_data.csv"
    path.write_bytes(text.encode("latin-1"))
    with pytest.raises(ValueError, match=message) as refused:
        run_main(script, tmp_path, cat_field_list=["carrier"])
    assert str(path) in str(refused.value)


def test_a_damaged_parquet_file_and_one_of_lists_are_refused(
    script: ModuleType, splits: dict[str, pd.DataFrame], tmp_path: Path
) -> None:
    lists = splits["train"].assign(carrier=[["UA"]] * len(splits["train"]))
    folder = write({**splits, "train": lists}, tmp_path / "in", "parquet")
    with pytest.raises(ValueError, match="column 'carrier' must hold plain values"):
        run_main(script, tmp_path)
    path = folder / "train" / "train_processed_data.parquet"
    path.write_bytes(path.read_bytes()[:-50])
    with pytest.raises(ValueError, match=r"train_processed_data.parquet cannot be read"):
        run_main(script, tmp_path)


def test_whole_numbers_text_and_truth_values_of_parquet_are_categories(
    script: ModuleType, tmp_path: Path
) -> None:
    for name, cells in (
        ("month", [7, 7, None]),
        ("origin", ["NA", None, ""]),
        ("carrier", [True] * 3),
    ):
        frame = pd.DataFrame({name: cells, "late": [1, 0, 1]})
        path = tmp_path / name
        path.mkdir()
        frame.to_parquet(path / "train_processed_data.parquet")
    limits = {"smooth_factor": 0.0, "count_threshold": 0, "max_unique_threshold": 9}
    found = {}
    for name in CATEGORIES:
        named = {"cat_field_list": [name], "label_name": "late"}
        path = tmp_path / name / "train_processed_data.parquet"
        found[name] = script.fit_tables(path, {**named, **limits})[name]["bins"]
    assert found == {
        "month": {"7": 0.5},
        "origin": {"NA": 1.0, "": 1.0},
        "carrier": {"True": 2 / 3},
    }


def test_a_split_that_is_missing_is_an_error_that_says_what_is_there(
    script: ModuleType, splits: dict[str, pd.DataFrame], tmp_path: Path
) -> None:
    write({"train": splits["train"], "val": splits["val"]}, tmp_path / "in")
    with pytest.raises(FileNotFoundError, match=r"in/test must hold .* holds train, val"):
        run_main(script, tmp_path)
    with pytest.raises(FileNotFoundError, match=r"in/calibration must hold test|for job type cali"):
        run_main(script, tmp_path, "calibration")


def test_a_failure_in_the_last_split_leaves_no_split_behind(
    script: ModuleType, splits: dict[str, pd.DataFrame], tmp_path: Path
) -> None:
    write({**splits, "test": splits["test"].drop(columns="origin")}, tmp_path / "in")
    with pytest.raises(ValueError, match=r"test_processed_data.csv lacks the column\(s\) origin"):
        run_main(script, tmp_path)
    assert list((tmp_path / "out").iterdir()) == []


@pytest.mark.parametrize(
    ("written", "message"),
    [
        ("risk_table_map.pkl=", "RiskTableMapping of job type training writes it; no pickle"),
        ("risk_table_map.json={", "is no JSON"),
        ("risk_table_map.json=[]", "holds a list, not an object"),
        ('risk_table_map.json={"carrier": {"bins": {"UA": "x"}}}', "table of 'carrier' lacks"),
        ('risk_table_map.json={"carrier": 1}', "the table of 'carrier' lacks numbers"),
        ("risk_table_map.json={}", r"names carrier, origin, month, for which .*\(no column\)"),
    ],
)
def test_tables_that_do_not_fit_are_refused(
    script: ModuleType,
    splits: dict[str, pd.DataFrame],
    tmp_path: Path,
    written: str,
    message: str,
) -> None:
    name, text = written.split("=")
    write({"testing": splits["test"]}, tmp_path / "in")
    (tmp_path / "tables").mkdir()
    (tmp_path / "tables" / name).write_text(text)
    with pytest.raises((ValueError, FileNotFoundError), match=message):
        run_main(script, tmp_path, "testing")


def test_a_program_without_tables_ends_with_the_reason(
    run_program: Program, splits: dict[str, pd.DataFrame], tmp_path: Path
) -> None:
    inputs, _ = container(tmp_path)
    write({"testing": splits["test"]}, inputs / "data")

    done = run_program("risk_table_mapping", "--job_type", "testing")

    assert done.returncode == 1
    assert "model_artifacts_input is not bound; only a training job fits tables" in done.stderr


def test_the_script_is_python_3_8_and_needs_no_library_for_text_files(script: ModuleType) -> None:
    tree = ast.parse(Path(str(script.__file__)).read_text("utf-8"), feature_version=(3, 8))
    imported = [node for node in tree.body if isinstance(node, (ast.Import, ast.ImportFrom))]
    names = {alias.name for node in imported for alias in node.names}
    assert "json" in names
    assert not names & {"pandas", "numpy", "pyarrow", "cursus"}
