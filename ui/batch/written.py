"""A batch as people write it: YAML without what goes without saying."""

from __future__ import annotations

import streamlit as st
import yaml

from builder.batch.file import Batch

KEPT = "batch-written"


def written(batch: Batch) -> str:
    """YAML that means the same batch; settings that are the usual ones are left out."""
    values = {"name": batch.name} | batch.model_dump(mode="json", exclude_defaults=True)
    return yaml.safe_dump({key: value for key, value in values.items() if value}, sort_keys=False, allow_unicode=True)


def identity(batch: Batch) -> str:
    """What two batches have in common that are the same, name included; quickly made."""
    return batch.model_dump_json()


def kept(batch: Batch) -> str:
    """The YAML, made once as long as the batch is the same: that of a long file takes seconds, and every widget draws the page."""
    known = st.session_state.get(KEPT)
    if known is None or known[0] != identity(batch):
        known = st.session_state[KEPT] = (identity(batch), written(batch))
    text: str = known[1]
    return text
