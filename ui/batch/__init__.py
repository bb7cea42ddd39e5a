"""The Batch page: many builds from one form or file, what they would cost, how they go on, and which are the best.

form        alpha, resolution, seeds and files, and the batch that they mean
dropped     a YAML file in the form's place
permitted   the batch held to the photos and model files that this server opens
written     the batch as YAML
options     workers, and when to stop before the end
rehearsal   the dry run: what would be built, and what is skipped
new         all of these, and the button that starts it
live        a batch while it runs, and after it ended
standing    how far it is, its figures, what failed and why
cells       its builds as tables
earlier     the batches that there are
ranking     all builds of the same photos, ranked, with the front that no other beats
page        which of them is shown
"""
