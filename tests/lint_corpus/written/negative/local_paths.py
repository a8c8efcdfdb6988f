import os
from pathlib import Path

BASE = Path(__file__).parent


def script(config, name):
    return os.path.join(str(BASE), "scripts", f"{name}.py"), BASE / name
