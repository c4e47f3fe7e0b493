"""Sentiment of words: single sentences, invariants, and figures on the labelled lists."""

from __future__ import annotations

import hashlib
import math
import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from desktop.insights.lexicon import Lexicon, parse_lexicon
from desktop.insights.sentiment import LABEL_AT, Score, TextSentiment, label_of

LEXICON = parse_lexicon(
    (Path(__file__).parents[2] / "resources" / "lexicon" / "vader_words.tsv").read_text(encoding="utf-8")
)
DATA = Path(__file__).parent / "data"
LABELS = ("negative", "neutral", "positive")
SENTIMENT = TextSentiment(LEXICON)


def score(text: str) -> Score:
    return SENTIMENT.score(text.split())


def labelled(name: str) -> list[tuple[str, str]]:
    lines = (DATA / f"{name}.tsv").read_text(encoding="utf-8").splitlines()
    return [(label, text) for label, _, text in (line.partition("\t") for line in lines if not line.startswith("#"))]


def macro_f1(pairs: list[tuple[str, str]]) -> float:
    total = 0.0
    for label in LABELS:
        hits = sum(1 for wanted, got in pairs if wanted == got == label)
        wrong = sum(1 for wanted, got in pairs if (wanted == label) != (got == label))
        total += 2 * hits / max(1, 2 * hits + wrong)
    return total / len(LABELS)


def plain_vader_label(text: str) -> str:
    """VADER's method over its own words alone: no phrases, no trade words."""

    class Untouched(Lexicon):
        def for_the_trade(self) -> Lexicon:
            return self

    return TextSentiment(Untouched(LEXICON.valence), ()).score(text.split()).label


@pytest.mark.parametrize(
    "text",
    [
        "this is unacceptable",
        "i want to cancel my account",
        "nobody called me back",
        "this is the third time i am calling about this",
        "This is the third time I'm calling about this!",
        "i have been waiting for three weeks and nobody called me back",
        "cancel my subscription immediately",
        "i want to speak to your supervisor right now",
        "you will hear from my lawyer",
        "i am so angry right now",
        "this is not acceptable",
        "i've been on hold for forty five minutes",
        "you charged me twice",
        "it's still not working",
        "i want my money back",
    ],
)
def test_clear_anger_can_carry_the_alert_rule(text: str) -> None:
    assert score(text).value <= -0.55


@pytest.mark.parametrize(
    "text",
    [
        "thank you for calling my name is sarah how can i help you",
        "can i have your account number please",
        "please hold while i check that",
        "i am calling about my credit card",
        "do you want to cancel or change the date",
        "when will it be fixed",
        "i am sorry to hear that",
        "i understand your frustration",
        "it is in the warranty",
    ],
)
def test_procedure_is_near_zero(text: str) -> None:
    assert abs(score(text).value) <= 0.15


@pytest.mark.parametrize(
    "text", ["thank you so much", "that works thank you", "it has been resolved", "i'm very happy"]
)
def test_good_news_is_positive(text: str) -> None:
    assert score(text).value >= 0.4


@pytest.mark.parametrize(
    "text",
    [
        "thank you but nobody called me back",
        "nobody called me back thank you",
        "i appreciate that but this is unacceptable thanks",
        "i am glad you ask because this is the third time i am calling",
    ],
)
def test_courtesy_does_not_flip_a_complaint(text: str) -> None:
    assert score(text).value <= -0.5


def test_courtesy_counts_where_nobody_complains() -> None:
    assert score("that is wonderful thank you").value > score("that is wonderful").value


def test_degree_negation_and_but() -> None:
    assert score("very bad").value < score("bad").value < score("slightly bad").value < 0
    assert score("it is not bad").value > 0 > score("it is bad").value
    assert score("no disaster").value > 0 > score("disaster").value
    assert score("it is great but slow").value < score("it is slow but great").value
    assert score("however").basis == 0


def test_no_words_no_score() -> None:
    assert SENTIMENT.score([]) == Score(0.0, "neutral", 0)
    assert score("uh um") == Score(0.0, "neutral", 0)


@pytest.mark.parametrize(
    ("value", "label"), [(-LABEL_AT, "negative"), (LABEL_AT, "positive"), (0.0, "neutral"), (-0.19, "neutral")]
)
def test_labels(value: float, label: str) -> None:
    assert label_of(value) == label


@given(
    st.lists(st.sampled_from(sorted({w for n in ("develop", "validate") for _, t in labelled(n) for w in t.split()})))
)
def test_any_utterance_scores_within_bounds(words: list[str]) -> None:
    got = SENTIMENT.score(words)
    assert math.isfinite(got.value)
    assert -1.0 <= got.value <= 1.0
    assert got.label == label_of(got.value)
    assert (got.basis == 0) <= (got.value == 0.0)


@given(st.text(max_size=200))
def test_any_text_scores_within_bounds(text: str) -> None:
    assert -1.0 <= score(text).value <= 1.0


def test_the_lists_are_disjoint() -> None:
    texts = [text for name in ("develop", "validate", "unseen") for _, text in labelled(name)]
    assert len(set(texts)) == len(texts)
    assert len(labelled("unseen")) >= 60


def test_the_unseen_list_is_still_the_one_written_before_the_patterns() -> None:
    lines = (DATA / "unseen.tsv").read_text(encoding="utf-8").splitlines()
    assert hashlib.sha256("\n".join(lines).encode()).hexdigest() == UNSEEN


UNSEEN = "add0cb932df1e143633d5e0c0afa3f978435184dc8faeb96dcae95667c27533e"


@pytest.mark.parametrize(
    ("name", "floor"),
    [
        ("develop", 0.97),  # measured 1.00; patterns were written on it
        ("validate", 0.95),  # measured 0.84 before, 1.00 after its misses were generalised
        ("unseen", 0.79),  # measured 0.82, once; plain VADER 0.59
    ],
)
def test_macro_f1(name: str, floor: float) -> None:
    rows = labelled(name)
    ours = macro_f1([(label, score(text).label) for label, text in rows])
    plain = macro_f1([(label, plain_vader_label(text)) for label, text in rows])
    assert ours >= floor
    assert ours >= plain + 0.15


def test_no_unseen_complaint_is_taken_for_praise_more_than_once() -> None:
    flips = [text for label, text in labelled("unseen") if {label, score(text).label} == {"negative", "positive"}]
    assert len(flips) <= 1


def test_an_utterance_takes_far_less_than_a_millisecond() -> None:
    texts = [text.split() for _, text in labelled("develop")]
    best = math.inf
    for _ in range(5):
        started = time.perf_counter()
        for words in texts:
            SENTIMENT.score(words)
        best = min(best, (time.perf_counter() - started) / len(texts))
    assert best < 1e-3
