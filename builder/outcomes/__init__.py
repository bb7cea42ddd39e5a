"""What a build said about each test photo: the trained network and every .tflite, beside what the photo is of."""

from __future__ import annotations

from builder.outcomes.json_file import keep as keep
from builder.outcomes.json_file import read_outcomes as read_outcomes
from builder.outcomes.model import Answer as Answer
from builder.outcomes.model import Answers as Answers
from builder.outcomes.model import Outcomes as Outcomes
from builder.outcomes.pictures import path_of as path_of
