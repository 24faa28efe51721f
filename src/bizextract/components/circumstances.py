"""When an event takes effect, when it was made public, and who said so.

Dates that hang on the event's own verbs tell when it happens; those that hang on the verb which
reports it ("said on Tuesday that it would open …") tell when it was made public.
"""

from __future__ import annotations

from collections.abc import Iterator

from spacy.tokens import Token

from bizextract._cues import Assertion, shipped_assertion
from bizextract._frames import RolePath, RoleSpec
from bizextract.components.extensions import Role
from bizextract.components.fillers import Fillers
from bizextract.components.syntax import conjuncts, governing_verb, is_verb, subjects

_SOURCE = RoleSpec(accepts={"ORG": 1.0, "PERSON": 1.0, "NAME": 0.9, "PLACE": 0.5}, refers=True)
_QUOTES = frozenset({'"', "“", "”", "``", "''"})
_LONGEST_SPEECH = 120
_AFTER_SPEECH = 12
_ANY = RolePath(path="self")


def circumstances(
    head: Token, sentence: tuple[int, int], fillers: Fillers, cues: Assertion | None = None
) -> list[Role]:
    """Give the roles ``date``, ``announced`` and ``source`` of an event.

    Args:
        head: The trigger's head.
        sentence: Token offsets of its sentence.
        fillers: The fillers of its document.
        cues: Which verbs report; the shipped ones by default.

    Returns:
        Roles with the words that fill them, none where the sentence tells nothing.
    """
    cues = cues or shipped_assertion()
    own, reports = _verbs(head, cues)
    dates = list(_dates(sentence, fillers))
    speech = _speech_verb(head, sentence, cues)
    if speech is not None and speech not in reports:
        reports.append(speech)
        dates += _dates((speech.sent.start, speech.sent.end), fillers)
    leaked = any(is_leak(verb, cues) for verb in reports)
    roles = []
    for start, end in dates:
        holder = _told_right_before(start, fillers, cues) or _holder(
            fillers.doc[start:end].root, cues
        )
        if holder in own:
            roles.append(Role(role="date", start=start, end=end, score=0.9))
        elif holder in reports and not leaked:
            roles.append(Role(role="announced", start=start, end=end, score=0.9))
    for verb in reports:
        roles += _sources(verb, fillers)
    return roles


def _verbs(head: Token, cues: Assertion) -> tuple[set[Token], list[Token]]:
    """The event's own words that a date may hang on, and the verbs that report it."""
    own: set[Token] = {head}
    reports: list[Token] = []
    token = head
    while token.head != token:
        below, token = token, token.head
        if below.dep_ in {"relcl", "appos"}:
            break
        if below.dep_ == "conj" and any(c.dep_ == "nsubj" for c in below.children):
            break
        if is_verb(token):
            if token.lemma_.lower() in cues.reporting:
                reports.append(token)
            elif not reports:
                own.add(token)
            if below.dep_ in {"nsubj", "nsubjpass"} and token not in reports:
                break
        elif not reports:
            own.add(token)
    return own, reports


def _speech_verb(head: Token, sentence: tuple[int, int], cues: Assertion) -> Token | None:
    """The verb that reports a quotation which goes on after the sentence: '"… ," said A.'"""
    doc = head.doc
    marks = [t.i for t in doc[sentence[0] : sentence[1]] if t.text in _QUOTES]
    if len(marks) % 2 == 0 or marks[-1] > head.i:
        return None
    end = min(sentence[1] + _LONGEST_SPEECH, len(doc))
    close = next((t.i for t in doc[sentence[1] : end] if t.text in _QUOTES), None)
    if close is None:
        return None
    for token in doc[close + 1 : close + _AFTER_SPEECH]:
        if is_verb(token) and token.lemma_.lower() in cues.reporting:
            return token
    return None


def is_leak(verb: Token, cues: Assertion) -> bool:
    """Whether the subject of a reporting verb is a newspaper or an unnamed source."""
    for reached in subjects(verb):
        subject = reached.token
        if any(t.lower_ in cues.leaks for t in (subject, *subject.lefts)):
            return True
    return False


def _dates(sentence: tuple[int, int], fillers: Fillers) -> Iterator[tuple[int, int]]:
    place = sentence[0]
    while place < sentence[1]:
        entity = fillers.entity_at(place)
        if entity is not None and entity[2] == "DATE":
            yield entity[0], entity[1]
            place = max(entity[1], place + 1)
        else:
            place += 1


def _told_right_before(start: int, fillers: Fillers, cues: Assertion) -> Token | None:
    """The reporting verb that a date follows, whatever the parser makes of it: "said on Monday"."""
    before = start - 1
    if before > 0 and fillers.doc[before].lower_ in {"on", "in", "late", "early"}:
        before -= 1
    verb = fillers.doc[before] if before >= 0 else None
    return verb if verb is not None and verb.lemma_.lower() in cues.reporting else None


def _holder(date: Token, cues: Assertion) -> Token:
    """The word that a date hangs on; for "at a ceremony held on Monday", that of the ceremony."""
    token = date
    while token.dep_ in {"pobj", "prep", "conj", "nmod", "amod", "compound", "nummod"}:
        beside = token.dep_ not in {"pobj", "prep", "conj"}
        if beside and token.head.pos_ not in {"PROPN", "NUM"}:
            return _occasion(token.head, cues)
        token = token.head
        if is_verb(token):
            return _occasion(token, cues)
        if token.dep_ == "pobj" or token.pos_ in {"NOUN", "PROPN"}:
            return _occasion(_event_word(token), cues)
    return _occasion(token.head, cues)


def _occasion(holder: Token, cues: Assertion) -> Token:
    """For an occasion, or a participle that describes one, the verb that it belongs to."""
    noun = holder.head if holder.dep_ == "acl" else holder
    if noun.lemma_.lower() not in cues.occasions:
        return holder
    verb, relation = governing_verb(noun)
    return verb if verb is not None and relation == "oblique" else noun


def _event_word(noun: Token) -> Token:
    """The verb of a noun that is its object, for "opened a site in Rome in May"."""
    verb, relation = governing_verb(noun)
    return verb if verb is not None and relation == "object" else noun


def _sources(verb: Token, fillers: Fillers) -> Iterator[Role]:
    for reached in subjects(verb):
        for token in conjuncts(reached.token):
            for filler in fillers.find(token, _SOURCE, _ANY):
                score = round(filler.score * reached.score, 3)
                yield Role(role="source", start=filler.start, end=filler.end, score=score)
            return
