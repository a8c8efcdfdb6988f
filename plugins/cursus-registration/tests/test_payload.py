"""The payload script: its samples fit the model, and so do those that a user brings."""

from __future__ import annotations

import argparse
import csv
import io
import json
import tarfile
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Callable
    from pathlib import Path
    from types import ModuleType

    Run = Callable[..., dict[str, str]]

BOTH = "text/csv, application/json"
JSON_SAMPLE, CSV_SAMPLE = "payload_application_json_0.json", "payload_text_csv_1.csv"
FEATURES = ["distance", "sched_dep_time", "dep_delay", "carrier", "origin", "dest"]
RECORD = {"distance": 5, "sched_dep_time": None, "dep_delay": 1, "carrier": "UA", "origin": "LGA"}
SAMPLE = json.dumps({**RECORD, "dest": "MIA"})


@pytest.fixture(scope="session")
def script(load_script: Callable[[str], ModuleType]) -> ModuleType:
    return load_script("payload")


@pytest.fixture
def run(script: ModuleType, binary_model: Path, tmp_path: Path) -> Run:
    """Run main on the binary model, or another; give the samples of the archive that it wrote."""

    def run_main(
        model: Path = binary_model, custom: Path | None = None, **environment: str
    ) -> dict[str, str]:
        inputs = {"model_input": str(model)}
        if custom is not None:
            inputs["custom_payload_input"] = str(custom)
        outputs = {"payload_sample": str(tmp_path / "out")}
        assert script.main(inputs, outputs, environment, argparse.Namespace()) is None
        with tarfile.open(tmp_path / "out" / "payload.tar.gz") as tar:
            files = {member.name: tar.extractfile(member) for member in tar}
            return {name: file.read().decode() for name, file in files.items() if file}

    return run_main


def model_of(folder: Path, **hyperparameters: Any) -> Path:
    folder.mkdir()
    (folder / "hyperparameters.json").write_text(json.dumps(hyperparameters))
    return folder


def test_each_content_type_gets_a_sample_with_all_fields_in_order(run: Run) -> None:
    samples = run(CONTENT_TYPES=BOTH)

    assert list(samples) == [JSON_SAMPLE, CSV_SAMPLE]
    record = json.loads(samples[JSON_SAMPLE])
    assert list(record) == FEATURES
    assert list(record.values()) == [0.0, 0.0, 0.0, *["DEFAULT_TEXT"] * 3]
    assert samples[CSV_SAMPLE] == "0.0,0.0,0.0,DEFAULT_TEXT,DEFAULT_TEXT,DEFAULT_TEXT\n"


@pytest.mark.parametrize(
    ("content_types", "name"),
    [("text/csv", "payload_text_csv_0.csv"), ("application/json", JSON_SAMPLE)],
)
def test_a_single_content_type_is_number_0(run: Run, content_types: str, name: str) -> None:
    assert list(run(CONTENT_TYPES=content_types)) == [name]


def test_values_come_from_the_special_field_then_the_field_defaults(
    run: Run, capsys: pytest.CaptureFixture[str]
) -> None:
    defaults = {"distance": 12, "dep_delay": "1.5", "carrier": "B6", "origin": ["JFK"], "other": 1}

    samples = run(
        CONTENT_TYPES=BOTH,
        DEFAULT_NUMERIC_VALUE="-1",
        DEFAULT_TEXT_VALUE="none, yet",
        FIELD_DEFAULTS=json.dumps(defaults),
        SPECIAL_FIELD_carrier="UA",
    )

    expected = [12, -1.0, 1.5, "UA", '["JFK"]', "none, yet"]
    assert list(json.loads(samples[JSON_SAMPLE]).values()) == expected
    assert next(csv.reader(io.StringIO(samples[CSV_SAMPLE]))) == [str(value) for value in expected]
    assert "fields that the model does not take: other" in capsys.readouterr().out


@pytest.mark.parametrize("place", ["", "job-1/output/"])
def test_the_model_may_be_an_archive(
    run: Run, binary_model: Path, tmp_path: Path, place: str
) -> None:
    archive = tmp_path / "model" / place / "model.tar.gz"
    archive.parent.mkdir(parents=True)
    with tarfile.open(archive, "w:gz") as tar:
        tar.add(binary_model, ".")

    assert run(tmp_path / "model") == run(binary_model)
    assert run(archive) == run(binary_model)


def test_samples_score_on_the_model_that_they_are_for(
    run: Run, binary_model: Path, load_script: Callable[[str], ModuleType]
) -> None:
    inference = load_script("xgboost_inference")
    model = inference.model_fn(str(binary_model))
    samples = run(CONTENT_TYPES=BOTH)

    answers = [
        inference.output_fn(inference.predict_fn(inference.input_fn(body, kind), model), accept)[0]
        for body, kind, accept in [
            (samples[JSON_SAMPLE], "application/json", "text/csv"),
            (samples[CSV_SAMPLE], "text/csv", "text/csv"),
        ]
    ]

    assert answers[0] == answers[1]
    assert 0 < float(answers[0].split(",")[0]) < 1


def test_the_same_input_gives_the_same_bytes(run: Run, tmp_path: Path) -> None:
    archives = []
    for _ in range(2):
        run(CONTENT_TYPES=BOTH)
        archives.append((tmp_path / "out" / "payload.tar.gz").read_bytes())

    assert archives[0] == archives[1]


def test_own_samples_are_taken_as_they_are(run: Run, tmp_path: Path) -> None:
    own = tmp_path / "own"
    own.mkdir()
    header = ",".join(["id", *reversed(FEATURES)])
    texts = {
        "b.csv": f"{header}\n7,MIA,LGA,UA,1,,5\n",
        "a.csv": "5,,1,UA,LGA,MIA\n",
        "a.json": f'{{"instances": [{SAMPLE}, {SAMPLE}]}}',
        ".hidden": "",
    }
    for name, text in texts.items():
        (own / name).write_text(text)

    samples = run(custom=own, CONTENT_TYPES=BOTH)

    assert samples == {
        JSON_SAMPLE: texts["a.json"],
        "payload_text_csv_1.csv": texts["a.csv"],
        "payload_text_csv_2.csv": texts["b.csv"],
    }


def test_an_own_sample_may_be_one_file(run: Run, tmp_path: Path) -> None:
    (tmp_path / "own.json").write_text(SAMPLE)

    samples = run(custom=tmp_path / "own.json", CONTENT_TYPES="application/json")

    assert samples == {JSON_SAMPLE: SAMPLE}


@pytest.mark.parametrize(
    ("name", "text", "message"),
    [
        (
            "a.json",
            json.dumps(RECORD),
            r"a\.json cannot be used: record 1 lacks 1 field\(s\): dest",
        ),
        ("a.json", "{", r"a\.json cannot be used: Expecting"),
        ("a.json", "[]", "it has no record"),
        ("a.json", "[1]", "neither a JSON object nor a list"),
        ("a.json", SAMPLE.replace("5", '"x"'), "numeric field distance cannot have the value 'x'"),
        ("a.csv", "1,2\n", "a row has 2 values for 6 fields"),
        ("a.csv", ",".join(FEATURES), "it has no record"),
        ("a.csv", "x,,1,UA,LGA,MIA", "numeric field distance cannot have the value 'x'"),
        ("a.txt", "1", r"a\.txt is no sample; give files that end in"),
    ],
)
def test_an_own_sample_that_the_model_could_not_take_is_named(
    run: Run, tmp_path: Path, name: str, text: str, message: str
) -> None:
    (tmp_path / name).write_text(text)

    with pytest.raises(ValueError, match=message):
        run(custom=tmp_path / name, CONTENT_TYPES=BOTH)


def test_each_asked_content_type_needs_an_own_sample(run: Run, tmp_path: Path) -> None:
    (tmp_path / "a.json").write_text(SAMPLE)

    with pytest.raises(ValueError, match="has no sample of text/csv; add one"):
        run(custom=tmp_path / "a.json", CONTENT_TYPES=BOTH)


def test_own_samples_that_do_not_exist_are_an_error(run: Run, tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match="own does not exist; see custom_payload_path"):
        run(custom=tmp_path / "own")


@pytest.mark.parametrize(
    ("environment", "message"),
    [
        (
            {"CONTENT_TYPES": "text/csv,image/png"},
            "CONTENT_TYPES is 'text/csv,image/png'; use some",
        ),
        ({"CONTENT_TYPES": ","}, "CONTENT_TYPES is ','"),
        ({"DEFAULT_NUMERIC_VALUE": "nan"}, "numeric field distance cannot have the value 'nan'"),
        ({"SPECIAL_FIELD_distance": "far"}, "numeric field distance cannot have the value 'far'"),
        ({"FIELD_DEFAULTS": '{"distance": true}'}, "distance cannot have the value True"),
        ({"FIELD_DEFAULTS": "{"}, "FIELD_DEFAULTS is no JSON"),
        ({"FIELD_DEFAULTS": "[]"}, "FIELD_DEFAULTS must be a JSON object"),
    ],
)
def test_an_environment_that_cannot_work_is_said(
    run: Run, environment: dict[str, str], message: str
) -> None:
    with pytest.raises(ValueError, match=message):
        run(**environment)


@pytest.mark.parametrize(
    ("hyperparameters", "message"),
    [
        ({}, "no tab_field_list and no cat_field_list"),
        ({"tab_field_list": ["a"], "cat_field_list": ["a"]}, "lists fields twice: a"),
    ],
)
def test_hyperparameters_without_usable_fields_are_an_error(
    run: Run, tmp_path: Path, hyperparameters: dict[str, Any], message: str
) -> None:
    with pytest.raises(ValueError, match=message):
        run(model_of(tmp_path / "model", **hyperparameters))


@pytest.mark.parametrize("content", [None, b"", b"{", b"[]"])
def test_hyperparameters_that_cannot_be_read_are_named(
    run: Run, tmp_path: Path, content: bytes | None
) -> None:
    (tmp_path / "model").mkdir()
    if content is not None:
        (tmp_path / "model" / "hyperparameters.json").write_bytes(content)

    with pytest.raises(ValueError, match=r"model: hyperparameters\.json (cannot be read|must be)"):
        run(tmp_path / "model")


def test_an_archive_without_hyperparameters_says_so(run: Run, tmp_path: Path) -> None:
    with tarfile.open(tmp_path / "model.tar.gz", "w:gz") as tar:
        tar.addfile(tarfile.TarInfo("model.pth"))

    with pytest.raises(ValueError, match=r"cannot be read: the archive does not hold it"):
        run(tmp_path / "model.tar.gz")


def test_two_models_below_a_folder_are_ambiguous(run: Run, tmp_path: Path) -> None:
    for job in ("job-1", "job-2"):
        (tmp_path / "model" / job).mkdir(parents=True)
        (tmp_path / "model" / job / "model.tar.gz").write_bytes(b"")

    with pytest.raises(ValueError, match=r"more than one model: job-1/model\.tar\.gz, job-2"):
        run(tmp_path / "model")


def test_it_runs_as_a_program_with_the_bundled_environment(
    run_program: Callable[..., subprocess.CompletedProcess[str]],
    binary_model: Path,
    tmp_path: Path,
) -> None:
    (tmp_path / "ml/processing/input").mkdir(parents=True)
    (tmp_path / "ml/processing/input/model").symlink_to(binary_model)
    (tmp_path / "ml/code").mkdir()
    bundled = {"FIELD_DEFAULTS": '{"carrier": "UA"}', "CONTENT_TYPES": "application/json"}
    (tmp_path / "ml/code/environment.json").write_text(json.dumps(bundled))

    done = run_program("payload", CONTENT_TYPES="text/csv")

    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("packed payload_text_csv_0.csv: ")
    with tarfile.open(tmp_path / "ml/processing/output/payload.tar.gz") as tar:
        content = tar.extractfile("payload_text_csv_0.csv")
        assert content is not None
        assert content.read() == b"0.0,0.0,0.0,UA,DEFAULT_TEXT,DEFAULT_TEXT\n"
