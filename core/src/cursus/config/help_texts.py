"""Help texts that the platform's templates come with: neither a config nor a document may have one as a value."""

from __future__ import annotations

TOKENS = frozenset(
    {
        "MDS_DATA_SET_NAME_IN_STRING",
        "MDS_ORG_UNIT_IN_STRING",
        "MDS_REGION/NA/EU/FE",
        "OUTPUT_FIELD_NAME",
        "image-uri-placeholder",
    }
)
SENTENCES = (
    "The domain to register ",
    "The objective to register ",
    "The region that your ",
    "The team id of ",
    "The image arn for ",
    "Provide a list ",
    "Provide a dictionary ",
    "Optional: ",
)


def is_help_text(value: str) -> bool:
    """Say whether a text is one that a template holds in the place of a value."""
    return value in TOKENS or value.startswith(SENTENCES)
