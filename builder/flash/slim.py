"""The files `int8` and `int8_micro`: what `builder.slim` makes of the integer files of TensorFlow's converter.

The front of such a file, its tables and their lists, depends on the number of tensors and operators only: it is measured once, on
nodes without contents. Behind it lie shapes, scales, zero points and constants, whose bytes follow from the numbers of channels.

Exact as long as the zero point of the logits is not by chance that of another tensor too (about one network in a hundred, and
16 bytes), and no two constants are equal: the converter merges those.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

from builder.flash.names import CLASSIFIER, DEPTHWISE
from builder.slim.nodes import DATA_ALIGNMENT, WIDE, WORD, Scalar, Table, Tables, Text, Vector, front_bytes
from builder.slim.schema import MEMORY_PLAN

CONVOLUTIONS = CLASSIFIER + 1
KERNEL_AREA = 9

# The converter's own notes, names and bytes; firmware goes without them.
NOTES = ((b"CONVERSION_METADATA", 96), (b"min_runtime_version", 16))
DESCRIPTION = b"MLIR Converted."
METADATA = b"TFLITE_METADATA"

# Zero points of single tensors, all different: of the image, of what ends in ReLU6 or softmax, of the logits; in the phones' file
# also of the image and of the scores as uint8.
ZERO_POINTS = {"int8": 5, "int8_micro": 3}
PLAN_WORDS = 3  # version, graph and count in front of a memory plan's offsets


@dataclass(frozen=True, slots=True)
class Structure:
    """What decides the front of a file."""

    variant: str
    pooled: bool
    two_classes: bool
    planned: bool

    @property
    def is_mobile(self) -> bool:
        """Whether it is the phones' file."""
        return self.variant == "int8"

    @property
    def small_constants(self) -> int:
        """The shape of the scores, and the axes of the pooling: for two classes the same two numbers."""
        return 2 if self.pooled and not self.two_classes else 1

    @property
    def computed(self) -> int:
        """Tensors that are computed: outputs of convolutions, pooling, reshape and softmax, and of the two QUANTIZE; the image."""
        return 1 + CONVOLUTIONS + self.pooled + 2 + 2 * self.is_mobile

    @property
    def tensors(self) -> int:
        """All tensors."""
        return self.computed + 2 * CONVOLUTIONS + self.small_constants

    @property
    def operators(self) -> int:
        """All operators."""
        return self.computed - 1


def slim_bytes(structure: Structure, widths: tuple[int, ...], image_channels: int, classes: int, described: int) -> int:
    """The size of the FlatBuffer, class names behind it left out.

    Args:
        structure: what is in it.
        widths: output channels of the 27 convolutions in front of the classifier.
        image_channels: 1 or 3.
        classes: how many.
        described: bytes of the description of the model.
    """
    end = constants_end(structure, widths, image_channels, classes)
    last = [described]
    if structure.planned:
        last.append(WORD * (PLAN_WORDS + structure.tensors))
    return end + data_bytes(end, last)


@lru_cache(maxsize=8192)
def constants_end(structure: Structure, widths: tuple[int, ...], image_channels: int, classes: int) -> int:
    """Where the last constant ends: everything but the description and the plan, which come last."""
    outputs = (*widths, classes)
    kernels = kernel_values(widths, image_channels, classes)
    # Channels of the vectors of scales: of kernels, and of biases where they keep theirs (always where there is one channel).
    scaled = sum(outputs) + (sum(outputs) if structure.is_mobile else outputs.count(1))
    vectors = len(outputs) + (len(outputs) if structure.is_mobile else outputs.count(1))
    position = front(structure) + shapes_bytes(structure, outputs, widths, image_channels)
    position += WORD * (scaled + vectors) + (WORD + WORD) * structure.computed
    position += wide_bytes(position, (*dict.fromkeys(outputs), *[1] * (ZERO_POINTS[structure.variant] - (1 in outputs))))
    data = [*kernels, *(WORD * count for count in outputs), *[2 * WORD] * structure.small_constants]
    data += [size for _, size in NOTES] if structure.is_mobile else []
    return position + data_end(position, data)


def kernel_values(widths: tuple[int, ...], image_channels: int, classes: int) -> tuple[int, ...]:
    """Values in each of the 28 kernels: conv1, then pairs of depthwise and pointwise, then the classifier."""
    kernels = [KERNEL_AREA * image_channels * widths[0]]
    for depthwise, pointwise in zip(widths[1::2], widths[2::2], strict=True):
        kernels += (KERNEL_AREA * depthwise, depthwise * pointwise)
    return (*kernels, widths[-1] * classes)


def shapes_bytes(structure: Structure, outputs: tuple[int, ...], widths: tuple[int, ...], image_channels: int) -> int:
    """The vectors of shapes, each different one once.

    Computed tensors differ where side or channels do. A side stands for the number of layers with stride 2 in front of it: the
    real one is another after each of them, down to 1.
    """
    constants = {(outputs[0], 3, 3, image_channels), (2,)}
    constants |= {(1, 3, 3, widths[number]) for number in DEPTHWISE}
    constants |= {(widths[number], 1, 1, widths[number - 1]) for number in range(2, CLASSIFIER, 2)}
    constants |= {(outputs[-1], 1, 1, outputs[-2])} | {(count,) for count in outputs}
    halvings, computed = 1, {("image",)}
    for number, count in enumerate(widths):
        halvings += number in STRIDE_2
        computed.add((halvings, count))  # type: ignore[arg-type]
    if structure.pooled:
        computed.add(("pooled", widths[-1]))  # type: ignore[arg-type]
    computed.add(("pooled", outputs[-1]))  # type: ignore[arg-type]
    rank_4 = len(computed) + sum(len(shape) == 4 for shape in constants)
    rank_1 = sum(len(shape) == 1 for shape in constants)
    rank_2 = 1  # the logits, flattened, and the scores
    return rank_4 * (WORD + 4 * WORD) + rank_1 * (WORD + WORD) + rank_2 * (WORD + 2 * WORD)


# Places among the convolutions of the depthwise ones with stride 2: blocks 2, 4, 6 and 12.
STRIDE_2 = (3, 7, 11, 23)


def wide_bytes(position: int, counts: tuple[int, ...]) -> int:
    """Vectors of int64, one behind the other, each with its length in front of a multiple of 8 bytes."""
    end = position
    for count in counts:
        end += (WIDE - WORD - end) % WIDE + WORD + WIDE * count
    return end - position


def data_bytes(position: int, sizes: list[int]) -> int:
    """Constants, and then up to a multiple of 16 bytes."""
    end = position + data_end(position, sizes)
    return end + -end % DATA_ALIGNMENT - position


def data_end(position: int, sizes: list[int]) -> int:
    """Constants, one behind the other, each with its length in front of a multiple of 16 bytes."""
    end = position
    for size in sizes:
        end += (DATA_ALIGNMENT - WORD - end) % DATA_ALIGNMENT + WORD + size
    return end - position


@lru_cache(maxsize=32)
def front(structure: Structure) -> int:
    """Head, vtables, tables and their lists, texts, and the lists of tensors that operators read and write."""
    return front_bytes(skeleton(structure)) - WORD  # the stand-in of all vectors that are counted elsewhere is one length


def skeleton(structure: Structure) -> Table:
    """The file's nodes; one empty vector stands for shapes, scales, zero points and constants alike."""
    later, number = Vector("B", 0), Scalar("i", 1)
    empty = Table()
    names = [METADATA, *([MEMORY_PLAN.encode()] if structure.planned else [])]
    names = [*([name for name, _ in NOTES] if structure.is_mobile else []), *names]
    constants = 2 * CONVOLUTIONS + structure.small_constants + len(names)
    # The first buffer is empty, and a buffer a tensor and a note is listed whether anything is in it or not; a plan comes on top.
    listed = 1 + structure.tensors + len(NOTES) + 1 + structure.planned
    buffers = Tables(tuple(Table(((0, later),)) for _ in range(constants)) + (empty,) * (listed - constants))
    entries = Tables(tuple(Table(((0, Text(name)), (1, number))) for name in names))
    codes = Tables(tuple(Table(((0, Scalar("b", 1)), (2, number), (3, number))) for _ in range(code_count(structure))))
    graph = subgraph(structure, later)
    return Table(((0, Scalar("I", 3)), (1, codes), (2, Tables((graph,))), (3, Text(DESCRIPTION)), (4, buffers), (6, entries)))


def code_count(structure: Structure) -> int:
    """Kinds of operators: both convolutions, pooling, reshape, softmax, QUANTIZE."""
    return 4 + structure.pooled + structure.is_mobile


def subgraph(structure: Structure, later: Vector) -> Table:
    """Tensors and operators."""
    one = Scalar("i", 1)

    def tensor(*, name: bytes = b"", quantized: bool = True, axis: bool = False) -> Table:
        quantization = ((2, later), (3, later), *(((6, one),) if axis else ()))
        named = ((3, Text(name)),) if name else ()
        inside = ((4, Table(quantization)),) if quantized else ()
        return Table(((0, later), (1, Scalar("b", 1)), (2, one), *named, *inside, (8, Scalar("?", True))))

    ends = [tensor(name=b"image"), tensor(name=b"Identity")]
    tensors = ends + [tensor() for _ in range(structure.computed - 2)]
    tensors += [tensor(axis=place in DEPTHWISE) for place in range(CONVOLUTIONS)]
    tensors += [tensor(quantized=structure.is_mobile) for _ in range(CONVOLUTIONS)]
    tensors += [tensor(quantized=False) for _ in range(structure.small_constants)]
    inputs, outputs = Vector("i", 1), Vector("i", 1)
    return Table(
        (
            (0, Tables(tuple(tensors))),
            (1, inputs),
            (2, outputs),
            (3, Tables(tuple(operators(structure, inputs, outputs)))),
            (4, Text(b"main")),
        )
    )


def operators(structure: Structure, image: Vector, scores: Vector) -> list[Table]:
    """All operators; equal options are one table. The first kind of operator is the default and takes no bytes."""
    number, byte = Scalar("i", 1), Scalar("b", 1)
    first = Table(((1, number), (2, number), (3, byte)))  # conv1 has stride 2
    point = Table(((1, number), (2, number), (3, byte)))
    depthwise = {stride: Table(((1, number), (2, number), (3, number), (4, byte))) for stride in (1, 2)}
    classifier = Table(((0, byte), (1, number), (2, number)))
    kinds: list[tuple[str, int, Table | None]] = [("quantize", 1, None)] if structure.is_mobile else []
    for place in range(CONVOLUTIONS):
        if place == CLASSIFIER and structure.pooled:
            kinds.append(("mean", 2, Table(((0, Scalar("?", True)),))))
        if place in DEPTHWISE:
            kinds.append(("depthwise", 3, depthwise[2 if place in STRIDE_2 else 1]))
        else:
            kinds.append(("conv", 3, first if place == 0 else classifier if place == CLASSIFIER else point))
    kinds += [("reshape", 2, None), ("softmax", 1, Table(((0, Scalar("f", 1)),)))]
    if structure.is_mobile:
        kinds.append(("quantize", 1, None))
    made, before = [], image
    for place, (kind, inputs, options) in enumerate(kinds):
        after = scores if place == len(kinds) - 1 else Vector("i", 1)
        read = before if inputs == 1 else Vector("i", inputs)
        chosen = () if options is None else ((3, Scalar("B", 1)), (4, options))
        code = () if kind == kinds[0][0] else ((0, Scalar("I", 1)),)
        made.append(Table((*code, (1, read), (2, after), *chosen)))
        before = after
    return made
