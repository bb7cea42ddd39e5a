"""The design page: two dials, what a network costs, whether it fits.

dials       the controls
figures     verdict, meters, the files, as HTML that is repainted as one
remedies    buttons that make it fit
best        the best fit and the candidates behind it
plane       the map of alpha and rho
layers      where size, compute and RAM are
reasons     what depthwise separable convolutions save
networks    the design beside published networks
commands    the same as a command line and as YAML
afresh      asking for the whole page anew
page        all of them in their order
"""
