"""A profile from the configs of a plan: all columns that they name, each of the type for which they name it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from cursus.runtime.synthesis.profile_file import make_profile

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from cursus.kernel.plan import Plan
    from cursus.runtime.synthesis.profile import Profile

# Fields of configs and hyperparameters that name columns, by what the columns hold; the first that names one counts.
ROLES: dict[str, tuple[str, ...]] = {
    "label": ("label_name", "label_field"),
    "id": ("id_name", "id_field"),
    "marketplace": ("marketplace_id_field",),
    "currency": ("currency_code_field",),
    "date": ("date_columns",),
    "text": ("text_columns", "text_name"),
    "amount": ("currency_conversion_vars",),
    "category": ("cat_field_list", "categorical_columns"),
    "number": ("tab_field_list", "numerical_columns"),
    "other": ("full_field_list", "output_schema"),
}
NESTED = ("hyperparameters", "output_spec")
FEATURES = 4  # on so many columns the label depends: few rows are enough to learn that
SUFFIX_LETTERS = "abcdefgh"
ESCAPED_DOT = "__DOT__"


def derive_profile(plan: Plan) -> Profile:
    """Make the profile of a plan, without columns where its configs name none."""
    named = _Named()
    for step in plan:
        named.take(step.config)
    return make_profile({"columns": named.columns()})


@dataclass(slots=True)
class _Named:
    """Gathers columns by role, and what configs say of their values."""

    roles: dict[str, dict[str, None]] = field(default_factory=lambda: {role: {} for role in ROLES})
    classes: tuple[Any, ...] = ()
    marketplaces: tuple[str, ...] = ()
    currencies: tuple[str, ...] = ()

    def take(self, config: object) -> None:
        for place in (config, *(_field(config, name) for name in NESTED)):
            for role, fields in ROLES.items():
                for name in fields:
                    self.roles[role].update(dict.fromkeys(_names(_field(place, name))))
            self.classes = self.classes or tuple(_field(place, "multiclass_categories") or ())
        self.marketplaces = self.marketplaces or tuple(_field(config, "marketplace_info") or ())
        self.currencies = self.currencies or tuple(_field(config, "rates") or ())

    def columns(self) -> dict[str, Any]:
        """Give each column once, in the order of the configs' lists of all columns where they have one."""
        chosen: dict[str, str] = {}
        for role, names in self.roles.items():
            for name in names:
                chosen.setdefault(name, role)
        order = [*self.roles["other"], *chosen]
        features = [name for name in chosen if chosen[name] in ("number", "category", "text")]
        return {name: self._column(chosen[name], features) for name in dict.fromkeys(order)}

    def _column(self, role: str, features: list[str]) -> dict[str, Any]:
        if role == "label":
            return self._label(features)
        if role == "marketplace":
            return _codes(self.marketplaces or ("1", "2", "3"))
        if role == "currency":
            return _codes(self.currencies or ("USD", "EUR", "JPY"))
        return dict(COLUMNS[role])

    def _label(self, features: list[str]) -> dict[str, Any]:
        classes = self.classes or (0, 1)
        binary = {"shares": [0.7, 0.3]} if len(classes) == len((0, 1)) else {}
        depends_on = dict.fromkeys(_spread(features), 1.0)
        return {"type": "label", "classes": list(classes), **binary, "depends_on": depends_on}


COLUMNS: Mapping[str, Mapping[str, Any]] = {
    "id": {"type": "id"},
    "date": {"type": "date"},
    "text": {"type": "text"},
    "amount": {"type": "float", "minimum": 1, "maximum": 500, "decimals": 2},
    "category": {"type": "category", "values": list(SUFFIX_LETTERS)},
    "number": {"type": "float", "minimum": 0, "maximum": 100},
    "other": {"type": "float", "minimum": 0, "maximum": 100},
}


def _codes(values: Iterable[str]) -> dict[str, Any]:
    return {"type": "category", "values": list(dict.fromkeys(values)), "closed": True}


def _spread(features: list[str]) -> list[str]:
    """Choose some features, of all roles, in the order of the list."""
    step = max(len(features) // FEATURES, 1)
    return features[::step][:FEATURES]


def _field(place: object, name: str) -> Any:
    if isinstance(place, dict):
        return place.get(name)
    return getattr(place, name, None)


def _names(value: object) -> Iterator[str]:
    """Give the names of a field: one text or many; the dot of a name may be written `__DOT__`."""
    members = [value] if isinstance(value, str) else value
    if isinstance(members, (list, tuple)):
        for member in members:
            if isinstance(member, str) and member:
                yield member.replace(ESCAPED_DOT, ".")
