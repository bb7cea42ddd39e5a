"""YAML files of settings, read with care: whoever sends one may have written it to fill the memory."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml

from builder.errors import ConfigError
from builder.formats import printable

FILE_BYTES_MAX = 1024**2
INTEGER_BITS_MAX = 64


class Loader(yaml.SafeLoader):
    """The safe one without merge keys (`<<`): a few lines of them can ask for more keys than fit into any memory."""

    def flatten_mapping(self, node: yaml.MappingNode) -> None:
        """Refuses what the safe loader would merge."""
        for key, _ in node.value:
            if key.tag == "tag:yaml.org,2002:merge":
                raise yaml.constructor.ConstructorError(
                    None, None, "merge keys (<<) are not read; write the keys out", key.start_mark
                )


def text_of(path: Path) -> str:
    """A file's text.

    Raises:
        ConfigError: it cannot be read, is no UTF-8, or is larger than settings are.
    """
    try:
        with path.open("rb") as file:
            content = file.read(FILE_BYTES_MAX + 1)
        text = content.decode()
    except UnicodeDecodeError:
        raise ConfigError(f"{path} is no YAML file: it holds no UTF-8 text. Give a YAML file of settings.") from None
    except (OSError, ValueError) as error:  # a name may hold what no file's name can
        reason = getattr(error, "strerror", None) or error
        raise ConfigError(f"{printable(str(path), 200)} cannot be read ({reason}). Give a YAML file of settings.") from None
    if len(content) > FILE_BYTES_MAX:
        raise ConfigError(f"{path} has more than {FILE_BYTES_MAX:,} bytes, which settings do not. Give a YAML file of settings.")
    return text


def mapping_of(text: str, source: str, *, depth: int, values: int, example: str) -> dict[str, Any]:
    """The mapping that a text holds; an empty text holds an empty one.

    Args:
        text: YAML.
        source: what to call it in an error message, usually the file's name.
        depth: how many lists or mappings may lie in each other, below each key.
        values: how many values there may be below each key, those that aliases repeat counted each time.
        example: a line of such a file.

    Raises:
        ConfigError: no valid YAML, no mapping, or more than settings hold.
    """
    try:
        found = yaml.load(text, Loader)
    except (yaml.YAMLError, ValueError) as error:  # values such as the date 2026-99-99 are valid YAML, yet no value
        raise ConfigError(f"{source} is not valid YAML: {' '.join(str(error).split())}") from None
    except RecursionError:
        raise ConfigError(
            f"{source} is nested too deep. Settings are numbers, words, lists of words, and sections of those."
        ) from None
    if found is None:
        return {}
    if not isinstance(found, dict):
        raise ConfigError(f"{source} must be a mapping such as `{example}`, not a {type(found).__name__}.")
    for key, value in found.items():
        if count(value, depth, values) > values:
            raise ConfigError(
                f"{source}: {str(key)[:80]} is nested too deep, or has too many values or a number of too many digits."
            )
    return {str(key): value for key, value in found.items()}


def count(value: object, depth: int, most: int) -> int:
    """How many values there are in a value, itself included; more than `most` where it cannot be shown in a message at all.

    Aliases can nest lists to more values than fit into any memory, so the count stops where it is too many.
    """
    if isinstance(value, (dict, list)):
        total = 1
        for item in value.values() if isinstance(value, dict) else value:
            total += count(item, depth - 1, most - total) if depth > 0 else most + 1
            if total > most:
                break
        return total
    return most + 1 if isinstance(value, int) and value.bit_length() > INTEGER_BITS_MAX else 1
