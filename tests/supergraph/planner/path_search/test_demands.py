from supergraph.planner import count_fetches, render_plan

FIELDS = (
    "type Query { work: Work @shareable shelf: Shelf @shareable } type Shelf @shareable { works: [[Work]] }"
)
BOOKS = f"""
{FIELDS}
union Work = Book
type Book @key(fields: "id") {{ id: ID! }}
type Film @key(fields: "id") {{ id: ID! minutes: Int }}
"""
BOOKS_AND_FILMS = f"""
{FIELDS}
union Work = Book | Film
type Book @key(fields: "id") {{ id: ID! }}
type Film @key(fields: "code") {{ code: ID! }}
"""


def test_what_a_subgraph_of_a_shared_field_never_answers_with_needs_nothing(house):
    works = house(a=BOOKS, b=BOOKS_AND_FILMS)
    text = render_plan(works.plan("{ work { ... on Film { code minutes } ... on Book { id } } }"))
    assert "fetch a" in text
    assert "... on Book" in text
    assert "Film" not in text


def test_so_it_is_in_lists_below_a_shared_value(house):
    works = house(a=BOOKS, b=BOOKS_AND_FILMS)
    plan = works.plan("{ shelf { works { ... on Film { code minutes } } } }")
    assert count_fetches(plan.node) == 1
    assert "Film" not in render_plan(plan)


def test_so_it_is_with_objects_of_an_interface(house):
    works = house(
        a="""
        type Query { work: Work @shareable }
        interface Work { title: String }
        type Book implements Work @key(fields: "id") { id: ID! title: String @shareable }
        type Film @key(fields: "id") { id: ID! minutes: Int }
        """,
        b="""
        type Query { work: Work @shareable }
        interface Work { title: String }
        type Book implements Work @key(fields: "id") { id: ID! title: String @shareable }
        type Film implements Work @key(fields: "code") { code: ID! title: String }
        """,
    )
    text = render_plan(works.plan("{ work { title ... on Film { code minutes } } }"))
    assert "title" in text
    assert "Film" not in text


def test_a_type_that_all_subgraphs_of_a_shared_field_know_is_asked_for(house):
    film = 'type Film @key(fields: "id") { id: ID! } type Book @key(fields: "id") { id: ID! }'
    works = house(
        a=f"union Work = Book | Film type Query {{ work: Work @shareable }} {film}",
        b=f"union Work = Film type Query {{ work: Work @shareable }} {film} extend type Film {{ minutes: Int }}",
    )
    text = render_plan(works.plan("{ work { ... on Film { minutes } ... on Book { id } } }"))
    assert "fetch b" in text
    assert "minutes" in text
    assert "Book" not in text


def test_fragments_of_which_each_fits_the_one_around_it_may_together_fit_nothing(house):
    works = house(
        a="""
        type Query { film: OnlyFilm }
        union OnlyFilm = Film
        type Film @key(fields: "id") { id: ID! }
        """,
        b="""
        interface Work { id: ID! }
        type Book implements Work @key(fields: "id") { id: ID! pages: Int }
        type Film implements Work @key(fields: "id") { id: ID! }
        """,
    )
    text = render_plan(
        works.plan("{ film { ...Paged } } fragment Paged on Work { id ... on Book { pages } }")
    )
    assert "id" in text
    assert "pages" not in text


def test_a_field_of_an_interface_is_asked_by_type_where_only_that_leads_on(house):
    works = house(
        a="""
        type Query { work: Work }
        interface Work { id: ID! cover: Cover }
        type Book implements Work @key(fields: "id") { id: ID! cover: Cover @shareable }
        type Cover { color: String @shareable }
        """,
        b="""
        type Book @key(fields: "id") { id: ID! cover: Cover @shareable }
        type Cover { color: String @shareable weight: Int }
        """,
    )
    assert count_fetches(works.plan("{ work { cover { color } } }").node) == 1
    plan = works.plan("{ work { cover { color weight } } }")
    assert count_fetches(plan.node) == 2
    assert "fetch b at work" in render_plan(plan)
