"""The finished build that a page looks at: the one of the link, else the newest; and what to say where there is none."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import streamlit as st

from builder import listing
from builder.errors import BuilderError
from builder.formats import printable
from builder.outcomes import Outcomes, read_outcomes
from builder.report import BuildReport, read_report
from builder.runs import Run
from builder.start import sha256_of
from builder.target import Target
from builder.target import read as read_target
from ui import navigation, parts, session
from ui.builds.wording import id_of
from ui.choice import Choice

PICK = "finished-build"
TITLE_LENGTH_MAX = 60
REPORTS_KEPT, OUTCOMES_KEPT = 64, 8  # in memory: some 100 KB a report, some MB where what was said of 10,000 photos is kept


@dataclass(frozen=True, slots=True)
class Finished:
    """A finished build, read from its folder.

    Args:
        run: its folder.
        title: what people call it now.
        report: what it measured.
        outcomes: what was said about each test photo; None where they were not kept, and `outcomes_problem` may say why.
        changed: variants whose file is missing or no longer the one that was verified.
        target: what it is for; None where nobody said.
    """

    run: Run
    title: str
    report: BuildReport
    outcomes: Outcomes | None
    outcomes_problem: str
    changed: tuple[str, ...]
    target: Target | None = None

    @property
    def hero(self) -> str | None:
        """The file to show first: the one for the target, or the usual one where that was not made."""
        wanted = self.target.variant if self.target else ""
        return wanted if wanted in self.report.measured.variants else self.report.hero

    def path(self, variant: str) -> Path:
        """A variant's file; its name in the report leads nowhere else."""
        return self.run.folder / Path(self.report.measured.variants[variant].file).name


def chosen(purpose: str) -> Finished | None:
    """The build to look at, with a list to choose another one; where there is none, the page says what to do.

    Args:
        purpose: what the empty page is for, as a sentence.
    """
    rows = listing.rows(session.exports())
    done = [row for row in rows if row.state == "done"]
    wanted = session.choice().build
    row = next((row for row in rows if row.id == wanted), None)
    if wanted and row is None:
        parts.caution(f"The build {wanted} of this link is not here, or no more.")
    if not done and row is None:
        parts.nothing_here("No finished build yet", purpose, "train", "Train a model")
        return None
    if row is not None and row.state != "done":
        not_done(row)
    if done:
        row = pick(done, row)
    return None if row is None or row.state != "done" else read(row, session.choice())


def pick(done: Sequence[listing.Row], row: listing.Row | None) -> listing.Row | None:
    """A list of the finished builds, newest first; nothing is chosen in it while the link's build is not done."""
    by_id = {each.id: each for each in done}
    if row is None:
        row = done[0]
    st.session_state[PICK] = row.id if row.id in by_id else None
    st.selectbox(
        "Build",
        list(by_id),
        format_func=lambda build_id: option(by_id[build_id]) if build_id in by_id else build_id,
        placeholder="Choose a finished build",
        key=PICK,
        on_change=taken,
    )
    return row


def taken() -> None:
    """Writes the chosen build into the choice, and so into the address."""
    session.change(build=id_of(st.session_state[PICK] or ""))


def option(row: listing.Row) -> str:
    """A build in a list: its title, and its folder's name, which no other build has."""
    return f"{printable(row.title, TITLE_LENGTH_MAX) or '(no title)'} · {row.run.folder.name}"


def not_done(row: listing.Row) -> None:
    """What a build of a link is, when it is not done."""
    title = parts.literal(row.title)
    if row.live:
        words = "waits for its turn" if row.state == "waiting" else "is being built"
        st.info(f"**{title}** {words}. Its result stands here when it is done.", icon=":material/hourglass_top:")
        navigation.link("train", "Watch it")
        return
    if row.state == "damaged":
        st.error(f"**{title}** is done, but its report cannot be read. {parts.literal(row.message, 1000)}", icon=":material/error:")
        return
    reason = f": {parts.literal(row.message, 1000)}" if row.message else "."
    st.error(f"**{title}** did not come to its end{reason}", icon=":material/error:")
    navigation.link("train", "Go on with it")


def read(row: listing.Row, choice: Choice | None = None) -> Finished | None:
    """The build from its folder, for a visitor's choice; what is wrong with it is told on the page."""
    folder = row.run.folder
    try:
        report = report_of(row.run.report_path, listing.stamp(row.run.report_path))
    except BuilderError as error:
        if folder.is_dir():
            parts.problem(error)
        else:
            parts.caution(f"The build {row.title} was deleted meanwhile.")
        return None
    outcomes, problem = None, ""
    try:
        outcomes = outcomes_of(folder, listing.stamp(folder / "outcomes.json"))
        if outcomes is not None and outcomes.classes != report.labels:
            outcomes, problem = None, f"{folder / 'outcomes.json'} is of other classes than the report."
    except BuilderError as error:
        problem = str(error)
    variants = report.measured.variants
    changed = tuple(name for name, made in variants.items() if not is_verified(folder / Path(made.file).name, made.sha256))
    return Finished(row.run, row.title, report, outcomes, problem, changed, target_of(row, report, choice))


def target_of(row: listing.Row, report: BuildReport, choice: Choice | None) -> Target | None:
    """What a build is for: the visitor's device, where the link names one and has the build's dials, else what the build says."""
    if choice is not None and choice.device and "device" in choice.to_query():
        dials = {"alpha": choice.alpha, "resolution": choice.resolution, "channels": 1 if choice.grayscale else 3}
        if all(report.config.get(name) == value for name, value in dials.items()):
            return read_target(choice.target())
    return read_target(row.run.description().get("target"))


@lru_cache(maxsize=REPORTS_KEPT)
def report_of(path: Path, stamp: object) -> BuildReport:
    """A report, read once as long as its file is the same: every widget of a page runs it again."""
    del stamp  # part of the key only
    return read_report(path)


@lru_cache(maxsize=OUTCOMES_KEPT)
def outcomes_of(folder: Path, stamp: object) -> Outcomes | None:
    """What was said about each photo, read once as long as its file is the same."""
    del stamp  # part of the key only
    return read_outcomes(folder)


def is_verified(path: Path, sha256: str) -> bool:
    """Whether a file is still the one that was verified."""
    try:
        stat = path.stat()
    except OSError:
        return False
    return hash_of(str(path), stat.st_size, stat.st_mtime_ns, stat.st_ino) == sha256


@st.cache_data(max_entries=500, show_spinner=False)
def hash_of(path: str, *_: int) -> str | None:
    """A file's hash, kept as long as its size and times are the same."""
    return sha256_of(Path(path))
