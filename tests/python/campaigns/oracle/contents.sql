-- What stands in the two databases of the oracle campaign: Alice's rows are the same in
-- both, everybody else's are not. Run as superuser on an empty, migrated database, with
--
--   tests.world    0 or 1: which of the two databases this is
--   tests.differs  the columns that differ, as `tasks.title,tags.name`; empty: all
--   tests.narrow   1: no value is so long that it is stored out of line
--
-- Both have the same number of rows in the same places (ctid) with values of the same
-- lengths, so that sizes and costs are equal. What is null, done or deleted is the same
-- for the same number of rows, but not for the same rows. The campaign looks at all this
-- before it begins.

-- One row on a page, so that one that is a little longer moves no other: every row gets
-- 500 bytes of a column that is dropped afterwards. And nothing tidies up on its own.
create temporary table app_tables as
select c.oid::regclass as name from pg_class as c
where c.relnamespace = 'app_data'::regnamespace and c.relkind = 'r';

do $$
declare
    v_table regclass;
begin
    for v_table in select name from app_tables loop
        execute format(
            'alter table %s set (fillfactor = 10, autovacuum_enabled = off)', v_table
        );
        execute format(
            'alter table %s add column filler text default repeat(''x'', 500)', v_table
        );
        execute format('alter table %s alter column filler set storage plain', v_table);
    end loop;
end
$$;

-- Rows as they are: no trigger dates them, and positions are ours.
set session_replication_role = replica;

create schema tests;

-- 1 if this column of somebody else's differs in this database, else 0.
create function tests.turn(p_column text, p_person integer)
returns integer
language sql
return case
    when p_person > 1
        and (
            current_setting('tests.differs') = ''
            or p_column = any(string_to_array(current_setting('tests.differs'), ','))
        )
        then current_setting('tests.world')::integer
    else 0
end;

-- Text of 4 to 32 hexadecimal digits.
create function tests.word(p_column text, p_person integer, p_row integer, p_length integer)
returns text
language sql
return left(
    md5(concat_ws(' ', p_column, p_person, p_row, tests.turn(p_column, p_person))), p_length
);

create function tests.id(p_column text, p_person integer, p_row integer)
returns uuid
language sql
return case
    -- Alice and Bob are known by their ids. The others are content, too, but sort in the
    -- same order, so that Alice's entries stand on the same pages of an index.
    when p_column = 'users.id' and p_person = 1
        then 'a0000000-0000-7000-8000-000000000000'::uuid
    when p_column = 'users.id' and p_person = 2
        then 'b0000000-0000-7000-8000-000000000000'::uuid
    when p_column = 'users.id'
        then (left(md5(p_person::text), 8) || tests.word(p_column, p_person, 0, 24))::uuid
    else tests.word(p_column, p_person, p_row, 32)::uuid
end;

-- A number from 0 to p_of - 1, a different one in each database.
create function tests.kind(p_column text, p_person integer, p_row integer, p_of integer)
returns integer
language sql
return (p_row + tests.turn(p_column, p_person)) % p_of;

-- A day; the two databases have no day of somebody else's in common.
create function tests.day(p_column text, p_person integer, p_row integer)
returns date
language sql
return '2026-01-01'::date + 2 * (p_row * 7 % 300) + tests.turn(p_column, p_person);

create function tests.moment(p_column text, p_person integer, p_row integer)
returns timestamptz
language sql
return tests.day(p_column, p_person, p_row) + interval '09:30';

-- Who has how many rows: Alice, Bob, three more, and people with nothing but an account.
create table tests.people as
select
    n as person,
    case when n <= 5 then 60 else 0 end as tasks,
    case when n <= 5 then 8 else 1 end as projects
from generate_series(1, 31) as n;

insert into app_data.users (
    id, email, first_name, last_name, password_hash, is_active, time_zone,
    email_verified_at, last_login_at, version, created_at, updated_at
)
select
    tests.id('users.id', n, 0),
    case n when 1 then 'alice' else tests.word('users.email', n, 1, 12) end || '@example.org',
    tests.word('users.first_name', n, 1, 8),
    tests.word('users.last_name', n, 1, 8),
    '$argon2id$v=19$m=65536,t=3,p=4$' || tests.word('users.password_hash', n, 1, 22)
    || '$' || repeat('A', 43),
    n = 1 or tests.kind('users.is_active', n, n, 2) = 0,
    (array['Asia/Tokyo', 'Asia/Seoul'])[1 + tests.kind('users.time_zone', n, n, 2)],
    case
        when n = 1 or tests.kind('users.email_verified_at', n, n, 2) = 0
            then tests.moment('users.email_verified_at', n, n)
    end,
    case
        when tests.kind('users.last_login_at', n, n, 2) = 0
            then tests.moment('users.last_login_at', n, n)
    end,
    1 + tests.kind('users.version', n, n, 5),
    tests.moment('users.created_at', n, n),
    tests.moment('users.updated_at', n, n)
from generate_series(1, 31) as n;

insert into app_data.user_preferences (
    user_id, theme, language, week_starts_on, notifies_by_email, notifies_by_push,
    profile_visibility, version, created_at, updated_at
)
select
    tests.id('users.id', n, 0),
    (array['system', 'light', 'dark'])[1 + tests.kind('user_preferences.theme', n, n, 3)],
    (array['en', 'de', 'ja'])[1 + tests.kind('user_preferences.language', n, n, 3)],
    1 + tests.kind('user_preferences.week_starts_on', n, n, 7),
    tests.kind('user_preferences.notifies_by_email', n, n, 2) = 0,
    tests.kind('user_preferences.notifies_by_push', n, n, 2) = 0,
    (array['private', 'members'])[
        1 + tests.kind('user_preferences.profile_visibility', n, n, 2)
    ],
    1 + tests.kind('user_preferences.version', n, n, 5),
    tests.moment('user_preferences.created_at', n, n),
    tests.moment('user_preferences.updated_at', n, n)
from generate_series(1, 31) as n;

insert into app_data.projects (
    user_id, id, name, colour, position, is_favourite, archived_at, deleted_at,
    deletion_id, version, created_at, updated_at
)
select
    tests.id('users.id', n, 0),
    case i
        when 1 then tests.id('users.id', n, 0)
        else tests.id('projects.id', n, i)
    end,
    tests.word('projects.name', n, i, 12),
    '#' || tests.word('projects.colour', n, i, 6),
    tests.word('projects.position', n, i, 8) || 'V',
    tests.kind('projects.is_favourite', n, i, 2) = 0,
    case
        when i > 1 and tests.kind('projects.archived_at', n, i, 3) = 0
            then tests.moment('projects.archived_at', n, i)
    end,
    case
        when i > 2 and tests.kind('projects.deleted_at', n, i, 3) = 0
            then tests.moment('projects.deleted_at', n, i)
    end,
    case
        when i > 2 and tests.kind('projects.deleted_at', n, i, 3) = 0
            then tests.id('projects.deletion_id', n, i)
    end,
    1 + tests.kind('projects.version', n, i, 5),
    tests.moment('projects.created_at', n, i),
    tests.moment('projects.updated_at', n, i)
from tests.people as p
cross join lateral (select p.person as n) as who
cross join generate_series(1, p.projects) as i
order by i, n;

insert into app_data.tasks (
    user_id, id, project_id, title, description, status, priority, start_date,
    due_date, due_time, due_tz, position, assignee_id, completed_at,
    deleted_at, deletion_id, version, created_at, updated_at
)
select
    tests.id('users.id', n, 0),
    tests.id('tasks.id', n, i),
    case i % 5
        when 0 then tests.id('users.id', n, 0)
        else tests.id('projects.id', n, 1 + i % 5)
    end,
    tests.word('tasks.title', n, i, 16),
    -- Every other one is stored out of line: who compares it reads more pages.
    case
        when i % 2 = 0 or current_setting('tests.narrow')::boolean
            then tests.word('tasks.description', n, i, 32)
        else (
            select string_agg(tests.word('tasks.description', n, 1000 * i + j, 32), '')
            from generate_series(1, 250) as j
        )
    end,
    (array['todo', 'done', 'todo', 'done', 'blocked', 'review'])[k.status],
    1 + tests.kind('tasks.priority', n, i, 4),
    case
        when tests.kind('tasks.start_date', n, i, 3) = 0
            then tests.day('tasks.start_date', n, i)- 1200
    end,
    case when k.due then tests.day('tasks.due_date', n, i) end,
    case
        when k.due and i % 2 = 0
            then time '08:00' + tests.kind('tasks.due_time', n, i / 2, 6) * interval '1 h'
    end,
    case
        when k.due and i % 2 = 0
            then (array['Asia/Tokyo', 'Asia/Seoul'])[
                1 + tests.kind('tasks.due_tz', n, i / 2, 2)
            ]
    end,
    tests.word('tasks.position', n, i, 8) || 'V',
    case
        when tests.kind('tasks.assignee_id', n, i, 2) = 0
            then tests.id('users.id', n, 0)
    end,
    case when k.status in (2, 4) then tests.moment('tasks.completed_at', n, i) end,
    case when k.deleted then tests.moment('tasks.deleted_at', n, i) end,
    case when k.deleted then tests.id('tasks.deletion_id', n, i) end,
    1 + tests.kind('tasks.version', n, i, 5),
    tests.moment('tasks.created_at', n, i),
    tests.moment('tasks.updated_at', n, i)
from tests.people as p
cross join lateral (select p.person as n) as who
cross join generate_series(1, p.tasks) as i
cross join lateral (
    select
        1 + tests.kind('tasks.status', n, i, 6) as status,
        tests.kind('tasks.due_date', n, (i - 1) / 2, 2) = 0 as due,
        tests.kind('tasks.deleted_at', n, i, 5) = 0 as deleted
) as k
order by i, n;

-- As many as there are; of others, a few more, so that the two databases differ.
insert into app_data.spaces (user_id, task_count)
select
    tests.id('users.id', n, 0),
    (select count(*) from app_data.tasks as t where t.user_id = tests.id('users.id', n, 0))
    + tests.kind('spaces.task_count', n, n, 5) * (n > 1)::integer
from generate_series(1, 31) as n;

insert into app_data.task_counts (
    user_id, project_id, todo, in_progress, review, blocked, done, deleted
)
select
    p.user_id,
    p.id,
    count(*) filter (where t.status = 'todo' and t.deleted_at is null),
    count(*) filter (where t.status = 'in_progress' and t.deleted_at is null),
    count(*) filter (where t.status = 'review' and t.deleted_at is null),
    count(*) filter (where t.status = 'blocked' and t.deleted_at is null),
    count(*) filter (where t.status = 'done' and t.deleted_at is null),
    count(*) filter (where t.deleted_at is not null)
from app_data.projects as p
left join app_data.tasks as t on t.user_id = p.user_id and t.project_id = p.id
group by p.ctid, p.user_id, p.id
order by p.ctid;

insert into app_data.tags (user_id, id, name, colour, version, created_at, updated_at)
select
    tests.id('users.id', n, 0),
    tests.id('tags.id', n, i),
    tests.word('tags.name', n, i, 10),
    '#' || tests.word('tags.colour', n, i, 6),
    1 + tests.kind('tags.version', n, i, 5),
    tests.moment('tags.created_at', n, i),
    tests.moment('tags.updated_at', n, i)
from generate_series(1, 5) as n
cross join generate_series(1, 12) as i
order by i, n;

insert into app_data.task_tags (user_id, task_id, tag_id, created_at)
select
    tests.id('users.id', n, 0),
    tests.id('tasks.id', n, i),
    tests.id('tags.id', n, 1 + i % 12),
    tests.moment('task_tags.created_at', n, i)
from generate_series(1, 5) as n
cross join generate_series(1, 20) as i
order by i, n;

insert into app_data.commands (user_id, id, created_at)
select
    tests.id('users.id', n, 0),
    tests.id('commands.id', n, i),
    tests.moment('commands.created_at', n, i)
from generate_series(1, 5) as n
cross join generate_series(1, 12) as i
order by i, n;

reset session_replication_role;

do $$
declare
    v_table regclass;
begin
    for v_table in select name from app_tables loop
        execute format('alter table %s drop column filler', v_table);
    end loop;
end
$$;

drop schema tests cascade;
