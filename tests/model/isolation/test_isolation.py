"""Every form of this folder has the verdicts written beside its handlers, and no other."""

import pytest
from isolating import HERE, Form, expected, forms_of, verdicts

FORMS = [form for file in sorted(HERE.glob("*.md")) for form in forms_of(file)]


@pytest.mark.parametrize("form", FORMS, ids=lambda form: form.name)
def test_verdicts_of_a_form(form: Form) -> None:
    wanted = expected(form.code)
    found = verdicts(form.code)
    assert wanted
    assert {name: found.get(name) for name in wanted} == wanted
