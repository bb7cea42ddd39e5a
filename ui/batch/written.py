"""A batch as people write it: YAML without what goes without saying."""

from __future__ import annotations

import yaml

from builder.batch.file import Batch


def written(batch: Batch) -> str:
    """YAML that means the same batch; settings that are the usual ones are left out."""
    values = {"name": batch.name} | batch.model_dump(mode="json", exclude_defaults=True)
    return yaml.safe_dump({key: value for key, value in values.items() if value}, sort_keys=False, allow_unicode=True)
