def façade(execution_prefix, größe):
	ü = "é"; ziel = f"{execution_prefix}/größe-{größe}/{ü}"  # expect: CUR0901
	return ziel


def evaluate(parameter, step):
    return façade(parameter("PREFIX", "s3://bucket/run"), "groß")
