"""A model's description by tflite-support, the library that defines the form. Importing this module imports the library."""

from __future__ import annotations

import contextlib
import ctypes

import flatbuffers

from builder.export import metadata as md


def load_libusb() -> None:
    """Loads libusb, which tflite-support's binaries ask for by name: the system's, or the one in the package libusb-package."""
    try:
        ctypes.CDLL("libusb-1.0.so.0", mode=ctypes.RTLD_GLOBAL)
    except OSError:
        with contextlib.suppress(ImportError, OSError):
            import libusb_package

            ctypes.CDLL(str(libusb_package.get_library_path()), mode=ctypes.RTLD_GLOBAL)


load_libusb()

from tensorflow_lite_support.metadata import metadata_schema_py_generated as schema  # noqa: E402  libusb comes first
from tensorflow_lite_support.metadata import schema_py_generated as model_schema  # noqa: E402
from tensorflow_lite_support.metadata.python import metadata as support  # noqa: E402
from tensorflow_lite_support.metadata.python.metadata_writers import metadata_info as info  # noqa: E402

DTYPES = {
    "float32": model_schema.TensorType.FLOAT32,
    "uint8": model_schema.TensorType.UINT8,
    "int8": model_schema.TensorType.INT8,
}


def pack(described: md.Described) -> bytes:
    """The description as a FlatBuffer, identifier M001."""
    metadata = described.metadata
    general = info.GeneralMd(
        name=metadata.name or None,
        version=metadata.marked_version or None,
        description=metadata.description or None,
        author=metadata.author or None,
        licenses=metadata.license or None,
    )
    image = info.InputImageTensorMd(
        name=md.INPUT_NAME,
        description=md.INPUT_DESCRIPTION,
        norm_mean=[described.mean],
        norm_std=[described.std],
        color_space_type=schema.ColorSpaceType.GRAYSCALE if described.is_grayscale else schema.ColorSpaceType.RGB,
        tensor_type=DTYPES.get(described.input_dtype),
    )
    scores = info.ClassificationTensorMd(
        name=md.OUTPUT_NAME,
        description=md.OUTPUT_DESCRIPTION,
        label_files=[info.LabelFileMd(file_path=md.LABELS_FILE)],
        tensor_type=DTYPES.get(described.output_dtype),
    )
    subgraph = schema.SubGraphMetadataT()
    subgraph.inputTensorMetadata = [image.create_metadata()]
    subgraph.outputTensorMetadata = [scores.create_metadata()]
    model = general.create_metadata()
    model.subgraphMetadata = [subgraph]
    builder = flatbuffers.Builder(0)
    builder.Finish(model.Pack(builder), support.MetadataPopulator.METADATA_FILE_IDENTIFIER)
    return with_parser_version(bytes(builder.Output()))


def with_parser_version(description: bytes) -> bytes:
    """The description with the version of the oldest reader that understands it, which the library adds when it writes.

    It writes into a model of no layers here: a real one would be unpacked and packed for nothing.
    """
    populator = support.MetadataPopulator.with_model_buffer(empty_model())
    populator.load_metadata_buffer(bytearray(description))
    populator.load_associated_file_buffers({md.LABELS_FILE: b""})
    populator.populate()
    return bytes(support.get_metadata_buffer(bytearray(populator.get_model_buffer())))


def empty_model() -> bytes:
    """A .tflite with one input, one output and nothing between them."""
    subgraph = model_schema.SubGraphT()
    subgraph.tensors = [model_schema.TensorT(), model_schema.TensorT()]
    subgraph.inputs, subgraph.outputs = [0], [1]
    model = model_schema.ModelT()
    model.subgraphs = [subgraph]
    builder = flatbuffers.Builder(0)
    builder.Finish(model.Pack(builder), support.MetadataPopulator.TFLITE_FILE_IDENTIFIER)
    return bytes(builder.Output())
