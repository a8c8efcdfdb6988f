"""An account on this machine for SDK v3: moto's server, with the role and the bucket of the tests."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import importlib_metadata
import pytest
from cursus.catalog import read_catalog
from cursus.dag import PipelineDAG
from cursus.kernel.plugins import load_plugins
from cursus.pipeline import Definition, compile_dag_to_pipeline

HERE = Path(__file__).parent
ROLE = "arn:aws:iam::123456789012:role/Pipeline"
REGION = "us-east-1"
TRUST = {
    "Version": "2012-10-17",
    "Statement": [
        {
            "Effect": "Allow",
            "Principal": {"Service": "sagemaker.amazonaws.com"},
            "Action": "sts:AssumeRole",
        }
    ],
}
SHARED = {
    "author": "ada",
    "bucket": "team-bucket",
    "role": ROLE,
    "region": "NA",
    "service_name": "Flights",
    "pipeline_version": "1.0.0",
    "framework_version": "1.7-1",
    "source_dir": "src",
}
FEATURES = {"full_field_list": ["id", "late", "day"], "tab_field_list": ["day"]}
LABELS = {"id_name": "id", "label_name": "late", "multiclass_categories": [0, 1]}
MODEL = {**FEATURES, **LABELS, "cat_field_list": [], "num_round": 5, "max_depth": 3}
CONFIGS: dict[str, dict[str, Any]] = {
    "DummyDataLoading_training": {"job_type": "training", "data_source": "s3://lake/flights"},
    "TabularPreprocessing_training": {
        "job_type": "training",
        "label_name": "late",
        "processing_entry_point": "prepare.py",
        "enable_caching": True,
    },
    "XGBoostTraining": {"training_entry_point": "train.py", "hyperparameters": MODEL},
    "XGBoostModel": {"entry_point": "serve.py"},
    "BatchTransform_testing": {"job_type": "testing"},
}
CLASSES = {
    "DummyDataLoading_training": "DummyDataLoadingConfig",
    "TabularPreprocessing_training": "TabularPreprocessingConfig",
    "XGBoostTraining": "XGBoostTrainingConfig",
    "XGBoostModel": "XGBoostModelStepConfig",
    "BatchTransform_testing": "BatchTransformStepConfig",
}
EDGES = [
    ("DummyDataLoading_training", "TabularPreprocessing_training"),
    ("TabularPreprocessing_training", "XGBoostTraining"),
    ("XGBoostTraining", "XGBoostModel"),
    ("XGBoostModel", "BatchTransform_testing"),
    ("TabularPreprocessing_training", "BatchTransform_testing"),
]


def has_sdk_3() -> bool:
    try:
        importlib_metadata.distribution("sagemaker-mlops")
    except importlib_metadata.PackageNotFoundError:
        return False
    return True


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Run nothing here without SDK v3, which cannot be installed beside v2."""
    missing = pytest.mark.skipif(not has_sdk_3(), reason="SDK v3 is not installed: nox -s sdk3")
    for item in items:
        if item.path.is_relative_to(HERE):
            item.add_marker(pytest.mark.server)
            item.add_marker(missing)


@dataclass(frozen=True)
class Account:
    """What the tests ask of AWS behind the SDK's back."""

    s3: Any
    sagemaker: Any


@pytest.fixture(scope="session")
def account(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Account]:
    """Start moto's server, make the role and the bucket, and send every client of this process there."""
    with pytest.MonkeyPatch.context() as patch:
        patch_environment(patch, tmp_path_factory.mktemp("aws"))
        with moto_server() as url:
            patch.setenv("AWS_ENDPOINT_URL", url)
            yield make_account()


def patch_environment(patch: pytest.MonkeyPatch, folder: Path) -> None:
    for name in [name for name in os.environ if name.startswith("AWS_")]:
        patch.delenv(name)
    settings = {
        "AWS_ACCESS_KEY_ID": "key",
        "AWS_SECRET_ACCESS_KEY": "secret",
        "AWS_REGION": REGION,
        "AWS_DEFAULT_REGION": REGION,  # the SDK cannot be imported without one
        "AWS_EC2_METADATA_DISABLED": "true",
        "SAGEMAKER_VALIDATE_ROLE": "false",  # the SDK would simulate the role's policies, which moto cannot
        "AWS_CONFIG_FILE": str(folder / "config"),
        "AWS_SHARED_CREDENTIALS_FILE": str(folder / "credentials"),
    }
    for name, value in settings.items():
        patch.setenv(name, value)


@contextmanager
def moto_server() -> Iterator[str]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [sys.executable, "-m", "moto.server", "-H", "127.0.0.1", "-p", str(port)]
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    with subprocess.Popen(command, **quiet) as server:  # type: ignore[call-overload]
        until = time.monotonic() + 60
        while server.poll() is None and not is_listening(port) and time.monotonic() < until:
            time.sleep(0.1)
        yield f"http://127.0.0.1:{port}"
        server.kill()


def is_listening(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def make_account() -> Account:
    import boto3

    trust = json.dumps(TRUST)
    boto3.client("iam").create_role(
        RoleName=ROLE.rpartition("/")[2], AssumeRolePolicyDocument=trust
    )
    s3 = boto3.client("s3")
    s3.create_bucket(Bucket="team-bucket")
    return Account(s3=s3, sagemaker=boto3.client("sagemaker"))


@dataclass(frozen=True)
class Sdk:
    """The SDK's side: the session, and the pipeline's parameters as the SDK's objects."""

    session: Any
    parameters: tuple[Any, Any, Any, Any]

    def join(self, *parts: Any) -> Any:
        from sagemaker.core.workflow.functions import Join

        return Join(on="/", values=list(parts))

    def property_of(self, step: str, path: str) -> Any:
        """Give an SDK object for a property of a step that this test does not build."""
        from sagemaker.core.workflow.properties import Properties

        return Properties(step_name=step, path=path)

    def processed_data(self) -> Any:
        path = "ProcessingOutputConfig.Outputs['processed_data'].S3Output.S3Uri"
        return self.property_of("TabularPreprocessing-Training", path)

    def archive(self, step: str, output: str, file: str) -> Any:
        """Give the location of an archive in a step's output."""
        path = f"ProcessingOutputConfig.Outputs['{output}'].S3Output.S3Uri"
        return self.join(self.property_of(step, path), file)

    def request_of(self, step: Any) -> dict[str, Any]:
        text = json.dumps(step.to_request(), default=lambda value: value.expr)
        request: dict[str, Any] = json.loads(text)
        return request


@pytest.fixture(scope="session")
def sdk(account: Account) -> Sdk:
    import boto3
    from sagemaker.core.workflow.parameters import ParameterString
    from sagemaker.core.workflow.pipeline_context import PipelineSession

    assert account.s3 is not None
    modules = {"SageMaker": {"PythonSDK": {"Modules": {"TelemetryOptOut": True}}}}
    session = PipelineSession(
        boto_session=boto3.Session(),
        default_bucket="team-bucket",
        sagemaker_config={"SchemaVersion": "1.0", **modules},
    )
    names = ("EXECUTION_S3_PREFIX", "KMS_ENCRYPTION_KEY_PARAM", "SECURITY_GROUP_ID", "VPC_SUBNET")
    prefix, key, group, subnet = (ParameterString(name=name) for name in names)
    return Sdk(session=session, parameters=(prefix, key, group, subnet))


@pytest.fixture(scope="session")
def definition(tmp_path_factory: pytest.TempPathFactory) -> Definition:
    """Compile one step of each kind, in a project with three scripts of its own."""
    folder = tmp_path_factory.mktemp("project")
    (folder / "src").mkdir()
    for name in ("prepare.py", "train.py", "serve.py"):
        (folder / "src" / name).write_text("print(1)\n", "utf-8")
    text = {"shared": SHARED, "specific": CONFIGS, "metadata": {"config_types": CLASSES}}
    (folder / "config.json").write_text(json.dumps(text), "utf-8")
    return compile_dag_to_pipeline(PipelineDAG([], EDGES), folder / "config.json")


@pytest.fixture(scope="session")
def ours(definition: Definition) -> dict[str, Any]:
    return {step["Name"]: step for step in definition.to_dict()["Steps"]}


@pytest.fixture(scope="session")
def registration(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """Compile the catalog's complete pipeline and give its last step."""
    entry = read_catalog(load_plugins()).find("xgboost_complete_e2e").entry
    config = tmp_path_factory.mktemp("catalog") / "config.json"
    config.write_text(json.dumps(entry.config), "utf-8")
    step: dict[str, Any] = compile_dag_to_pipeline(entry.dag(), config).to_dict()["Steps"][-1]
    return step
