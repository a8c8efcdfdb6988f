def build(config, processor, execution_prefix):
    environment = {"OUTPUT_PREFIX": execution_prefix, "MODE": "%s-%d" % (config.mode, 3)}
    return processor(env=environment, output=execution_prefix, name="-".join(["a", config.mode]))
