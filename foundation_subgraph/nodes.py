"""What has an id that is nowhere else: https://relay.dev/graphql/objectidentification.htm."""

import strawberry


@strawberry.federation.interface(description="Something that can be asked for by its id alone.")
class Node:
    id: strawberry.ID
