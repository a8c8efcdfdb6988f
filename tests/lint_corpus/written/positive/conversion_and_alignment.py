def names(execution_prefix):
    plain = f"{execution_prefix!s}/a"  # expect: CUR0901 by hand
    padded = f"{execution_prefix:>40}/b"  # expect: CUR0901 by hand
    return plain, padded
