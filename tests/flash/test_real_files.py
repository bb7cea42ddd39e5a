"""Estimates of two random networks beside the files that the builder exports: a small part of `benchmarks/estimates.py`."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from types import ModuleType

import pytest

SCRIPT = Path(__file__).parents[2] / "benchmarks" / "estimates.py"


@pytest.fixture(scope="module")
def benchmark() -> ModuleType:
    """The benchmark as a module."""
    spec = importlib.util.spec_from_file_location("benchmark_estimates", SCRIPT)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module  # dataclasses look their module up
    spec.loader.exec_module(module)
    return module


@pytest.mark.slow
@pytest.mark.parametrize("number", [0, 1])
def test_estimates_are_within_their_limits(benchmark: ModuleType, number: int, tmp_path: Path) -> None:
    drawn = benchmark.configurations(40, 0, seed=3)
    configuration = sorted(drawn, key=lambda each: each.network.alpha)[number]  # the narrowest: they are the fastest

    measured = benchmark.measure(configuration, tmp_path)

    estimated = benchmark.estimates(configuration)
    for variant in benchmark.VARIANTS:
        assert estimated[variant] == pytest.approx(measured[variant], rel=benchmark.LIMIT_FLASH / 100), variant
    if "arena" in measured:  # TensorFlow Lite Micro is an extra
        assert estimated["arena"] == pytest.approx(measured["arena"], rel=benchmark.LIMIT_ARENA / 100)
