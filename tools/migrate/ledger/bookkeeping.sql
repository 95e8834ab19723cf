-- What make migrate remembers, in a schema of its own. The tables whose names begin with
-- _yoyo are yoyo's, exactly as yoyo 9 makes them (its schema version 2), so that plain
-- yoyo reads them; files holds what yoyo does not keep. What is there already stays.

create schema if not exists todo_migrations;

create table if not exists todo_migrations._yoyo_migration (
    migration_hash varchar(64) primary key,
    migration_id varchar(255),
    applied_at_utc timestamp
);

create table if not exists todo_migrations._yoyo_log (
    id varchar(36) primary key,
    migration_hash varchar(64),
    migration_id varchar(255),
    operation varchar(10),
    username varchar(255),
    hostname varchar(255),
    comment varchar(255),
    created_at_utc timestamp
);

create table if not exists todo_migrations._yoyo_version (
    version integer primary key,
    installed_at_utc timestamp
);

insert into todo_migrations._yoyo_version (version, installed_at_utc)
values (2, clock_timestamp() at time zone 'UTC')
on conflict do nothing;

create table if not exists todo_migrations.files (
    migration_id text primary key,
    state text not null default 'applied' constraint files_state_is_known
    check (state in ('applied', 'running', 'undoing')),
    checksum text not null,
    rollback_checksum text,
    source text not null,
    rollback_source text,
    statements_done integer not null default 0,
    position text [],
    rows_done bigint not null default 0,
    started_at timestamptz not null default clock_timestamp(),
    duration_ms bigint
);

comment on schema todo_migrations is
'What has been applied of migrations/; written by make migrate, never by hand.';
comment on table todo_migrations.files is
'One row per migration: the text that was applied, and how far one that runs outside of '
'a transaction has come.';
comment on column todo_migrations.files.state is
'applied; running: begun outside of a transaction, the next run goes on; undoing: its '
'rollback outside of a transaction has begun, the next run goes on.';
comment on column todo_migrations.files.checksum is
'sha256 of the migration file, in hexadecimal.';
comment on column todo_migrations.files.rollback_checksum is
'sha256 of the rollback file; null for an irreversible migration.';
comment on column todo_migrations.files.source is 'The text of the file as applied.';
comment on column todo_migrations.files.rollback_source is
'The text of the rollback file at that time.';
comment on column todo_migrations.files.statements_done is
'Statements that are done for good, counted from the first.';
comment on column todo_migrations.files.position is
'The last key that a backfill has passed, one text per key column.';
comment on column todo_migrations.files.rows_done is 'Rows that a backfill has changed.';
comment on column todo_migrations.files.duration_ms is
'Wall-clock time of the run that finished it.';
