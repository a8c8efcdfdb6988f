"""The catalog: ready pipelines that plugins contribute."""

from cursus.catalog.entry import CatalogEntry
from cursus.catalog.listing import Catalog, Listing, Missing, read_catalog

__all__ = ["Catalog", "CatalogEntry", "Listing", "Missing", "read_catalog"]
