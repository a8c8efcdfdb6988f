import tempfile


def scratch(name):
    base_path = tempfile.mkdtemp()
    return base_path + "/" + name
