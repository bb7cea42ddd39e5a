"""The controls: device and limits, the two dials, classes, colour, precision. Each shows a field of the choice and sets it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from typing import TypeVar

import streamlit as st

from builder.architecture import ALPHA_MAX, BASE_RESOLUTION, CLASSES_MAX, RESOLUTION_MAX, RESOLUTION_MIN
from builder.config import VARIANTS
from builder.device import KINDS, Device
from builder.devices import load
from builder.errors import BuilderError
from builder.formats import format_bytes, printable
from builder.planner import ALPHAS, RESOLUTIONS, WARM_ALPHAS
from ui import parts, session
from ui.choice import Choice

Value = TypeVar("Value", bound=float)

OWN_BUDGET = "My own budget"
ALPHA_MOST = 1.0  # of the slider; a link may ask for more
ALPHA_LEAST = 0.01  # of the field
NOTE_LENGTH_MAX = 500
LIMITS = ("flash", "ram", "latency_ms", "reserve_flash", "reserve_ram")


def device(choice: Choice) -> None:
    """The device, or a budget of one's own."""
    texts = labels(catalogue())
    names = list(texts)
    chosen = canonical(choice.device, names)
    options = ["", *names] if chosen in ("", *names) else ["", chosen, *names]
    st.selectbox(
        "Device", options, format_func=lambda name: device_label(name, texts), help=DEVICE_HELP, **session.bound("device", chosen)
    )
    limits(choice)


def limits(choice: Choice) -> None:
    """Limits and reserves; folded away where the device says enough."""
    given = sum(bool(getattr(choice, name)) for name in LIMITS)
    label = f"Limits and reserves ({given} set)" if given else "Limits and reserves"
    with st.expander(label, expanded=not choice.device, key="limits"):
        of_device = "as the device" if choice.device else "no limit"
        left, right = st.columns(2)
        left.text_input("Flash", placeholder=of_device, help="For example 300KiB or 1.5MB.", **session.bound("flash"))
        right.text_input("RAM", placeholder=of_device, help="For example 64KiB.", **session.bound("ram"))
        left.text_input(
            "Keep free: flash",
            placeholder="0",
            help="For the runtime and the app.",
            **session.bound("reserve_flash"),
        )
        right.text_input(
            "Keep free: RAM",
            placeholder="0",
            help="For stack, camera and the app.",
            **session.bound("reserve_ram"),
        )
        st.number_input(
            "Latency limit in ms",
            value=None,
            placeholder="no limit",
            help="The most for one photo.",
            **session.bound("latency_ms"),
        )
        about(choice)


def about(choice: Choice) -> None:
    """What the catalogue says about the device, and where from."""
    try:
        found = choice.of_device
    except BuilderError:
        return
    if found is not None:
        note = f"{found.note}. " if found.note else ""
        st.caption(parts.literal(f"{note}Source: {found.source}", NOTE_LENGTH_MAX))


def sliders(choice: Choice) -> None:
    """Alpha and rho; a value that a link brought has its place among the usual ones."""
    alphas = between((each for each in ALPHAS if each <= ALPHA_MOST), choice.alpha)
    sizes = between(RESOLUTIONS, choice.resolution)
    st.select_slider("Width, alpha", alphas, format_func=alpha_label, help=ALPHA_HELP, **session.bound("alpha"))
    st.html(scale(alphas))
    st.select_slider("Photo size, rho", sizes, format_func=size_label, help=RHO_HELP, **session.bound("resolution"))


ALPHA_HELP = (
    "How many channels each layer has. Weights and mult-adds fall with its square, RAM in proportion. "
    "At 0.25, 0.5, 0.75 and 1 there are ImageNet weights to start from."
)
RHO_HELP = "The side of the photo that the network sees; rho is that over 224. RAM and mult-adds fall with its square."


def task(choice: Choice) -> None:
    """What the network is for, and which file is looked at."""
    left, right = st.columns(2, vertical_alignment="bottom")
    left.number_input("Classes", min_value=2, max_value=CLASSES_MAX, step=1, **session.bound("classes"))
    right.toggle("Grayscale", help="One input channel in place of three.", **session.bound("grayscale"))
    st.selectbox(
        "Precision",
        ["", *VARIANTS],
        format_func=lambda each: each or "the best that fits",
        help="float32, float16 and dynamic run on phones and boards with Linux; int8 on all; int8_micro is for microcontrollers.",
        **session.bound("variant"),
    )
    with st.popover("Exact values", width="stretch", key="exact", on_change="rerun"):
        st.number_input(
            "alpha, exactly",
            min_value=min(ALPHA_LEAST, choice.alpha),
            max_value=ALPHA_MAX,
            step=0.01,
            format="%.3f",
            **session.bound("alpha", at="-exact"),
        )
        st.number_input(
            "Pixels a side, exactly",
            min_value=RESOLUTION_MIN,
            max_value=RESOLUTION_MAX,
            step=1,
            **session.bound("resolution", at="-exact"),
        )


def between(usual: Iterable[Value], chosen: Value) -> list[Value]:
    """The usual values in order, with the chosen one in its place."""
    return sorted(set(usual) | {chosen})


def alpha_label(alpha: float) -> str:
    """Such as `0.25`."""
    return f"{alpha:g}"


def size_label(pixels: int) -> str:
    """Such as `96 px · ρ 0.43`."""
    return f"{pixels} px · ρ {pixels / BASE_RESOLUTION:.2f}"


def scale(alphas: list[float]) -> str:
    """Marks below the slider where there are ImageNet weights."""
    last = len(alphas) - 1
    marks = "".join(
        f'<span class="mb-tick" style="left:{100 * alphas.index(alpha) / last:.2f}%">{alpha:g}</span>'
        for alpha in WARM_ALPHAS
        if alpha in alphas
    )
    return f'<div class="mb-scale" aria-label="ImageNet weights exist at alpha 0.25, 0.5, 0.75 and 1">{marks}</div>'


def catalogue() -> tuple[Device, ...]:
    """All devices, by class and name; without the user's own file where that cannot be read."""
    from builder.devices import catalogue as own

    try:
        return in_order(load())
    except BuilderError:
        return in_order(own())


@lru_cache(maxsize=4)
def in_order(devices: tuple[Device, ...]) -> tuple[Device, ...]:
    """By class, as the catalogue has them, then by name."""
    kinds = list(KINDS)
    return tuple(sorted(devices, key=lambda each: (kinds.index(each.kind), each.name.lower())))


def canonical(name: str, names: Sequence[str]) -> str:
    """The name as the catalogue writes it, or as it came where there is no such device."""
    from builder.devices import find

    if not name or name in names:
        return name
    try:
        return find(name).name
    except BuilderError:
        return name


def device_label(name: str, texts: Mapping[str, str]) -> str:
    """Such as `ESP32-S3-DevKitC-1 · MCU · 8 MiB / 512 KiB`."""
    if not name:
        return OWN_BUDGET
    return texts.get(name) or f"{printable(name, 60)} · not in the catalogue"


@lru_cache(maxsize=4)
def labels(devices: tuple[Device, ...]) -> dict[str, str]:
    """The options' texts, short enough for the width of the column; they are no Markdown."""
    return {
        each.name: f"{printable(each.name, 60)} · {CLASSES[each.kind]} · {memory(each.flash_bytes)} / {memory(each.ram_bytes)}"
        for each in devices
    }


CLASSES = {"mcu": "MCU", "npu": "NPU", "tpu": "Edge TPU", "sbc": "SBC", "gpu": "GPU", "phone": "phone"}
DEVICE_HELP = (
    "Name, class, flash / RAM. MCU: microcontroller. NPU: board with a neural processing unit. SBC: single-board computer. "
    "GPU: board with a GPU."
)


def memory(count: int | None) -> str:
    """A size without a needless decimal, or that nobody says."""
    return format_bytes(count).replace(".0 ", " ")
