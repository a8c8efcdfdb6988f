"""What is known of distributions: which one has which step type, and what it asks of cursus-core."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import importlib_metadata

from cursus.errors import CursusError

if TYPE_CHECKING:
    from importlib_metadata import Distribution

CORE = "cursus-core"
# Half as dear as packaging.requirements, whose parser would be loaded for each command that loads plugins.
CORE_REQUIREMENT = re.compile(
    r"cursus[-_.]core\s*(\[[^]]*\])?(?P<specifiers>[^;\w-][^;]*|)(;|$)", re.IGNORECASE
)

DISTRIBUTIONS = {
    "cursus-cradle": ("CradleDataLoading", "DummyDataLoading"),
    "cursus-processing": (
        "TabularPreprocessing",
        "RiskTableMapping",
        "CurrencyConversion",
        "XGBoostModelEval",
        "PyTorchModelEval",
        "ModelCalibration",
    ),
    "cursus-training": (
        "XGBoostTraining",
        "PyTorchTraining",
        "DummyTraining",
        "XGBoostModel",
        "PyTorchModel",
        "BatchTransform",
    ),
    "cursus-registration": ("Package", "Payload", "Registration"),
}


def home_of(class_or_type: str) -> str | None:
    """Give the distribution that has a step type, by its name or its config class's; None where unknown."""
    name = class_or_type.removesuffix("Config").removesuffix("Step")
    homes = (dist for dist, names in DISTRIBUTIONS.items() if name in names)
    return next(homes, None)


def check_core_requirement(distribution: Distribution | None) -> None:
    """Compare a plugin's requirement on cursus-core with what is installed; CursusError where it is not met."""
    requires = (distribution.requires if distribution is not None else None) or []
    for text in requires:
        name = CORE_REQUIREMENT.match(text)
        if name is not None:
            from packaging.specifiers import SpecifierSet

            installed = importlib_metadata.version(CORE)
            specifiers = SpecifierSet(name["specifiers"].strip("() "))
            if not specifiers.contains(installed, prereleases=True):
                raise CursusError(
                    f"it requires {CORE} {specifiers}, but {installed} is installed; "
                    f"install a release of the plugin for {CORE} {installed}"
                )
