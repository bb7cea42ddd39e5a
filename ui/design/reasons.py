"""What depthwise separable convolutions save, with the numbers of this network."""

from __future__ import annotations

import streamlit as st

from builder.formats import format_count
from builder.pictures.formula import figures, largest, times_fewer, whole_ratio
from ui.planned import Planned


def show(made: Planned) -> None:
    """The formula for the block that computes most, then the whole network."""
    plan = made.plan
    block = largest(plan.network)
    k, m, n, f = block.kernel, block.inputs, block.outputs, block.side
    standard, cost = plan.standard_convolution, plan.cost
    part = 100 * block.ratio
    st.html(
        f"<p>A standard convolution filters and mixes channels in one step. MobileNet splits it: a <b>depthwise</b> convolution "
        f"filters each channel by itself, a <b>pointwise</b> one (1 × 1) mixes them. Block {block.number} of this network, which "
        f"computes most: {k} × {k} kernel, {m:,} channels in, {n:,} out, a map of {f} × {f}.</p>"
        '<div class="mb-formula">'
        f"<div>standard convolution<b>{figures(k, k, m, n, f, f)} = {block.standard:,}</b>"
        '<div class="mb-track"><div class="mb-fill mb-bad" style="width:100%"></div></div></div>'
        f"<div>depthwise + pointwise<b>{figures(k, k, m, f, f)} + {figures(m, n, f, f)} = {block.separable:,}</b>"
        f'<div class="mb-track"><div class="mb-fill mb-good" style="width:{part:.1f}%"></div></div></div>'
        f"<div>the second over the first<b>1/N + 1/Dk² = 1/{n:,} + 1/{k * k} = {block.ratio:.3f}: "
        f"{times_fewer(block.ratio)} times fewer mult-adds</b></div></div>"
        f"<p>The whole network: {format_count(cost.multiply_adds)} mult-adds in place of {format_count(standard.multiply_adds)}, "
        f"{times_fewer(whole_ratio(plan))} times fewer; {format_count(cost.parameters)} parameters in place of "
        f"{format_count(standard.parameters)}. In the paper the split costs 1.1 points of accuracy: 70.6 % in place of 71.7 % "
        "(arXiv:1704.04861, section 3.1 and table 4).</p>"
    )
