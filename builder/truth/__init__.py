"""Estimates held against what was measured: by builds, and by people who report a latency back.

    found = collect(Path("exports"))
    found.spreads()                      # count, median and worst error of each estimate
    found.comparisons                    # one by one

Nothing here changes an estimate: what was measured is shown beside it.
"""

from builder.truth.builds import Found as Found
from builder.truth.builds import collect as collect
from builder.truth.builds import network_of_build as network_of_build
from builder.truth.comparison import Comparison as Comparison
from builder.truth.comparison import Spread as Spread
from builder.truth.comparison import spread as spread
from builder.truth.latencies import Band as Band
from builder.truth.latencies import Latencies as Latencies
from builder.truth.latencies import Reported as Reported
from builder.truth.latencies import check_milliseconds as check_milliseconds
from builder.truth.latencies import read_latencies as read_latencies
from builder.truth.latencies import record as record
from builder.truth.latencies import reported as reported
from builder.truth.latencies import usual_variant as usual_variant
