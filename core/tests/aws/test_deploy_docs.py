"""The pages on deploying: every block runs against the server that stands in for AWS, and no permission is missing."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from page_runs import DOCS, run_page

MARK = re.compile(r"(<!-- blocks run in \S+) with a server that stands in for AWS -->")
PAGES = ["deploy-and-start", "move-a-pipeline-to-another-account"]
# The actions that a request over S3's own protocol needs.
S3_ACTIONS = {"HEAD": {"GetObject", "ListBucket"}, "PUT": {"PutObject"}, "GET": {"GetObject"}}


def page_for_aws(name: str, folder: Path) -> Path:
    """Copy a page so that the runner of pages takes it."""
    text = (DOCS / "how-to" / f"{name}.md").read_text("utf-8")
    assert MARK.search(text)
    copy = folder / f"{name}.md"
    copy.write_text(MARK.sub(r"\1 -->", text), "utf-8")
    return copy


def documented_actions() -> set[str]:
    text = (DOCS / "how-to" / "deploy-and-start.md").read_text("utf-8")
    return set(re.findall(r"^\| `(?:sagemaker|s3|iam):(\w+)`", text, re.MULTILINE))


@pytest.mark.slow
@pytest.mark.parametrize("name", PAGES)
def test_the_blocks_of_a_page_print_what_it_says_and_need_no_other_permission(
    proxy: Any, account: Any, tmp_path: Path, name: str
) -> None:
    account.s3.create_bucket(Bucket="live-bucket")
    failures = run_page(page_for_aws(name, tmp_path), tmp_path)
    assert not failures, "\n\n".join(failures)
    needed = [S3_ACTIONS.get(operation, {operation}) for operation, _ in proxy.requests]
    assert set().union(*needed) <= documented_actions()
