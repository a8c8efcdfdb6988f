"""The catalog as installed: whose entries they are, what each one lacks, and how to find one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from cursus.answers import ask, checked, warn
from cursus.catalog.entry import CatalogEntry
from cursus.distributions import home_of
from cursus.errors import InvalidInputError, PluginError, Problem

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator

    from cursus.kernel.plugins import Plugins


@dataclass(frozen=True, slots=True, kw_only=True)
class Missing:
    """A step type that an entry needs and no plugin gives; the distribution is None where it is unknown."""

    step_type: str
    distribution: str | None
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Listing:
    """An entry, the distribution that contributes it, and the step types that it lacks here."""

    entry: CatalogEntry
    plugin: str
    missing: tuple[Missing, ...] = ()

    def to_dict(self) -> dict[str, Any]:
        """Give the listing as JSON data."""
        missing = [
            {"step_type": m.step_type, "distribution": m.distribution, "reason": m.reason}
            for m in self.missing
        ]
        return {**self.entry.to_dict(), "plugin": self.plugin, "missing": missing}


@dataclass(frozen=True, slots=True, kw_only=True)
class Catalog:
    """All listings, sorted by id, then by distribution."""

    listings: tuple[Listing, ...]

    def find(self, name: str) -> Listing:
        """Find an entry by its id, else by an alias; InvalidInputError where none or more than one has the name."""
        by_id = [found for found in self.listings if found.entry.id == name]
        found = by_id or [other for other in self.listings if name in other.entry.aliases]
        if len(found) == 1:
            return found[0]
        raise InvalidInputError([_ambiguous(name, found) if found else self._unknown(name)])

    def recommend(
        self,
        framework: str | None = None,
        task_type: str | None = None,
        features: tuple[str, ...] = (),
    ) -> tuple[Listing, ...]:
        """Give the entries that meet every wish: those that lack nothing first, then the smaller ones."""
        fitting = [
            listing
            for listing in self.listings
            if _meets(framework, listing.entry.framework)
            and _meets(task_type, listing.entry.task_type)
            and {wish.lower() for wish in features} <= set(listing.entry.features)
        ]
        return tuple(
            sorted(fitting, key=lambda found: (bool(found.missing), found.entry.node_count))
        )

    def values(self, field: str) -> tuple[str, ...]:
        """Give the values that a field such as `framework` has in the catalog."""
        return tuple(sorted({str(getattr(found.entry, field)) for found in self.listings}))

    def _unknown(self, name: str) -> Problem:
        from difflib import get_close_matches

        names = [
            known for found in self.listings for known in (found.entry.id, *found.entry.aliases)
        ]
        close = get_close_matches(name, names, n=1)
        hint = f"did you mean {close[0]}? " if close else ""
        known = ", ".join(found.entry.id for found in self.listings) or "nothing"
        message = f"the catalog has no pipeline {name}"
        return Problem(code="CUR0321", message=message, fix=f"{hint}it has: {known}")


def read_catalog(plugins: Plugins) -> Catalog:
    """Ask every plugin for its pipelines."""
    available = plugins.step_types.keys()
    listings = [
        Listing(entry=entry, plugin=owner, missing=_missing(entry, available, plugins))
        for owner, entry in _sound(plugins.pipelines())
    ]
    return Catalog(
        listings=tuple(sorted(listings, key=lambda found: (found.entry.id, found.plugin)))
    )


def _sound(pairs: Iterable[tuple[str, Any]]) -> Iterator[tuple[str, CatalogEntry]]:
    """Leave out what is no entry, and say so; the entries of other plugins stay."""
    for owner, entry in pairs:
        try:
            checked(owner, "cursus_pipelines", entry, CatalogEntry)
            ask(owner, f"cursus_pipelines, entry {entry.id!r}", _check, entry)
        except PluginError as failure:
            warn(failure)
        else:
            yield owner, entry


def _check(entry: CatalogEntry) -> None:
    """Raise for an entry that no command could use."""
    if not isinstance(entry.id, str) or not entry.id:
        raise TypeError(f"its id is {entry.id!r}, not a name")
    ends = {node for edge in entry.edges for node in edge}
    unknown = sorted(ends.difference(entry.nodes))
    if unknown:
        raise ValueError(f"its edges name {', '.join(unknown)}, not among its nodes")
    entry.dag().topological_sort()


def _missing(
    entry: CatalogEntry, available: Collection[str], plugins: Plugins
) -> tuple[Missing, ...]:
    return tuple(
        Missing(
            step_type=name,
            distribution=home_of(name),
            reason=plugins.why_not(f"{name}Config"),
        )
        for name in entry.step_types
        if name not in available
    )


def _meets(wish: str | None, value: str) -> bool:
    return wish is None or wish.lower() == value.lower()


def _ambiguous(name: str, found: list[Listing]) -> Problem:
    claims = " and ".join(f"{claim.plugin} ({claim.entry.id})" for claim in found)
    return Problem(
        code="CUR0322",
        message=f"more than one pipeline is called {name}: {claims}",
        fix="use its id, or set CURSUS_DISABLE_PLUGINS to the plugin that is not meant",
    )
