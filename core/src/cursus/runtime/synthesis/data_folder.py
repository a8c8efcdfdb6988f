"""The data folder of a plan: synthetic data for every step that loads some, laid out as `--data` takes it."""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import sha256
from importlib.metadata import version
from typing import TYPE_CHECKING

from cursus.errors import OutputError, Problem
from cursus.files import mark_generated, temporary_folder, write_text, writing
from cursus.paths import Parameter, Uri
from cursus.runtime.handover import MODEL_ARCHIVE
from cursus.runtime.options import RunOptions
from cursus.runtime.synthesis.columns import Part, make_column
from cursus.runtime.synthesis.deriving import ESCAPED_DOT
from cursus.runtime.synthesis.draws import need_polars
from cursus.runtime.synthesis.names import SYNTHETIC
from cursus.runtime.synthesis.pretrained import MODEL, plan_training, train_model
from cursus.runtime.synthesis.profile import FORMATS
from cursus.runtime.synthesis.profile_file import ProfileError, profile_text
from cursus.runtime.synthesis.recipe import Recipe, make_recipe
from cursus.runtime.synthesis.scenarios import (
    FIXED_ROWS,
    changed_profile,
    changed_values,
)
from cursus.runtime.synthesis.shards import write_metadata, write_shards, write_signature

if TYPE_CHECKING:
    from pathlib import Path

    import polars as pl

    from cursus.kernel.plan import Binding, Plan, PlannedStep
    from cursus.kernel.plugins import Plugins
    from cursus.runtime.synthesis.profile import Format, Profile

PROFILE_FILE = "profile.yaml"
IDS_OF_A_STEP = 10**9
FORMAT_NAMES = {"UNESCAPED_TSV": "tsv", "JSON": "jsonl"}
TRAINING = "training"
KINDS = ("tabular", "signature", "metadata", MODEL)


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A folder of the data: the data of one step, in one of the kinds that can be made."""

    step: PlannedStep
    port: str
    kind: str


def data_in_workspace(plan: Plan, plugins: Plugins, recipe: Recipe, workspace: Path) -> Path:
    """Write the data of a plan into a workspace, unless the same is there already; give its folder."""
    made_of = (version("cursus-core"), profile_text(recipe.profile), recipe.scenario)
    text = repr((*made_of, [_key(place) for place in _places(plan)]))
    folder = workspace.resolve() / SYNTHETIC / sha256(text.encode()).hexdigest()[:12]
    if not folder.is_dir():
        try:
            write_data(plan, plugins, recipe, folder)
        except OutputError:
            if not folder.is_dir():  # else another run has made the same meanwhile
                raise
        mark_generated(folder.parent)
    return folder


def write_data(plan: Plan, plugins: Plugins, recipe: Recipe, folder: Path) -> None:
    """Write a folder with the data and its profile, whole or not at all; an existing one must be empty."""
    if folder.is_dir() and any(folder.iterdir()):
        raise OutputError(
            f"{folder} holds files already; nothing is overwritten, give another folder"
        )
    need_polars()
    profile = changed_profile(recipe.profile, recipe.scenario)
    places = _places(plan)
    with writing(folder):
        folder.parent.mkdir(parents=True, exist_ok=True)
        with temporary_folder(folder.parent, f".{SYNTHETIC}-") as draft:
            whole = draft / "data"
            whole.mkdir()
            loading = tuple(dict.fromkeys(place.step.node for place in places))
            maker = _Maker(profile=profile, recipe=recipe, loading=loading, plugins=plugins)
            for node in loading:
                maker.make(plan.steps[node], [p for p in places if p.step.node == node], whole)
            write_text(whole / PROFILE_FILE, profile_text(recipe.profile))
            whole.replace(folder)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Maker:
    """Makes the data of one place after the other; every step has rows of its own."""

    profile: Profile
    recipe: Recipe
    loading: tuple[str, ...]
    plugins: Plugins

    def make(self, step: PlannedStep, places: list[Place], folder: Path) -> None:
        """Make the data of one step in its sub-folder; its table is drawn once."""
        table = self._table(step) if any(place.kind != MODEL for place in places) else None
        for place in places:
            target = folder / step.node / place.port
            if table is None or place.kind == MODEL:
                self._train(step, target, folder.parent)
            elif place.kind == "tabular":
                cut = self.recipe.scenario == "malformed"
                chosen = self.profile.format or _format(step)
                write_shards(table, target, chosen, self.profile.shards, cut=cut)
            else:
                write_beside = write_signature if place.kind == "signature" else write_metadata
                write_beside(table, target)

    def _train(self, step: PlannedStep, target: Path, draft: Path) -> None:
        """Train the model that a step is given, whatever the scenario, on standard data."""
        training = plan_training(step, self.plugins)
        own = {"rows": self.recipe.profile.rows, "seed": self.recipe.profile.seed}
        chosen = make_recipe(training.plan, catalog=training.profile).profile
        data, workspace = draft / f"{step.node}-data", draft / f"{step.node}-training"
        recipe = Recipe(profile=chosen.model_copy(update=own))
        write_data(training.plan, self.plugins, recipe, data)
        options = RunOptions(data=data, workspace=workspace)
        archive = train_model(training, self.plugins, options)
        target.mkdir(parents=True)
        archive.rename(target / MODEL_ARCHIVE)

    def _table(self, step: PlannedStep) -> pl.DataFrame:
        """Make the table of a step; that of its signature and metadata is the same."""
        if not self.profile.columns:
            message = f"step {step.node} needs data, and no config names a column of it"
            fix = "give a data profile with --profile"
            raise ProfileError([Problem(code="CUR0722", message=message, fix=fix)])
        import polars as pl

        rows = FIXED_ROWS.get(self.recipe.scenario, self.profile.rows)
        number = self.loading.index(step.node)
        part = Part(
            name=step.node, rows=rows, seed=self.profile.seed, first_id=number * IDS_OF_A_STEP
        )
        names = _columns(step, self.profile)
        table = pl.DataFrame(make_column(name, self.profile, part) for name in names)
        trains = step.job_type in (None, TRAINING)
        return changed_values(table, self.profile, self.recipe.scenario, part, trains=trains)


def _places(plan: Plan) -> list[Place]:
    """List what is loaded: outputs of services that load, and inputs that would come from elsewhere."""
    found = []
    for step in plan:
        if step.step_type.job.stand_in == "source":
            ports = [(port.name, port.kind) for port in step.step_type.outputs]
        else:
            ports = [
                (step.port(binding).name, step.port(binding).kinds[0])
                for binding in step.bindings.values()
                if _comes_from_elsewhere(binding, step.port(binding).kinds[0])
            ]
        found += [Place(step=step, port=name, kind=kind) for name, kind in ports if kind in KINDS]
    return found


def _comes_from_elsewhere(binding: Binding, kind: str) -> bool:
    """Say whether an input is a location; a local model is the user's own, and is taken as it is."""
    source = binding.source
    if not isinstance(source, (Uri, Parameter)):
        return False
    text = source.uri if isinstance(source, Uri) else str(source.default or "s3://")
    return kind == "tabular" or text.startswith("s3://")


def _key(place: Place) -> tuple[str, ...]:
    """Say on what of a step's config its data depends."""
    specification = str(getattr(place.step.config, "output_spec", ""))
    model_class = str(getattr(place.step.config, "model_class", ""))
    named = (place.step.node, place.port, place.kind, str(place.step.job_type))
    return (*named, specification, model_class)


def _columns(step: PlannedStep, profile: Profile) -> list[str]:
    """Name the columns of a step: those that its config says are loaded, else all of the profile."""
    schema = getattr(getattr(step.config, "output_spec", None), "output_schema", None)
    if not schema:
        return list(profile.columns)
    names = [name.replace(ESCAPED_DOT, ".") for name in schema]
    missing = [name for name in names if name not in profile.columns]
    if missing:
        message = (
            f"step {step.node} loads columns that the data profile lacks: {', '.join(missing)}"
        )
        fix = "add them to the profile, or take them out of the config's output_schema"
        raise ProfileError([Problem(code="CUR0726", message=message, fix=fix)])
    return names


def _format(step: PlannedStep) -> Format:
    """Give the format in which a step's config says that its data is written."""
    specification = getattr(step.config, "output_spec", None)
    given = getattr(specification, "output_format", None) or "CSV"
    name = FORMAT_NAMES.get(given, given.lower())
    known: dict[str, Format] = {name: name for name in FORMATS}
    if name not in known:
        message = f"step {step.node} has the output_format {given}, in which no data can be made"
        fix = f"set format in the data profile to one of {', '.join(FORMATS)}"
        raise ProfileError([Problem(code="CUR0723", message=message, fix=fix)])
    return known[name]
