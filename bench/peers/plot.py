"""Draws what `bench.growth` measured: `plot.py figures.json plot.svg`."""

import json
import sys
from pathlib import Path

import matplotlib as mpl
from matplotlib import pyplot as plt

mpl.use("svg")
mpl.rcParams["svg.fonttype"] = "none"  # text stays text
mpl.rcParams["svg.hashsalt"] = "growth"  # the same figures are the same file


def main() -> None:
    """Draw the lines of each kind of growth, both axes logarithmic."""
    source, target = map(Path, sys.argv[1:])
    found = json.loads(source.read_text())
    figure, axes = plt.subplots(2, 2, figsize=(11, 8), layout="constrained")
    for place, (title, lines) in zip(axes.flat, found.items(), strict=False):
        for name, points in lines.items():
            place.plot(*zip(*points, strict=True), marker="o", label=name)
        place.set(title=title, xscale="log", yscale="log", ylabel="us of CPU a request")
        place.grid(alpha=0.3)
        place.legend(fontsize="small")
    figure.savefig(target, metadata={"Date": None})


main()
