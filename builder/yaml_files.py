"""YAML files of settings, read with care: whoever sends one may have written it to fill the memory."""

from __future__ import annotations

import re
from collections.abc import Hashable
from pathlib import Path
from typing import Any

import yaml

from builder.errors import ConfigError
from builder.formats import printable

try:
    from yaml import CSafeLoader as SafeLoader  # libyaml: some eight times as fast
except ImportError:  # a PyYAML that was built without it
    from yaml import SafeLoader  # type: ignore[assignment]

FILE_BYTES_MAX = 1024**2
INTEGER_BITS_MAX = 64


NESTED_MAX = 100  # lists and mappings in each other, as they are written; libyaml has no limit of its own
TAG = "tag:yaml.org,2002:"
FIRST_OF_NUMBERS = "-+0123456789."
INTEGER = re.compile(r"[-+]?(?:0b[01_]+|0x[0-9a-fA-F_]+|0[0-7_]*|[1-9][0-9_]*)$")
FLOAT = re.compile(
    r"[-+]?(?:[0-9][0-9_]*\.[0-9_]*(?:[eE][-+][0-9]+)?|\.[0-9][0-9_]*(?:[eE][-+][0-9]+)?|\.inf|\.Inf|\.INF)$|\.(?:nan|NaN|NAN)$"
)


class Loader(SafeLoader):
    """The safe one for words, numbers, lists and mappings by words, and nothing else that YAML knows.

    There are no dates (they are words), no numbers to base 60 (`1:30` is a word: long ones take seconds to work out), and no
    merge keys (`<<`: a few lines of them can ask for more keys than fit into any memory).
    """

    def construct_mapping(self, node: yaml.Node, deep: bool = False) -> dict[Hashable, Any]:
        """A mapping whose keys are the words that are written, `1` and `yes` among them."""
        if not isinstance(node, yaml.MappingNode):
            raise refusal("a mapping is needed here", node.start_mark)
        found: dict[Hashable, Any] = {}
        for key, value in node.value:
            if not isinstance(key, yaml.ScalarNode):
                raise refusal("a key is one word, no list and no mapping", key.start_mark)
            if key.tag == f"{TAG}merge":
                raise refusal("merge keys (<<) are not read; write the keys out", key.start_mark)
            if key.value in found:
                raise refusal(f"{printable(key.value, 40)} is there twice; keep one", key.start_mark)
            found[key.value] = self.construct_object(value, deep=deep)
        return found


Loader.yaml_implicit_resolvers = {}
for kind in ("null", "bool", "merge"):
    for first, resolvers in SafeLoader.yaml_implicit_resolvers.items():
        for tag, pattern in resolvers:
            if tag == f"{TAG}{kind}":
                Loader.add_implicit_resolver(tag, pattern, [first])
Loader.add_implicit_resolver(f"{TAG}int", INTEGER, list(FIRST_OF_NUMBERS))
Loader.add_implicit_resolver(f"{TAG}float", FLOAT, list(FIRST_OF_NUMBERS))


def refusal(words: str, mark: Any) -> yaml.YAMLError:
    """An error that says where in the text it is, by a mark of the parser's."""
    return yaml.constructor.ConstructorError(None, None, words, mark)


def check_events(text: str) -> None:
    """Goes through a text without building anything of it.

    Raises:
        RecursionError: it is nested deeper than any settings; libyaml would overflow the stack.
        YAMLError: it is no YAML, or has tags such as `!!set`, which stand for values that no setting has.
    """
    depth = 0
    for event in yaml.parse(text, Loader):
        tag = getattr(event, "tag", None)
        if tag not in (None, "!", f"{TAG}str"):
            raise refusal(
                f"tags such as {printable(tag.replace(TAG, '!!'), 40)} are not read; write the plain value", event.start_mark
            )
        if isinstance(event, yaml.CollectionStartEvent):
            depth += 1
        elif isinstance(event, yaml.CollectionEndEvent):
            depth -= 1
        if depth > NESTED_MAX:
            raise RecursionError


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


def value_of(text: str) -> Any:
    """What a text of one YAML document holds, by the loader above, which makes plain values only."""
    loader = Loader(text)
    try:
        return loader.get_single_data()
    finally:
        loader.dispose()


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
        check_events(text)
        found = value_of(text)
    except (yaml.YAMLError, ValueError, ArithmeticError) as error:  # a number of 5,000 digits is valid YAML, yet none that is read
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
