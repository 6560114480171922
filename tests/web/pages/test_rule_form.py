import pytest
from werkzeug.datastructures import MultiDict

from tests.fakes import CLASSES
from tests.web.alert_rows import FEAR_FORM
from webapp.core.alerts import Limits
from webapp.web.pages.rule_form import RuleChoices, RuleForm

CHOICES = RuleChoices({"demo": "Demo", "door": "Front door"}, CLASSES, ["Anger lasts"])


@pytest.mark.parametrize(
    ("change", "faults"),
    [
        ({}, []),
        ({"name": " Anger   lasts "}, ["name"]),
        ({"name": "x" * 81}, ["name"]),
        ({"kind": "mood"}, ["kind"]),
        ({"camera": "cellar"}, ["camera"]),
        ({"expressions": "boredom"}, ["expressions"]),
        ({"enter": "0", "exit": "0"}, ["enter", "exit"]),
        ({"enter": "101"}, ["enter"]),
        ({"enter": "nan"}, ["enter"]),
        ({"exit": "40.5"}, ["exit"]),
        ({"least_people": "-1", "least_share": "30"}, ["least_people", "least_share"]),
        ({"min_faces": "1.5"}, ["min_faces"]),
        ({"min_faces": ""}, ["min_faces"]),
        ({"min_confidence": "50"}, ["min_confidence"]),
        ({"cooldown_s": "1e3"}, ["cooldown_s"]),
        ({"advice": ""}, []),
        ({"advice": "x" * 501}, ["advice"]),
        (
            {"kind": "no_data", "enter": "", "expressions": "", "min_faces": "", "least_share": ""},
            [],
        ),
    ],
)
def test_the_rule_form(change: dict[str, str], faults: list[str]) -> None:
    form = RuleForm(MultiDict(FEAR_FORM | change), CHOICES)
    assert form.validate() == (not faults)
    assert list(form.errors) == faults
    assert all(len(sentences) == 1 for sentences in form.errors.values())


def test_a_rule_that_is_no_reading_is_true_or_false() -> None:
    form = RuleForm(MultiDict(FEAR_FORM | {"kind": "no_data"}), CHOICES)
    assert form.validate()
    rule = form.rule(3)
    assert rule.limits == Limits(50, 50, 20, 12)
    assert rule.expressions == ()


def test_no_expression_is_a_fault() -> None:
    sent = MultiDict(FEAR_FORM)
    del sent["expressions"]
    form = RuleForm(sent, CHOICES)
    assert not form.validate()
    assert list(form.errors) == ["expressions"]


def test_faults_say_what_was_expected() -> None:
    wrong = {"name": "", "camera": "cellar", "hold_s": "soon", "clear_s": "", "min_faces": "1.5"}
    form = RuleForm(MultiDict(FEAR_FORM | wrong | {"exit": "41", "schedule": "someday"}), CHOICES)
    assert not form.validate()
    schedule = "a schedule such as “mon-fri 06:00-14:00; sat 22:00-06:00”, got “someday”"
    assert {name: sentences[0] for name, sentences in form.errors.items()} == {
        "name": "Expected a name, such as “Anger lasts”.",
        "camera": "Expected a camera from the list.",
        "exit": "Expected at most 40, where the alert begins.",
        "hold_s": "Expected a number from 0 to 3600; got “soon”.",
        "clear_s": "Expected a number from 0 to 3600; the field is empty.",
        "min_faces": "Expected a whole number, got 1.5.",
        "schedule": f"Expected {schedule}: “someday” is no day.",
    }


def test_a_form_with_the_least_fields_has_defaults() -> None:
    sent = {name: FEAR_FORM[name] for name in ("name", "hold_s", "clear_s", "cooldown_s")}
    form = RuleForm(MultiDict(sent | {"kind": "empty_view"}), CHOICES)
    assert form.validate(), form.errors
    rule = form.rule(3)
    assert (rule.camera, rule.schedule.windows, rule.is_enabled) == (None, (), False)
