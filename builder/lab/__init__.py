"""The compression lab: a finished build's weights by many techniques, each file measured and judged. Light to import.

request  what is asked
maker    one technique's files, made and measured
lab      the shelf of one build
work     the whole: locked, logged, in its turn
"""

from builder.lab.request import Request
from builder.lab.work import compress_build

__all__ = ["Request", "compress_build"]
