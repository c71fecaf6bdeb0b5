"""What can be asked about materials, their versions and files, collections, and what the search index lacks."""

from oer.catalogue.queries.browsing import (
    count_public,
    materials_by_public_ids,
    materials_of_unit,
    materials_with,
    newest,
    records_relating_to,
    term_counts,
    titles_of,
    unit_counts,
)
from oer.catalogue.queries.collections import (
    Chapter,
    chapters_of,
    collection_to_edit,
    collections_of_material,
    collections_to_edit,
    find_public_collection,
    item_counts,
    public_collections,
)
from oer.catalogue.queries.documents import document_of
from oer.catalogue.queries.indexing import Due, due_for_index
from oer.catalogue.queries.masked import changed_since_index
from oer.catalogue.queries.materials import (
    draft_of,
    find_material,
    find_public,
    find_published,
    material_to_edit,
    newest_version,
    open_version,
    version_to_review,
    version_to_see,
)
from oer.catalogue.queries.people import Person, find_person, materials_of_person, people
from oer.catalogue.queries.renditions import ShownFile, files_of
from oer.catalogue.queries.workplaces import asked_withdrawals, own_materials, review_queue, withdrawn_materials

__all__ = [
    "Chapter",
    "Due",
    "Person",
    "ShownFile",
    "asked_withdrawals",
    "changed_since_index",
    "chapters_of",
    "collection_to_edit",
    "collections_of_material",
    "collections_to_edit",
    "count_public",
    "document_of",
    "draft_of",
    "due_for_index",
    "files_of",
    "find_material",
    "find_person",
    "find_public",
    "find_public_collection",
    "find_published",
    "item_counts",
    "material_to_edit",
    "materials_by_public_ids",
    "materials_of_person",
    "materials_of_unit",
    "materials_with",
    "newest",
    "newest_version",
    "open_version",
    "own_materials",
    "people",
    "public_collections",
    "records_relating_to",
    "review_queue",
    "term_counts",
    "titles_of",
    "unit_counts",
    "version_to_review",
    "version_to_see",
    "withdrawn_materials",
]
