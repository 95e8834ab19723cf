"""What each kind of statement locks, rewrites and reads, as the server does it."""

from __future__ import annotations

import pytest

from tests.python.tools.review.conftest import ROWS, Try
from tools.review.locks import Mode, blocks

THINGS, PEOPLE = "s.things", "s.people"
EXCLUSIVE, SHARE = "ACCESS EXCLUSIVE", "SHARE"
WRITERS, MAINTENANCE = "SHARE ROW EXCLUSIVE", "SHARE UPDATE EXCLUSIVE"
ALONE = "-- transactional: false\n"


def test_constant_default_rewrites_nothing(attempt: Try) -> None:
    tried = attempt(
        "alter table s.things add column colour text not null default 'red'"
    )
    assert tried.locks[THINGS] == EXCLUSIVE
    assert not tried.work.grows


def test_volatile_default_rewrites(attempt: Try) -> None:
    tried = attempt(
        "alter table s.things add column token uuid not null default gen_random_uuid()"
    )
    assert tried.locks[THINGS] == EXCLUSIVE
    assert tried.work.rewritten == (THINGS,)
    assert tried.work.rebuilt == ("s.things (index things_pkey)",)
    assert tried.work.scanned == {THINGS: ROWS}


def test_not_null_without_check_reads_all(attempt: Try) -> None:
    tried = attempt(
        "update s.things set done_at = now();"
        "alter table s.things alter column done_at set not null"
    )
    assert tried.locks[THINGS] == EXCLUSIVE
    assert tried.work.scanned.keys() == {THINGS}
    assert not tried.work.rewritten


def test_not_null_with_validated_check_reads_nothing(attempt: Try) -> None:
    attempt("update s.things set note = coalesce(note, '')")
    attempt("alter table s.things validate constraint things_note_is_there")
    tried = attempt("alter table s.things alter column note set not null")
    assert tried.locks[THINGS] == EXCLUSIVE
    assert not tried.work.grows


def test_reference_not_valid_reads_nothing(attempt: Try) -> None:
    tried = attempt(
        "alter table s.things add constraint things_owner_id_fkey"
        " foreign key (owner_id) references s.people (id) not valid"
    )
    assert tried.locks[THINGS] == tried.locks[PEOPLE] == WRITERS
    assert not tried.work.grows


def test_reference_checked_at_once_reads_both(attempt: Try) -> None:
    attempt("update s.things set owner_id = person_id")
    tried = attempt(
        "alter table s.things add constraint things_owner_id_fkey"
        " foreign key (owner_id) references s.people (id)"
    )
    assert tried.locks[THINGS] == tried.locks[PEOPLE] == WRITERS
    assert tried.work.scanned[THINGS] >= ROWS


def test_validation_lets_write(attempt: Try) -> None:
    attempt(
        "update s.things set owner_id = person_id;"
        "alter table s.things add constraint things_owner_id_fkey"
        " foreign key (owner_id) references s.people (id) not valid"
    )
    tried = attempt("alter table s.things validate constraint things_owner_id_fkey")
    assert tried.locks[THINGS] == MAINTENANCE
    assert tried.locks[PEOPLE] == "ROW SHARE"
    assert blocks(Mode.SHARE_UPDATE_EXCLUSIVE) == ["VACUUM and ANALYZE"]
    assert THINGS in tried.work.scanned


def test_index_keeps_writers_out(attempt: Try) -> None:
    tried = attempt("create index things_name_idx on s.things (name)")
    assert tried.locks[THINGS] == SHARE
    assert blocks(Mode.SHARE) == ["writes", "VACUUM and ANALYZE"]
    assert tried.work.scanned == {THINGS: ROWS}


def test_concurrent_index_lets_write(attempt: Try) -> None:
    tried = attempt(
        "create index concurrently things_name_idx on s.things (name)", header=ALONE
    )
    assert tried.locks == {THINGS: MAINTENANCE}
    assert tried.work.scanned == {THINGS: ROWS}


def test_drop_index_concurrently_lets_read_and_write(attempt: Try) -> None:
    tried = attempt("drop index concurrently s.people_email_key", header=ALONE)
    assert tried.locks[PEOPLE] == MAINTENANCE


def test_type_change_rewrites(attempt: Try) -> None:
    tried = attempt("alter table s.things alter column amount type bigint")
    assert tried.locks[THINGS] == EXCLUSIVE
    assert tried.work.rewritten == (THINGS,)


def test_longer_text_rewrites_nothing(attempt: Try) -> None:
    tried = attempt("alter table s.things alter column name type varchar")
    assert tried.locks[THINGS] == EXCLUSIVE
    assert not tried.work.grows


def test_trigger_keeps_writers_out(attempt: Try) -> None:
    tried = attempt(
        "create trigger things_900_bump_version before update on s.things"
        " for each row execute function s.touch()"
    )
    assert tried.locks[THINGS] == WRITERS
    assert blocks(Mode.SHARE_ROW_EXCLUSIVE) == ["writes", "VACUUM and ANALYZE"]


def test_policy_keeps_everybody_out(attempt: Try) -> None:
    tried = attempt("create policy things_select on s.things for select using (true)")
    assert tried.locks[THINGS] == EXCLUSIVE
    assert blocks(Mode.ACCESS_EXCLUSIVE)[:3] == ["reads", "locking reads", "writes"]


def test_row_level_security_keeps_everybody_out(attempt: Try) -> None:
    tried = attempt("alter table s.things enable row level security")
    assert tried.locks[THINGS] == EXCLUSIVE
    assert not tried.work.grows


def test_attached_partition_is_read(attempt: Try) -> None:
    attempt(
        "update s.readings_2030 set at = date '2030-01-01' + (at - date '2024-01-01')"
    )
    tried = attempt(
        "alter table s.readings attach partition s.readings_2030"
        " for values from ('2030-01-01') to ('2040-01-01')"
    )
    assert tried.locks["s.readings"] == MAINTENANCE
    assert tried.locks["s.readings_2030"] == EXCLUSIVE
    assert tried.work.scanned == {"s.readings_2030": ROWS}


def test_dropped_column_reads_nothing(attempt: Try) -> None:
    tried = attempt("alter table s.things drop column note")
    assert tried.locks[THINGS] == EXCLUSIVE
    assert not tried.work.grows


def test_vacuum_full_rewrites(attempt: Try) -> None:
    tried = attempt("vacuum full s.things", header=ALONE)
    assert tried.locks[THINGS] == EXCLUSIVE
    assert tried.work.rewritten == (THINGS,)


def test_refresh_keeps_readers_out(attempt: Try) -> None:
    tried = attempt("refresh materialized view s.totals")
    assert tried.locks["s.totals (view)"] == EXCLUSIVE
    assert tried.locks[THINGS] == "ACCESS SHARE"


def test_truncate_empties(attempt: Try) -> None:
    tried = attempt("truncate s.things")
    assert tried.locks[THINGS] == EXCLUSIVE
    assert tried.work.emptied == (THINGS,)
    assert not tried.work.rewritten


def test_update_counts_its_rows(attempt: Try) -> None:
    tried = attempt("update s.things set amount = 2")
    assert tried.locks[THINGS] == "ROW EXCLUSIVE"
    assert tried.work.written == {THINGS: ROWS}


def test_what_is_inside_a_block_counts(attempt: Try) -> None:
    tried = attempt("do $$ begin execute 'lock table s.things in share mode'; end $$")
    assert tried.locks == {THINGS: SHARE}


def test_a_new_table_is_nobodys(attempt: Try) -> None:
    tried = attempt("create table s.fresh (id int); create index on s.fresh (id)")
    assert tried.locks == {}


def test_lock_held_before_is_not_taken_again(attempt: Try) -> None:
    tried = attempt(
        "alter table s.things add column a int; alter table s.things add column b int"
    )
    assert tried.locks == {}
    assert tried.run.statements[0].held > tried.run.statements[1].held


@pytest.mark.parametrize("mode", list(Mode))
def test_conflicts_go_both_ways(mode: Mode) -> None:
    assert all(other.conflicts(mode) == mode.conflicts(other) for other in Mode)


@pytest.mark.parametrize(
    ("mode", "count"), list(zip(Mode, (1, 2, 4, 5, 5, 6, 7, 8), strict=True))
)
def test_conflicts_are_as_many_as_in_the_manual(mode: Mode, count: int) -> None:
    assert sum(mode.conflicts(other) for other in Mode) == count
