"""Puts an engine together: settings in, hub with workers, insights, alerts and mailbox out."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from desktop.alerts.book import AlertBook
from desktop.app.benchmark import workers_of
from desktop.app.benchmark_result import hearing_cost, recall, setting_of, with_phrases
from desktop.app.catalog import RecogniserChoice
from desktop.bundled import resources_folder
from desktop.dashboard import phrase_sentences
from desktop.domain.alert import Alert
from desktop.domain.capacity import HearingCost
from desktop.domain.errors import SettingInvalid
from desktop.domain.events import AudioGap
from desktop.domain.insight import KeywordRule
from desktop.engine.desk import InsightDesk
from desktop.engine.hub import Hub
from desktop.engine.mailbox import Mailbox
from desktop.engine.meters import Meters
from desktop.engine.pool import WorkerPool
from desktop.engine.wire import FromWorker
from desktop.insights.keyword_defaults import DEFAULT_RULES
from desktop.insights.keyword_rules import checked_rules, phrases_of
from desktop.insights.lexicon import parse_lexicon
from desktop.insights.load import USUAL
from desktop.insights.mood import MoodMeter
from desktop.insights.sentiment import TextSentiment
from desktop.recognition.spelling import unreadable_words
from desktop.settings.model import EngineKind, Settings

LEXICON = "lexicon/vader_words.tsv"


@dataclass(slots=True)
class Engine:
    """A hub and what it talks to."""

    hub: Hub = field(init=False)
    mailbox: Mailbox = field(default_factory=Mailbox)
    meters: Meters = field(default_factory=Meters)
    on_alert: Callable[[Alert], None] = field(default=lambda alert: None)
    hearing: HearingCost | None = None  # what recognition costs here, if that was measured

    @staticmethod
    def check_keywords(rules: tuple[KeywordRule, ...]) -> str | None:
        """What is wrong with an edited list, in a sentence; None when nothing is."""
        try:
            checked_rules(rules)
        except SettingInvalid as error:
            return str(error)
        return None

    @staticmethod
    def remark_on_keywords(rules: tuple[KeywordRule, ...]) -> str:
        """Which words the recogniser can't listen for, in a sentence; empty when it can for all."""
        return phrase_sentences.unreadable(unreadable_words(phrases_of(rules)))


def assemble(
    settings: Settings,
    keep_keywords: Callable[[tuple[KeywordRule, ...]], None],
    mailbox: Mailbox | None = None,
    meters: Meters | None = None,
) -> Engine:
    """An engine that is not yet running. SettingInvalid when the keyword list or the resources can't be used."""
    engine = Engine(
        Mailbox() if mailbox is None else mailbox,
        Meters() if meters is None else meters,
    )
    lexicon = parse_lexicon((resources_folder() / LEXICON).read_text("utf-8"))
    rules = DEFAULT_RULES if settings.keywords is None else checked_rules(settings.keywords)
    desk = InsightDesk(
        MoodMeter(TextSentiment(lexicon.for_the_trade())),
        rules,
        AlertBook((settings.sentiment_alert, settings.keyword_alert)),
    )
    workers = workers_of(settings)

    def make_pool(deliver: Callable[[FromWorker], None], on_gap: Callable[[AudioGap], None]) -> WorkerPool:
        engine = settings.recognition.engine
        chosen = "" if engine is EngineKind.EMBEDDED else engine.value
        return WorkerPool(workers, RecogniserChoice(settings.recognition), deliver, on_gap, chosen)

    engine.hub = Hub(
        make_pool=make_pool,
        desk=desk,
        mailbox=engine.mailbox,
        meters=engine.meters,
        on_alert=lambda alert: engine.on_alert(alert),
        save_keywords=keep_keywords,
        language=settings.recognition.language,
    )
    assumed = USUAL
    if (found := recall(setting_of(workers, repr(settings.recognition)))) is not None:
        assumed, engine.hearing = found.costs, hearing_cost(found.costs)
    engine.hub.attendance.assume(with_phrases(assumed, settings.recognition), earlier=found is not None)
    return engine
