import inspect


def signature(function):
    found = inspect.signature(function).parameters
    return ["%s/%s" % (name, parameter.kind) for name, parameter in found.items()]
