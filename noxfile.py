"""The project's checks: `uv run nox` runs lint, types, tests and docs in the workspace's own environment."""

from __future__ import annotations

from pathlib import Path

import nox

nox.options.default_venv_backend = "none"
nox.options.sessions = ["lint", "types", "tests", "docs"]


@nox.session
def lint(session: nox.Session) -> None:
    """Check style, formatting and import layers."""
    session.run("ruff", "check")
    session.run("ruff", "format", "--check")
    session.run("lint-imports", "--no-cache")


@nox.session
def types(session: nox.Session) -> None:
    """Check types strictly."""
    session.run("mypy", "core/src", *PLUGIN_SOURCES, "noxfile.py")


@nox.session
def tests(session: nox.Session) -> None:
    """Run all tests in parallel; arguments after -- go to pytest."""
    session.run("pytest", "-n", "auto", "--dist", "loadgroup", *session.posargs)


@nox.session(venv_backend="venv", reuse_venv=True)
def torch(session: nox.Session) -> None:
    """Run the tests of the PyTorch scripts in an environment of its own, since the lock holds no torch.

    Where pip would take a build for GPUs, PIP_EXTRA_INDEX_URL=https://download.pytorch.org/whl/cpu spares it.
    """
    locked = str(Path(session.create_tmp(), "locked.txt"))
    session.run("uv", "export", *LOCKED, "--output-file", locked, external=True, silent=True)
    installed = [word for package in TORCH_PACKAGES for word in ("-e", package)]
    session.install("-c", locked, "torch==2.13.0", "pytest", *installed)
    tests = [str(path) for folder in TESTS for path in sorted(folder.rglob("test_pytorch_*.py"))]
    # The networks are small: more threads only wait for one another.
    session.run("pytest", "-m", "torch", *tests, *session.posargs, env={"OMP_NUM_THREADS": "1"})


@nox.session(venv_backend="venv", reuse_venv=True)
def sdk3(session: nox.Session) -> None:
    """Compare with SageMaker SDK v3, in an environment of its own: it cannot stand beside v2, which the lock holds.

    Not among the default sessions and not in CI: it installs 1 GB, which takes minutes.
    """
    installed = [word for package in SDK3_PACKAGES for word in ("-e", package)]
    session.install(*SDK3, *installed)
    session.run("pytest", "tests/sdk3", *session.posargs)


@nox.session
def coverage(session: nox.Session) -> None:
    """Run all tests with line and branch coverage of core and plugins, and print what is not covered."""
    session.run("coverage", "erase")
    session.run(
        "pytest",
        "-n",
        "auto",
        "--dist",
        "loadgroup",
        "--cov",
        "--cov-report=term",
        *session.posargs,
    )


@nox.session
def docs(session: nox.Session) -> None:
    """Check that the docs' blocks run, their links lead somewhere and nothing drifts from the code."""
    session.run("pytest", "-n", "auto", "tests/architecture", *session.posargs)


@nox.session
def bench(session: nox.Session) -> None:
    """Print every promised figure as a ratio to a floor of the same run."""
    session.run("python", "tests/benchmarks/run.py", *session.posargs)


@nox.session
def fuzz(session: nox.Session) -> None:
    """Mutate real cases and judge every document by an oracle of its own; exit 1 for any fault."""
    session.run("python", "tests/fuzz/run.py", *session.posargs)


@nox.session
def corpus(session: nox.Session) -> None:
    """Print what `cursus lint` finds, misses and wrongly reports in its corpus, and its speed."""
    session.run("python", "tests/lint_corpus/measure.py", *session.posargs)


PLUGIN_SOURCES = [
    f"plugins/cursus-{name}/src" for name in ("cradle", "processing", "training", "registration")
]
LOCKED = ("--frozen", "--quiet", "--no-hashes", "--no-emit-workspace", "--all-groups")
TORCH_PACKAGES = (
    "core[demo,runtime,sagemaker]",
    "plugins/cursus-cradle",
    *(f"plugins/cursus-{name}[scripts]" for name in ("processing", "training", "registration")),
)
TESTS = (Path("plugins"), Path("tests"))
SDK3 = ("sagemaker-mlops>=1.27", "moto[s3]>=5.0", "flask>=3.0", "flask-cors>=5.0", "pytest>=8.3")
SDK3_PACKAGES = ("core[deploy]", *(source.removesuffix("/src") for source in PLUGIN_SOURCES))
