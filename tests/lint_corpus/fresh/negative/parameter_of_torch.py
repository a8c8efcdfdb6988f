from torch.nn import Parameter


def describe(weight: Parameter, name: str):
    return f"{name}/{weight}"
