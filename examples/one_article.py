"""Read one article and print its records: python examples/one_article.py"""

from pathlib import Path

import bizextract as bx

text = Path(__file__).with_name("press_release.txt").read_text(encoding="utf-8")
result = bx.extract(text, date="2024-03-12")

for opening in result.headquarters:
    company = opening.company.name if opening.company else "somebody"
    place = opening.location.name if opening.location else "an unnamed place"
    print(f"{company} opens a {opening.scope} headquarters in {place} ({opening.status})")

for deal in result.partnerships:
    print(" and ".join(partner.name for partner in deal.partners), f"({deal.kind})")

for funding in result.investments:
    investors = ", ".join(investor.name for investor in funding.investors) or "somebody"
    amount = (
        f"{funding.amount.value:,f} {funding.amount.currency}" if funding.amount else "an amount"
    )
    target = funding.target.name if funding.target else "something"
    print(f"{investors} put {amount} into {target}")

# Every value points at the words that it was read from.
for record in result.records:
    for passage in record.evidence:
        assert result.text[passage.start : passage.end] == passage.text
