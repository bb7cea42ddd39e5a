"""Slim FlatBuffers: the same model in fewer bytes, and for microcontrollers in less RAM. Needs the standard library only.

nodes        a FlatBuffer to be written, and its size before its contents exist
schema       the fields that are understood
rewriting    a model as nodes, without waste
memory_plan  where tensors lie in the arena
proof        the same model, read back
slimming     the answer for a file's bytes

Import the modules: the planner takes the size of a file from `nodes`, and should not pay for the rest.
"""
