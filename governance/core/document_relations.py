"""Does an Office file load something from elsewhere when it is opened? Read from one of its lists of relations.

Each part of the file names in such a list what it belongs with (ECMA-376, part 2, 6.5). A relation whose target is
outside of the file may be a link that waits for a click, or something that is loaded at once; the latter is refused.
The list is read as XML, so that no spelling of the same thing passes. A document type declaration, and with it every
entity of the file's own, is refused.
"""

from __future__ import annotations

from xml.parsers.expat import ExpatError, ParserCreate

from governance.core.document_refusal import ACTIVE, DAMAGED, FileRefused

#: Words of a relation's type, in lower case. What is between two slashes is one word.
LOADED = frozenset(
    {
        "attachedtemplate",
        "frame",
        "oleobject",
        "subdocument",
        "externallink",
        "externallinkpath",
        "xlexternallinkpath",
    }
)


def check_relations(content: bytes) -> None:
    """content: of a part whose name ends in .rels. Raises FileRefused."""
    parser = ParserCreate()
    parser.StartElementHandler = _check
    parser.StartDoctypeDeclHandler = _refuse_declarations
    try:
        parser.Parse(content, True)
    except (ExpatError, LookupError, ValueError) as error:
        if isinstance(error, FileRefused):
            raise
        raise FileRefused(DAMAGED, "A list of what the file loads is no readable XML. Save it anew.") from error


def _check(element: str, attributes: dict[str, str]) -> None:
    said = {name.rpartition(":")[2].lower(): value.strip().lower() for name, value in attributes.items()}
    if said.get("targetmode") == "external" and LOADED.intersection(said.get("type", "").split("/")):
        raise FileRefused(
            ACTIVE,
            "The file loads a template, a frame, an object or another file's content from elsewhere when it is opened. "
            "Save it as a PDF.",
        )


def _refuse_declarations(*_: object) -> None:
    raise FileRefused(DAMAGED, "A list of what the file loads declares types, as no office program does. Save it anew.")
