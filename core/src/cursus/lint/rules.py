"""What is said of each kind of finding."""

from __future__ import annotations

from dataclasses import dataclass

JOIN_FIX = 'pass the pieces to Join(on="/", values=[...]) of sagemaker.workflow.functions'


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """A code, what it says of the code (`{what}` is how, `{part}` the value, `{why}` why not), and its fix."""

    code: str
    message: str
    fix: str


BUILT = Rule(
    code="CUR0901",
    message="{what} makes text of {part}, which can be a pipeline parameter ({why})",
    fix=JOIN_FIX,
)
CONVERTED = Rule(
    code="CUR0902",
    message="{what} asks for the text of {part}, which can be a pipeline parameter ({why})",
    fix="pass the value itself; where text is needed in JSON, make the JSON where the step runs",
)
TAKEN_APART = Rule(
    code="CUR0903",
    message="{what} needs the text of {part}, which can be a pipeline parameter ({why})",
    fix="leave the value as it is (a prefix has no trailing slash), or do it in the script, or check "
    "isinstance(value, str) first",
)
LOCAL_LIBRARY = Rule(
    code="CUR0904",
    message="{what} is for local paths or web addresses and gets {part}, which can be a pipeline parameter ({why})",
    fix=JOIN_FIX,
)
