"""The train page: what will be built, the settings, and a build while it runs.

settings       the settings of training, folded away where few change them
first_weights  where training starts from, chosen and explained
start          what will be built, and the button
live           a build while it runs, and after it ended
page           which of them is shown
"""
