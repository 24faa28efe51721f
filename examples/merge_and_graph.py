"""One event out of several articles, and who is tied to whom: python examples/merge_and_graph.py

Needs the extra: pip install 'bizextract[graph]'
"""

from pathlib import Path

import bizextract as bx

articles = [
    bx.Article(path.read_text(encoding="utf-8"), id=path.name, date=path.stem)
    for path in sorted((Path(__file__).parent / "news").glob("*.txt"))
]
events = bx.merge(bx.extract_many(articles))

for event in events:
    print(event.record.type, "in", ", ".join(name or "?" for name in event.documents))
    for date, status in event.history:
        print("   ", date, status)
    for difference in event.contradictions:
        print("    they differ on", difference.role, *difference.values, sep=" | ")

# Organisations and places are the nodes, events the edges.
graph = bx.to_graph(events)
for start, end, edge in graph.edges(data=True):
    print(graph.nodes[start]["name"], f"--{edge['type']}-->", graph.nodes[end]["name"])
