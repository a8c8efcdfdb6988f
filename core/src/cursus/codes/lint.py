"""The codes of the linter."""

from __future__ import annotations

from cursus.codes.code import Code

LINT_CODES: dict[str, Code] = {
    "CUR0901": Code(
        title="A path is made as text from a value that can be a pipeline parameter",
        meaning="An f-string, `+`, `%`, `.format()`, `.join()` or `os.path.join()` needs the value's text, which exists "
        "only when the pipeline runs. Pass the pieces to `Join`; `cursus lint --fix` does it.",
    ),
    "CUR0902": Code(
        title="The text of a value that can be a pipeline parameter is asked for",
        meaning="`str()`, `format()` or `json.dumps()` gets a parameter, a Join or a step property. Pass the value itself; "
        "`cursus lint --fix` leaves out `str()`. What needs JSON gets the value as an argument of its own.",
    ),
    "CUR0903": Code(
        title="A value that can be a pipeline parameter is changed or taken apart as text",
        meaning="A parameter has no `.rstrip()`, `.replace()`, `.split()`, slices or regular expressions. Leave it as it is "
        "(a prefix has no trailing slash), do it in the script, or check `isinstance(value, str)` first.",
    ),
    "CUR0904": Code(
        title="A library of local paths or web addresses gets a value that can be a pipeline parameter",
        meaning="`Path()` makes `s3:/` of `s3://`, `urljoin()` drops the base of an `s3://` URI, and both need text. "
        "Use `Join`. There is no fix by itself: what follows may use the path's methods.",
    ),
    "CUR0911": Code(
        title="A script asks for a port that its step does not declare",
        meaning="`input_paths` and `output_paths` have the declared ports as keys; any other one is a KeyError when the "
        "step runs. Use the declared name, or declare the port.",
    ),
    "CUR0912": Code(
        title="A script reads an environment variable that its step does not set",
        meaning="It would be missing when the step runs. Set it in the declaration, or give the read a default.",
    ),
    "CUR0913": Code(
        title="A script's arguments and those that its step passes do not agree",
        meaning="An argument that argparse does not know, or a required one that is not passed, ends the script at once.",
    ),
    "CUR0914": Code(
        title="A script uses a container path that its step does not declare",
        meaning="Only what is mounted is there: data below an input's destination, and what is written below an output's "
        "source. Use a declared path, or declare one more.",
    ),
    "CUR0921": Code(
        title="A file to check cannot be read",
        meaning="It is missing, may not be read, or its bytes are not in the encoding that it declares.",
    ),
    "CUR0922": Code(
        title="A file to check is not Python",
        meaning="The parser of the Python that runs cursus refused it. The other files were checked; this one was "
        "left as it is.",
    ),
}
