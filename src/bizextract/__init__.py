"""Turn business announcements into typed records.

    >>> import bizextract as bx
    >>> result = bx.extract("Acme Foods Inc. will move its headquarters to Lyon.")
    >>> result.headquarters[0].location.name
    'Lyon'
"""

from bizextract import errors, records
from bizextract._api import extract, extract_many, load
from bizextract._text import Article
