"""What workers get of a cluster's nodes, and addresses at which none answers."""

from __future__ import annotations

import socket
import subprocess
import sys
import time

import pytest

from builder.batch import cluster
from builder.batch.cluster import Node, Share, connected, host_and_port, hush, share, this_builder
from builder.errors import ConfigError, MissingTool

GIB = 1024**3


def node(cpus: int, gpus: int = 0, gib: int = 64) -> Node:
    return Node(f"{cpus}-{gpus}", cpus, gpus, gib * GIB)


def room(each: Share, *found: Node) -> int:
    return sum(each.room(one) for one in found)


def test_without_a_number_there_is_a_worker_a_core_where_memory_holds_it() -> None:
    each = share([node(8), node(8, gib=6)], None, 1)
    assert each.cpus == 1
    assert room(each, node(8), node(8, gib=6)) == 8 + 6 // 2


def test_a_machine_with_less_memory_than_a_worker_likes_still_has_one() -> None:
    assert room(share([node(2, gib=1)], None, 1), node(2, gib=1)) == 1


def test_fewer_workers_than_cores_share_the_cores() -> None:
    assert share([node(8)], 2, 1).cpus == 8 // 2
    assert share([node(8), node(4)], 3, 1).cpus == 4  # 8 // 4 + 4 // 4 workers fit; at 5 cores each only one would


def test_more_workers_than_cores_take_one_each() -> None:
    assert share([node(2)], 5, 1).cpus == 1


def test_gpus_are_shared_as_asked_and_nodes_without_one_stay_idle() -> None:
    each = share([node(16, gpus=2), node(64)], None, 2)
    assert each.options()["num_gpus"] == 1 / 2
    assert each.cpus == 16 // (2 * 2)
    assert room(each, node(16, gpus=2)) == 2 * 2
    assert room(each, node(64)) == 0


@pytest.mark.parametrize(
    ("address", "found"),
    [("10.0.0.1:6379", ("10.0.0.1", 6379)), ("ray://head:10001", ("head", 10001)), ("[::1]:6379", ("::1", 6379))],
)
def test_addresses(address: str, found: tuple[str, int]) -> None:
    assert host_and_port(address) == found


@pytest.mark.parametrize("address", ["head", "head:", "head:port", ":6379", "head:70000", ""])
def test_what_is_no_address_is_named(address: str) -> None:
    with pytest.raises(ConfigError, match="host:port") as caught:
        host_and_port(address)
    assert repr(address) in str(caught.value)


def test_an_address_where_nobody_answers_is_named_at_once() -> None:
    pytest.importorskip("ray", reason="the extra ray is not installed")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        address = f"127.0.0.1:{probe.getsockname()[1]}"
    began = time.monotonic()
    with pytest.raises(ConfigError, match=address), connected(address, 1):
        pass
    assert time.monotonic() - began < 10


def test_rays_client_gives_up_within_half_a_minute() -> None:
    pytest.importorskip("ray", reason="the extra ray is not installed")
    code = """
import os
from builder.batch import cluster
os.environ.update(cluster.QUIET)
from ray.util.client import worker
print(worker.INITIAL_TIMEOUT_SEC + 2 * worker.backoff(worker.INITIAL_TIMEOUT_SEC + 5))
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert cluster.CONNECT_SECONDS + int(done.stdout) < 30


def test_without_ray_the_message_says_how_to_install_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "ray", None)
    with pytest.raises(MissingTool, match=r"make ray, or: pip install 'mobilenet-builder\[ray\]'"), connected("local", 1):
        pass


def test_ray_prints_nothing_of_what_befalls_nodes(capsys: pytest.CaptureFixture[str]) -> None:
    pytest.importorskip("ray", reason="the extra ray is not installed")
    from ray._private import worker

    hush()
    worker.print_to_stdstream({"lines": ["The node has been marked dead."], "pid": "raylet", "is_err": False}, ignore_prefix=False)
    assert capsys.readouterr().out == ""


def test_a_builder_is_known_by_its_sources_and_its_python() -> None:
    assert f"on Python {sys.version_info.major}.{sys.version_info.minor}" in this_builder()
    assert "sources" in this_builder()
