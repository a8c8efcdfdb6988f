"""Pipeline parameters in every form in which an external system may pass them."""

from __future__ import annotations

from collections.abc import Iterator
from enum import Enum
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from cursus.errors import DefinitionError
from cursus.paths import (
    FIXED,
    KMS_KEY,
    PREFIX,
    SECURITY_GROUP,
    SUBNET,
    Parameter,
    PipelineParameters,
)
from cursus.pipeline.parameters import read_parameters


class SdkType(Enum):
    STRING = "String"
    INTEGER = "Integer"


def sdk_parameter(name: str, kind: SdkType = SdkType.STRING, default: Any = None) -> Any:
    """Give an object with the attributes that parameters of SDK v2 and v3 have."""
    return SimpleNamespace(name=name, parameter_type=kind, default_value=default, enum_values=None)


def policy(**fields: Any) -> Any:
    """Give an object with the attributes of an SDK NetworkConfig that is made of parameters."""
    groups, subnets = [sdk_parameter("SECURITY_GROUP_ID")], [sdk_parameter("VPC_SUBNET")]
    return SimpleNamespace(security_group_ids=groups, subnets=subnets, **fields)


def test_without_a_list_the_pipeline_has_all_four() -> None:
    given = read_parameters(None)
    assert given.standard == PipelineParameters()
    assert given.extra == ()


def test_an_empty_list_and_a_fixed_pipeline_have_none() -> None:
    assert read_parameters([]).standard == FIXED
    assert read_parameters(None, portable=False).standard == FIXED


@pytest.mark.parametrize("name", ["PIPELINE_EXECUTION_TEMP_DIR", "EXECUTION_S3_PREFIX"])
def test_the_prefix_is_known_by_its_symbol_and_its_name(name: str) -> None:
    assert read_parameters([name]).standard == PipelineParameters(
        prefix=PREFIX, kms_key=None, security_group=None, subnet=None
    )


def test_the_network_symbol_stands_for_group_and_subnet() -> None:
    standard = read_parameters(["PROCESSING_JOB_SHARED_NETWORK_CONFIG"]).standard
    assert (standard.security_group, standard.subnet) == (SECURITY_GROUP, SUBNET)
    assert standard.prefix is None


def test_a_uri_is_the_prefix_itself_without_its_last_slash() -> None:
    assert read_parameters(["s3://bucket/run/"]).standard.prefix == "s3://bucket/run"


def test_a_pair_gives_a_default() -> None:
    standard = read_parameters([("EXECUTION_S3_PREFIX", "s3://bucket/run/")]).standard
    assert standard.prefix == Parameter(name="EXECUTION_S3_PREFIX", default="s3://bucket/run")
    assert read_parameters({"KMS_ENCRYPTION_KEY_PARAM": "key"}).standard.kms_key == Parameter(
        name="KMS_ENCRYPTION_KEY_PARAM", default="key"
    )


def test_our_own_and_the_sdks_objects_are_the_same() -> None:
    ours = read_parameters([PREFIX, KMS_KEY, Parameter(name="ROUNDS", type="Integer", default=5)])
    theirs = read_parameters(
        [
            sdk_parameter("EXECUTION_S3_PREFIX"),
            sdk_parameter("KMS_ENCRYPTION_KEY_PARAM"),
            sdk_parameter("ROUNDS", SdkType.INTEGER, 5),
        ]
    )
    assert ours == theirs
    assert ours.extra == (Parameter(name="ROUNDS", type="Integer", default=5),)


def test_a_network_policy_made_of_parameters_is_read() -> None:
    shared = policy(enable_network_isolation=False, encrypt_inter_container_traffic=True)
    standard = read_parameters([shared]).standard
    assert (standard.security_group, standard.subnet) == (SECURITY_GROUP, SUBNET)


def test_one_parameter_alone_is_a_list_of_one() -> None:
    for given in (PREFIX, "EXECUTION_S3_PREFIX", sdk_parameter("EXECUTION_S3_PREFIX")):
        assert read_parameters(given).standard.prefix == PREFIX


@pytest.mark.parametrize(
    ("given", "name", "portable", "message"),
    [
        (["KMS_ENCRYPTION_KEY_PARAM"], None, False, "not portable has no parameters, but KMS_ENC"),
        (None, "TeamPrefix", False, "not portable has no parameters, but TeamPrefix"),
        (["KMS_ENCRYPTION_KEY_PARAM"], "TeamPrefix", True, "called TeamPrefix, but the pipeline"),
        (["s3://bucket/run"], "TeamPrefix", True, "called TeamPrefix, but the pipeline has none"),
        ([], "TeamPrefix", True, "called TeamPrefix, but the pipeline has none"),
    ],
)
def test_nothing_that_is_given_is_silently_ignored(
    given: Any, name: str | None, *, portable: bool, message: str
) -> None:
    with pytest.raises(DefinitionError, match=message):
        read_parameters(given, portable=portable, prefix_name=name)


@pytest.mark.parametrize("item", ["EXECUTION_S3_PREFIX", sdk_parameter("TeamPrefix")])
def test_the_prefix_can_have_another_name(item: Any) -> None:
    standard = read_parameters([item], prefix_name="TeamPrefix").standard
    assert standard.prefix == Parameter(name="TeamPrefix")


def test_a_renamed_prefix_is_known_by_its_name_alone() -> None:
    standard = read_parameters(["TeamPrefix"], prefix_name="TeamPrefix").standard
    assert standard.prefix == Parameter(name="TeamPrefix")


@pytest.mark.parametrize("name", ["KMS_ENCRYPTION_KEY_PARAM", "PIPELINE_EXECUTION_TEMP_DIR", ""])
def test_the_prefix_cannot_take_another_parameters_name_or_none(name: str) -> None:
    with pytest.raises(DefinitionError, match="CUR0611 error: the prefix parameter cannot"):
        read_parameters(None, prefix_name=name)


@pytest.mark.parametrize(
    ("item", "message"),
    [
        ("EXECUTION_S3_PREFX", r"EXECUTION_S3_PREFX.*did you mean EXECUTION_S3_PREFIX"),
        (42, r"42 cannot be used: int is no kind of parameter"),
        (("NAME", "default", "more"), r"a pair is \(name, default\)"),
        (("ROWS", ["a"]), r"its default is list"),
        (("EXECUTION_S3_PREFIX", "bucket/run"), r"'bucket/run' is not an S3 URI"),
        (("PROCESSING_JOB_SHARED_NETWORK_CONFIG", "x"), r"no default of its own"),
        (sdk_parameter("VPC_SUBNET", SdkType.INTEGER), r"VPC_SUBNET must be a String"),
        (SimpleNamespace(name="A", parameter_type="Blob"), r"its type 'Blob' is none of"),
        (SimpleNamespace(name="A", parameter_type="String", enum_values=["x"]), r"enum_values"),
        (SimpleNamespace(security_group_ids=["sg-1"], subnets=[]), r"must be made of parameters"),
        ("s3://", r"s3:// cannot be used: it names no bucket"),
        (("EXECUTION_S3_PREFIX", "s3:///run"), r"'s3:///run' names no bucket"),
        ("s3://b", r"names the bucket 'b', and the name of a bucket has 3 to 63 characters"),
        ("s3://b" + "b" * 63, r"has 3 to 63 characters"),
        ("s3://My_Bucket/run", r"'My_Bucket', and the name of a bucket is made of a-z"),
        ("s3://bucket/x y", r"s3://bucket/x y cannot be used: it has a blank or a control"),
        (("RATIO", float("nan")), r"its default nan is no number that JSON can hold"),
        (Parameter(name="R", type="Float", default=float("-inf")), r"default -inf is no number"),
        (Parameter(name="ROUNDS", type="Integer", default="five"), r"default 'five' is no Integer"),
        (Parameter(name="ROUNDS", type="Integer", default=True), r"default True is no Integer"),
        (("KMS_ENCRYPTION_KEY_PARAM", 5), r"its default 5 is no String"),
        (policy(enable_network_isolation=True), r"enable_network_isolation is a field"),
        (policy(encrypt_inter_container_traffic=False), r"always encrypt the traffic"),
    ],
)
def test_what_cannot_be_used_is_named(item: Any, message: str) -> None:
    with pytest.raises(DefinitionError, match=message):
        read_parameters([item])


def test_every_unusable_item_is_in_one_error() -> None:
    with pytest.raises(DefinitionError) as caught:
        read_parameters(["NOPE", "EXECUTION_S3_PREFIX", "s3://bucket/run", 1.5])
    assert [problem.message.split()[2] for problem in caught.value.problems] == [
        "NOPE",
        "s3://bucket/run",
        "1.5",
    ]


def test_one_parameter_with_two_defaults_is_an_error() -> None:
    assert len(read_parameters([("A", 1), ("A", 1)]).extra) == 1
    with pytest.raises(DefinitionError, match="A is given twice"):
        read_parameters([("A", 1), ("A", 2)])


@pytest.fixture
def company(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Install a company's module with its own parameter objects."""
    import sys

    folder = tmp_path / "mods_workflow_core" / "utils"
    folder.mkdir(parents=True)
    for package in (folder.parent, folder):
        (package / "__init__.py").touch()
    code = (
        "from types import SimpleNamespace as S\n"
        "PIPELINE_EXECUTION_TEMP_DIR = S(name='EXECUTION_S3_PREFIX', parameter_type='String',\n"
        "    default_value='s3://company/run')\n"
    )
    (folder / "constants.py").write_text(code, "utf-8")
    monkeypatch.syspath_prepend(str(tmp_path))
    yield
    for name in [name for name in sys.modules if name.startswith("mods_workflow_core")]:
        del sys.modules[name]


@pytest.mark.usefixtures("company")
def test_a_companys_own_objects_are_used_where_they_can_be_imported() -> None:
    standard = read_parameters(None).standard
    assert standard.prefix == Parameter(name="EXECUTION_S3_PREFIX", default="s3://company/run")
    assert standard.kms_key == KMS_KEY


def test_real_sdk_parameters_are_read() -> None:
    from sagemaker.workflow.parameters import ParameterFloat, ParameterString

    given = read_parameters([ParameterString("VPC_SUBNET"), ParameterFloat("ETA", 0.3)])
    assert given.standard.subnet == SUBNET
    assert given.extra == (Parameter(name="ETA", type="Float", default=0.3),)
