from urllib.parse import urljoin


def destination(execution_prefix):
    return urljoin(execution_prefix, "payload")  # expect: CUR0904 by hand
