def show(execution_prefix, bar):
    bar.set_description(f"{execution_prefix}/x")
    bar.print(execution_prefix + "/x")
