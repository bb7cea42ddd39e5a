"""The form: what varies, what is made of every build, what a build may cost; and the batch that it means."""

from __future__ import annotations

from typing import Any

import streamlit as st

from builder.architecture import BASE_RESOLUTION, RESOLUTION_MAX, RESOLUTION_MIN, check_alpha, check_resolution, resolution_of
from builder.batch.expanding import size
from builder.batch.file import Batch
from builder.batch.sections import Exports, Limits
from builder.config import VARIANTS, BuildConfig
from builder.errors import ConfigError
from builder.formats import counted
from builder.matrix import shelf
from builder.runs import TITLE_LENGTH_MAX
from ui import kept, navigation, session
from ui.batch.permitted import permitted
from ui.builds.more import OFFERED
from ui.choice import Choice
from ui.train.start import data_words, device_words

PLACE = "batch"
ALPHAS = (0.1, 0.25, 0.35, 0.5, 0.75, 1.0)
SEEDS_MAX = 100
RHO_BELOW = 10  # a smaller number is a rho: 2048 px are a rho of 9.1
NAME = "batch"


def show() -> None:
    """All of it."""
    choice = session.choice()
    around(choice)
    varied(choice)
    with st.expander("Files of every build", icon=":material/draft:"):
        files()
    st.text_input("Name", max_chars=TITLE_LENGTH_MAX, key=kept.key(PLACE, "name", NAME), help="What you and others see.")


def varied(choice: Choice) -> None:
    """What differs from build to build, and how long each is trained; in this order on a phone, too."""
    alpha, resolution = st.columns(2)
    with alpha:
        st.multiselect(
            "Width multiplier alpha", [f"{each:g}" for each in ALPHAS], accept_new_options=True,
            placeholder="choose, or type any up to 2", key=kept.key(PLACE, "alphas", alphas_at_first(choice)),
        )  # fmt: skip
    with resolution:
        st.multiselect(
            "Resolution, px, or rho", [str(pixels) for pixels in OFFERED], accept_new_options=True,
            placeholder=f"choose, or type any from {RESOLUTION_MIN} to {RESOLUTION_MAX}, or a rho such as 0.5",
            key=kept.key(PLACE, "resolutions", [str(choice.resolution)]),
            help=f"rho is the resolution multiplier: rho x {BASE_RESOLUTION} px.",
        )  # fmt: skip
    seeds, epochs = st.columns(2)
    with seeds:
        st.number_input(
            "Seeds of each", min_value=1, max_value=SEEDS_MAX, step=1, key=kept.key(PLACE, "repeat", 1),
            help="Each is trained so often, with one seed after the other: how far they lie apart is what chance does.",
        )  # fmt: skip
    with epochs:
        st.number_input(
            "Epochs", min_value=0, max_value=10_000, step=1, placeholder="derived from the number of photos",
            **session.bound("epochs", at="-batch"),
        )  # fmt: skip


def around(choice: Choice) -> None:
    """What the other pages decide: photos, device, settings of training."""
    with st.container(border=True):
        photos, device = st.columns(2)
        with photos:
            st.markdown(f"**Photos**  \n{data_words(choice)}")
            navigation.link("data", "Choose photos")
        with device:
            st.markdown(f"**Device**  \n{device_words(choice)[:1].upper()}{device_words(choice)[1:]}")
            navigation.link("design", "Change the device or the limits")
        st.checkbox(
            "Leave out what cannot fit", key=kept.key(PLACE, "fitting", True),
            help="Each build is planned first; one that cannot fit the device and the limits is skipped, and the dry run says why.",
        )  # fmt: skip
        st.caption("Batch size, learning rate, augmentation, first weights and the gate are those of the Train page.")


def files() -> None:
    """What is made of every build."""
    left, right = st.columns(2)
    with left:
        st.multiselect("Files", list(VARIANTS), placeholder="all", key=kept.key(PLACE, "variants", list(VARIANTS)))
        st.multiselect(
            "Techniques of compression", list(shelf.NAMES), format_func=title_of, placeholder="none",
            key=kept.key(PLACE, "techniques", []), help="Made of the finished build, as on the Result page.",
        )  # fmt: skip
    with right:
        st.multiselect(
            "Other resolutions, px", [str(pixels) for pixels in OFFERED], accept_new_options=True, placeholder="none",
            key=kept.key(PLACE, "exported", []), help="The same weights, without training again.",
        )  # fmt: skip
        st.checkbox("A bundle for app and firmware of each", key=kept.key(PLACE, "bundle", False))


def title_of(name: str) -> str:
    """A technique for people."""
    return shelf.title_of(name) if name in shelf.NAMES else name


def alphas_at_first(choice: Choice) -> list[str]:
    """The design's alpha, and those next to it."""
    lower = [alpha for alpha in ALPHAS if alpha < choice.alpha][-1:]
    higher = [alpha for alpha in ALPHAS if alpha > choice.alpha][:1]
    return [f"{alpha:g}" for alpha in (*lower, choice.alpha, *higher)]


def batch() -> Batch:
    """What the form means now, with whole paths.

    Raises:
        BuilderError: something in it, or on the other pages, cannot be used.
    """
    choice = session.choice()
    alphas = [alpha_of(text) for text in field("alphas", alphas_at_first(choice))]
    sizes = [pixels_of(text) for text in field("resolutions", [str(choice.resolution)])]
    if not alphas or not sizes:
        raise ConfigError("Choose at least one alpha and one resolution.")
    made = Batch(
        name=str(field("name", NAME)).strip() or NAME,
        base=base_of(choice),
        grid={"alpha": list(dict.fromkeys(alphas)), "resolution": list(dict.fromkeys(sizes))},
        exports=exports(),
        repeat=int(field("repeat", 1)),
        **(limits(choice) if field("fitting", True) else {}),
    )
    return permitted(made)


def field(name: str, default: Any) -> Any:
    """What a field was set to last."""
    return kept.value(PLACE, name, default)


def base_of(choice: Choice) -> BuildConfig:
    """The settings of the other pages; both dials are the grid's, so that the same form means the same batch at every design."""
    usual = BuildConfig()
    return choice.config().replace(alpha=usual.alpha, resolution=usual.resolution)


def exports() -> Exports:
    """What is made of every build; all variants go without saying."""
    variants = [name for name in VARIANTS if name in field("variants", list(VARIANTS))]
    return Exports(
        variants=() if len(variants) == len(VARIANTS) else tuple(variants),
        techniques=tuple(field("techniques", [])),
        resolutions=tuple(pixels_of(text) for text in field("exported", [])),
        bundle=bool(field("bundle", False)),
    )


def limits(choice: Choice) -> dict[str, Any]:
    """The device and the limits of the Design page, as a batch has them."""
    written = {name: getattr(choice, name) for name in ("flash", "ram", "reserve_flash", "reserve_ram")}
    given = {name: value for name, value in written.items() if value}
    if choice.latency_ms is not None:
        given["latency"] = f"{choice.latency_ms!r}ms"
    devices = {"devices": [choice.device]} if choice.device else {}
    return devices | ({"budget": Limits(**given)} if given else {})


def alpha_of(text: str) -> float:
    """An alpha as it was chosen or typed."""
    return float(check_alpha(number_of(text, "alpha", "0.25")))


def pixels_of(text: str) -> int:
    """A resolution as it was chosen or typed, in pixels; a number below ten is a rho."""
    number = number_of(text.removesuffix("px"), "resolution", "96 or the rho 0.5")
    return resolution_of(number) if number < RHO_BELOW else check_resolution(whole(number))


def whole(number: float) -> int:
    """A number of pixels.

    Raises:
        ConfigError: it is no whole one.
    """
    if not number.is_integer():
        raise ConfigError(f"A resolution is a whole number of pixels, not {number:g}.")
    return int(number)


def number_of(text: str, what: str, example: str) -> float:
    """A number as it was typed."""
    try:
        return float(text)
    except ValueError:
        raise ConfigError(f'"{text[:40]}" is no {what}. Give a number, such as {example}.') from None


def told(made: Batch) -> str:
    """How many builds a batch means, such as `3 alphas x 2 resolutions x 2 seeds: 12 builds`."""
    lists = [counted(len(values), key.rpartition(".")[2]) for key, values in made.grid.items()]
    seeds = [counted(made.repeat, "seed")] if made.repeat > 1 else []
    more = [f"{len(made.include):,} included"] if made.include else []
    less = " before the rules under exclude" if made.exclude else ""
    named = " x ".join([*lists, *seeds, *more]) or "One build of the base"
    return f"{named}: {counted(size(made), 'build')}{less}."
