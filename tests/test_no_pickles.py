"""Nothing reads a format that can carry code: a file from anywhere is data, never a program."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import builder

ROOT = Path(builder.__path__[0]).parent
CARRIERS = {"pickle", "cPickle", "_pickle", "dill", "cloudpickle", "joblib", "shelve", "marshal"}
RUNNERS = {"eval", "exec"}
YAML_LOADERS = {"load", "load_all", "full_load", "unsafe_load"}


def sources() -> list[Path]:
    """The product's own code."""
    return [ROOT / "app.py", *sorted((ROOT / "builder").rglob("*.py")), *sorted((ROOT / "ui").rglob("*.py"))]


def complaints(text: str) -> Iterator[str]:
    """Where code takes a file for a program."""
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Import | ast.ImportFrom):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else [node.module or ""]
            yield from (f"line {node.lineno}: imports {name}" for name in names if name.partition(".")[0] in CARRIERS)
        if isinstance(node, ast.Call):
            yield from (f"line {node.lineno}: {problem}" for problem in of_call(node))


def of_call(call: ast.Call) -> Iterator[str]:
    """What is wrong with one call."""
    for keyword in call.keywords:
        safe = isinstance(keyword.value, ast.Constant) and keyword.value.value is (keyword.arg == "safe_mode")
        if keyword.arg in ("allow_pickle", "safe_mode") and not safe:
            yield f"{keyword.arg} is not the safe value"
    if isinstance(call.func, ast.Name) and call.func.id in RUNNERS:
        yield f"calls {call.func.id}"
    if isinstance(call.func, ast.Attribute) and call.func.attr in YAML_LOADERS and ast.unparse(call.func.value) == "yaml":
        yield f"calls yaml.{call.func.attr}"


def test_nothing_reads_pickles_or_runs_a_file() -> None:
    found = {str(path.relative_to(ROOT)): list(complaints(path.read_text(encoding="utf-8"))) for path in sources()}
    assert {path: problems for path, problems in found.items() if problems} == {}


def test_each_way_would_be_noticed() -> None:
    ways = """
import pickle, joblib
from dill import load
numpy.load(path, allow_pickle=True)
keras.models.load_model(path, safe_mode=False)
eval(text)
yaml.load(text)
numpy.load(path, allow_pickle=False)
keras.models.load_model(path, safe_mode=True)
yaml.safe_load(text)
"""
    assert len(list(complaints(ways))) == 7
