from string import Template


def location(execution_prefix):
    return Template("$prefix/out").substitute(prefix=execution_prefix)  # expect: CUR0901 by hand
