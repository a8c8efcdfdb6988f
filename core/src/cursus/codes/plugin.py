"""The codes of plugins."""

from __future__ import annotations

from cursus.codes.code import Code

PLUGIN_CODES: dict[str, Code] = {
    "CUR0321": Code(
        title="The catalog has no such pipeline",
        meaning="Pipelines of the catalog come from installed plugins and are found by id or alias; "
        "`cursus catalog list` shows them.",
    ),
    "CUR0322": Code(
        title="More than one pipeline of the catalog has this name",
        meaning="Two plugins contribute pipelines of one id, or one alias stands for two. None is chosen: use an id "
        "that only one has, or switch one plugin off.",
    ),
}
