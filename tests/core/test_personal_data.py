import oer.app  # noqa: F401 (every feature registers what it keeps)
from oer.core.db import Base
from oer.core.personal_data import keepers


def test_every_table_that_points_to_an_account_has_somebody_to_answer_for_it() -> None:
    pointing = {
        table.name
        for table in Base.metadata.tables.values()
        for key in table.foreign_keys
        if key.column.table.name == "account"
    }
    answered = {table for keeper in keepers() for table in keeper.tables}
    assert len(pointing) > 10
    assert pointing - answered == set()
