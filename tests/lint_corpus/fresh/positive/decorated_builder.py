import functools


def with_prefix(function):
    @functools.wraps(function)
    def wrapper(self, *args):
        return function(self, self._get_base_output_path(), *args)

    return wrapper


class Builder:
    def _get_base_output_path(self):
        return self.prefix

    @with_prefix
    def output(self, base, name):
        return f"{base}/{name}"  # expect: CUR0901
