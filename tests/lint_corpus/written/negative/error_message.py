def check(execution_prefix):
    if execution_prefix is None:
        raise ValueError(f"{execution_prefix}/model is not a location")
    if not execution_prefix:
        message = f"{execution_prefix}/model"
        raise RuntimeError(message)
