"""The codes of what stands in the STEP_CONFIGs of an execution document."""

from __future__ import annotations

from cursus.codes.code import Code

DOCUMENT_CONTENT_CODES: dict[str, Code] = {
    "CUR0520": Code(
        title="A STEP_CONFIG has wrong content",
        meaning="The plugin that owns the step's type looked at its STEP_CONFIG: a key is missing or not known, a value is "
        "of another form than the platform takes, or two values contradict each other.",
    ),
    "CUR0521": Code(
        title="A step's part of the document is doubtful",
        meaning="The document was made, and the plugin that owns the step's type doubts that it is what was meant: SQL "
        "that reads a table that no data source gives, or a Package or Payload config that a registration's load test uses "
        "though no edge leads from it to the registration: it is the only one that no other registration is connected with.",
    ),
    "CUR0522": Code(
        title="A registration's load test is not clear",
        meaning="A registration takes its load test from the Payload and Package steps that feed it. Here several could, "
        "equally near, or the one that does has no config; Cursus does not choose between others.",
    ),
}
