"""The description of an element: the one most subgraphs give."""

from collections import Counter
from collections.abc import Sequence

from supergraph.composer.merge.merging import ElementSource, Merging
from supergraph.spec import Code


def merge_descriptions(merging: Merging, at: str, sources: Sequence[ElementSource]) -> str | None:
    """The commonest description; of equally common ones the first. Subgraphs that give none do not count."""
    given = [source.element.description for source in sources if source.element.description]
    if not given:
        return None
    counts = Counter(given)
    if len(counts) > 1:
        merging.report(
            Code.INCONSISTENT_DESCRIPTION,
            at,
            (source for source in sources if source.element.description),
            "it is described differently in different subgraphs; the commonest description is used",
        )
    return counts.most_common(1)[0][0]
