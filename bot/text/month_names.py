"""The names of months and weekdays as people write them.

English, German, French, Spanish, Italian, Portuguese, Dutch, Polish and Russian, in the forms used
in dates, with the usual abbreviations. Some are also words or names ("may", "mars", "Augustus").
"""

from __future__ import annotations

MONTHS = (
    "january jan januar enero janvier gennaio janeiro января январь январе jänner januari stycznia",
    "february feb februar febrero février febbraio "
    "fevereiro февраля февраль феврале februari lutego",
    "march mar märz marzo mars março марта март марте maart marca",
    "april apr abril avril aprile апреля апрель апреле kwietnia",
    "may mai mayo maggio maio мая май мае mei maja",
    "june jun juni junio juin giugno junho июня июнь июне czerwca",
    "july jul juli julio juillet luglio julho июля июль июле lipca",
    "august aug agosto août августа август августе augustus sierpnia",
    "september sept sep septiembre septembre "
    "settembre setembro сентября сентябрь сентябре września",
    "october oct oktober okt octubre octobre ottobre outubro октября октябрь октябре października",
    "november nov noviembre novembre novembro ноября ноябрь ноябре listopada",
    "december dec dezember dez diciembre décembre "
    "dicembre dezembro декабря декабрь декабре grudnia",
)
ENGLISH_MONTHS = tuple(names.split()[0] for names in MONTHS)
MONTH = {name: number for number, names in enumerate(MONTHS, 1) for name in names.split()}
"""The number of a month, 1 … 12, by name in lower case."""
WEEKDAYS = (
    "monday montag lunes lundi понедельник", "tuesday dienstag martes mardi вторник",
    "wednesday mittwoch miércoles mercredi среда среду", "thursday donnerstag jueves jeudi четверг",
    "friday freitag viernes vendredi пятница пятницу",
    "saturday samstag sonnabend sábado samedi суббота субботу",
    "sunday sonntag domingo dimanche воскресенье",
)  # fmt: skip
ENGLISH_WEEKDAYS = tuple(names.split()[0] for names in WEEKDAYS)
WEEKDAY = {word: i for i, words in enumerate(WEEKDAYS) for word in words.split()}
"""The number of a weekday, Monday is 0, by name in lower case."""
