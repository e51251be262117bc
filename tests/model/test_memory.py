"""What is remembered of a project holds as long as what it was made of."""

from dataclasses import replace

from constitution_lint.model.memory import Memory, View, remembered
from constitution_lint.model.project import Project
from constitution_lint.workspace import Workspace

made: list[str] = []


@remembered
def count_of_files(project: Project) -> int:
    made.append("count")
    return len(project.workspace.files)


@remembered
def parity(project: Project) -> bool:
    made.append("parity")
    return count_of_files(project) % 2 == 0


@remembered
def doubled(project: Project, times: int) -> int:
    made.append(f"doubled {times}")
    return count_of_files(project) * 2 * times


class Reads:
    def __init__(self, project: Project) -> None:
        self.project = project

    def folders(self) -> int:
        return len(self.project.workspace.files)


@remembered
def reads(project: Project) -> Reads:
    made.append("reads")
    return Reads(project)


@remembered
def read_later(project: Project) -> int:
    made.append("later")
    return reads(project).folders()


def project_of(*files: str) -> Project:
    made.clear()
    return Project(Workspace("/", files), memory=Memory(lasting=True))


def after(project: Project, *files: str) -> Project:
    made.clear()
    return replace(project, workspace=Workspace("/", files))


def test_what_was_made_once_is_not_made_again() -> None:
    project = project_of("a", "b")
    assert (parity(project), parity(project), count_of_files(project)) == (True, True, 2)
    assert made == ["parity", "count"]


def test_arguments_tell_answers_apart() -> None:
    project = project_of("a")
    assert (doubled(project, 1), doubled(project, 2), doubled(project, 1)) == (2, 4, 2)
    assert made == ["doubled 1", "count", "doubled 2"]


def test_an_edit_of_something_else_leaves_an_answer_standing() -> None:
    first = project_of("a")
    assert parity(first) is False
    made.clear()
    assert parity(replace(first, web={})) is False
    assert made == []


def test_an_answer_is_made_anew_when_what_it_read_is_another() -> None:
    first = project_of("a")
    assert parity(first) is False
    assert parity(after(first, "a", "b")) is True
    assert made == ["count", "parity"]


def test_what_comes_out_the_same_leaves_what_rests_on_it_standing() -> None:
    first = project_of("a", "b")
    assert parity(first) is True
    assert parity(after(first, "a", "c")) is True
    assert made == ["count"]


def test_a_value_that_reads_on_after_it_was_made_counts_as_reading() -> None:
    first = project_of("a", "b")
    assert read_later(first) == 2
    assert read_later(after(first, "a")) == 1
    assert made == ["reads", "later"]


def test_what_nobody_asks_for_is_forgotten() -> None:
    project = project_of("a")
    doubled(project, 7)
    for _ in range(6):
        project = after(project, "a")
    doubled(project, 7)
    assert made == ["doubled 7", "count"]


def test_an_answer_that_failed_is_asked_for_again() -> None:
    @remembered
    def fails(project: Project) -> int:
        made.append("fails")
        return 1 // len(project.workspace.files)

    first = project_of()
    for _ in range(2):
        try:
            fails(first)
        except ZeroDivisionError:
            made.append("failed")
    assert made == ["fails", "failed", "fails", "failed"]
    assert fails(after(first, "a")) == 1


@remembered
def itself(project: Project) -> Project:
    made.append("itself")
    return project


def test_of_a_project_that_none_follows_answers_are_made_once_and_nothing_is_noted() -> None:
    made.clear()
    single = Project(Workspace("/", ("a",)))
    assert itself(single) is itself(single) is single
    assert made == ["itself"]
    assert isinstance(itself(project_of("a")), View)
