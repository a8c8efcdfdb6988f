import numpy as np


def totals(values, weights):
    total = sum(values) + weights[0]
    return np.concatenate([values, weights]) / total, [*values] + [*weights], total % 7
