"""AWS for the tests: moto's server in a process of its own, behind a proxy that counts requests and makes faults."""

from __future__ import annotations

import ast
import http.client
import json
import os
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from cursus.dag import PipelineDAG
from cursus.pipeline import CompileOptions, Definition, compile_dag_to_pipeline

HERE = Path(__file__).parent
LOAD, PREP = "DummyDataLoading_training", "TabularPreprocessing_training"
SHARED = {
    "author": "ada",
    "bucket": "team-bucket",
    "role": "arn:aws:iam::123456789012:role/Pipeline",
    "region": "NA",
    "service_name": "Flights",
    "pipeline_version": "1.0.0",
}
DROP = "drop"
LOSE_ANSWER = "lose the answer"
STALL = "stall"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if item.path.is_relative_to(HERE):
            item.add_marker("server")


@dataclass
class Fault:
    """What happens to the next requests of an operation: an answer of our own, or a lost connection."""

    operation: str
    reply: str | tuple[int, str]
    left: int


@dataclass
class Proxy:
    """A server between the client and moto; `requests` are operations such as PUT or CreatePipeline, with the path."""

    port: int
    requests: list[tuple[str, str]] = field(default_factory=list)
    bodies: list[bytes] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)
    server: Any = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server.server_address[1]}"

    def fail(self, operation: str, reply: str | tuple[int, str], times: int = 1000) -> None:
        """Let the next requests of an operation fail, as SageMaker's JSON or as S3's XML."""
        self.faults.append(Fault(operation, reply, times))

    def refuse(self, operation: str, code: str, status: int = 400, times: int = 1000) -> None:
        """Let an operation be refused with a code, in the words of its service."""
        is_s3 = operation.isupper()
        text = json.dumps({"__type": code, "message": f"{code} it is"})
        xml = f"<Error><Code>{code}</Code><Message>{code} it is</Message></Error>"
        self.fail(operation, (status, xml if is_s3 else text), times)

    def count(self, operation: str) -> int:
        return sum(1 for name, _ in self.requests if name == operation)

    def fault_for(self, operation: str) -> str | tuple[int, str] | None:
        for fault in self.faults:
            if fault.operation == operation and fault.left > 0:
                fault.left -= 1
                return fault.reply
        return None


class Handler(BaseHTTPRequestHandler):
    """Passes requests on, but for those that shall fail."""

    protocol_version = "HTTP/1.1"

    def answer(self) -> None:
        proxy = self.proxy
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        target = self.headers.get("X-Amz-Target", "")
        operation = target.partition(".")[2] or self.command
        proxy.requests.append((operation, self.path))
        proxy.bodies.append(body)
        fault = proxy.fault_for(operation)
        if isinstance(fault, tuple):
            self.reply(fault[0], [], fault[1].encode())
            return
        if fault == STALL:
            time.sleep(3)
        if fault not in (DROP, STALL):
            status, headers, content = self.forward(body)
        if fault is not None:
            self.close_connection = True
            self.connection.shutdown(socket.SHUT_RDWR)
            return
        self.reply(status, headers, content)

    @property
    def proxy(self) -> Proxy:
        found: Proxy = self.server.proxy  # type: ignore[attr-defined]
        return found

    def forward(self, body: bytes) -> tuple[int, list[tuple[str, str]], bytes]:
        upstream = http.client.HTTPConnection("127.0.0.1", self.proxy.port, timeout=60)
        upstream.request(self.command, self.path, body, dict(self.headers))
        found = upstream.getresponse()
        content = mended(found.read())
        upstream.close()
        return found.status, found.getheaders(), content

    def reply(self, status: int, headers: list[tuple[str, str]], content: bytes) -> None:
        self.send_response(status)
        own = {"content-length", "connection", "transfer-encoding", "server", "date"}
        length = [value for name, value in headers if name.lower() == "content-length"]
        for name, value in headers:
            if name.lower() not in own:
                self.send_header(name, value)
        is_head = self.command == "HEAD" and length
        self.send_header("Content-Length", length[0] if is_head else str(len(content)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(content)

    def log_message(self, *_args: Any) -> None:
        return

    do_GET = do_PUT = do_POST = do_HEAD = do_DELETE = answer  # noqa: N815 - the base class's names


def mended(content: bytes) -> bytes:
    """Mend moto's answer for a definition that it read from S3: it writes Python where the service writes JSON."""
    if not content.startswith(b"{") or b'"PipelineDefinition": "{\'' not in content:
        return content
    answer = json.loads(content)
    answer["PipelineDefinition"] = json.dumps(ast.literal_eval(answer["PipelineDefinition"]))
    return json.dumps(answer).encode()


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port


@pytest.fixture(scope="session")
def moto_port() -> Iterator[int]:
    """Start moto's server; it holds all state in memory."""
    port = free_port()
    command = [sys.executable, "-m", "moto.server", "-H", "127.0.0.1", "-p", str(port)]
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    environment = {**os.environ, "AWS_EC2_METADATA_DISABLED": "true"}
    with subprocess.Popen(command, env=environment, **quiet) as server:  # type: ignore[call-overload]
        until = time.monotonic() + 60
        while server.poll() is None and time.monotonic() < until:
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", port)) == 0:
                    break
            time.sleep(0.1)
        yield port
        server.kill()


@pytest.fixture
def proxy(moto_port: int, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Proxy]:
    """Give the environment of an AWS user whose requests go through the proxy to an empty account."""
    reset = http.client.HTTPConnection("127.0.0.1", moto_port, timeout=60)
    reset.request("POST", "/moto-api/reset")
    reset.getresponse().read()
    made = Proxy(port=moto_port)
    made.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    made.server.proxy = made
    thread = threading.Thread(target=made.server.serve_forever, daemon=True)
    thread.start()
    for name in [name for name in os.environ if name.startswith("AWS_")]:
        monkeypatch.delenv(name)
    settings = {
        "AWS_ENDPOINT_URL": made.url,
        "AWS_ACCESS_KEY_ID": "key",
        "AWS_SECRET_ACCESS_KEY": "secret",
        "AWS_REGION": "us-east-1",
        "AWS_DEFAULT_REGION": "us-east-1",
        "AWS_EC2_METADATA_DISABLED": "true",
        "AWS_CONFIG_FILE": str(tmp_path / "no-config"),
        "AWS_SHARED_CREDENTIALS_FILE": str(tmp_path / "no-credentials"),
    }
    for name, value in settings.items():
        monkeypatch.setenv(name, value)
    yield made
    made.server.shutdown()
    made.server.server_close()
    thread.join()


@pytest.fixture(scope="session")
def clients(moto_port: int) -> _Account:
    """Make clients that bypass the proxy, once: that costs more than their requests."""
    import boto3

    keys = {"aws_access_key_id": "key", "aws_secret_access_key": "secret"}
    session = boto3.Session(region_name="us-east-1", **keys)
    url = f"http://127.0.0.1:{moto_port}"
    s3, sagemaker = (session.client(name, endpoint_url=url) for name in ("s3", "sagemaker"))
    return _Account(s3=s3, sagemaker=sagemaker)


@pytest.fixture
def account(proxy: Proxy, clients: _Account) -> _Account:
    """Give an account that has the bucket team-bucket and nothing else."""
    assert proxy.requests == []
    clients.s3.create_bucket(Bucket="team-bucket")
    return clients


@dataclass(frozen=True)
class _Account:
    s3: Any
    sagemaker: Any

    def objects(self) -> list[str]:
        found = self.s3.list_objects_v2(Bucket="team-bucket").get("Contents", [])
        return [item["Key"] for item in found]

    def pipelines(self) -> list[str]:
        found = self.sagemaker.list_pipelines()["PipelineSummaries"]
        return [summary["PipelineName"] for summary in found]


def write_project(folder: Path) -> None:
    """Write dag.json and config.json of two steps with a source folder."""
    specific: dict[str, dict[str, Any]] = {
        LOAD: {"job_type": "training", "data_source": "s3://lake/flights"},
        PREP: {
            "job_type": "training",
            "label_name": "late",
            "processing_source_dir": "src",
            "processing_entry_point": "prepare.py",
        },
    }
    types = {key: f"{key.partition('_')[0]}Config" for key in specific}
    config = {"shared": SHARED, "specific": specific, "metadata": {"config_types": types}}
    (folder / "config.json").write_text(json.dumps(config), "utf-8")
    dag = {"dag": {"nodes": [LOAD, PREP], "edges": [[LOAD, PREP]]}}
    (folder / "dag.json").write_text(json.dumps(dag), "utf-8")
    (folder / "src").mkdir()
    (folder / "src" / "prepare.py").write_text("import rules\n", "utf-8")
    (folder / "src" / "rules.py").write_text("RULES = 1\n", "utf-8")


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Write the project of a test of its own, and go there."""
    write_project(tmp_path)
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture(scope="session")
def definition(tmp_path_factory: pytest.TempPathFactory) -> Definition:
    """Compile the project once for the tests that do not change it."""
    folder = tmp_path_factory.mktemp("project")
    write_project(folder)
    dag = PipelineDAG.read_file(folder / "dag.json")
    return compile_dag_to_pipeline(dag, folder / "config.json")


@pytest.fixture
def compiled(project: Path) -> Callable[..., Definition]:
    """Give a function that compiles the project with options."""

    def compile_it(**options: Any) -> Definition:
        dag = PipelineDAG.read_file(project / "dag.json")
        return compile_dag_to_pipeline(
            dag, project / "config.json", options=CompileOptions(**options)
        )

    return compile_it
