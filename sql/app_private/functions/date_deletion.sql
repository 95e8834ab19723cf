-- What goes to the trash is dated by the database, whatever date the statement has:
-- the date decides when it is purged. All rows of one act carry one deletion_id, which
-- the functions that delete more than one row announce in `app.deletion_id`; a row
-- that goes alone is an act of its own. What comes back has neither, and what lies
-- there already keeps both.

create function app_private.date_deletion()
returns trigger
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
begin
    if new.deleted_at is null then
        new.deletion_id := null;
    elsif old.deleted_at is null then
        new.deleted_at := now();
        new.deletion_id := coalesce(
            nullif(left(current_setting('app.deletion_id', true), 37), '')::uuid,
            app.uuid_v7()
        );
    else
        new.deleted_at := old.deleted_at;
        new.deletion_id := old.deletion_id;
    end if;
    return new;
end
$$;

comment on function app_private.date_deletion() is
'Trigger: dates a deletion, and gives all rows of one act the same deletion_id.';
