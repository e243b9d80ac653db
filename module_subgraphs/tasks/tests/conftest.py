from foundation_subgraph.kit.testing import database_fixture
from module_subgraphs.tasks import subgraph

database = database_fixture(subgraph)
