"""Who may see and change materials and collections, by roles in their unit and by ownership."""

from oer.accounts.models import Account
from oer.accounts.permissions import Action, may, may_in
from oer.catalogue.models import Collection, Material, Version


def owns(account: Account | None, material: Material) -> bool:
    """Tell whether an account owns a material."""
    return account is not None and material.owner_id == account.id


def may_edit(account: Account | None, material: Material) -> bool:
    """Tell whether an account may change a material: its owner, as long as they are an educator, and administrators."""
    if may_in(account, Action.MATERIAL_ADMINISTER, material.unit_id):
        return True
    return owns(account, material) and may(account, Action.MATERIAL_CREATE)


def may_review(account: Account | None, material: Material) -> bool:
    """Tell whether an account reviews materials of this unit. Check `is_own_work` too: nobody reviews their own."""
    return may_in(account, Action.MATERIAL_REVIEW, material.unit_id)


def may_withdraw(account: Account | None, material: Material) -> bool:
    """Tell whether an account may withdraw and restore materials of this unit."""
    return may_in(account, Action.MATERIAL_WITHDRAW, material.unit_id)


def is_own_work(account: Account, version: Version) -> bool:
    """Tell whether an account owns the material or wrote this version."""
    return account.id in {version.created_by_id, version.material.owner_id}


def may_see(account: Account | None, version: Version) -> bool:
    """Tell whether an account may know of a version: everybody if it is or was published and is not closed.

    Owner, reviewers and administrators may see any other, too.
    """
    material = version.material
    if material.is_public and (version.id == material.current_version_id or version.is_kept_public):
        return True
    if owns(account, material) or may_in(account, Action.MATERIAL_ADMINISTER, material.unit_id):
        return True
    return not version.is_draft and may_review(account, material)


def may_edit_collection(account: Account | None, collection: Collection) -> bool:
    """Tell whether an account may change a collection: educators of its unit, and administrators."""
    return may_in(account, Action.COLLECTION_EDIT, collection.unit_id)
