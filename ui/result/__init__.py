"""What came of a build: figures, files, photos, and everything to download."""
