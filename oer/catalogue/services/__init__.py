"""What can be done with materials and collections. Each service flushes; whoever called it commits."""

from oer.catalogue.services.collections import (
    add_material,
    add_part,
    create_collection,
    delete_collection,
    describe_collection,
    hide_collection,
    move_material,
    move_part,
    order_items,
    publish_collection,
    remove_material,
    remove_part,
)
from oer.catalogue.services.completeness import missing_to_publish, missing_to_submit
from oer.catalogue.services.describing import describe
from oer.catalogue.services.drafts import delete_draft, make_draft, new_version, take_back
from oer.catalogue.services.files import add_file, move_file, order_files, remove_file, replace_file, set_file
from oer.catalogue.services.once import done_before, forget_forms, once
from oer.catalogue.services.review import publish, return_with_reason, submit
from oer.catalogue.services.withdrawal import ask_withdrawal, decline_withdrawal, restore, withdraw

__all__ = [
    "add_file",
    "add_material",
    "add_part",
    "ask_withdrawal",
    "create_collection",
    "decline_withdrawal",
    "delete_collection",
    "delete_draft",
    "describe",
    "describe_collection",
    "done_before",
    "forget_forms",
    "hide_collection",
    "make_draft",
    "missing_to_publish",
    "missing_to_submit",
    "move_file",
    "move_material",
    "move_part",
    "new_version",
    "once",
    "order_files",
    "order_items",
    "publish",
    "publish_collection",
    "remove_file",
    "remove_material",
    "remove_part",
    "replace_file",
    "restore",
    "return_with_reason",
    "set_file",
    "submit",
    "take_back",
    "withdraw",
]
