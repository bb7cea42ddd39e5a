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
dry_run      what a page shows of that
rehearsing   the same in a process of its own

options      how it is run, and when it stops early
running      a batch from its plan to its record: `run_batch`
beginning    what is known of each cell when a run begins, and which ones take part
driver       the loop: who builds what next, and what came of it
schedule     which cell comes next, and which stop early
halving      stopping early by comparison
scores       how well a build does while it trains
standing     what is done already
elsewhere    what is done already on other machines
task         one cell as a worker gets it
assignments  the tasks of all cells, each made when it is given
outcome      what came of it
record       what became of every cell
finding      the batches that there are, and the one that somebody names
journal      keeps the record while the batch runs
backlog      finished builds that are still to be logged to MLflow, in a thread of its own

crew         the workers, from where the driver stands
workers      how many a machine takes, and what each may use
worker       a warm process that builds
child        that process, for who gives it tasks
ray_crew     workers on a cluster, from where the driver stands
ray_hand     one of them, as the driver knows it
node_worker  one of them, on its node
idleness     nobody on the cluster can build
cluster      Ray for the time of a batch: its nodes, and what each worker gets of them
launching    a batch as a process of its own
following    a batch that another process runs
place        a folder that many machines share
storage      finished builds on their way to it and back
copying      the files of a build, each read back
arriving     a build in a folder: alone, whole, by one rename
"""
