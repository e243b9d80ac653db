from typing import Self

import strawberry

from module_subgraphs.reporting.service import Gap, Standing, StandingRow, as_csv


@strawberry.type(
    description="One customer of a report; null is what could not be had, or what you may not see."
)
class CustomerStandingRow:
    customer_id: strawberry.ID
    name: str | None
    city: str | None
    points: int | None
    tier: str | None

    @classmethod
    def of(cls, row: StandingRow) -> Self:
        return cls(
            customer_id=strawberry.ID(row.id),
            name=row.name,
            city=row.city,
            points=row.points,
            tier=row.tier,
        )


@strawberry.type(description="Something that a report lacks.")
class ReportGap:
    part: str = strawberry.field(description="The part that it is missing from: `customers` or `points`.")
    code: str = strawberry.field(description="Why, such as UNAUTHORIZED_FIELD_OR_TYPE.")
    places: int = strawberry.field(description="How many places it leaves empty.")

    @classmethod
    def of(cls, gap: Gap) -> Self:
        return cls(part=gap.part, code=gap.code, places=gap.places)


@strawberry.type(
    description="Customers with their points, those with the most first, as you may see them now."
)
class CustomerStanding:
    rows: list[CustomerStandingRow]
    gaps: list[ReportGap] = strawberry.field(
        description="What is missing; empty when the report is complete."
    )
    has_more: bool = strawberry.field(description="Whether there are customers beyond these.")
    points: int | None = strawberry.field(
        description="The points of all rows; null where those of any are not known."
    )
    csv: str = strawberry.field(description="The rows as CSV (RFC 4180), with a head line.")

    @classmethod
    def of(cls, standing: Standing) -> Self:
        return cls(
            rows=[CustomerStandingRow.of(row) for row in standing.rows],
            gaps=[ReportGap.of(gap) for gap in standing.gaps],
            has_more=standing.has_more,
            points=standing.points,
            csv=as_csv(standing.rows),
        )
