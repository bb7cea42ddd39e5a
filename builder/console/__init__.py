"""What the commands show on a terminal: progress on stderr while they work, answers on stdout when they are done."""

from __future__ import annotations

from builder.console.answers import print_cache as print_cache
from builder.console.answers import print_evaluation as print_evaluation
from builder.console.answers import print_inspection as print_inspection
from builder.console.answers import print_predictions as print_predictions
from builder.console.devices import print_devices as print_devices
from builder.console.planning import print_fit as print_fit
from builder.console.planning import print_plan as print_plan
from builder.console.progress import ConsoleProgress as ConsoleProgress
from builder.console.summary import print_summary as print_summary
