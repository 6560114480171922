"""The form of a receiver that is a webhook: address, method, headers, template, secret.

Address, headers and secret are never shown again: what is left blank stays as it is.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from werkzeug.datastructures import MultiDict
from wtforms import BooleanField, RadioField, SelectField, StringField, TextAreaField
from wtforms.validators import ValidationError

from webapp.core.errors import ReceiverError
from webapp.core.webhooks import CHECKS, METHODS, STARTING_BODY, Webhook, read_headers
from webapp.web.pages.receiver_form import ReceiverChoices, ReceiverForm

JSON, TEXT = "json", "text"
STARTING = Webhook(url="")


class WebhookForm(ReceiverForm):
    """Edits a webhook, or describes a new one."""

    address = None
    url = StringField("Address", filters=[lambda text: (text or "").strip()], default="")
    method = SelectField("Method", choices=METHODS, validate_choice=False)
    headers = TextAreaField("Headers", default="")
    drops_headers = BooleanField("Send the headers of before no more")
    body_kind = RadioField(
        "Body", choices={JSON: "JSON", TEXT: "Plain text"}, default=JSON, validate_choice=False
    )
    body = TextAreaField("Template of the body", default=STARTING_BODY)
    secret = StringField("Secret", filters=[lambda text: (text or "").strip()], default="")
    drops_secret = BooleanField("Sign no more")

    def __init__(
        self,
        formdata: MultiDict[str, str] | None,
        choices: ReceiverChoices,
        values: Mapping[str, Any] | None = None,
        before: Webhook | None = None,
    ) -> None:
        """Fill in what was sent, or else `values`; `before` is stored, as far as it can be read."""
        before = before or STARTING
        of_webhook = {
            "method": before.method,
            "body_kind": JSON if before.is_json else TEXT,
            "body": before.body,
        }
        super().__init__(formdata, choices, {**of_webhook, **(values or {})})
        self.before = before

    @property
    def webhook(self) -> Webhook:
        """What the form describes; raises ReceiverError for headers that are none."""
        url, is_json = self.url.data or self.before.url, self.body_kind.data != TEXT
        before = replace(self.before, url=url)
        # What is secret stays with the host that it is for.
        before = before if before.label == self.before.label else STARTING
        headers = () if self.drops_headers.data else before.headers
        return Webhook(
            url=url,
            method=self.method.data or "",
            headers=read_headers(self.headers.data)
            if (self.headers.data or "").strip()
            else headers,
            body=(self.body.data or "").replace("\r\n", "\n"),
            is_json=is_json,
            secret=self.secret.data or ("" if self.drops_secret.data else before.secret),
        )

    @property
    def new_address(self) -> str | None:
        """The address to be stored; None keeps the one there is."""
        webhook = self.webhook
        return None if webhook == self.before else webhook.address

    def validate_url(self, field: StringField) -> None:
        """Reject what messages cannot be sent to."""
        self._check("url", replace(STARTING, url=field.data or self.before.url))
        self.label = replace(STARTING, url=field.data or self.before.url).label

    def validate_method(self, field: SelectField) -> None:
        """Reject what is none of the list."""
        self._check("method", replace(STARTING, method=field.data or ""))

    def validate_headers(self, field: TextAreaField) -> None:
        """Reject what are no headers."""
        try:
            headers = read_headers(field.data or "")
        except ReceiverError as error:
            raise ValidationError(_sentence(error)) from None
        self._check("headers", replace(STARTING, headers=headers))

    def validate_body(self, field: TextAreaField) -> None:
        """Reject a template that names what there is not, or makes no JSON."""
        is_json = self.body_kind.data != TEXT
        self._check("body", replace(STARTING, body=field.data or "", is_json=is_json))

    def validate_secret(self, field: StringField) -> None:
        """Reject a secret that could be guessed."""
        self._check("secret", replace(STARTING, secret=field.data or ""))

    def _check(self, name: str, webhook: Webhook) -> None:
        try:
            CHECKS[name](webhook)
        except ReceiverError as error:
            raise ValidationError(_sentence(error)) from None


def _sentence(error: ReceiverError) -> str:
    text = str(error)
    return text[:1].upper() + text[1:]
