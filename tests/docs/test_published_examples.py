"""Published examples: each has a story, each story an example, and `agrees` is what the story's figures say."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest

from docs.generated.published import Example, examples, policies_of, stories
from tests.stories.story import ExpectMetrics, ExpectMovements, Story, read_stories

PUBLISHED = Path(__file__).parent.parent / "stories" / "published.story"
TOLD = {story.name: story for story in read_stories(PUBLISHED)}


def figures_of(story: Story) -> set[Decimal]:
    """Every figure that the story expects, without its sign: losses are printed with and without one."""
    figures: set[Decimal] = set()
    for step in story.steps:
        if isinstance(step, ExpectMovements):
            figures |= {abs(line.amount.value) for line in step.movements}
        if isinstance(step, ExpectMetrics):
            figures |= {abs(line.value.value) for line in step.metrics if line.value}
    return figures


def test_every_published_story_is_on_the_page_and_the_other_way_round() -> None:
    assert [example.story for example in examples()] == list(TOLD)
    assert list(stories()) == list(TOLD)


@pytest.mark.parametrize("example", examples(), ids=lambda example: example.story)
def test_upswell_prints_what_is_printed_exactly_where_the_page_says_so(example: Example) -> None:
    printed = {Decimal(figure) for figure in example.figures}
    found = figures_of(TOLD[example.story])
    assert (printed <= found) is example.agrees


def test_the_page_names_the_policies_of_a_story() -> None:
    for name, text in stories().items():
        story = TOLD[name]
        expecting = [step for step in story.steps if isinstance(step, ExpectMovements | ExpectMetrics)]
        assert set(policies_of(text)) == {story.policy, *(step.policy for step in expecting if step.policy)}
