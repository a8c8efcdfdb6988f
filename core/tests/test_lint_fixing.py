"""Rewriting paths as Joins: imports, encodings, line ends, comments, what is refused."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from cursus.errors import MissingExtraError
from cursus.lint import lint_paths
from cursus.lint.fixing import fix
from hypothesis import given, settings
from hypothesis import strategies as st

IMPORT = "from sagemaker.workflow.functions import Join"
USE = 'def f(execution_prefix, n):\n    return f"{execution_prefix}/a/{n}"\n'
JOINED = 'def f(execution_prefix, n):\n    return Join(on="/", values=[execution_prefix, "a", n])\n'


def fixed(code: str) -> str:
    return fix(code).source


def test_the_import_is_the_first_line_of_a_bare_module() -> None:
    assert fixed(USE) == f"{IMPORT}\n\n{JOINED}"


def test_the_import_stands_after_docstring_and_future_imports() -> None:
    head = '"""Doc."""\n\nfrom __future__ import annotations\n'
    assert fixed(f"{head}\n\n{USE}") == f"{head}{IMPORT}\n\n\n{JOINED}"


def test_the_import_is_put_apart_from_a_lone_docstring() -> None:
    assert fixed(f'"""Doc."""\n\n\n{USE}').startswith(f'"""Doc."""\n\n{IMPORT}\n\n\ndef f')


def test_comments_at_the_head_of_a_file_stay_there() -> None:
    assert fixed(f"#!/usr/bin/env python\n# Copyright\n{USE}").startswith(
        f"#!/usr/bin/env python\n# Copyright\n{IMPORT}\n"
    )


def test_the_import_is_sorted_among_those_of_sagemaker() -> None:
    before = (
        "import os\nfrom sagemaker.processing import X\nfrom sagemaker.workflow.steps import Y\n"
    )
    after = fixed(before + USE)
    assert after.splitlines()[1:4] == [
        "from sagemaker.processing import X",
        IMPORT,
        "from sagemaker.workflow.steps import Y",
    ]


@pytest.mark.parametrize(
    ("line", "wanted"),
    [
        (IMPORT, IMPORT),
        (f"{IMPORT} as J", f"{IMPORT} as J"),
        (
            "from sagemaker.workflow.functions import JsonGet",
            "from sagemaker.workflow.functions import Join, JsonGet",
        ),
        (
            "from sagemaker.workflow.functions import (\n    JsonGet,\n)",
            "from sagemaker.workflow.functions import (\n    Join, JsonGet,\n)",
        ),
    ],
)
def test_an_import_that_is_there_is_used_or_made_longer(line: str, wanted: str) -> None:
    after = fixed(f"{line}\n{USE}")
    name = "J" if wanted.endswith(" J") else "Join"
    assert after.startswith(wanted)
    assert after.count("import") == 1
    assert f'return {name}(on="/"' in after


def test_another_join_of_the_module_keeps_its_name() -> None:
    after = fixed(f"class Join:\n    pass\n\n{USE}")
    assert f"{IMPORT} as PipelineJoin\n" in after
    assert "return PipelineJoin(" in after


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ('f"{execution_prefix}/"', 'Join(on="", values=[execution_prefix, "/"])'),
        ('f"{execution_prefix}//{n}"', 'Join(on="", values=[execution_prefix, "//", n])'),
        ('f"s3://{execution_prefix}/{n}"', 'Join(on="/", values=["s3:/", execution_prefix, n])'),
        ('f"{execution_prefix}/a/b/{n}/"', 'Join(on="", values=[execution_prefix, "/a/b/", n, "/"])'),
        ('f"{execution_prefix}/{n}-{n:02d}/x"', 'Join(on="/", values=[execution_prefix, f"{n}-{n:02d}", "x"])'),
        ('f"{execution_prefix}-{n}/x"', 'Join(on="/", values=[Join(on="", values=[execution_prefix, "-", n]), "x"])'),
        ("f'{execution_prefix}/\"{n}\"'", "Join(on=\"/\", values=[execution_prefix, f'\"{n}\"'])"),
        ('f"{execution_prefix}"', "execution_prefix"),
        ("str(execution_prefix)", "execution_prefix"),
        ('"%s/%s%%" % (execution_prefix, n)', 'Join(on="/", values=[execution_prefix, f"{n}%"])'),
        ('"-".join([execution_prefix, n])', 'Join(on="", values=[execution_prefix, "-", n])'),
        ('os.path.join(execution_prefix, "a/", *n)', 'Join(on="/", values=[execution_prefix, "a", *n])'),
    ],
)  # fmt: skip
def test_a_text_becomes_the_join_that_gives_the_same(text: str, wanted: str) -> None:
    after = fixed(f"import os\ndef f(execution_prefix, n):\n    return {text}\n")
    assert f"    return {wanted}\n" in after
    assert fixed(after) == after


def text_join(on: str, values: list[object]) -> str:
    assert all(str(value) for value in values), "an empty value is none that the service takes"
    return on.join(map(str, values))


PIECES = st.lists(
    st.one_of(
        st.text(alphabet="/a-é.", min_size=1, max_size=5),
        st.sampled_from(["{execution_prefix}", "{n}", "{n:03d}", "{m!r}", "{base_output_path}"]),
    ),
    min_size=1,
    max_size=8,
)


@settings(deadline=None, max_examples=300)
@given(pieces=PIECES)
def test_every_f_string_and_its_join_give_the_same(pieces: list[str]) -> None:
    code = f"def f(execution_prefix, base_output_path, n, m):\n    return f'{''.join(pieces)}'\n"
    after = fixed(code)
    assert fixed(after) == after
    results = []
    for source in (code, after.replace(IMPORT, "")):
        space: dict[str, Any] = {"Join": text_join}
        exec(source, space)  # noqa: S102 - the code is made above
        results.append(str(space["f"]("s3://b/p", "tail", 7, "m")))
    assert results[0] == results[1]


def test_a_long_text_on_several_lines_keeps_several_lines() -> None:
    code = (
        "import os\ndef f(execution_prefix, n):\n    return os.path.join(\n        execution_prefix,\n"
        "        n.latest_training_job.name,\n        n.attempt,\n    )\n"
    )
    assert (
        '    return Join(\n        on="/",\n        values=[\n            execution_prefix,\n'
        "            n.latest_training_job.name,\n            n.attempt,\n        ],\n    )\n"
    ) in fixed(code)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ('f"{execution_prefix!r}/x"', "converts or formats"),
        ('f"{execution_prefix=}"', "shows an expression"),
        ('"%10s/x" % execution_prefix', "other than %s"),
        ('"%s/%s" % (execution_prefix,)', "one by one"),
        ('"{:>9}/x".format(execution_prefix)', "formats its value"),
        ('"{0.x}/x".format(execution_prefix)', "not the name of one"),
        ('"{}/x".format(*[execution_prefix])', "unpacked"),
        ('"/".join(str(x) for x in [execution_prefix])', "not written out"),
        ('os.path.join(execution_prefix, "/a")', "drops all parts before it"),
        ("Path(execution_prefix)", "no counterpart"),
        ("execution_prefix.strip()", "no counterpart"),
    ],
)  # fmt: skip
def test_what_cannot_be_rewritten_stays_with_its_reason(text: str, reason: str) -> None:
    code = f"import os\nfrom pathlib import Path\ndef f(execution_prefix):\n    return {text}\n"
    done = fix(code)
    assert text in done.source or "for x in" in done.source
    assert any(reason in why for why in done.refused.values())


@pytest.mark.parametrize("newline", ["\n", "\r\n"])
@pytest.mark.parametrize(
    ("head", "encoding"),
    [(b"", "utf-8"), (b"\xef\xbb\xbf", "utf-8"), (b"# -*- coding: latin-1 -*-\n", "latin-1")],
)
def test_a_file_keeps_its_bytes_outside_of_the_fix(
    tmp_path: Path, newline: str, head: bytes, encoding: str
) -> None:
    path = tmp_path / "builder.py"
    rest = f'# größe\n{USE}x = "é"  # \x0c ü\n'.replace("\n", newline).encode(encoding)
    head = head.replace(b"\n", newline.encode())
    path.write_bytes(head + rest)
    path.chmod(0o750)
    assert lint_paths([path], fixing=True).fixed == 1
    content = path.read_bytes()
    start = head + f"# größe{newline}".encode(encoding)
    assert content.startswith(start + f"{IMPORT}{newline}".encode())
    assert content.endswith(f'x = "é"  # \x0c ü{newline}'.encode(encoding))
    assert path.stat().st_mode & 0o777 == 0o750


def test_a_silenced_place_is_not_rewritten(tmp_path: Path) -> None:
    path = tmp_path / "builder.py"
    path.write_text(USE.replace('{n}"', '{n}"  # noqa: E501, CUR0901'))
    report = lint_paths([path], fixing=True)
    assert (report.findings, report.changes) == ((), ())


def test_a_noqa_without_the_code_silences_nothing(tmp_path: Path) -> None:
    path = tmp_path / "builder.py"
    path.write_text(USE.replace('{n}"', '{n}"  # noqa'))
    assert len(lint_paths([path]).findings) == 1


def test_fixing_without_libcst_names_the_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda _name: None)
    with pytest.raises(MissingExtraError, match=r"cursus-core\[lint\]"):
        fix(USE)
