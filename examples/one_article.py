"""Read one article and print its records: python examples/one_article.py"""

from pathlib import Path

import bizextract as bx

text = Path(__file__).with_name("press_release.txt").read_text(encoding="utf-8")
result = bx.extract(text, date="2024-03-12")

for record in result.headquarters:
    company = record.company.name if record.company else "somebody"
    place = record.location.name if record.location else "an unnamed place"
    print(f"{company} opens a {record.scope} headquarters in {place} ({record.status})")

for record in result.partnerships:
    print(" and ".join(partner.name for partner in record.partners), f"({record.kind})")

for record in result.investments:
    investors = ", ".join(investor.name for investor in record.investors) or "somebody"
    amount = f"{record.amount.value:,f} {record.amount.currency}" if record.amount else "an amount"
    target = record.target.name if record.target else "something"
    print(f"{investors} put {amount} into {target}")

# Every value points at the words that it was read from.
for record in result.records:
    for passage in record.evidence:
        assert result.text[passage.start : passage.end] == passage.text
