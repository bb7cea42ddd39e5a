"""Many builds from one file, each as safe and as well proven as a single one.

keys         the settings that a batch may vary, by their dotted names
sections     what else a batch's file says: files to make of each build, limits
file         the batch's file: `Batch`
cell         one build of it
expanding    from the file to its cells
inputs       the photos and weights that cells start from, each looked at once
judging      the file that a target runs, held against its limits, each design once
time_needed  how long a build takes here
planning     what would be built, what is skipped and why: `plan_batch`
"""
