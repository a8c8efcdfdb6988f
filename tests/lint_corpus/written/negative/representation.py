class Builder:
    def __init__(self, execution_prefix):
        self.execution_prefix = execution_prefix

    def __repr__(self):
        return f"Builder({self.execution_prefix})"
