"""The preprocessing script on real flights and on what goes wrong with shards."""

from __future__ import annotations

import argparse
import gzip
import json
from typing import TYPE_CHECKING, Any

import pandas as pd
import pytest

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Callable
    from pathlib import Path
    from types import ModuleType

    Run = Callable[..., dict[str, pd.DataFrame]]

LABEL = {"LABEL_FIELD": "late"}


@pytest.fixture(scope="session")
def script(load_script: Callable[[str], ModuleType]) -> ModuleType:
    return load_script("tabular_preprocessing")


@pytest.fixture
def data(tmp_path: Path) -> Path:
    folder = tmp_path / "data"
    folder.mkdir()
    return folder


@pytest.fixture
def run(script: ModuleType, data: Path, tmp_path: Path) -> Run:
    """Run main on the folder `data` and read back what it wrote, by split."""

    def run_main(job_type: str = "calibration", **given: Any) -> dict[str, pd.DataFrame]:
        ports = {"DATA": str(data)}
        for port in {"DATA_SECONDARY", "SIGNATURE"}.intersection(given):
            ports[port] = str(given.pop(port))
        outputs = {"processed_data": str(tmp_path / "out")}
        job_args = argparse.Namespace(job_type=job_type)
        assert script.main(ports, outputs, given, job_args) is None
        written = sorted((tmp_path / "out").rglob("*_processed_data.*"))
        splits: dict[str, pd.DataFrame] = {}
        for path in written:
            read = pd.read_csv if path.suffix == ".csv" else pd.read_parquet
            splits[path.parent.name] = read(path)
        return splits

    return run_main


def write_shards(flights: pd.DataFrame, folder: Path, count: int = 3) -> None:
    for number in range(count):
        flights.iloc[number::count].to_csv(folder / f"part-{number:05d}.csv", index=False)


def test_training_flights_are_split_by_label_and_none_is_lost(
    run: Run, data: Path, flights: pd.DataFrame
) -> None:
    write_shards(flights, data)

    splits = run("training", **LABEL)

    labelled = flights[flights["late"].notna()]
    together = pd.concat(splits.values())
    assert sorted(together["flight_id"]) == sorted(labelled["flight_id"])
    sizes = {split: len(frame) / len(labelled) for split, frame in splits.items()}
    assert sizes == pytest.approx({"train": 0.7, "val": 0.15, "test": 0.15}, abs=0.001)
    for frame in splits.values():
        assert frame["late"].mean() == pytest.approx(labelled["late"].mean(), abs=0.002)


def test_another_job_type_gives_one_split_of_all_labelled_rows(
    run: Run, data: Path, flights: pd.DataFrame
) -> None:
    write_shards(flights, data)

    splits = run("calibration", **LABEL)

    assert list(splits) == ["calibration"]
    assert len(splits["calibration"]) == flights["late"].notna().sum()
    assert splits["calibration"]["late"].dtype == "int64"


def test_ratios_decide_the_sizes_of_the_splits(run: Run, data: Path, flights: pd.DataFrame) -> None:
    write_shards(flights, data, 1)

    splits = run("training", **LABEL, TRAIN_RATIO="0.5", TEST_VAL_RATIO="0.2")

    rows = flights["late"].notna().sum()
    assert len(splits["train"]) == pytest.approx(0.5 * rows, abs=2)
    assert len(splits["test"]) == pytest.approx(0.1 * rows, abs=2)
    assert len(splits["val"]) == pytest.approx(0.4 * rows, abs=2)


def test_the_same_input_gives_the_same_bytes(
    script: ModuleType, data: Path, flights: pd.DataFrame, tmp_path: Path
) -> None:
    write_shards(flights, data)
    args = argparse.Namespace(job_type="training")

    for out in ("one", "two"):
        script.main({"DATA": str(data)}, {"processed_data": str(tmp_path / out)}, LABEL, args)

    for split in ("train", "val", "test"):
        name = f"{split}/{split}_processed_data.csv"
        assert (tmp_path / "one" / name).read_bytes() == (tmp_path / "two" / name).read_bytes()


@pytest.mark.parametrize(
    "name", ["a.csv", "a.csv.gz", "a.tsv", "a.json", "a.json.gz", "a.parquet", "a.snappy.parquet"]
)
def test_every_format_gives_the_same_table(
    run: Run, data: Path, flights: pd.DataFrame, name: str
) -> None:
    if name.endswith("parquet"):
        flights.to_parquet(data / name)
    elif ".json" in name:
        flights.to_json(data / name, orient="records", lines=True)
    else:
        flights.to_csv(data / name, index=False, sep="\t" if "tsv" in name else ",")

    splits = run("calibration", **LABEL)

    expected = flights[flights["late"].notna()].reset_index(drop=True).astype({"late": "int64"})
    pd.testing.assert_frame_equal(splits["calibration"], expected, check_dtype=False)


def test_a_json_array_is_read_like_lines(run: Run, data: Path) -> None:
    (data / "a.json").write_text('[{"a": 1, "b": {"c": [2]}}, {"a": 2, "b": null}]')

    table = run()["calibration"]

    assert table["a"].tolist() == [1, 2]
    assert json.loads(table["b"][0]) == {"c": [2]}


@pytest.mark.parametrize("delimiter", [",", ";", "|", "\t"])
def test_the_delimiter_is_found(run: Run, data: Path, delimiter: str) -> None:
    rows = [["a", "b"], ['"1,5 | 2;3"', "x"], ["y", "z"]]
    (data / "a.csv").write_text("\n".join(delimiter.join(row) for row in rows))

    table = run()["calibration"]

    assert table.to_dict("list") == {"a": ["1,5 | 2;3", "y"], "b": ["x", "z"]}


def test_dots_come_back_into_column_names(run: Run, data: Path) -> None:
    (data / "a.csv").write_text("Abuse__DOT__count,id\n1,007\n2,008\n")

    table = run(LABEL_FIELD="Abuse__DOT__count", NUMERICAL_COLUMNS="id")["calibration"]

    assert table.to_dict("list") == {"Abuse.count": [1, 2], "id": [7, 8]}


def test_a_signature_names_the_columns_of_headerless_shards(
    run: Run, data: Path, flights: pd.DataFrame, tmp_path: Path
) -> None:
    for number in range(2):
        shard = flights.iloc[number::2]
        shard.to_csv(data / f"part-{number}.csv", index=False, header=False)
    (data / "part-2.csv").write_text("")
    (tmp_path / "signature").write_text(",".join(flights.columns))

    table = run(SIGNATURE=tmp_path / "signature", **LABEL)["calibration"]

    assert list(table.columns) == list(flights.columns)
    assert len(table) == flights["late"].notna().sum()


def test_shards_with_a_header_keep_it_though_there_is_a_signature(
    run: Run, data: Path, tmp_path: Path
) -> None:
    (data / "a.csv").write_text("b,a__DOT__x\n1,2\n")
    (tmp_path / "meta").mkdir()
    (tmp_path / "meta" / "signature").write_text("a.x,b\n")

    table = run(SIGNATURE=tmp_path / "meta")["calibration"]

    assert table.to_dict("list") == {"b": [1], "a.x": [2]}


def test_secondary_data_adds_its_rows(run: Run, data: Path, tmp_path: Path) -> None:
    (data / "a.csv").write_text("a\n1\n")
    (tmp_path / "more").mkdir()
    (tmp_path / "more" / "b.csv").write_text("a\n2\n")

    assert run(DATA_SECONDARY=tmp_path / "more")["calibration"]["a"].tolist() == [1, 2]


def test_listed_columns_are_cast_and_failures_counted(
    run: Run, data: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    rows = ["a,007,2013-01-01T10:00:00Z,1", "b,,never,x", "c,08,01/05/2013,"]
    (data / "a.csv").write_text("\n".join(["text,code,day,size", *rows]))
    casts = {"CATEGORICAL_COLUMNS": "code", "DATE_COLUMNS": "day", "NUMERICAL_COLUMNS": "size"}

    table = run(**casts, TEXT_COLUMNS="text", OUTPUT_FORMAT="Parquet")["calibration"]

    assert table["code"].dropna().tolist() == ["007", "08"]
    assert table["day"].dt.strftime("%m-%d %H").dropna().tolist() == ["01-01 10", "01-05 00"]
    assert table["size"].dropna().tolist() == [1]
    printed = capsys.readouterr().out
    assert "day: 1 value(s) are not a date, e.g. 'never'" in printed
    assert "size: 1 value(s) are not a number, e.g. 'x'" in printed


def test_a_number_that_became_a_float_is_the_same_category(run: Run, data: Path) -> None:
    pd.DataFrame({"code": [7.0, None, 7.5]}).to_parquet(data / "a.parquet")

    table = run(CATEGORICAL_COLUMNS="code", OUTPUT_FORMAT="PARQUET")["calibration"]

    assert table["code"].dropna().tolist() == ["7", "7.5"]


def test_a_column_is_text_everywhere_if_one_shard_has_text(run: Run, data: Path) -> None:
    (data / "a.csv").write_text("id,n\n007,1\n008,2\n")
    (data / "b.csv").write_text("id,n\nA1,3\n,4\n")

    table = run(OUTPUT_FORMAT="parquet")["calibration"]

    assert table["id"].dropna().tolist() == ["007", "008", "A1"]
    assert table["n"].tolist() == [1, 2, 3, 4]


def test_a_text_label_becomes_the_index_of_its_sorted_values(run: Run, data: Path) -> None:
    (data / "a.csv").write_text("a,late\n1,yes\n2,no\n3,\n4,yes\n")

    assert run(**LABEL)["calibration"].to_dict("list") == {"a": [1, 2, 4], "late": [1, 0, 1]}


@pytest.mark.parametrize("values", [("True", "", "False"), ("1.0", "", "0.0"), ("1", "", "0")])
def test_truth_and_number_labels_become_whole_numbers(
    run: Run, data: Path, values: tuple[str, ...]
) -> None:
    rows = [f"{index},{value}" for index, value in enumerate(values)]
    (data / "a.csv").write_text("\n".join(["a,late", *rows]))

    assert run(**LABEL)["calibration"].to_dict("list") == {"a": [0, 2], "late": [1, 0]}


def test_scoring_data_needs_no_label(run: Run, data: Path, flights: pd.DataFrame) -> None:
    flights.drop(columns="late").to_csv(data / "a.csv", index=False)

    assert len(run("scoring", **LABEL)["scoring"]) == len(flights)


def test_every_class_is_in_every_split_from_three_rows_on(run: Run, data: Path) -> None:
    (data / "a.csv").write_text("late\n" + "0\n" * 40 + "1\n" * 3)

    splits = run("training", **LABEL)

    assert {split: set(frame["late"]) for split, frame in splits.items()} == {
        "train": {0, 1},
        "val": {0, 1},
        "test": {0, 1},
    }


UNREADABLE = {
    "empty.csv": b"",
    "long.csv": b"a,b\n" + b"1,2\n" * 99 + b"1,2,3\n",
    "wide.csv": b"a,b\n1,2,3\n",
    "latin.csv": b"a\n\xe9t\xe9\n",
    "twice.csv": b"a.b,a__DOT__b\n1,2\n",
    "plain.csv.gz": b"a,b\n1,2\n",
    "cut.csv.gz": gzip.compress(b"a,b\n" + b"1,2\n" * 999)[:-20],
    "cut.json": b'{"a": 1}\n{"a":\n',
    "list.json": b"[1, 2]",
    "empty.json": b"",
    "text.parquet": b"a,b\n1,2\n",
}


@pytest.mark.parametrize("name", UNREADABLE)
def test_a_shard_that_cannot_be_read_is_named(run: Run, data: Path, name: str) -> None:
    (data / name).write_bytes(UNREADABLE[name])

    with pytest.raises(ValueError, match=rf"Shard .*{name} cannot be read: \S"):
        run()


@pytest.mark.parametrize("text", ["a,z\n1,2\n", "a\n1\n", "a,b,c\n1,2,3\n"])
def test_a_shard_with_other_columns_is_named(run: Run, data: Path, text: str) -> None:
    (data / "a.csv").write_text("a,b\n1,2\n")
    (data / "odd.csv").write_text(text)

    with pytest.raises(ValueError, match=r"Shard .*odd\.csv has other columns"):
        run()


def test_a_headerless_shard_of_another_width_than_the_signature_is_named(
    run: Run, data: Path, tmp_path: Path
) -> None:
    (data / "a.csv").write_text("1,2,3\n")
    (tmp_path / "signature").write_text("a,b")

    with pytest.raises(ValueError, match=r"Shard .*a\.csv .*2 columns are named"):
        run(SIGNATURE=tmp_path / "signature")


def test_a_folder_without_shards_says_what_it_holds(run: Run, data: Path) -> None:
    (data / "_SUCCESS").write_text("")
    (data / "notes.txt").write_text("none")

    with pytest.raises(FileNotFoundError, match=r"holds no shard .* it holds _SUCCESS, notes\.txt"):
        run()


@pytest.mark.parametrize(
    ("job_type", "environment", "message"),
    [
        ("training", {}, "LABEL_FIELD is not set"),
        ("training", {"LABEL_FIELD": "lat"}, r"LABEL_FIELD names no column: lat \(did you mean la"),
        ("training", LABEL, r"Too few rows for a split by late: 1 of 2 classes .*\(1: 1\)"),
        ("training", {**LABEL, "TRAIN_RATIO": "1.0"}, "TRAIN_RATIO is '1.0'"),
        ("training", {**LABEL, "TEST_VAL_RATIO": "half"}, "TEST_VAL_RATIO is 'half'"),
        ("testing", {"LABEL_FIELD": "share"}, "1 labels in share are no whole numbers, e.g. 0.5"),
        ("testing", {"LABEL_FIELD": "none"}, "No row is left"),
        ("testing", {"NUMERICAL_COLUMNS": "shares, x"}, r"shares \(did you mean share\?\), x"),
        ("testing", {"TEXT_COLUMNS": "late", "DATE_COLUMNS": "late"}, "more than one .*: late"),
        ("testing", {"OUTPUT_FORMAT": "ion"}, "OUTPUT_FORMAT is 'ion'"),
        ("../testing", {}, r"--job_type is '\.\./testing'"),
    ],
)
def test_what_cannot_work_is_said(
    run: Run, data: Path, job_type: str, environment: dict[str, str], message: str
) -> None:
    (data / "a.csv").write_text("late,share,none\n0,0.5,\n0,1,\n0,2,\n1,3,\n")

    with pytest.raises(ValueError, match=message):
        run(job_type, **environment)


def test_it_runs_as_a_program_with_the_bundled_environment(
    run_program: Callable[..., subprocess.CompletedProcess[str]],
    flights: pd.DataFrame,
    tmp_path: Path,
) -> None:
    (tmp_path / "ml/processing/input/data").mkdir(parents=True)
    write_shards(flights, tmp_path / "ml/processing/input/data")
    (tmp_path / "ml/code").mkdir()
    (tmp_path / "ml/code/environment.json").write_text('{"LABEL_FIELD": "late"}')

    done = run_program("tabular_preprocessing", "--job_type", "training", DATE_COLUMNS="time_hour")

    assert (done.returncode, done.stderr) == (0, "")
    assert "read 4,010 rows x 21 columns from 3 shard(s)" in done.stdout
    assert "dropped 119 rows without late" in done.stdout
    written = sorted((tmp_path / "ml/processing/output").rglob("*.csv"))
    assert [path.parent.name for path in written] == ["test", "train", "val"]
