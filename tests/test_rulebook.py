from decimal import Decimal

import pytest

from selfeval_xlsx import resources
from selfeval_xlsx.rulebook import Rulebook, load

SHIPPED = resources.shipped(resources.RULEBOOK).read_text(encoding="utf-8")


def test_the_shipped_file_says_what_holds_without_it() -> None:
    assert load(SHIPPED) == load("") == Rulebook()


def test_every_setting_of_the_shipped_file_is_explained() -> None:
    settings = [line for line in SHIPPED.splitlines() if "=" in line and not line.lstrip().startswith("#")]
    assert len(settings) > 15
    assert all("#" in line for line in settings if not line.startswith('"'))


def test_a_setting_changes_only_itself() -> None:
    changed = load('[scoring]\nreverse_rule = "ratio"\n[grades]\n"优" = 85.5\n"良" = 75\n"中" = 60\n"差" = 0')
    assert changed.scoring.reverse_rule == "ratio"
    assert changed.scoring.full_score == Decimal(100)
    assert changed.grades["优"] == Decimal("85.5")


def test_level_weights_may_be_left_out() -> None:
    assert load("[scoring.level_weights]").scoring.level_weights == {}


@pytest.mark.parametrize(
    ("total", "grade"), [("100", "优"), ("90", "优"), ("89.99", "良"), ("60", "中"), ("0", "差")]
)
def test_grades(total: str, grade: str) -> None:
    assert Rulebook().grade_of(Decimal(total)) == grade
