"""The shelf of compressed files of a finished build, on its Result page.

section    the pieces in their order
asking     which techniques, how much, which limits
verdict    what the gate says of the build's own file
results    the matrix as a table and a picture, each row's files
flips      photos whose label a technique changed
notes      what was not kept, layers left alone, what failed
shelved    the matrix, read once as long as its file is the same
"""
