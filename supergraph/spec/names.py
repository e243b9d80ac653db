"""Names that must not be mixed: each is a string, and none may stand for another."""

from typing import NewType

SubgraphName = NewType("SubgraphName", str)
"""A subgraph as its owners call it: `loyalty`, `reviews-eu`."""

GraphName = NewType("GraphName", str)
"""A subgraph as a value of the enum `join__Graph`: `LOYALTY`, `REVIEWS_EU`."""

TypeName = NewType("TypeName", str)
FieldName = NewType("FieldName", str)

Coordinate = NewType("Coordinate", str)
"""A schema coordinate: `Type`, `Type.field`, `Type.field(argument:)`, `@directive`. Spec: Schema Coordinates."""
