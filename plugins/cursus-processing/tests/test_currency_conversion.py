"""Fares of real flights in several currencies, against a computation by hand, and what is refused."""

from __future__ import annotations

import argparse
import ast
import json
import math
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

if TYPE_CHECKING:
    import subprocess

    Program = Callable[..., subprocess.CompletedProcess[str]]

RATES = {"USD": 1.0, "EUR": 0.9, "JPY": 150}
INFO = {"1": {"currency_code": "USD"}, "3": {"currency_code": "EUR"}, "6": {"currency_code": "JPY"}}
CODES = {
    "CURRENCY_CONVERSION_VARS": '["fare", "tax"]',
    "CURRENCY_CONVERSION_DICT": json.dumps(RATES),
    "CURRENCY_CODE_FIELD": "currency",
}
SHOPS = {
    **{name: CODES[name] for name in ("CURRENCY_CONVERSION_VARS", "CURRENCY_CONVERSION_DICT")},
    "MARKETPLACE_ID_FIELD": "shop",
    "MARKETPLACE_INFO": json.dumps(INFO),
}
SPLITS = ("train", "val", "test")


@pytest.fixture(scope="session")
def script(load_script: Callable[[str], ModuleType]) -> ModuleType:
    return load_script("currency_conversion")


@pytest.fixture
def fares(flights: pd.DataFrame) -> pd.DataFrame:
    """Give each flight a fare by its distance, a tax with gaps, and the currency of its airport."""
    frame = flights[["flight_id", "origin", "distance", "arr_delay", "late"]].copy()
    places = frame["origin"].map({"JFK": 0, "LGA": 1, "EWR": 2})
    frame["currency"] = places.map(dict(enumerate(["USD", "EUR", "JPY"])))
    frame["shop"] = places.map(dict(enumerate([1.0, 3.0, 6.0])))
    frame["fare"] = (frame["distance"] * 0.13).round(2) * places.map({0: 1, 1: 0.9, 2: 150})
    frame["tax"] = frame["arr_delay"]
    return frame


def by_hand(frame: pd.DataFrame, column: str) -> pd.Series:
    return frame[column] / frame["currency"].map(RATES)


def write(frames: dict[str, pd.DataFrame], folder: Path, kind: str = "csv") -> Path:
    for split, frame in frames.items():
        path = folder / split / f"{split}_processed_data.{kind}"
        path.parent.mkdir(parents=True, exist_ok=True)
        if kind == "parquet":
            frame.to_parquet(path, index=False)
        else:
            frame.to_csv(path, index=False, sep="\t" if kind == "tsv" else ",")
    return folder


def read(path: Path) -> pd.DataFrame:
    if path.suffix == ".parquet":
        return pd.read_parquet(path)
    return pd.read_csv(path, sep="\t" if path.suffix == ".tsv" else ",")


def convert(
    script: ModuleType, frame: pd.DataFrame, folder: Path, **environment: str
) -> pd.DataFrame:
    """Run main on one split, calibration, and read back what it wrote."""
    source = write({"calibration": frame}, folder / "in")
    outputs = {"processed_data": str(folder / "out")}
    job_args = argparse.Namespace(job_type="calibration")
    assert script.main({"input_data": str(source)}, outputs, environment, job_args) is None
    return read(folder / "out" / "calibration" / "calibration_processed_data.csv")


def test_a_training_job_in_its_container_divides_every_amount_by_its_rate(
    run_program: Program, fares: pd.DataFrame, tmp_path: Path
) -> None:
    folder = tmp_path / "ml" / "processing"
    parts = {split: fares.iloc[number::3] for number, split in enumerate(SPLITS)}
    write(parts, folder / "input" / "data")

    done = run_program("currency_conversion", "--job_type", "training", **CODES)

    assert done.returncode == 0, done.stderr
    for split, before in parts.items():
        after = read(folder / "output" / split / f"{split}_processed_data.csv")
        for name in ("fare", "tax"):
            np.testing.assert_allclose(after[name], by_hand(before, name), rtol=1e-14)
        assert after["fare"].max() < 0.13 * before["distance"].max() + 0.01
        assert f"{split}: tax is missing in {before['tax'].isna().sum()} rows" in done.stdout


def test_long_tables_reach_the_program_through_the_file_beside_it(
    run_program: Program, fares: pd.DataFrame, tmp_path: Path
) -> None:
    folder = tmp_path / "ml" / "processing"
    write({"testing": fares}, folder / "input" / "data")
    many = {**RATES, **{f"X{number:03d}": number + 1.0 for number in range(500)}}
    code = tmp_path / "ml" / "code"
    code.mkdir(parents=True)
    (code / "environment.json").write_text(
        json.dumps({"CURRENCY_CONVERSION_DICT": json.dumps(many)})
    )
    short = {name: text for name, text in CODES.items() if name != "CURRENCY_CONVERSION_DICT"}

    done = run_program("currency_conversion", "--job_type", "testing", **short)

    assert done.returncode == 0, done.stderr
    after = read(folder / "output" / "testing" / "testing_processed_data.csv")
    np.testing.assert_allclose(after["fare"], by_hand(fares, "fare"), rtol=1e-14)


@pytest.mark.parametrize("kind", ["csv", "tsv", "parquet"])
def test_every_format_is_kept(
    script: ModuleType, fares: pd.DataFrame, tmp_path: Path, kind: str
) -> None:
    source = write({"testing": fares}, tmp_path / "in", kind)
    out = {"processed_data": str(tmp_path / "out")}

    script.main({"input_data": str(source)}, out, CODES, argparse.Namespace(job_type="testing"))

    (path,) = (tmp_path / "out").rglob("*.*")
    assert path == tmp_path / "out" / "testing" / f"testing_processed_data.{kind}"
    wanted = fares.assign(fare=by_hand(fares, "fare"), tax=by_hand(fares, "tax"))
    pd.testing.assert_frame_equal(read(path), wanted, check_dtype=kind == "parquet")


def test_cells_that_are_not_converted_keep_their_text(script: ModuleType, tmp_path: Path) -> None:
    folder = tmp_path / "in" / "testing"
    folder.mkdir(parents=True)
    text = 'id,currency,fare,tax,note\n007,EUR,9,-1.8,"a, ""b"""\n1e5, usd ,,0,NA\n'
    (folder / "testing_processed_data.csv").write_text(text, "utf-8")
    outputs, args = (
        {"processed_data": str(tmp_path / "out")},
        argparse.Namespace(job_type="testing"),
    )

    script.main({"input_data": str(tmp_path / "in")}, outputs, CODES, args)

    written = (tmp_path / "out" / "testing" / "testing_processed_data.csv").read_text("utf-8")
    assert written == text.replace("9,-1.8", "10.0,-2.0").replace(",,0,", ",,0.0,")


def test_a_marketplace_says_the_currency_and_rows_without_one_are_dropped(
    script: ModuleType, fares: pd.DataFrame, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    gaps = fares.index % 10 == 0

    after = convert(script, fares.assign(shop=fares["shop"].mask(gaps)), tmp_path, **SHOPS)

    kept = fares[~gaps]
    assert after["flight_id"].tolist() == kept["flight_id"].tolist()
    np.testing.assert_allclose(after["fare"], by_hand(kept, "fare"), rtol=1e-14)
    dropped = f"calibration: {gaps.sum():,} rows dropped: no marketplace id"
    assert dropped in capsys.readouterr().out


def test_the_code_of_a_row_wins_over_its_marketplace_which_fills_gaps(
    script: ModuleType, tmp_path: Path
) -> None:
    frame = pd.DataFrame(
        {"currency": ["JPY", None, "EUR", None], "shop": [3, 3, None, None], "fare": 90, "tax": 9}
    )
    both = {**SHOPS, "CURRENCY_CODE_FIELD": "currency"}

    after = convert(script, frame, tmp_path, **both)

    assert after["fare"].tolist() == [0.6, 100.0, 100.0]


def test_an_empty_code_is_the_default_currency(
    script: ModuleType, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    frame = pd.DataFrame({"currency": ["JPY", None], "fare": 90, "tax": 9})
    assert convert(script, frame, tmp_path, **CODES)["fare"].tolist() == [0.6, 90]
    euro = convert(script, frame, tmp_path, **CODES, DEFAULT_CURRENCY="eur")
    assert euro["fare"].tolist() == [0.6, 100]
    assert "1 rows without a currency code, which are in the default" in capsys.readouterr().out


def test_the_default_currency_needs_no_rate(script: ModuleType, tmp_path: Path) -> None:
    frame = pd.DataFrame({"currency": ["EUR", "GBP"], "fare": 90, "tax": 9})
    told = {**CODES, "CURRENCY_CONVERSION_DICT": '{"eur": 0.9}', "DEFAULT_CURRENCY": "GBP"}
    assert convert(script, frame, tmp_path, **told)["fare"].tolist() == [100, 90]


def test_amounts_in_an_unknown_currency_become_missing_and_are_reported(
    script: ModuleType, fares: pd.DataFrame, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    frame = fares.assign(currency=fares["currency"].replace("JPY", "XYZ"))

    after = convert(script, frame, tmp_path, **CODES)

    unknown = frame["currency"] == "XYZ"
    assert after["fare"].isna().tolist() == unknown.tolist()
    wanted = by_hand(frame, "fare")[~unknown]
    np.testing.assert_allclose(after["fare"][~unknown], wanted, rtol=1e-14)
    printed = capsys.readouterr().out
    assert f"{unknown.sum():,} rows without a rate, their amounts become missing" in printed
    assert f"XYZ: {unknown.sum():,}" in printed


def test_amounts_in_an_unknown_currency_stay_where_that_is_asked_for(
    script: ModuleType, fares: pd.DataFrame, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    frame = fares.assign(shop=fares["shop"].replace(6.0, 77.0))

    after = convert(script, frame, tmp_path, **SHOPS, SKIP_INVALID_CURRENCIES="true")

    unknown = frame["shop"] == 77
    assert after["fare"][unknown].tolist() == frame["fare"][unknown].tolist()
    assert f"marketplace 77: {unknown.sum():,}" in capsys.readouterr().out


def test_no_row_with_a_rate_is_an_error(
    script: ModuleType, fares: pd.DataFrame, tmp_path: Path
) -> None:
    told = {**CODES, "CURRENCY_CODE_FIELD": "origin"}
    with pytest.raises(ValueError, match=r"No row is in a currency with a rate; .* EWR: "):
        convert(script, fares, tmp_path, **told)
    assert list((tmp_path / "out").iterdir()) == []


amounts = st.lists(st.one_of(st.none(), st.floats(-1e12, 1e12)), min_size=1, max_size=30)


@settings(max_examples=60, deadline=None)
@given(cells=amounts, rates=st.lists(st.floats(1e-6, 1e6), min_size=30, max_size=30))
def test_an_amount_times_its_rate_is_what_it_was(
    script: ModuleType, cells: list[float | None], rates: list[float]
) -> None:
    texts = [None if cell is None else repr(cell) for cell in cells]
    for after, before, rate in zip(script.divide("", texts, rates), cells, rates, strict=False):
        if before is None:
            assert after is None
        else:
            assert math.isclose(after * rate, before, rel_tol=1e-12, abs_tol=1e-300)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"CURRENCY_CONVERSION_VARS": "fare"}, "CURRENCY_CONVERSION_VARS is 'fare', not a JSON"),
        ({"CURRENCY_CONVERSION_VARS": "[]"}, r"CURRENCY_CONVERSION_VARS is \[\], not a JSON list"),
        ({"CURRENCY_CONVERSION_VARS": '["tax", "tax"]'}, "'tax' would be converted twice"),
        ({"CURRENCY_CONVERSION_VARS": '["fair"]'}, r"lacks .* fair \(did you mean fare\?\)"),
        ({"CURRENCY_CONVERSION_VARS": '["currency"]'}, "the code 'currency' is no amount"),
        ({"CURRENCY_CONVERSION_VARS": '["origin"]'}, "origin holds .* such as '[A-Z]{3}'; mend"),
        ({"LABEL_FIELD": "fare"}, "the label 'fare' is no amount"),
        ({"CURRENCY_CONVERSION_DICT": "{}"}, "CURRENCY_CONVERSION_DICT is no JSON object"),
        ({"CURRENCY_CONVERSION_DICT": "[1]"}, "CURRENCY_CONVERSION_DICT is no JSON object"),
        ({"CURRENCY_CONVERSION_DICT": '{"EUR": 0}'}, "the rate of EUR is 0, not a number above"),
        ({"CURRENCY_CONVERSION_DICT": '{"EUR": -2}'}, "the rate of EUR is -2, not a number"),
        ({"CURRENCY_CONVERSION_DICT": '{"EUR": NaN}'}, "the rate of EUR is nan"),
        ({"CURRENCY_CONVERSION_DICT": '{"EUR": "1"}'}, "the rate of EUR is '1'"),
        ({"CURRENCY_CONVERSION_DICT": '{"EUR": 1, "eur": 2}'}, "has EUR twice"),
        ({"CURRENCY_CODE_FIELD": ""}, "neither CURRENCY_CODE_FIELD nor MARKETPLACE_ID_FIELD"),
        ({"MARKETPLACE_ID_FIELD": "shop"}, "MARKETPLACE_INFO knows no marketplace"),
        ({"MARKETPLACE_INFO": "[]"}, "MARKETPLACE_INFO is no JSON object"),
        ({"MARKETPLACE_INFO": '{"1": {}, "2": 5}'}, "gives 1 no .*; MARKETPLACE_INFO gives 2 no"),
        ({"MARKETPLACE_INFO": '{"1": {}, "1.0": {}}'}, "MARKETPLACE_INFO has 1 twice"),
        ({"SKIP_INVALID_CURRENCIES": "yes"}, "SKIP_INVALID_CURRENCIES is 'yes', not true"),
    ],
)
def test_wrong_settings_are_refused(
    script: ModuleType,
    fares: pd.DataFrame,
    tmp_path: Path,
    changes: dict[str, Any],
    message: str,
) -> None:
    with pytest.raises(ValueError, match=message):
        convert(script, fares, tmp_path, **{**CODES, **changes})


def test_amounts_that_are_text_or_decimals_in_parquet_are_converted(
    script: ModuleType, tmp_path: Path
) -> None:
    amounts = {"fare": ["90", "", None], "tax": [Decimal("9.00"), Decimal("-9.00"), None]}
    frame = pd.DataFrame({"currency": "EUR", **amounts, "id": [1, None, 3]}).astype({"id": "Int64"})
    source = write({"testing": frame}, tmp_path / "in", "parquet")
    outputs, args = (
        {"processed_data": str(tmp_path / "out")},
        argparse.Namespace(job_type="testing"),
    )

    script.main({"input_data": str(source)}, outputs, CODES, args)

    path = tmp_path / "out" / "testing" / "testing_processed_data.parquet"
    after = pd.read_parquet(path, dtype_backend="numpy_nullable")
    assert after["fare"].tolist() == [100.0, pd.NA, pd.NA]
    assert after["tax"].tolist() == [10.0, -10.0, pd.NA]
    assert after["id"].tolist() == [1, pd.NA, 3]
    assert str(after["id"].dtype) == "Int64"


@pytest.mark.parametrize(
    ("cells", "message"),
    [([[1.0]], "column 'fare' must hold plain values"), (None, "parquet cannot be read")],
)
def test_an_unusable_parquet_file_is_refused(
    script: ModuleType, tmp_path: Path, cells: list[Any] | None, message: str
) -> None:
    frame = pd.DataFrame({"currency": ["EUR"], "fare": cells or [1.0], "tax": [1.0]})
    source = write({"testing": frame}, tmp_path / "in", "parquet")
    if cells is None:
        (source / "testing" / "testing_processed_data.parquet").write_bytes(b"PAR1")
    outputs, args = (
        {"processed_data": str(tmp_path / "out")},
        argparse.Namespace(job_type="testing"),
    )
    with pytest.raises(ValueError, match=message):
        script.main({"input_data": str(source)}, outputs, CODES, args)


def test_no_row_with_a_marketplace_is_an_error(
    script: ModuleType, fares: pd.DataFrame, tmp_path: Path
) -> None:
    with pytest.raises(ValueError, match=r"No row of .*calibration_processed_data.csv is left"):
        convert(script, fares.assign(shop=None), tmp_path, **SHOPS)


def test_a_failure_in_the_last_split_leaves_no_split_behind(
    run_program: Program, fares: pd.DataFrame, tmp_path: Path
) -> None:
    folder = tmp_path / "ml" / "processing"
    parts = {"train": fares, "val": fares, "test": fares.assign(fare="12,50")}
    write(parts, folder / "input" / "data")

    done = run_program("currency_conversion", "--job_type", "training", **CODES)

    assert done.returncode == 1
    assert "test_processed_data.csv: fare holds 4,010 value(s) that are no finite" in done.stderr
    assert "such as '12,50'" in done.stderr
    assert list((folder / "output").iterdir()) == []


def test_a_split_that_is_missing_is_an_error_that_says_what_is_there(
    script: ModuleType, fares: pd.DataFrame, tmp_path: Path
) -> None:
    source = write({"train": fares, "val": fares}, tmp_path / "in")
    args = argparse.Namespace(job_type="training")
    with pytest.raises(FileNotFoundError, match=r"in/test must hold .* holds train, val"):
        script.main({"input_data": str(source)}, {"processed_data": str(tmp_path)}, CODES, args)


def test_the_script_is_python_3_8_and_needs_no_library_for_text_files(script: ModuleType) -> None:
    tree = ast.parse(Path(str(script.__file__)).read_text("utf-8"), feature_version=(3, 8))
    imported = [node for node in tree.body if isinstance(node, (ast.Import, ast.ImportFrom))]
    names = {alias.name for node in imported for alias in node.names}
    assert "json" in names
    assert not names & {"pandas", "numpy", "pyarrow", "cursus"}
