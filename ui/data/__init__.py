"""The Data page: photos chosen, uploaded or taken, and what they are like."""
