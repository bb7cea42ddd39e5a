"""The Builds page: overview, one build, two side by side, the picture of all."""
