"""What each problem code means; `cursus explain CODE` prints it."""

from __future__ import annotations

from cursus.codes.code import Code
from cursus.codes.config import CONFIG_CODES
from cursus.codes.dag import DAG_CODES
from cursus.codes.definition import DEFINITION_CODES
from cursus.codes.deploy import DEPLOY_CODES
from cursus.codes.document import DOCUMENT_CODES
from cursus.codes.document_content import DOCUMENT_CONTENT_CODES
from cursus.codes.lint import LINT_CODES
from cursus.codes.plan import PLAN_CODES
from cursus.codes.plugin import PLUGIN_CODES
from cursus.codes.run import RUN_CODES

__all__ = ["CODES", "Code"]

CODES: dict[str, Code] = {
    **DAG_CODES,
    **CONFIG_CODES,
    **PLUGIN_CODES,
    **PLAN_CODES,
    **DOCUMENT_CODES,
    **DOCUMENT_CONTENT_CODES,
    **DEFINITION_CODES,
    **DEPLOY_CODES,
    **RUN_CODES,
    **LINT_CODES,
}
