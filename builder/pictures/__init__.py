"""Pictures of a plan and of a fit: HTML pages that need nothing else, and PNG files made without a browser.

designs   which designs are shown, from the planner's plane
grid      the plane as data: cells, the budget's border, lines of equal accuracy
plane     its picture
layers    size, compute and RAM by layer
frontier  accuracy over what it costs, with published networks
formula   depthwise separable convolutions, with live numbers
charts    all of them, with titles and words
pages     HTML
sheets    PNG
"""

from __future__ import annotations

from builder.pictures.pages import fit_page as fit_page
from builder.pictures.pages import plan_page as plan_page
from builder.pictures.sheets import fit_png as fit_png
from builder.pictures.sheets import plan_png as plan_png
