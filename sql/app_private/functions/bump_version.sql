-- Every change of a row is counted and dated by the database, never by the client: the
-- version is what a client that edits offline compares with.

create function app_private.bump_version()
returns trigger
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
begin
    new.version := old.version + 1;
    new.updated_at := now();
    return new;
end
$$;

comment on function app_private.bump_version() is
'Trigger: counts the version up by one and dates the change.';
