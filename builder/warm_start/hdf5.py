"""Weights out of Keras's files: .keras, .weights.h5 and the older .h5, of Keras 2, Keras 3 and tf_keras.

Only arrays are read: no layer is built, so no lambda, no pickle and no custom class in a file ever runs. Links to other files
are refused.
"""

from __future__ import annotations

import io
import re
import zipfile
from collections import defaultdict
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from builder.errors import ModelFileError
from builder.warm_start import trained as tr

VALUES_MAX = 300_000_000  # twice what alpha 2.0 with 65,000 classes has
MEMBER = "model.weights.h5"
MEMBER_BYTES_MAX = 4 * VALUES_MAX

# What a variable is called, by the layout of Keras 2; Keras 3 numbers them.
ROLES = {
    "kernel": "kernel",
    "depthwise_kernel": "kernel",
    "bias": "bias",
    "gamma": "gamma",
    "beta": "beta",
    "moving_mean": "mean",
    "moving_variance": "variance",
}

Layer = dict[str, NDArray[np.float32]]


def read(path: Path) -> tr.Trained:
    """Reads a .keras, .weights.h5 or .h5 file.

    Raises:
        ModelFileError: damaged, unsafe or no MobileNet v1.
    """
    import h5py

    source: Any = path
    if zipfile.is_zipfile(path):
        with zipfile.ZipFile(path) as archive:
            if MEMBER not in archive.namelist():
                raise ModelFileError(f"{path.name} is a zip archive without {MEMBER}: it is no .keras file.")
            size = archive.getinfo(MEMBER).file_size
            if size > MEMBER_BYTES_MAX:
                raise ModelFileError(f"{path.name} unpacks to {size:,} bytes, more than any MobileNet v1 has.")
            source = io.BytesIO(archive.read(MEMBER))
    with h5py.File(source, "r") as file:
        found = layers_of(file, path.name)
    return tr.Trained(named(found, path.name), labels=(), notes=())


def layers_of(file: Any, name: str) -> dict[str, Layer]:
    """The variables of every layer, by the layer's path in the file; optimizer state is left out."""
    import h5py

    found: dict[str, Layer] = defaultdict(dict)
    total = 0

    def visit(path: str, item: Any) -> None:
        nonlocal total
        parts = [part for part in re.split(r"[/\\]", path) if part != "vars"]
        if not isinstance(item, h5py.Dataset) or len(parts) < 2 or parts[0].startswith("optimizer"):
            return
        if item.external or item.is_virtual:
            raise ModelFileError(f"{name} points at other files, which is not safe. Give a file that holds its own weights.")
        if item.dtype.kind != "f":
            return
        total += item.size
        if total > VALUES_MAX:
            raise ModelFileError(f"{name} holds more than {VALUES_MAX:,} values, more than any MobileNet v1 has.")
        variable = parts[-1].split(":")[0]
        found["/".join(parts[:-1])][variable] = np.asarray(item[()], np.float32)

    file.visititems(visit)
    return dict(found)


def named(found: dict[str, Layer], name: str) -> tr.Arrays:
    """The variables under the names of the table's layers."""
    kinds: dict[str, list[tuple[tuple[int, str], Layer]]] = defaultdict(list)
    for path, variables in found.items():
        kinds[kind_of(path, variables)].append((place(path), variables))
    convolutions, depthwise, norms, heads = (
        [layer for _, layer in sorted(kinds[kind], key=lambda item: item[0])]
        for kind in ("convolution", "depthwise", "batch_norm", "head")
    )
    if len(convolutions) == tr.CONVOLUTIONS + 1 and convolutions[-1]["kernel"].shape[:2] == (1, 1):
        heads.append(convolutions.pop())
    tr.check_counts(len(convolutions), len(depthwise), name)
    if len(norms) != tr.CONVOLUTIONS + tr.DEPTHWISE:
        raise ModelFileError(
            f"{name} holds {len(norms)} batch normalizations, where MobileNet v1 has {tr.CONVOLUTIONS + tr.DEPTHWISE}. "
            "Give a MobileNet v1 with batch normalization, or --init scratch."
        )
    arrays: tr.Arrays = {}
    convolution_names, depthwise_names = tr.names()
    kernels = dict(zip(convolution_names + depthwise_names, convolutions + depthwise, strict=True))
    for layer, norm in zip(tr.in_order(), norms, strict=True):
        arrays[f"{layer}/kernel"] = kernels[layer]["kernel"]
        arrays |= {f"{layer}/{part}": value for part, value in norm.items()}
        if "bias" in kernels[layer]:  # a bias before batch normalization only moves the mean
            arrays[f"{layer}/mean"] = norm["mean"] - kernels[layer]["bias"]
    if len(heads) == 1 and "bias" in heads[0]:
        kernel = heads[0]["kernel"]
        arrays |= {f"{tr.HEAD}/kernel": kernel.reshape(-1, kernel.shape[-1]), f"{tr.HEAD}/bias": heads[0]["bias"]}
    return arrays


def kind_of(path: str, variables: Layer) -> str:
    """What a layer is, from its variables; its variables are put under their roles.

    Keras 3 numbers variables: kernel and bias, or gamma, beta, moving mean and moving variance.
    """
    if all(key.isdigit() for key in variables):
        roles = ("kernel", "bias") if variables["0"].ndim > 1 else tr.STATISTICS
        renamed = {roles[int(key)]: value for key, value in variables.items() if int(key) < len(roles)}
    else:
        renamed = {ROLES[key]: value for key, value in variables.items() if key in ROLES}
    is_depthwise = "depthwise_kernel" in variables or "depthwise" in path or "conv_dw" in path
    variables.clear()
    variables.update(renamed)
    if set(renamed) == set(tr.STATISTICS):
        return "batch_norm"
    kernel = renamed.get("kernel")
    if kernel is None:
        return "other"
    if kernel.ndim == 2 or path.endswith(tr.HEAD):
        return "head"
    if kernel.ndim != 4:
        return "other"
    return "depthwise" if is_depthwise and kernel.shape[3] == 1 else "convolution"


def place(path: str) -> tuple[int, str]:
    """Where a layer comes among its kind: by the table where it has a name of `keras.applications`, else by its number."""
    last = path.rsplit("/", 1)[-1]
    plain = last.removesuffix("_bn")
    order = {layer: number for number, layer in enumerate(tr.in_order())}
    if plain in order:
        return order[plain], ""
    number = re.search(r"_(\d+)$", last)
    return int(number.group(1)) if number else 0, path
