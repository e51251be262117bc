"""Every form of guard written beside this file gets the verdict written on its handlers."""

from pathlib import Path

import pytest
from authentication_forms import Form, expected, forms_of, verdicts

FORMS = [form for file in sorted((Path(__file__).parent).glob("*.md")) for form in forms_of(file)]


@pytest.mark.parametrize("form", FORMS, ids=lambda form: form.name)
def test_guard_is_judged(form: Form) -> None:
    wanted = expected(form.code)
    found = verdicts(form.code)
    assert wanted
    assert {name: found[name] for name in wanted} == wanted
