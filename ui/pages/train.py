"""Train: start a build, watch it, stop and resume it."""

from ui.train import page

page.show()
