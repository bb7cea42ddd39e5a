"""The app: thin Streamlit pages over the builder. Nothing here trains, converts or parses a model; builds are other processes."""
