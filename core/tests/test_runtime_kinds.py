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
