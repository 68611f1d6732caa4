"""Each story of this folder, from its rows through import and build to movements and metrics.

A failure prints the story's own lines: what was expected and was not found is marked `-`, what was
found and not expected `+`.
"""

from pathlib import Path

import pytest

from tests.stories.play import OwnBook, SharedBook, can_share
from tests.stories.story import Story, read_stories

FOLDER = Path(__file__).parent
STORIES = [story for path in sorted(FOLDER.glob("*.story")) for story in read_stories(path)]


@pytest.fixture(scope="module")
def shared_book(tmp_path_factory: pytest.TempPathFactory) -> SharedBook:
    return SharedBook(STORIES, tmp_path_factory.mktemp("shared"))


def tell(story: Story, differences: list[str]) -> None:
    """Fail with the story's own lines and nothing of Python's."""
    if differences:
        pytest.fail("\n".join([f"{story.place}  {story.name}", *differences]), pytrace=False)


@pytest.mark.parametrize("story", [story for story in STORIES if can_share(story)], ids=lambda story: story.place)
def test_story_in_a_shared_book(story: Story, shared_book: SharedBook) -> None:
    tell(story, shared_book.play(story))


@pytest.mark.parametrize("story", [story for story in STORIES if not can_share(story)], ids=lambda story: story.place)
def test_story_in_its_own_book(story: Story, tmp_path: Path) -> None:
    tell(story, OwnBook(story, tmp_path).play())
