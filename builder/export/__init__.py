"""From a trained network to .tflite files that apps and firmware load; import the modules, this package imports nothing heavy."""
