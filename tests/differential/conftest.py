"""What the differential tests are made of: `drawing` makes a `world`, `splitting` its subgraphs, `operations` what is
asked; `federation` answers it twice, `checks` compares. Hypothesis shrinks a failing case to a small one."""

import pytest

pytest.register_assert_rewrite("tests.differential.checks")
