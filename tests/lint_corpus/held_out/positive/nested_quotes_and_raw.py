def weird(execution_prefix, names):
    a = f'{execution_prefix}/"quoted"/{names["k"]}'  # expect: CUR0901
    b = rf"{execution_prefix}/back\slash/{names['k']}"  # expect: CUR0901
    c = f"""{execution_prefix}/triple/{names['k']}-{names['v']}"""  # expect: CUR0901
    d = f"{execution_prefix}/{{braces}}/x"  # expect: CUR0901
    return a, b, c, d


def evaluate(parameter, step):
    return weird(parameter("PREFIX", "s3://bucket/run"), {"k": "K", "v": "V"})
