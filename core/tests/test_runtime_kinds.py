"""Outputs are read as their kind: what counts as there, non-empty and readable."""

from __future__ import annotations

import gzip
import json
import tarfile
from collections.abc import Callable
from pathlib import Path

import polars as pl
import pytest
from cursus.runtime.kinds import UnreadableError, numbers_of, read_kind

CSV = "id,late\n1,0\n2,1\n"


def write(folder: Path, **files: str | bytes) -> Path:
    for name, content in files.items():
        path = folder / name.replace("__", "/").replace("_dot_", ".")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return folder


def parquet(path: Path) -> None:
    pl.DataFrame({"id": [1, 2], "late": [0, 1]}).write_parquet(path)


def gzipped(path: Path) -> None:
    path.write_bytes(gzip.compress(CSV.encode()))


WRITERS: dict[str, Callable[[Path], object]] = {
    "a.csv": lambda path: path.write_text(CSV),
    "a.tsv": lambda path: path.write_text(CSV.replace(",", "\t")),
    "a.csv.gz": gzipped,
    "a.snappy.parquet": parquet,
    "a.json": lambda path: path.write_text('[{"id": 1, "late": 0}, {"id": 2, "late": 1}]'),
    "a.jsonl": lambda path: path.write_text('{"id": 1, "late": 0}\n{"id": 2, "late": 1}\n'),
}


@pytest.mark.parametrize("name", sorted(WRITERS))
def test_rows_and_columns_of_every_format_are_read(tmp_path: Path, name: str) -> None:
    WRITERS[name](tmp_path / name)
    reading = read_kind("tabular", tmp_path)
    assert (reading.rows, reading.columns, reading.files) == (2, ("id", "late"), 1)


def test_a_line_break_inside_quotes_is_no_row(tmp_path: Path) -> None:
    write(tmp_path, a_dot_csv='id,text\n1,"two\nlines"\n')
    assert read_kind("tabular", tmp_path).rows == 1


def test_splits_are_counted_one_by_one(tmp_path: Path) -> None:
    write(tmp_path, train__a_dot_csv=CSV, train__b_dot_csv=CSV, val__a_dot_csv=CSV)
    reading = read_kind("tabular splits", tmp_path)
    assert (reading.rows, reading.splits) == (6, {"train": 4, "val": 2})


def test_predictions_lie_in_the_folder_or_in_split_folders(tmp_path: Path) -> None:
    write(tmp_path, val__p_dot_csv=CSV, test__p_dot_csv=CSV, val__metrics_dot_json="{}")
    assert read_kind("predictions", tmp_path).splits == {"test": 2, "val": 2}


@pytest.mark.parametrize(
    ("kind", "files", "message"),
    [
        ("tabular", {"a_dot_csv": "id,late\n"}, "hold no rows"),
        ("tabular", {"a_dot_csv": "x"}, "hold no rows"),
        ("tabular", {"a_dot_parquet": "x"}, "no readable table"),
        ("tabular", {"a_dot_txt": "x"}, "no table"),
        ("tabular splits", {"a_dot_csv": CSV}, "no split folder"),
        ("tabular splits", {"train__a_dot_csv": CSV, "val__a_dot_csv": "id,late\n"}, "split val"),
        ("tabular splits", {"train__a_dot_csv": CSV, "val__a_dot_csv": "id\n1\n"}, "different"),
        ("metrics", {"metrics_dot_json": '{"auc": "high"}'}, "with a number"),
        ("metrics", {"metrics_dot_txt": "0.5"}, "with a number"),
        ("model", {"model_dot_tar_dot_gz": "x"}, "no readable archive"),
        ("model", {"model_dot_json": "{"}, "is not JSON"),
        ("packaged model", {"model_dot_json": "{}"}, "no .tar.gz archive"),
        ("calibration model", {"model_dot_pkl": "x"}, "no JSON file"),
        ("signature", {"signature": b"\xff\xfe"}, "not UTF-8"),
        ("anything", {"a_dot_json": "{"}, "is not JSON"),
        ("anything", {"a_dot_bin": ""}, "no bytes"),
        ("anything", {"_dot_hidden": "x"}, "holds no file"),
    ],
)
def test_what_cannot_be_read_as_its_kind_is_said(
    tmp_path: Path, kind: str, files: dict[str, str | bytes], message: str
) -> None:
    write(tmp_path, **files)
    with pytest.raises(UnreadableError, match=message):
        read_kind(kind, tmp_path)


def test_an_empty_archive_is_no_model(tmp_path: Path) -> None:
    tarfile.open(tmp_path / "model.tar.gz", "w:gz").close()
    with pytest.raises(UnreadableError, match="is empty"):
        read_kind("packaged model", tmp_path)


def test_the_same_model_packs_to_the_same_bytes(tmp_path: Path) -> None:
    from cursus.runtime.handover import pack

    one, other = write(tmp_path / "one", a="1", b__c="2"), write(tmp_path / "two", b__c="2", a="1")
    pack(one, tmp_path / "1.tar.gz")
    pack(other, tmp_path / "2.tar.gz")
    assert (tmp_path / "1.tar.gz").read_bytes() == (tmp_path / "2.tar.gz").read_bytes()
    assert read_kind("packaged model", tmp_path).files == 6


def test_numbers_are_named_by_their_path_and_only_real_ones_count(tmp_path: Path) -> None:
    path = tmp_path / "metrics.json"
    path.write_text(json.dumps({"a": {"b": 1, "c": True}, "bins": [1], "n": None}) + " ")
    assert numbers_of(path) == {"a.b": 1.0}


LINES = b'{"id": 1, "late": 0}\n' * 500
PACKED = gzip.compress(LINES, mtime=0)


@pytest.mark.parametrize("name", ["a.json.gz", "a.jsonl", "a.csv.gz", "a.tar.gz"])
@pytest.mark.parametrize(
    "content",
    [PACKED[:-12], PACKED[:20] + b"\x00\xff" * 20 + PACKED[60:], PACKED[:-8] + b"x" * 8],
    ids=["truncated", "corrupt", "wrong checksum"],
)
def test_a_damaged_file_is_named_whatever_the_damage(
    tmp_path: Path, name: str, content: bytes
) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises(UnreadableError, match=name):
        read_kind("model" if name == "a.tar.gz" else "tabular", tmp_path)


def test_an_archive_is_read_to_its_checksum(tmp_path: Path) -> None:
    from cursus.runtime.handover import pack

    pack(write(tmp_path / "model", a="1"), tmp_path / "model.tar.gz")
    data = (tmp_path / "model.tar.gz").read_bytes()
    (tmp_path / "model.tar.gz").write_bytes(data[:-8] + b"x" * 8)
    with pytest.raises(UnreadableError, match=r"model\.tar\.gz is no readable archive"):
        read_kind("model", tmp_path / "model.tar.gz")


@pytest.mark.parametrize("row", [b"1,2,3\n", b"1,\xff\n", b'1,"x\n'])
def test_a_table_is_parsed_to_its_last_value(tmp_path: Path, row: bytes) -> None:
    (tmp_path / "a.csv").write_bytes(b"id,late\n" + b"1,0\n" * 5000 + row)
    with pytest.raises(UnreadableError, match=r"a\.csv is no readable table"):
        read_kind("tabular", tmp_path)


def test_a_parquet_file_with_damaged_values_is_no_table(tmp_path: Path) -> None:
    pl.DataFrame({"id": [str(n * 7919 % 104729) for n in range(5000)]}).write_parquet(
        tmp_path / "a.parquet"
    )
    data = bytearray((tmp_path / "a.parquet").read_bytes())
    data[4:3000] = bytes(byte ^ 0x5A for byte in data[4:3000])
    (tmp_path / "a.parquet").write_bytes(data)
    with pytest.raises(UnreadableError, match=r"a\.parquet is no readable table"):
        read_kind("tabular", tmp_path)


@pytest.mark.parametrize("value", ["1" + "0" * 400, '{"a":' * 900 + "1" + "}" * 900, "[" * 100_000])
@pytest.mark.parametrize("kind", ["metrics", "model"])
def test_metrics_that_are_no_numbers_of_a_float_are_named(
    tmp_path: Path, kind: str, value: str
) -> None:
    (tmp_path / "metrics.json").write_text(f'{{"auc": {value}}}')
    with pytest.raises(UnreadableError, match=r"metrics\.json"):
        read_kind(kind, tmp_path)


def test_columns_without_any_value_are_named_by_their_folder(tmp_path: Path) -> None:
    write(tmp_path, train__a_dot_csv="id,late\n1,\n2,NaN\n", val__a_dot_csv="id,late\n1,0\n2,\n")
    pl.DataFrame({"id": [1], "late": [float("nan")]}).write_parquet(
        tmp_path / "train" / "b.parquet"
    )
    assert read_kind("tabular splits", tmp_path).blank == ("train/late",)


def test_what_predictions_hold_instead_of_a_table_is_named(tmp_path: Path) -> None:
    write(tmp_path, metrics_dot_json='{"auc": 1}')
    with pytest.raises(UnreadableError, match=r"holds metrics\.json, but no table"):
        read_kind("predictions", tmp_path)
