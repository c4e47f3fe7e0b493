"""What a console asks to hear (document A section 2): filters, and everything that is refused before it is sent."""

from __future__ import annotations

from typing import Final

import msgspec

from desktop.domain.errors import SettingInvalid
from desktop.domain.facts import CallFacts
from desktop.domain.media import PIPELINE_RATE_HZ

DIRECTIONS: Final = ("inbound", "outbound")


class Filters(msgspec.Struct, frozen=True, kw_only=True, rename="camel", omit_defaults=True):
    """Which interactions. An empty tuple is no restriction; several entries of one field are alternatives."""

    interaction_types: tuple[str, ...] = msgspec.field(default_factory=lambda: ("voice",))
    queue_ids: tuple[str, ...] = ()
    direction: tuple[str, ...] = ()
    skills: tuple[str, ...] = ()
    interaction_ids: tuple[str, ...] = ()

    def admits(self, interaction_id: str, facts: CallFacts) -> bool:
        """Whether this interaction is asked for. What isn't known about it doesn't match a restriction."""
        return (
            (not self.interaction_ids or interaction_id in self.interaction_ids)
            and (not self.queue_ids or facts.queue_id in self.queue_ids)
            and (not self.direction or facts.direction in self.direction)
            and (not self.skills or not set(self.skills).isdisjoint(facts.skills))
        )


class AudioSubscription(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """The `subscription` object. `sample_rate` in Hz has no default: leaving it out is a trap that we name."""

    type: str = "audio"
    filters: Filters = msgspec.field(default_factory=Filters)
    format: str = "opus"
    sample_rate: int | None = None


def check_subscription(subscription: AudioSubscription) -> None:
    """SettingInvalid with the field's path if this pipeline can't take what `subscription` asks for.

    Both roles use it: a console before it sends anything, the gateway on what it is sent.
    """
    _check_media(subscription)
    _check_filters(subscription.filters)


def _check_media(subscription: AudioSubscription) -> None:
    if subscription.type != "audio":
        raise SettingInvalid("subscription.type", "not known", 'The Audio Connector has subscriptions of type "audio"')
    if subscription.format != "opus":
        raise SettingInvalid("subscription.format", "not supported", 'Sound is carried as "opus" only')
    if subscription.sample_rate is None:
        raise SettingInvalid(
            "subscription.sampleRate",
            "missing",
            f"The platform's default may not suit the recogniser; say {PIPELINE_RATE_HZ}",
        )
    if subscription.sample_rate != PIPELINE_RATE_HZ:
        raise SettingInvalid(
            "subscription.sampleRate",
            f"{subscription.sample_rate} Hz is not taken",
            f"Recognition hears {PIPELINE_RATE_HZ} Hz; a narrower stream would be recognised badly without a warning",
        )


def _check_filters(filters: Filters) -> None:
    if filters.interaction_types != ("voice",):
        raise SettingInvalid(
            "subscription.filters.interactionTypes",
            'only ["voice"] is possible',
            "The Audio Connector carries voice; other types fail silently or end the whole connection",
        )
    if not set(filters.direction) <= set(DIRECTIONS):
        raise SettingInvalid("subscription.filters.direction", "unknown direction", 'Use "inbound" and "outbound"')
    lists = {
        "queueIds": filters.queue_ids,
        "skills": filters.skills,
        "interactionIds": filters.interaction_ids,
    }
    for name, entries in lists.items():
        if "" in entries:
            raise SettingInvalid(f"subscription.filters.{name}", "an entry is empty", "Remove it or fill it in")
