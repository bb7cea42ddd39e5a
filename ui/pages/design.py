"""Design: what a network costs on a device, while the dials move."""

from ui.design import page

page.show()
