"""A stand-in for the platform's SDK: its module, class and argument names, on the real SageMaker SDK v2."""
