"""The kinds of file that are read, with the file extensions and media types that mean each.

The one table of kinds: what a site sends, what is attached to a mail and what a terminal is given
are told apart by it. What a file really is, its bytes say (``sniff``).
"""

from __future__ import annotations

from enum import Enum


class Format(Enum):
    """The kinds of file that are read."""

    PDF = "pdf"
    DOCX = "docx"
    PPTX = "pptx"
    XLSX = "xlsx"
    ODT = "odt"
    ODS = "ods"
    ODP = "odp"
    RTF = "rtf"
    EPUB = "epub"
    PAGES = "pages"  # HTML in a ZIP archive
    MHTML = "mhtml"
    EML = "eml"
    MBOX = "mbox"
    HTML = "html"
    MARKDOWN = "markdown"
    CSV = "csv"
    SUBTITLES = "subtitles"
    JSON = "json"
    CODE = "code"
    TEXT = "text"


# The most common one first.
ENDINGS: dict[Format, tuple[str, ...]] = {
    Format.PDF: (".pdf",),
    Format.DOCX: (".docx", ".docm", ".dotx", ".dotm"),
    Format.PPTX: (".pptx", ".pptm", ".ppsx", ".ppsm", ".potx", ".potm"),
    Format.XLSX: (".xlsx", ".xlsm", ".xltx", ".xltm"),
    Format.ODT: (".odt", ".ott"),
    Format.ODS: (".ods", ".ots"),
    Format.ODP: (".odp", ".otp"),
    Format.RTF: (".rtf",),
    Format.EPUB: (".epub",),
    Format.PAGES: (".zip",),
    Format.MHTML: (".mhtml", ".mht"),
    Format.EML: (".eml", ".mail"),
    Format.MBOX: (".mbox",),
    Format.HTML: (".html", ".htm", ".xhtml", ".xht", ".shtml"),
    Format.MARKDOWN: (".md", ".markdown", ".mdown", ".mkd"),
    Format.CSV: (".csv", ".tsv", ".tab"),
    Format.SUBTITLES: (".srt", ".vtt"),
    Format.JSON: (".json", ".jsonl", ".ndjson", ".geojson", ".jsonld"),
    Format.CODE: (
        *(".py", ".pyi", ".js", ".mjs", ".cjs", ".ts", ".tsx", ".jsx", ".java", ".kt", ".kts"),
        *(".c", ".h", ".cc", ".cpp", ".cxx", ".hpp", ".cs", ".go", ".rs", ".rb", ".php", ".pl"),
        *(".swift", ".scala", ".clj", ".ex", ".exs", ".erl", ".hs", ".ml", ".lua", ".r", ".jl"),
        *(".dart", ".sh", ".bash", ".zsh", ".ps1", ".bat", ".sql", ".css", ".scss", ".vue"),
        *(".yaml", ".yml", ".toml", ".ini", ".cfg", ".conf", ".properties", ".tf", ".proto"),
        *(".graphql", ".gradle", ".cmake", ".tex", ".diff", ".patch", ".log"),
    ),
    Format.TEXT: (".txt", ".text"),
}
_OFFICE_XML = "application/vnd.openxmlformats-officedocument."
_MACROS = ".macroenabled.12"
OPEN_DOCUMENT = "application/vnd.oasis.opendocument."
# The file extension that a media type stands for.
MEDIA_TYPES: dict[str, str] = {
    "application/pdf": ".pdf",
    "application/x-pdf": ".pdf",
    f"{_OFFICE_XML}wordprocessingml.document": ".docx",
    f"{_OFFICE_XML}wordprocessingml.template": ".dotx",
    f"application/vnd.ms-word.document{_MACROS}": ".docm",
    f"{_OFFICE_XML}presentationml.presentation": ".pptx",
    f"{_OFFICE_XML}presentationml.slideshow": ".ppsx",
    f"application/vnd.ms-powerpoint.presentation{_MACROS}": ".pptm",
    f"{_OFFICE_XML}spreadsheetml.sheet": ".xlsx",
    f"application/vnd.ms-excel.sheet{_MACROS}": ".xlsm",
    f"{OPEN_DOCUMENT}text": ".odt",
    f"{OPEN_DOCUMENT}spreadsheet": ".ods",
    f"{OPEN_DOCUMENT}presentation": ".odp",
    "application/rtf": ".rtf",
    "text/rtf": ".rtf",
    "application/epub+zip": ".epub",
    "application/x-mimearchive": ".mhtml",
    "message/rfc822": ".eml",
    "application/mbox": ".mbox",
    "text/html": ".html",
    "application/xhtml+xml": ".xhtml",
    "text/markdown": ".md",
    "text/x-markdown": ".md",
    "text/csv": ".csv",
    "application/csv": ".csv",
    "text/tab-separated-values": ".tsv",
    "application/x-subrip": ".srt",
    "text/srt": ".srt",
    "text/vtt": ".vtt",
    "application/json": ".json",
    "application/geo+json": ".geojson",
    "application/ld+json": ".jsonld",
    "application/x-ndjson": ".ndjson",
    "text/plain": ".txt",
}
# What else a site may mean by a kind: plain file servers call all of these text/plain, and a saved
# page is a mail by its form.
_ALSO_SENT_AS: dict[Format | None, tuple[Format, ...]] = {
    Format.TEXT: (
        *(Format.MARKDOWN, Format.HTML, Format.CSV, Format.SUBTITLES, Format.JSON),
        *(Format.EML, Format.MBOX, Format.RTF),
    ),
    Format.EML: (Format.MHTML,),
}


def fits(ending: str, declared: str) -> bool:
    """Whether a file's own extension may be right where the site declares another."""
    own, other = format_of_ending(ending), format_of_ending(declared)
    return own is not None and (own is other or own in _ALSO_SENT_AS.get(other, ()))


def format_of_ending(ending: str) -> Format | None:
    """The kind that a file extension (in lower case, with its dot) means."""
    return _BY_ENDING.get(ending)


_BY_ENDING = {ending: kind for kind, endings in ENDINGS.items() for ending in endings}
