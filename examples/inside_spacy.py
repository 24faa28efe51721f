"""Use bizextract as spaCy pipes: python examples/inside_spacy.py"""

import spacy

import bizextract as bx

text = "Northgate Robotics Inc. and Verhaegen NV formed a joint venture for port robots in 2021."

# The whole pipeline is a spaCy pipeline; the result stands on the document.
nlp = bx.load()
doc = nlp(text)
for record in doc._.bizextract.records:
    print(record.type, record.status, record.date and record.date.value)

# Each component can be used alone in a pipeline of your own, under its name.
own = spacy.blank("en")
own.add_pipe("bizextract_entities")
doc = own(text)
for entity in doc.spans["bizextract_entities"]:
    print(entity.label_, entity.text)
