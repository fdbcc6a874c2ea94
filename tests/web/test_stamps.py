"""Stamps and receipts: what they accept, what they refuse, and what a refusal leaves in hand."""

import pytest

from webapp.web.stamps import Receipts, StampExpired, StampForged, Stamps, StampTooFresh

NOW = 1_795_305_600_000
SECRET = "k" * 40


@pytest.fixture
def stamps() -> Stamps:
    return Stamps(SECRET, minimum_age=3, maximum_age=86_400)


def test_a_stamp_made_here_is_accepted_after_three_seconds(stamps):
    text = stamps.issue(NOW)
    assert stamps.read(text, NOW + 3_000).age == 3
    assert len(stamps.read(text, NOW + 3_000).form_key) == 43


def test_every_form_gets_its_own_key(stamps):
    keys = {stamps.read(stamps.issue(NOW), NOW + 5_000).form_key for _ in range(200)}
    assert len(keys) == 200


def test_a_stamp_sent_at_once_is_refused_and_will_do_in_a_moment(stamps):
    text = stamps.issue(NOW)
    with pytest.raises(StampTooFresh) as refused:
        stamps.read(text, NOW + 200)
    assert stamps.read(refused.value.renewed, NOW + 3_500).form_key


def test_an_old_stamp_is_renewed_with_the_same_key_so_that_a_retry_is_still_one_request(stamps):
    text = stamps.issue(NOW, "a-key")
    with pytest.raises(StampExpired) as refused:
        stamps.read(text, NOW + 86_401_000)
    assert stamps.read(refused.value.renewed, NOW + 86_405_000).form_key == "a-key"


def test_every_single_altered_character_is_refused(stamps):
    text = stamps.issue(NOW)
    for at, was in enumerate(text):
        altered = text[:at] + ("A" if was != "A" else "B") + text[at + 1 :]
        try:
            key = stamps.read(altered, NOW + 5_000).form_key
        except StampForged:
            continue
        # The last character of unpadded base64 holds spare bits: two spellings, one value.
        assert key == stamps.read(text, NOW + 5_000).form_key
        assert at in (text.index(".") - 1, len(text) - 1)


@pytest.mark.parametrize("text", ["", ".", "x" * 5_000, "bnVsbA.AAAA", "\x00", "é"])
def test_rubbish_is_refused(stamps, text):
    with pytest.raises(StampForged):
        stamps.read(text, NOW)


def test_a_host_whose_clock_is_a_little_behind_accepts_a_fresh_stamp(stamps):
    assert stamps.read(stamps.issue(NOW), NOW - 60_000).age == 0
    with pytest.raises(StampForged):
        stamps.read(stamps.issue(NOW), NOW - 3_600_000)


def test_a_stamp_is_not_a_receipt_and_a_receipt_is_not_a_stamp(stamps):
    receipts = Receipts(SECRET)
    with pytest.raises(LookupError):
        receipts.read(stamps.issue(NOW))
    with pytest.raises(StampForged):
        stamps.read(receipts.write("7K4M29XQC", NOW, "question", ()), NOW + 5_000)


def test_another_secret_refuses_everything(stamps):
    other = Stamps("z" * 40, minimum_age=3, maximum_age=86_400)
    with pytest.raises(StampForged):
        other.read(stamps.issue(NOW), NOW + 5_000)


def test_a_receipt_says_what_was_written_in_it():
    receipts = Receipts(SECRET)
    kinds = ("card", "password")
    assert receipts.read(receipts.write("7K4M29XQC", NOW, "complaint", kinds)) == ("7K4M29XQC", NOW, "complaint", kinds)
    assert receipts.read(receipts.write("7K4M29XQC", NOW, "complaint", ())) == ("7K4M29XQC", NOW, "complaint", ())


def test_a_receipt_of_the_first_version_still_opens():
    """It counted what was masked, and only cards were: people bookmark receipts."""
    receipts = Receipts(SECRET)
    for count, kinds in ((0, ()), (2, ("card",))):
        token = receipts._signer.dumps(["7K4M29XQC", NOW, "complaint", count])
        assert receipts.read(token) == ("7K4M29XQC", NOW, "complaint", kinds)
