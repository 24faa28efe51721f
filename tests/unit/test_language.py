"""Texts in other languages are known for it; English ones, however odd, are not taken for them."""

from __future__ import annotations

from functools import partial

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bizextract._language import other_language
from helpers import grows

OTHERS = [
    (
        "German",
        "Das Unternehmen wird seinen Hauptsitz nach Lyon verlegen, wie es am Montag mitteilte.",
    ),
    (
        "French",
        "La société va ouvrir un siège à Lyon, où elle compte employer 300 personnes, selon "
        "son directeur.",
    ),
    (
        "Spanish",
        "La empresa abrirá su sede en Lyon el próximo año, según dijo el lunes un portavoz de "
        "la firma.",
    ),
    (
        "Italian",
        "La società aprirà la nuova sede di Lione nel 2024, ha detto il direttore, che non ha "
        "dato altri dettagli.",
    ),
    (
        "Portuguese",
        "A empresa vai abrir uma sede em Lyon no próximo ano, e não deu mais detalhes, como "
        "disse o diretor da firma.",
    ),
    ("Dutch", "Het bedrijf zal zijn hoofdkantoor naar Lyon verhuizen, zei een woordvoerder van de"),
    ("Swedish", "Bolaget ska flytta sitt huvudkontor till Lyon och det är inte klart när, säger"),
    ("Danish", "Selskabet vil flytte sit hovedkontor til Lyon, og det er ikke klart hvornår, blev"),
    ("Polish", "Firma przeniesie swoją siedzibę do Lyonu w maju i nie jest jasne, ile to będzie"),
    ("Czech", "Firma přesune své sídlo do Lyonu a není jasné, jak se to stane, který však po roce"),
    ("Finnish", "Yhtiö siirtää pääkonttorinsa Lyoniin, mutta se ei ole varmaa, kun hän on ja että"),
    ("Turkish", "Şirket için yeni bir merkez Lyon'da olacak ve bu çok önemli, dedi bir sözcü de"),
    ("Hungarian", "A cég Lyonba költözik, és azt mondta, hogy ez nem volt könnyű, mint már az egy"),
    ("Indonesian", "Perusahaan itu akan pindah ke Lyon pada tahun ini, dan tidak jelas untuk apa"),
    ("Vietnamese", "Công ty sẽ chuyển trụ sở về Lyon và điều này không được các cổ đông của họ"),
    ("Romanian", "Compania își va muta sediul la Lyon și nu este clar cu ce pentru că a fost din"),
    (
        "Cyrillic script",
        "Компания перенесёт штаб-квартиру в Лион в следующем году, сообщил директор.",
    ),
    ("Chinese characters", "该公司周一表示，将于明年把总部迁往里昂，预计在当地雇用三百名员工。"),
    ("Japanese", "同社は来年リヨンに本社を移転すると月曜日に発表した。従業員は三百人になる。"),
    ("Korean", "이 회사는 내년에 본사를 리옹으로 옮기고 직원 삼백 명을 고용할 것이라고 밝혔다."),
    ("Arabic script", "قالت الشركة يوم الاثنين إنها ستنقل مقرها إلى ليون في العام المقبل."),
    ("Greek", "Η εταιρεία θα μεταφέρει την έδρα της στη Λυών τον επόμενο χρόνο, είπε."),
    ("Hebrew", "החברה תעביר את המטה שלה לליון בשנה הבאה, כך אמר המנכל ביום שני."),
]

NOT_OTHER = {
    "sentence": "Acme Foods Inc. will move its head office to Lyon next year.",
    "short": "Acme grows.",
    "word": "Acme",
    "headline": "Société Lémanique Raises $12m, Opens Zürich HQ",
    "headline, capitals": "BRIGHTWATER SA OPENS EUROPEAN HEADQUARTERS IN GHENT",
    "headlines": "Acme Buys Stake in Borealis\nDelta, Echo Team Up\nFoxtrot Raises $5m\n",
    "names": "Alibaba Group Holding Ltd., Tencent, Baidu Inc., JD.com, Meituan, Xiaomi, Huawei",
    "names with particles": "Banco de la Nación, Van der Berg NV, Compagnie de Saint-Gobain, "
    "Crédit Agricole, Vopak, Banca di Roma, Caisse des Dépôts, von Roll AG, Grupo Bimbo",
    "English with German names": "Münchener Rückversicherungs-Gesellschaft said it will work with "
    "the Gesellschaft für Freiheitsrechte and Bundesverband der Deutschen Industrie.",
    "English with Chinese names": "Alibaba (阿里巴巴集团) and Tencent (腾讯控股) said they will "
    "open a joint head office in Xi'an (西安).",
    "English with a quotation": "“Nous allons ouvrir un siège à Lyon,” said the chief executive of "
    "Acme, which is to open the office in May with 300 people from all over the region.",
    "half German, half English": "Acme will open its head office in Lyon, it said on Monday. Acme "
    "wird seinen Hauptsitz nach Lyon verlegen, wie es am Montag mitteilte.",
    "code": "def main(argv):\n    for x in range(10):\n        print(x, end='')\n    return None\n",
    "JSON": '{"de": 1, "la": [2, 3], "en": null, "es": {"el": "a@b.example"}}',
    "numbers": "1 200 300 4.5 6,7 8e9 0x10 $12m €3.4bn 20% 2017-08-19 12:30",
    "table": "Q1 12.5 13.1\nQ2 14.0 15.2\nNet 3.1 2.9\nEPS 0.12 0.11\n",
    "emoji": "🚀🚀🚀 🏢➡️🌍 💰💰 👍" * 20,
    "emoji and words": "Acme 🚀 opens 🏢 in Lyon 🇫🇷!!! 🎉🎉🎉",
    "one Greek letter": "α β Acme",
    "control characters": "\x00\x01\x02 \ufeff \u200b" * 30,
    "nothing": "",
    "spaces": " \n\t " * 100,
}


@pytest.mark.parametrize(("language", "text"), OTHERS, ids=[name for name, _ in OTHERS])
def test_other_languages(language: str, text: str) -> None:
    assert other_language(text) == language
    assert other_language(text * 50) == language
    assert other_language(f"Acme Foods Inc.\n\n{text}") == language


@pytest.mark.parametrize("text", NOT_OTHER.values(), ids=NOT_OTHER)
def test_what_is_not_another_language(text: str) -> None:
    assert other_language(text) is None


@given(st.text())
def test_any_text_is_legal(text: str) -> None:
    assert other_language(text) is None or other_language(text)


def test_a_long_text_costs_no_more_than_a_short_one() -> None:
    for text in ("Acme grows in the city. ", "x" * 24, "я" * 24):
        short, long = text * 4_000, text * 400_000
        assert not grows(
            partial(other_language, short), partial(other_language, long), most=3, slack=0.15
        )
