def legacy(execution_prefix):
    one = f"{execution_prefix}/legacy"  # noqa: CUR0901
    two = execution_prefix + "/legacy"  # cursus: ignore[CUR0901]
    return one, two
