"""Uploading code: by content, once, verified, whole or not at all."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from cursus.errors import AwsError, DeployError
from cursus.pipeline import Definition, deploy, uploads
from cursus.pipeline.aws import connect
from cursus.pipeline.bundles import Bundle, archived
from cursus.pipeline.uploads import code_file, code_files, missing_files, send_code, upload

URI = "s3://team-bucket/code"
Compile = Callable[..., Definition]


def put(account: Any, uri: str, body: bytes, **more: Any) -> None:
    key = uri.removeprefix("s3://team-bucket/")
    account.s3.put_object(Bucket="team-bucket", Key=key, Body=body, **more)


@pytest.mark.usefixtures("proxy")
def test_an_object_of_another_tool_is_compared_by_its_content(account: Any) -> None:
    file = code_file(f"{URI}/a.py", b"print(1)\n")
    put(account, file.uri, b"print(1)\n")
    assert missing_files([file], connect().s3) == ()


@pytest.mark.usefixtures("proxy")
@pytest.mark.parametrize("content", [b"print(2)\n", b"print(1)\n# more\n", b""])
def test_an_object_with_other_content_is_an_error_and_stays(account: Any, content: bytes) -> None:
    file = code_file(f"{URI}/a.py", b"print(1)\n")
    put(account, file.uri, content)
    with pytest.raises(AwsError, match=f"CUR0812 error: {file.uri} exists and holds other content"):
        missing_files([file], connect().s3)
    assert account.s3.get_object(Bucket="team-bucket", Key="code/a.py")["Body"].read() == content


@pytest.mark.usefixtures("proxy")
def test_an_archive_in_other_bytes_is_the_same_bundle(account: Any) -> None:
    bundle = archived(Bundle(sha256="a" * 64, entry_point="run.py", files={"run.py": b"print(1)"}))
    packed_before = replace(bundle, files={"sourcedir.tar.gz": b"another compressor's bytes"})
    send_code({f"{URI}/{bundle.sha256}": packed_before}, connect().s3)
    assert missing_files(code_files({f"{URI}/{bundle.sha256}": bundle}), connect().s3) == ()
    assert len(account.objects()) == 1


@pytest.mark.usefixtures("proxy")
def test_an_archive_of_another_tool_is_unpacked_and_compared(account: Any) -> None:
    from cursus.pipeline.bundles import archive_name_of, name_of

    files = {"run.py": b"print(1)"}
    name = name_of({"run.py": code_file(URI, files["run.py"]).sha256})
    bundle = archived(Bundle(sha256=name, entry_point="run.py", files=files))
    assert bundle.sha256 == archive_name_of(name)
    (file,) = code_files({f"{URI}/{bundle.sha256}": bundle})
    put(account, file.uri, bytes(file.content))  # type: ignore[arg-type]
    assert missing_files([file], connect().s3) == ()
    put(account, file.uri, b"no archive at all")
    with pytest.raises(AwsError, match=r"CUR0812"):
        missing_files([file], connect().s3)


def test_two_uploads_of_one_name_send_it_once(proxy: Any, account: Any) -> None:
    file = code_file(f"{URI}/a.py", b"print(1)\n")
    put(account, file.uri, b"print(1)\n")
    assert upload([file], connect().s3) == ()
    assert proxy.count("PUT") == 1


@pytest.mark.usefixtures("account")
def test_a_conflict_of_two_first_uploads_is_tried_again(proxy: Any) -> None:
    proxy.refuse("PUT", "ConditionalRequestConflict", 409, times=1)
    file = code_file(f"{URI}/a.py", b"print(1)\n")
    assert upload([file], connect().s3) == (file,)
    assert proxy.count("PUT") == 2


def test_a_script_that_changed_since_compiling_is_refused(
    proxy: Any, compiled: Compile, project: Path
) -> None:
    definition = compiled()
    (project / "src" / "rules.py").write_text("RULES = 'changed'\n", "utf-8")
    with pytest.raises(DeployError, match=r"CUR0813 .*its files changed since it was compiled"):
        deploy(definition)
    (project / "src" / "rules.py").unlink()
    with pytest.raises(DeployError, match=r"CUR0813 .*rules.py cannot be read: No such file"):
        deploy(definition)
    assert proxy.requests == []


def test_sizes_are_checked_before_anything_is_asked(
    proxy: Any, compiled: Compile, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(uploads, "LARGEST_OBJECT", 5)
    with pytest.raises(DeployError, match=r"CUR0816 .*an S3 object has at most 5") as caught:
        deploy(compiled())
    assert len(caught.value.problems) == 3
    with pytest.raises(DeployError, match=r"CUR0816 .*the limit is 1024"):
        code_files(
            {
                f"s3://team-bucket/{'k' * 1024}": Bundle(
                    sha256=name_of_nothing(), entry_point="", files={"a": b""}
                )
            }
        )
    assert proxy.requests == []


def name_of_nothing() -> str:
    from cursus.pipeline.bundles import name_of

    return name_of({"a": code_file(URI, b"").sha256})


def test_code_that_does_not_fit_its_volume_is_refused(
    compiled: Compile, monkeypatch: pytest.MonkeyPatch
) -> None:
    from cursus.pipeline import deploy_order

    monkeypatch.setattr(deploy_order, "GIBIBYTE", 0)
    with pytest.raises(DeployError, match=r"CUR0816 error: step .*its code has .* its volume"):
        deploy(compiled())


@pytest.fixture
def in_parts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Give a file that is sent in three parts, as those over 64 MiB are."""
    monkeypatch.setattr(uploads, "ONE_REQUEST", 20 * uploads.MEBIBYTE)
    path = tmp_path / "weights.bin"
    path.write_bytes(bytes(range(256)) * 4096 * 24)
    return path


def test_a_large_file_is_sent_in_parts_and_joined(proxy: Any, account: Any, in_parts: Path) -> None:
    file = code_file(f"{URI}/weights.bin", in_parts)
    assert upload([file], connect().s3) == (file,)
    assert proxy.count("PUT") == 5
    body = account.s3.get_object(Bucket="team-bucket", Key="code/weights.bin")["Body"].read()
    assert body == in_parts.read_bytes()
    assert missing_files([file], connect().s3) == ()


def test_when_a_part_fails_nothing_is_left(proxy: Any, account: Any, in_parts: Path) -> None:
    proxy.refuse("PUT", "AccessDenied", 403, times=1)
    file = code_file(f"{URI}/weights.bin", in_parts)
    with pytest.raises(AwsError, match=r"CUR0803 error: cannot upload"):
        upload([file], connect().s3)
    assert account.objects() == []
    assert "Uploads" not in account.s3.list_multipart_uploads(Bucket="team-bucket")


def test_when_a_part_is_throttled_it_alone_is_sent_again(
    proxy: Any, account: Any, in_parts: Path
) -> None:
    proxy.refuse("PUT", "SlowDown", 503, times=1)
    assert len(upload([code_file(f"{URI}/weights.bin", in_parts)], connect().s3)) == 1
    assert proxy.count("PUT") == 6
    assert account.objects() == ["code/weights.bin"]


@pytest.mark.usefixtures("account", "proxy")
def test_a_source_folder_that_goes_while_it_is_sent_is_an_error(tmp_path: Path) -> None:
    folder = tmp_path / "gone"
    folder.mkdir()
    (folder / "a.py").write_text("1\n")
    file = code_file(f"{URI}/a.py", folder / "a.py")
    shutil.rmtree(folder)
    with pytest.raises(DeployError, match=r"CUR0813 .*a.py cannot be read: No such file"):
        upload([file], connect().s3)
