"""Measures retrieval, abstention, answers and speed on questions with known answers.

``dataset`` reads the folder, ``run`` adds its documents to a library and asks its questions,
``scoring`` judges the results, ``compare`` compares two runs, ``verification`` measures the checks
of sentences, ``report`` prints, and ``scorecard`` prints sets side by side with other engines
(``peers``). A saved run has only text, so anyone can score it again.
"""
