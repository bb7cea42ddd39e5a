"""From photos to a verified MobileNet v1 .tflite that fits your device."""
