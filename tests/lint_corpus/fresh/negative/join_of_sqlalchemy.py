from sqlalchemy.orm import join


def joined(a, b):
    return join(a, b, a.id == b.id), f"{a.name}/{b.name}"
