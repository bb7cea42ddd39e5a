"""What starts from what."""

from __future__ import annotations

import subprocess
import sys

import pytest

from builder.compress import TECHNIQUES
from builder.compress.techniques import in_order
from builder.errors import ConfigError


def test_every_technique_adds_one_step_to_the_one_that_it_starts_from() -> None:
    for technique in TECHNIQUES.values():
        before = TECHNIQUES[technique.after].steps if technique.after else ()
        assert technique.steps[:-1] == before


def test_a_chain_brings_what_it_starts_from_each_once() -> None:
    names = [technique.name for technique in in_order(["pruned_clustered_qat", "pruned_qat", "pruned"])]
    assert names == ["pruned", "pruned_qat", "pruned_clustered", "pruned_clustered_qat"]


def test_what_was_made_before_must_be_kept() -> None:
    kept = {name: (technique.keeps_zeros, technique.keeps_clusters) for name, technique in TECHNIQUES.items()}
    assert kept["qat"] == kept["pruned"] == (False, False)
    assert kept["pruned_qat"] == kept["pruned_clustered"] == (True, False)
    assert kept["clustered_qat"] == (False, True)
    assert kept["pruned_clustered_qat"] == (True, True)


def test_an_unknown_name_is_answered_with_the_nearest() -> None:
    with pytest.raises(ConfigError, match=r'no technique "prune"\. Did you mean "pruned"\?'):
        in_order(["prune"])


def test_the_package_imports_the_standard_library_only() -> None:
    program = "import sys, builder.compress; print(*{name.partition('.')[0] for name in sys.modules})"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert not set(done.stdout.split()) & {"numpy", "pydantic", "tensorflow", "tf_keras", "keras", "tensorflow_model_optimization"}
