"""The papers: notices to post, an assessment, a record of processing, the model card."""

from pathlib import Path

from flask import Blueprint, current_app, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import NotFound
from wtforms import StringField, TextAreaField

from webapp.core.access import Permission
from webapp.core.model_card import read_card
from webapp.core.papers import Controller
from webapp.disk.shipped import model_facts
from webapp.storage.audit_chain import end_of_chain
from webapp.storage.controller import find_controller, save_controller
from webapp.web.access.guard import current_sign_in
from webapp.web.access.permissions import needs
from webapp.web.pages.form_fields import PageForm, TextOf, TextUpTo, one_line
from webapp.web.pages.paper_facts import notice_token, paper_facts
from webapp.web.pages.rooms import base_url
from webapp.web.services import current_database, utc_now

MODEL_DIR = "MODEL_DIR"
MOST_NAME, MOST_TEXT = 200, 1000
# What a reader of the card who runs cameras must know; how it was trained stands in the card alone.
CARD_SECTIONS = ("Network", "Known failures", "Error rates by group", "Must not be used for")
bp = Blueprint("papers", __name__, url_prefix="/admin/papers")


def _stripped(text: str | None) -> str:
    return (text or "").replace("\r\n", "\n").replace("\0", "").strip()


class ControllerForm(PageForm):
    """Asks who runs the cameras."""

    name = StringField(
        "Who runs the cameras (the controller)",
        filters=[one_line],
        validators=[TextOf(MOST_NAME, "the name of a company, office or person")],
    )
    contact = TextAreaField(
        "How to reach them",
        filters=[_stripped],
        validators=[TextOf(MOST_TEXT, "an address, and a telephone number or e-mail address")],
    )
    protection_contact = TextAreaField(
        "Who looks after data protection", filters=[_stripped], validators=[TextUpTo(MOST_TEXT)]
    )
    ground = TextAreaField(
        "The legal ground", filters=[_stripped], validators=[TextUpTo(MOST_TEXT)]
    )


@bp.get("")
@needs(Permission.ADMINISTER)
def index() -> ResponseReturnValue:
    """List the papers, and ask who runs the cameras."""
    with current_database().session() as work:
        return _index(ControllerForm(obj=find_controller(work)))


@bp.post("")
@needs(Permission.ADMINISTER)
def save() -> ResponseReturnValue:
    """Take who runs the cameras."""
    form = ControllerForm(request.form)
    if not form.validate():
        return _index(form), 400
    controller = Controller(
        form.name.data, form.contact.data, form.protection_contact.data, form.ground.data
    )
    with current_database().session() as work:
        save_controller(work, controller, current_sign_in().user.username, utc_now())
    flash("Saved; every paper says so now.", "papers")
    return redirect(url_for("papers.index"), code=303)


@bp.get("/notice/<camera>")
@needs(Permission.ADMINISTER)
def notice(camera: str) -> ResponseReturnValue:
    """Show the notice to post where a camera is."""
    with current_database().session() as work:
        facts = paper_facts(work)
    found = next((each for each in facts.cameras if each.name == camera), None)
    if found is None:
        raise NotFound("There is no camera of this name.")
    address = base_url() + url_for("notice.page", token=notice_token(camera))
    return render_template("paper_notice.html", facts=facts, camera=found, address=address)


@bp.get("/assessment")
@needs(Permission.ADMINISTER)
def assessment() -> ResponseReturnValue:
    """Show the outline of a data-protection impact assessment."""
    return _paper("paper_assessment.html")


@bp.get("/record")
@needs(Permission.ADMINISTER)
def record() -> ResponseReturnValue:
    """Show the record of processing."""
    return _paper("paper_record.html")


@bp.get("/model-card")
@needs(Permission.ADMINISTER)
def model_card() -> ResponseReturnValue:
    """Show what is known of the network and what is not."""
    metadata, figures, card = model_facts(Path(current_app.config[MODEL_DIR]))
    sections = read_card(card)
    return render_template(
        "paper_model_card.html",
        metadata=metadata,
        figures=figures,
        sections={name: sections[name] for name in CARD_SECTIONS if name in sections},
        now=utc_now(),
    )


def _index(form: ControllerForm) -> str:
    with current_database().session() as work:
        facts = paper_facts(work)
    return render_template("papers.html", form=form, facts=facts)


def _paper(template: str) -> str:
    with current_database().session() as work:
        facts, (last_id, head) = paper_facts(work), end_of_chain(work)
    return render_template(template, facts=facts, last_id=last_id, head=head, now=utc_now())
