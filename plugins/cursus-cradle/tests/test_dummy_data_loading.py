"""The script in Cradle's place on real flights in every format, and on files that are wrong."""

from __future__ import annotations

import argparse
import gzip
import json
from typing import TYPE_CHECKING

import pandas as pd
import pytest

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Callable
    from pathlib import Path
    from types import ModuleType

    Run = Callable[..., Path]

PORTS = ("DATA", "METADATA", "SIGNATURE")


@pytest.fixture(scope="session")
def script(load_script: Callable[[str], ModuleType]) -> ModuleType:
    return load_script("dummy_data_loading")


@pytest.fixture
def source(tmp_path: Path) -> Path:
    folder = tmp_path / "source"
    folder.mkdir()
    return folder


@pytest.fixture
def run(script: ModuleType, tmp_path: Path) -> Run:
    """Run main on a file or folder; give the folder that holds the folders of the three outputs."""

    def run_main(source: Path, **environment: str) -> Path:
        outputs = {port: str(tmp_path / "out" / port) for port in PORTS}
        job_args = argparse.Namespace(job_type="training")
        assert script.main({"INPUT_DATA": str(source)}, outputs, environment, job_args) is None
        return tmp_path / "out"

    return run_main


def read_shards(folder: Path) -> pd.DataFrame:
    shards = sorted(folder.iterdir())
    if shards[0].suffix == ".json":
        lines = [line for shard in shards for line in shard.read_text().splitlines()]
        return pd.DataFrame([json.loads(line) for line in lines])
    read = pd.read_csv if shards[0].suffix == ".csv" else pd.read_parquet
    return pd.concat([read(shard) for shard in shards], ignore_index=True)


def metadata(out: Path) -> dict[str, object]:
    loaded: dict[str, object] = json.loads((out / "METADATA" / "metadata.json").read_text())
    return loaded


@pytest.mark.parametrize(
    "name", ["a.csv", "a.csv.gz", "a.tsv", "a.json", "a.jsonl", "a.jsonl.gz", "a.parquet"]
)
@pytest.mark.parametrize("output_format", ["CSV", "json", "Parquet"])
def test_flights_of_any_format_come_out_as_they_went_in(
    run: Run, source: Path, flights: pd.DataFrame, name: str, output_format: str
) -> None:
    if name.endswith("parquet"):
        flights.to_parquet(source / name)
    elif ".json" in name:
        flights.to_json(source / name, orient="records", lines=True)
    else:
        flights.to_csv(source / name, index=False, sep="\t" if "tsv" in name else ",")

    out = run(source, OUTPUT_FORMAT=output_format)

    table = read_shards(out / "DATA")
    pd.testing.assert_frame_equal(table, flights, check_dtype=False)
    assert [path.name for path in (out / "DATA").iterdir()] == [
        f"part-00000.{output_format}".lower()
    ]


def test_shards_have_the_asked_number_of_rows(
    run: Run, source: Path, flights: pd.DataFrame
) -> None:
    flights.to_parquet(source / "a.parquet")

    out = run(source, WRITE_DATA_SHARDS="true", SHARD_SIZE="400")

    sizes = {path.name: len(pd.read_csv(path)) for path in sorted((out / "DATA").iterdir())}
    rest = len(flights) - 800
    assert sizes == {"part-00000.csv": 400, "part-00001.csv": 400, "part-00002.csv": rest}


def test_a_single_file_may_be_given_instead_of_a_folder(
    run: Run, source: Path, flights: pd.DataFrame
) -> None:
    flights.to_csv(source / "a.csv", index=False)
    (source / "other.csv").write_text("unrelated\n1\n")

    out = run(source / "a.csv")

    assert len(read_shards(out / "DATA")) == len(flights)


def test_metadata_and_signature_describe_the_flights(
    run: Run, source: Path, flights: pd.DataFrame
) -> None:
    flights.to_csv(source / "a.csv", index=False)

    out = run(source)

    described = metadata(out)
    assert described["rows"] == len(flights)
    assert described["columns"] == list(flights.columns)
    assert described["nulls"] == flights.isna().sum().to_dict()
    assert described["types"]["distance"] == "integer"  # type: ignore[index]
    assert described["types"]["carrier"] == "string"  # type: ignore[index]
    assert (out / "SIGNATURE" / "signature").read_text() == ",".join(flights.columns) + "\n"


def test_types_do_not_lose_what_the_text_says(run: Run, source: Path) -> None:
    (source / "a.csv").write_text(
        "code,order,count,share,flag,nothing\n"
        "007,12345678901234567890,12345678901234567,0.5,True,\n"
        "8,1,,1e3,False,\n"
    )

    out = run(source, OUTPUT_FORMAT="json")

    assert metadata(out)["types"] == {
        "code": "string",
        "order": "string",
        "count": "integer",
        "share": "float",
        "flag": "boolean",
        "nothing": "string",
    }
    first, second = (out / "DATA" / "part-00000.json").read_text().splitlines()
    assert json.loads(first)["code"] == "007"
    assert json.loads(first)["count"] == 12345678901234567
    assert json.loads(second)["count"] is None


def test_a_column_has_one_type_over_all_files(run: Run, source: Path) -> None:
    (source / "a.csv").write_text("id;n\n1;2\n")
    (source / "b.csv").write_text("n;id\n3;A7\n")

    table = read_shards(run(source, OUTPUT_FORMAT="parquet") / "DATA")

    assert table["id"].tolist() == ["1", "A7"]
    assert table["n"].tolist() == [2, 3]


def test_nested_values_are_kept_as_json(run: Run, source: Path) -> None:
    (source / "a.json").write_text('[{"a": {"b": [1, 2]}}, {"a": "text"}, {"a": null}]')

    table = read_shards(run(source) / "DATA")

    assert json.loads(table["a"][0]) == {"b": [1, 2]}
    assert table["a"][1] == "text"
    assert pd.isna(table["a"][2])


def test_the_same_input_gives_the_same_bytes(
    script: ModuleType, source: Path, flights: pd.DataFrame, tmp_path: Path
) -> None:
    flights.to_csv(source / "a.csv", index=False)

    for run_name in ("one", "two"):
        outputs = {port: str(tmp_path / run_name / port) for port in PORTS}
        args = argparse.Namespace(job_type="training")
        script.main({"INPUT_DATA": str(source)}, outputs, {"OUTPUT_FORMAT": "parquet"}, args)

    for name in ("DATA/part-00000.parquet", "METADATA/metadata.json", "SIGNATURE/signature"):
        assert (tmp_path / "one" / name).read_bytes() == (tmp_path / "two" / name).read_bytes()


UNREADABLE = {
    "empty.csv": b"",
    "long.csv": b"a,b\n" + b"1,2\n" * 99 + b"1,2,3\n",
    "wide.csv": b"a,b\n1,2,3\n",
    "twice.csv": b"a,a\n1,2\n",
    "latin.csv": b"a\n\xe9t\xe9\n",
    "plain.csv.gz": b"a,b\n1,2\n",
    "cut.csv.gz": gzip.compress(b"a,b\n" + b"1,2\n" * 999)[:-20],
    "cut.jsonl": b'{"a": 1}\n{"a":\n',
    "list.json": b"[1, 2]",
    "none.json": b"",
    "text.parquet": b"a,b\n1,2\n",
}


@pytest.mark.parametrize("name", UNREADABLE)
def test_a_file_that_cannot_be_read_is_named(run: Run, source: Path, name: str) -> None:
    (source / name).write_bytes(UNREADABLE[name])

    with pytest.raises(ValueError, match=rf"{name} cannot be read: \S"):
        run(source)


def test_a_file_with_other_columns_is_named(run: Run, source: Path) -> None:
    (source / "a.csv").write_text("a,b\n1,2\n")
    (source / "odd.csv").write_text("a,c\n1,2\n")

    with pytest.raises(ValueError, match=r"odd\.csv has other columns .*missing b; added c"):
        run(source)


def test_a_folder_without_a_table_says_what_it_holds(run: Run, source: Path) -> None:
    (source / "train").mkdir()
    (source / "notes.txt").write_text("none")

    with pytest.raises(FileNotFoundError, match=r"it holds notes\.txt, train\. Folders in it are"):
        run(source)


def test_a_source_that_does_not_exist_is_an_error(run: Run, source: Path) -> None:
    with pytest.raises(FileNotFoundError, match="nowhere does not exist; set data_source"):
        run(source / "nowhere")


@pytest.mark.parametrize(
    ("environment", "message"),
    [
        ({"OUTPUT_FORMAT": "ion"}, "OUTPUT_FORMAT is 'ion'; use one of csv, parquet, json"),
        ({"WRITE_DATA_SHARDS": "maybe"}, "WRITE_DATA_SHARDS is 'maybe'; use true or false"),
        ({"SHARD_SIZE": "0"}, "SHARD_SIZE is '0'; give a whole number from 1"),
        ({}, "has columns but no rows"),
    ],
)
def test_what_cannot_work_is_said(
    run: Run, source: Path, environment: dict[str, str], message: str
) -> None:
    (source / "a.csv").write_text("a,b\n")

    with pytest.raises(ValueError, match=message):
        run(source, **environment)


def test_it_runs_as_a_program(
    run_program: Callable[..., subprocess.CompletedProcess[str]],
    flights: pd.DataFrame,
    tmp_path: Path,
) -> None:
    (tmp_path / "ml/processing/input/data").mkdir(parents=True)
    flights.to_csv(tmp_path / "ml/processing/input/data/flights.csv", index=False)

    done = run_program("dummy_data_loading", "--job_type", "training", OUTPUT_FORMAT="PARQUET")

    assert (done.returncode, done.stderr) == (0, "")
    assert f"training: read {len(flights):,} rows from 1 file(s)" in done.stdout
    output = tmp_path / "ml/processing/output"
    written = sorted(str(path.relative_to(output)) for path in output.rglob("*.*"))
    assert written == ["data/part-00000.parquet", "metadata/metadata.json"]
    assert (output / "signature/signature").is_file()
