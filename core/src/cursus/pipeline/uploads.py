"""Upload code by its content: what is there stays, what is missing is sent once, what differs is an error."""

from __future__ import annotations

import base64
import io
from contextlib import contextmanager
from dataclasses import dataclass, replace
from hashlib import sha256
from typing import TYPE_CHECKING, Any, BinaryIO

from cursus.errors import AwsError, DeployError, Place, Problem
from cursus.pipeline.aws_errors import asking, error_code
from cursus.pipeline.bundles import ARCHIVE, name_of, packed_name

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping
    from pathlib import Path

    from cursus.pipeline.bundles import Bundle

THREADS = 8
MEBIBYTE = 1024 * 1024
# One request takes 5 GiB at most; far below that, parts that fail alone are cheaper to send again.
ONE_REQUEST = 64 * MEBIBYTE
LARGEST_OBJECT = 5 * MEBIBYTE * MEBIBYTE
LONGEST_KEY = 1024
NOTE = "content"
TAKEN = ("PreconditionFailed", "412")
BUSY = ("ConditionalRequestConflict", "409")
BUSY_ATTEMPTS = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class CodeFile:
    """One object to be uploaded; a Path is read when it is sent, and must still have the hash then.

    `archive` is the name of the bundle that the file is an archive of: the same bundle may be packed in other bytes
    by another compressor, so that its name is compared, not its bytes.
    """

    uri: str
    content: bytes | Path
    size: int
    sha256: str
    archive: str | None = None

    @property
    def note(self) -> str:
        """Give what an object of the same content has as its metadata."""
        return self.archive or self.sha256

    @property
    def target(self) -> dict[str, str]:
        """Give bucket and key as requests take them."""
        bucket, _, key = self.uri.removeprefix("s3://").partition("/")
        return {"Bucket": bucket, "Key": key}


def code_files(bundles: Mapping[str, Bundle]) -> tuple[CodeFile, ...]:
    """Measure the files of bundles by URI; DeployError names each that changed, is gone or is too large."""
    files: list[CodeFile] = []
    problems: list[Problem] = []
    for uri, bundle in bundles.items():
        try:
            files += _files_of(uri, bundle)
        except OSError as exc:
            problems.append(_damaged(uri, f"{exc.filename} cannot be read: {exc.strerror}"))
        except _ChangedError as exc:
            problems.append(_damaged(uri, str(exc)))
    problems += [problem for file in files for problem in _size_problems(file)]
    if problems:
        raise DeployError(problems)
    return tuple(files)


class _ChangedError(Exception):
    """Says that a bundle's files are no longer those that its name was made of."""


def _files_of(uri: str, bundle: Bundle) -> list[CodeFile]:
    found = {name: code_file(f"{uri}/{name}", content) for name, content in bundle.files.items()}
    if list(found) == [ARCHIVE]:
        return [replace(found[ARCHIVE], archive=bundle.sha256)]
    if name_of({name: file.sha256 for name, file in found.items()}) != bundle.sha256:
        raise _ChangedError("its files changed since it was compiled")
    return list(found.values())


def code_file(uri: str, content: bytes | Path) -> CodeFile:
    """Measure one file."""
    from hashlib import file_digest

    with _opened(content) as stream:
        digest = file_digest(stream, sha256).hexdigest()  # type: ignore[arg-type]
        size = stream.seek(0, io.SEEK_END)
    return CodeFile(uri=uri, content=content, size=size, sha256=digest)


def missing_files(files: Iterable[CodeFile], s3: Any) -> tuple[CodeFile, ...]:
    """Ask for each file whether it is there, and give those that are not; other content is an error."""
    listed = tuple(files)
    there = _all(lambda file: _is_there(file, s3), listed)
    return tuple(file for file, found in zip(listed, there, strict=True) if not found)


def check_buckets(files: Iterable[CodeFile], s3: Any) -> None:
    """Look for the buckets of files that are to be sent; AwsError names one that is not there."""
    for bucket in sorted({file.target["Bucket"] for file in files}):
        _check_bucket(bucket, s3)


def upload(files: Iterable[CodeFile], s3: Any) -> tuple[CodeFile, ...]:
    """Send files that are missing; give those that this call has sent, and not another at the same time.

    An object appears whole or not at all: one request, or parts that S3 joins at the end and that are discarded
    when one fails.
    """
    listed = tuple(files)
    sent = _all(lambda file: _send(file, s3), listed)
    return tuple(file for file, was_sent in zip(listed, sent, strict=True) if was_sent)


def send_code(bundles: Mapping[str, Bundle], s3: Any) -> tuple[CodeFile, ...]:
    """Send what is missing of bundles, by URI."""
    missing = missing_files(code_files(bundles), s3)
    check_buckets(missing, s3)
    return upload(missing, s3)


def _all(ask: Callable[[CodeFile], bool], files: tuple[CodeFile, ...]) -> list[bool]:
    """Ask for several files at once; the first failure ends what has not begun."""
    if len(files) <= 1:
        return [ask(file) for file in files]
    from concurrent.futures import ThreadPoolExecutor

    with ThreadPoolExecutor(max_workers=THREADS) as pool:
        return list(pool.map(ask, files))


def _check_bucket(bucket: str, s3: Any) -> None:
    from botocore.exceptions import ClientError

    what = f"look for the bucket s3://{bucket}"
    with asking(what):
        try:
            s3.head_bucket(Bucket=bucket)
        except ClientError as exc:
            if error_code(exc) != "404":
                raise
            fix = "make the bucket, or give another --code-location"
            message = f"the bucket s3://{bucket} does not exist; nothing was uploaded"
            raise AwsError(Problem(code="CUR0807", message=message, fix=fix)) from exc


def _is_there(file: CodeFile, s3: Any) -> bool:
    from botocore.exceptions import ClientError

    with asking(f"look for {file.uri}"):
        try:
            found = s3.head_object(**file.target)
        except ClientError as exc:
            if error_code(exc) in ("404", "NoSuchKey", "NotFound"):
                return False
            raise
        if not _is_same(file, found, s3):
            raise AwsError(_other_content(file))
    return True


def _is_same(file: CodeFile, found: Mapping[str, Any], s3: Any) -> bool:
    """Compare with the note of the upload; an object of another tool has none and is read once."""
    note: str | None = found.get("Metadata", {}).get(NOTE)
    if file.archive is None and found["ContentLength"] != file.size:
        return False
    if note is None:
        body = s3.get_object(**file.target)["Body"]
        note = packed_name(body.read()) if file.archive else _hash_of(body.iter_chunks(MEBIBYTE))
    return note == file.note


def _hash_of(parts: Iterable[bytes]) -> str:
    digest = sha256()
    for part in parts:
        digest.update(part)
    return digest.hexdigest()


def _send(file: CodeFile, s3: Any) -> bool:
    """Send one file; False: another deployment was faster, with the same content."""
    with asking(f"upload {file.uri}"):
        try:
            send = _send_in_parts if file.size > ONE_REQUEST else _send_at_once
            if send(file, s3):
                return True
        except OSError as exc:
            why = f"{exc.filename} cannot be read: {exc.strerror}"
            raise DeployError([_damaged(file.uri, why)]) from exc
    if not _is_there(file, s3):
        raise AwsError(_other_content(file))
    return False


def _send_at_once(file: CodeFile, s3: Any) -> bool:
    """Put an object that is not there yet, with a hash that S3 compares with what arrives.

    botocore does not repeat the conflict of two first uploads of one name, so that this does.
    """
    from botocore.exceptions import ClientError
    from tenacity import Retrying, retry_if_exception, stop_after_attempt, wait_random_exponential

    retrying = Retrying(
        retry=retry_if_exception(lambda e: isinstance(e, ClientError) and error_code(e) in BUSY),
        stop=stop_after_attempt(BUSY_ATTEMPTS),
        wait=wait_random_exponential(max=5),
        reraise=True,
    )
    checksum = base64.b64encode(bytes.fromhex(file.sha256)).decode()
    with _opened(file.content) as stream:
        request = {**file.target, "Body": stream, "Metadata": {NOTE: file.note}}
        try:
            retrying(s3.put_object, **request, IfNoneMatch="*", ChecksumSHA256=checksum)
        except ClientError as exc:
            if error_code(exc) in TAKEN:
                return False
            raise
    return True


def _send_in_parts(file: CodeFile, s3: Any) -> bool:
    """Let boto3's transfer manager send parts; it repeats and, at the end, discards those that fail."""
    from boto3.s3.transfer import TransferConfig

    extra = {"Metadata": {NOTE: file.note}, "ChecksumAlgorithm": "SHA256"}
    config = TransferConfig(multipart_threshold=ONE_REQUEST, multipart_chunksize=ONE_REQUEST // 4)
    with _opened(file.content) as stream:
        s3.upload_fileobj(stream, **file.target, ExtraArgs=extra, Config=config)
    if s3.head_object(**file.target)["ContentLength"] != file.size:
        raise AwsError(_other_content(file))
    return True


@contextmanager
def _opened(content: bytes | Path) -> Iterator[BinaryIO]:
    if isinstance(content, bytes):
        yield io.BytesIO(content)
        return
    with content.open("rb") as stream:
        yield stream


def _size_problems(file: CodeFile) -> Iterator[Problem]:
    fix = "leave it out of the source folder"
    if file.size > LARGEST_OBJECT:
        message = f"{file.uri} has {file.size} bytes; an S3 object has at most {LARGEST_OBJECT}"
        yield Problem(code="CUR0816", message=message, fix=fix)
    length = len(file.target["Key"].encode())
    if length > LONGEST_KEY:
        message = f"the key of {file.uri:.80}... has {length} bytes; the limit is {LONGEST_KEY}"
        yield Problem(code="CUR0816", message=message, fix="shorten the folder's or file's name")


def _damaged(uri: str, why: str) -> Problem:
    return Problem(
        code="CUR0813",
        message=f"the code bundle of {uri} is damaged: {why}",
        fix="compile again",
    )


def _other_content(file: CodeFile) -> Problem:
    return Problem(
        code="CUR0812",
        message=f"{file.uri} exists and holds other content than its name says",
        fix="find out who changed it; delete it and deploy again, or give another --code-location",
        place=Place(path=file.uri),
    )
