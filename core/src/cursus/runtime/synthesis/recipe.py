"""What data is made: a profile, from a file, the catalog or the configs, with rows, seed and scenario."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from cursus.runtime.synthesis.deriving import derive_profile
from cursus.runtime.synthesis.names import SIZES, STANDARD
from cursus.runtime.synthesis.profile_file import make_profile, read_profile

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path
    from typing import Any

    from cursus.kernel.plan import Plan
    from cursus.runtime.synthesis.names import Scenario, Size
    from cursus.runtime.synthesis.profile import Profile


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipe:
    """A profile with its rows and seed, and what is odd about the data."""

    profile: Profile
    scenario: Scenario = STANDARD


@dataclass(frozen=True, slots=True, kw_only=True)
class Wishes:
    """What a user asks for; None leaves it to the profile, and the profile to catalog and configs."""

    profile: Path | None = None
    size: Size | None = None
    seed: int | None = None
    scenario: Scenario | None = None


def make_recipe(
    plan: Plan, wishes: Wishes | None = None, catalog: Mapping[str, Any] | None = None
) -> Recipe:
    """Choose the profile: the user's, else that of the catalog's entry, else what the configs name."""
    wishes = wishes or Wishes()
    if wishes.profile is not None:
        profile = read_profile(wishes.profile)
    else:
        profile = make_profile(dict(catalog)) if catalog else derive_profile(plan)
    rows = {} if wishes.size is None else {"rows": SIZES[wishes.size]}
    seed = {} if wishes.seed is None else {"seed": wishes.seed}
    chosen = profile.model_copy(update={**rows, **seed})
    return Recipe(profile=chosen, scenario=wishes.scenario or STANDARD)
