"""Discovery: eleven kinds of broken plugin, each isolated, each named with its cause."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from cursus.errors import CursusError, PluginError
from cursus.kernel.plugins import Plugins, load_plugins

Install = Callable[..., Path]

STEP_TYPE = """
    from cursus import Job, StepType, hookimpl
    from pydantic import BaseModel

    class {name}Config(BaseModel):
        size: int = 1

    {name} = StepType(
        name="{name}", summary="A step.", config={name}Config, example={{}},
        job=Job(kind="service", stand_in="sink"), {fields}
    )

    @hookimpl
    def cursus_step_types():
        return [{name}]
"""


def step_type(name: str, fields: str = "") -> str:
    return STEP_TYPE.format(name=name, fields=fields)


@pytest.fixture(autouse=True)
def _forget_imports() -> Iterator[None]:
    before = set(sys.modules)
    yield
    for name in set(sys.modules) - before:
        if name.startswith(("broken_", "team_")):
            del sys.modules[name]


def reasons(plugins: Plugins) -> dict[str, tuple[str, str]]:
    return {report.distribution: (report.status, report.reason) for report in plugins.reports}


BROKEN = {
    "an import error": ("import no_such_module_here", "No module named 'no_such_module_here'"),
    "a syntax error": ("def broken(:", "SyntaxError"),
    "an exit at import": ("import sys; sys.exit(3)", "SystemExit: 3"),
    "an unknown hook": (
        "from cursus import hookimpl\n@hookimpl\ndef cursus_make_coffee(): return []",
        "unknown hook 'cursus_make_coffee'",
    ),
    "a wrong hook argument": (
        "from cursus import hookimpl\n@hookimpl\ndef cursus_extract_step_config(step, colour): ...",
        "colour",
    ),
    "junk returned": (
        "from cursus import hookimpl\n@hookimpl\ndef cursus_step_types(): return ['Junk']",
        "gave str 'Junk' instead of a StepType",
    ),
    "an unknown StepType field": (
        step_type("Team", "colour='red'"),
        "unexpected keyword argument 'colour'",
    ),
    "a raising hook": (
        "from cursus import hookimpl\n@hookimpl\ndef cursus_step_types(): raise ValueError('no luck')",
        "ValueError: no luck",
    ),
    "a name given twice": (
        step_type("Team").replace("[Team]", "[Team, Team]"),
        "Team twice",
    ),
}


@pytest.mark.parametrize(("code", "cause"), BROKEN.values(), ids=BROKEN)
def test_a_broken_plugin_is_named_with_its_cause_and_the_others_live(
    install: Install, code: str, cause: str
) -> None:
    install("broken-plugin", code)
    install("team-plugin", step_type("TeamStep"))

    plugins = load_plugins()

    status, reason = reasons(plugins)["broken-plugin"]
    assert status == "broken"
    assert cause in reason
    assert "\n" not in reason
    assert "TeamStep" in plugins.step_types
    assert reasons(plugins)["team-plugin"] == ("active", "")


def test_the_place_in_the_plugins_code_is_part_of_the_cause(install: Install) -> None:
    site = install("broken-plugin", "x = 1\nx.y\n")

    _, reason = reasons(load_plugins())["broken-plugin"]

    assert reason.endswith(f"({site / 'broken_plugin.py'}:2)")


@pytest.mark.parametrize(
    "form", ["cursus-core>=99", "Cursus_Core[runtime] (>=99) ; python_version > '3'"]
)
def test_an_unmet_requirement_on_the_core_is_seen_before_import(
    install: Install, form: str
) -> None:
    install("broken-plugin", "raise RuntimeError('imported')", requires=form)

    status, reason = reasons(load_plugins())["broken-plugin"]

    assert status == "broken"
    assert "requires cursus-core >=99" in reason


def test_a_requirement_on_a_longer_name_is_not_one_on_the_core(install: Install) -> None:
    install("team-plugin", step_type("TeamStep"), requires="cursus-core-extras>=99")
    assert reasons(load_plugins())["team-plugin"] == ("active", "")


def test_two_distributions_with_one_entry_point_name_both_live(install: Install) -> None:
    install("team-one", step_type("StepOne"), entry="plugin")
    install("team-two", step_type("StepTwo"), entry="plugin")

    plugins = load_plugins()

    assert {"StepOne", "StepTwo"} <= plugins.step_types.keys()


def test_two_claims_on_a_step_type_are_named_with_both_distributions(install: Install) -> None:
    install("team-one", step_type("Shared"), version="1.2")
    install("team-two", step_type("Shared"), version="3.4")

    plugins = load_plugins()

    assert "Shared" not in plugins.step_types
    assert plugins.owner_of_class("SharedConfig") is None
    why = plugins.why_not("SharedConfig")
    assert "team-one 1.2" in why
    assert "team-two 3.4" in why


def test_a_disabled_plugin_is_never_imported(
    install: Install, monkeypatch: pytest.MonkeyPatch
) -> None:
    install("team-plugin", "raise RuntimeError('imported')")
    monkeypatch.setenv("CURSUS_DISABLE_PLUGINS", "other, Team_Plugin")

    status, reason = reasons(load_plugins())["team-plugin"]

    assert status == "disabled"
    assert "CURSUS_DISABLE_PLUGINS" in reason
    assert "team_plugin" not in sys.modules


def test_strict_plugins_raises_for_the_first_broken_one(
    install: Install, monkeypatch: pytest.MonkeyPatch
) -> None:
    install("broken-plugin", "raise RuntimeError('no luck')")
    monkeypatch.setenv("CURSUS_STRICT_PLUGINS", "1")

    with pytest.raises(PluginError, match="broken-plugin failed in discovery") as caught:
        load_plugins()

    assert isinstance(caught.value.cause, RuntimeError)


def test_a_job_that_names_a_missing_attribute_breaks_the_plugin(install: Install) -> None:
    code = step_type("Team").replace(
        'job=Job(kind="service", stand_in="sink")',
        'job=Job.processing(Image(framework="sklearn", version="version"))',
    )
    install("broken-plugin", code.replace("import Job", "import Image, Job"))

    _, reason = reasons(load_plugins())["broken-plugin"]

    assert "step type Team: its job names" in reason
    assert "effective_instance_type, which TeamConfig does not have" in reason


def test_an_unknown_class_is_explained_by_the_package_or_the_broken_plugin(
    install: Install,
) -> None:
    install("broken-plugin", "raise RuntimeError('no luck')")

    plugins = load_plugins()

    assert "broken-plugin is broken: RuntimeError: no luck" in plugins.why_not("NobodysConfig")


def test_a_raising_pipelines_hook_is_named_and_the_others_are_heard(
    install: Install, caplog: pytest.LogCaptureFixture
) -> None:
    code = "from cursus import hookimpl\n@hookimpl\ndef cursus_pipelines(): raise KeyError('id')"
    install("team-plugin", code)

    pipelines = load_plugins().pipelines()

    assert "team-plugin failed in cursus_pipelines: KeyError" in caplog.text
    assert "cursus-training" in {owner for owner, _ in pipelines}


def test_what_a_plugin_prints_at_import_is_no_result(
    install: Install, capsys: pytest.CaptureFixture[str]
) -> None:
    install("team-plugin", "print('hello')")
    load_plugins()
    printed = capsys.readouterr()
    assert (printed.out, printed.err) == ("", "hello\n")


@pytest.mark.parametrize(
    ("fields", "cause"),
    [
        ("document=3", "document is 3"),
        ("document=('A',)", "document is ('A',)"),
        ("inputs=(Input(name='data', kinds='table', path='/in'),)", "kinds and accepts of data"),
        (
            "outputs=(Output(name='a', kind='x'), Output(name='a', kind='x'))",
            "port a is declared twice",
        ),
    ],
)
def test_a_wrong_declaration_breaks_the_plugin(install: Install, fields: str, cause: str) -> None:
    code = step_type("Team", fields).replace("import Job", "import Input, Job, Output")
    install("broken-plugin", code)
    assert cause in reasons(load_plugins())["broken-plugin"][1]


def test_every_cursus_error_is_one_kind() -> None:
    assert issubclass(PluginError, CursusError)
