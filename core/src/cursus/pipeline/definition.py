"""Definition: a pipeline definition as plain data, with the code bundles that it needs."""

from __future__ import annotations

import json
from copy import deepcopy
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cursus.files import write_text
from cursus.pipeline.bundles import write_bundle

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cursus.errors import Problem
    from cursus.pipeline.bundles import Bundle


@dataclass(frozen=True, slots=True, kw_only=True)
class Definition:
    """What `CreatePipeline` takes: name, role, definition; `bundles` are to be uploaded, by URI.

    `code_location` is the S3 URI below which they lie.
    """

    name: str
    role: str
    data: Mapping[str, Any]
    bundles: Mapping[str, Bundle] = field(default_factory=dict)
    code_location: str | None = None
    warnings: tuple[Problem, ...] = ()

    def to_dict(self) -> dict[str, Any]:
        """Give the definition as data of its own, free to change."""
        return deepcopy(dict(self.data))

    def to_json(self) -> str:
        """Give the text of the definition; the same plan gives the same bytes."""
        return json.dumps(self.data, indent=2) + "\n"

    def to_sdk_pipeline(self, session: Any = None) -> Any:
        """Give a `Pipeline` of the installed SageMaker SDK (v2 or v3); its create, update and upsert send the code too.

        `session` is a session of that SDK; None: it makes its own. MissingExtraError: no SDK is installed.
        """
        from cursus.pipeline.sdk import to_sdk_pipeline

        return to_sdk_pipeline(self, session)

    def write(self, path: str | Path, bundle_folder: str | Path | None = None) -> tuple[Path, ...]:
        """Write the definition, and the bundles into a folder where one is given; give what was written."""
        folder = None if bundle_folder is None else Path(bundle_folder)
        bundles = [] if folder is None else [write_bundle(b, folder) for b in self.bundles.values()]
        return (write_text(path, self.to_json()), *bundles)
