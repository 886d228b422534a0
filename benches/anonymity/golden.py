#!/usr/bin/env python3
"""The figures that `src/anonymity/measure/tests.rs` holds, by pyCANON and pandas.

Four tables of a generator that anybody can write. pyCANON rounds entropy l-diversity down,
and takes the rarest value of a class where recursive (c, l)-diversity says the most
frequent one; both are taken from pandas here.
"""

import numpy
import pandas
from pycanon import anonymity


def random(seed):
    state = seed
    while True:
        state = (state * 6364136223846793005 + 1442695040888963407) % (1 << 64)
        yield state >> 33


def table(seed, rows, sizes, values):
    draw = random(seed)
    columns = [[next(draw) % size for _ in range(rows)] for size in sizes]
    value = []
    for row in range(rows):
        own = columns[0][row] % values
        value.append((next(draw) % values + own) % values if next(draw) % 3 else own)
    names = {f"q{i}": [str(x) for x in column] for i, column in enumerate(columns)}
    return pandas.DataFrame(names | {"number": value, "text": [f"v{x}" for x in value]})


def entropy(group):
    shares = group["text"].value_counts(normalize=True)
    return numpy.exp(-(shares * numpy.log(shares)).sum())


def recursive(group):
    falling = group["text"].value_counts().to_numpy()
    return falling[0] / falling[1:].sum() if len(falling) > 1 else numpy.inf


for seed, rows, sizes, values in [(1, 60, [3, 2], 3), (2, 200, [4, 3, 2], 5),
                                  (3, 40, [2], 4), (4, 500, [5, 4], 7)]:
    data = table(seed, rows, sizes, values)
    quasi = [f"q{i}" for i in range(len(sizes))]
    groups = [group for _, group in data.groupby(quasi)]
    figures = [
        len(groups),
        anonymity.k_anonymity(data, quasi),
        anonymity.l_diversity(data, quasi, ["text"]),
        min(entropy(group) for group in groups),
        max(recursive(group) for group in groups),
        anonymity.alpha_k_anonymity(data, quasi, ["text"])[0],
        anonymity.t_closeness(data, quasi, ["text"]),
        anonymity.t_closeness(data, quasi, ["number"]),
        anonymity.basic_beta_likeness(data, quasi, ["text"]),
        anonymity.enhanced_beta_likeness(data, quasi, ["text"]),
        anonymity.delta_disclosure(data, quasi, ["text"]),
    ]
    assert int(figures[3] + 1e-9) == anonymity.entropy_l_diversity(data, quasi, ["text"])
    print(seed, [round(float(figure), 6) for figure in figures])
