"""A .tflite without waste: the same model in fewer bytes, and for microcontrollers in less RAM."""

from __future__ import annotations

from dataclasses import dataclass, field

from builder.errors import ModelFileError
from builder.slim import memory_plan
from builder.slim.nodes import written
from builder.slim.proof import difference
from builder.slim.rewriting import FLAVOURS, CannotSlim, Flavour, Rewriter
from builder.slim.schema import MEMORY_PLAN
from builder.tflite_file import Model, parse
from builder.tflite_file.archive import files_behind, with_files
from builder.tflite_file.flatbuffer import Bytes


@dataclass(frozen=True, slots=True)
class Activations:
    """What activations take in TFLite Micro's arena, bytes; kernels' scratch memory and records come on top.

    Args:
        greedy_bytes: by the interpreter's own plan.
        planned_bytes: by the plan in the file; equal to `greedy_bytes` where it holds none.
        least_bytes: what no plan can go below.
        reason: why the file holds no plan; empty where it does.
    """

    greedy_bytes: int
    planned_bytes: int
    least_bytes: int
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Slim:
    """A file, slimmed or as it was.

    Args:
        content: its bytes.
        before_bytes: how large it was.
        changed: whether `content` is another file.
        reason: why it is not; empty where it is.
        activations: of the micro flavour, where sizes are known beforehand.
    """

    content: bytes = field(repr=False)
    before_bytes: int
    changed: bool
    reason: str = ""
    activations: Activations | None = None

    @property
    def saved_share(self) -> float:
        """The share of bytes that went, 0 to 1; below 0 where a memory plan came and little went."""
        return 1 - len(self.content) / self.before_bytes


def slim(content: bytes, flavour: Flavour, name: str = "The file", *, with_plan: bool = True) -> Slim:
    """Writes a model anew without waste.

    Args:
        content: a whole .tflite, files behind it included.
        flavour: "mobile" keeps what LiteRT and its delegates read, "micro" what TFLite Micro reads, and plans its arena.
        name: what to call the file in messages.
        with_plan: whether the micro flavour gets a memory plan where one saves anything.

    Returns:
        The slim file: the same operators, weights, quantization, metadata and files, which was proven by reading it back; or
        the file as it was, with the reason, where it holds something that is not understood or would not get smaller.

    Raises:
        ModelFileError: no .tflite file, or a damaged one.
        ValueError: an unknown flavour.

    Example:
        >>> slim(Path("int8.tflite").read_bytes(), "mobile").saved_share
    """
    if flavour not in FLAVOURS:
        raise ValueError(f"A flavour is one of {', '.join(FLAVOURS)}, not {flavour!r}.")
    model = parse(content, name)
    activations, buffers = planned(model) if flavour == "micro" and with_plan else (None, {})
    try:
        files = files_behind(content)
        nodes = Rewriter(Bytes(content).root(), flavour, buffers).model()
    except CannotSlim as reason:
        return Slim(content, len(content), changed=False, reason=f"{reason}, which cannot be rewritten safely")
    except ModelFileError as error:
        return Slim(content, len(content), changed=False, reason=str(error).rstrip("."))
    made = with_files(written(nodes), files)
    has_plan = bool(buffers) and model.metadata.get(MEMORY_PLAN) != buffers.get(MEMORY_PLAN)
    if len(made) >= len(content) and not has_plan:
        return Slim(content, len(content), changed=False, reason="it holds no waste", activations=activations)
    wrong = difference(model, parse(made, name), flavour)
    if wrong:
        return Slim(content, len(content), changed=False, reason=f"read back, {wrong}, so it was left as it is")
    return Slim(made, len(content), changed=True, activations=activations)


def planned(model: Model) -> tuple[Activations | None, dict[str, bytes]]:
    """What the arena's plan can save, and the named buffer that holds it where it saves anything."""
    graph = model.main
    lives = memory_plan.lifetimes(graph)
    if lives is None:
        return None, {}
    greedy, least = memory_plan.greedy(lives).bytes, memory_plan.least_bytes(lives)
    if len(model.subgraphs) > 1:
        return Activations(greedy, greedy, least, "it has several graphs, which share an arena"), {}
    if greedy == least:
        return Activations(greedy, greedy, least, "TFLite Micro's own plan is the smallest already"), {}
    plan = memory_plan.smallest(lives)
    if plan.bytes >= greedy:
        return Activations(greedy, greedy, least, "no smaller plan than TFLite Micro's own was found"), {}
    return Activations(greedy, plan.bytes, least), {MEMORY_PLAN: memory_plan.packed(lives, plan, len(graph.tensors))}
