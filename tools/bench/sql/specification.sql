-- The tables as a specification of a todo application writes them down: random UUID
-- keys, single-column indexes, no protection in the database. Whose row it is, each
-- query of the application says.
--
-- setting.sql and supabase.sql put policies of their own on the same tables.

-- @tables
create schema spec;

create table spec.users (
    id uuid primary key default gen_random_uuid(),
    email varchar(255) not null unique,
    password_hash varchar(255) not null,
    first_name varchar(100) not null default '',
    last_name varchar(100) not null default '',
    is_active boolean not null default true,
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now()
);

create table spec.projects (
    id uuid primary key default gen_random_uuid(),
    user_id uuid not null references spec.users (id) on delete cascade,
    name varchar(255) not null,
    description text,
    color varchar(7) not null default '#808080',
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now()
);
create index projects_user_id_idx on spec.projects (user_id);

create table spec.tasks (
    id uuid primary key default gen_random_uuid(),
    user_id uuid not null references spec.users (id) on delete cascade,
    project_id uuid references spec.projects (id) on delete cascade,
    parent_id uuid references spec.tasks (id) on delete cascade,
    title varchar(500) not null,
    description text,
    status varchar(20) not null default 'todo' check (
        status in ('todo', 'in_progress', 'review', 'done', 'blocked')
    ),
    completed boolean not null default false,
    priority smallint not null default 4,
    due_date date,
    position integer not null default 0,
    completed_at timestamptz,
    deleted_at timestamptz,
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now()
);
create index tasks_user_id_idx on spec.tasks (user_id);
create index tasks_project_id_idx on spec.tasks (project_id);
create index tasks_parent_id_idx on spec.tasks (parent_id);
create index tasks_status_idx on spec.tasks (status);
create index tasks_priority_idx on spec.tasks (priority);
create index tasks_due_date_idx on spec.tasks (due_date);
create index tasks_completed_at_idx on spec.tasks (completed_at);
create index tasks_created_at_idx on spec.tasks (created_at);

create table spec.tags (
    id uuid primary key default gen_random_uuid(),
    user_id uuid not null references spec.users (id) on delete cascade,
    name varchar(60) not null,
    unique (user_id, name)
);

create table spec.task_tags (
    task_id uuid not null references spec.tasks (id) on delete cascade,
    tag_id uuid not null references spec.tags (id) on delete cascade,
    primary key (task_id, tag_id)
);
create index task_tags_tag_id_idx on spec.task_tags (tag_id);

-- @load
insert into spec.users (id, email, password_hash)
select id, 'user' || n || '@example.org', repeat('x', 97) from bench.people;
insert into spec.projects (id, user_id, name)
select p.id4, u.id, p.name from bench.projects as p
inner join bench.people as u on p.person = u.n;
insert into spec.tags (id, user_id, name)
select t.id4, u.id, t.name from bench.tags as t
inner join bench.people as u on t.person = u.n;

-- @piece
insert into spec.tasks (
    id, user_id, project_id, parent_id, title, description, status, completed,
    priority, due_date, position, completed_at, deleted_at, created_at, updated_at
)
select
    t.id4, u.id, p.id4, a.id4, t.title, nullif(t.description, ''), t.status,
    t.status = 'done', t.priority, t.due, t.n, to_timestamp(t.done),
    case when t.trashed then to_timestamp(t.made) end,
    to_timestamp(t.made), to_timestamp(coalesce(t.done, t.made))
from bench.tasks as t
inner join bench.people as u on t.person = u.n
inner join bench.projects as p on t.project = p.n
left join bench.tasks as a on t.parent = a.n
where t.n >= :low and t.n < :high
order by t.n;
insert into spec.task_tags (task_id, tag_id)
select t.id4, g.id4 from bench.task_tags as m
inner join bench.tasks as t on m.task = t.n
inner join bench.tags as g on m.tag = g.n
where m.task >= :low and m.task < :high;

-- @writer
insert into spec.tasks (id, user_id, project_id, title, status)
select :id, p.user_id, p.id, 'a task that waits', 'todo'
from spec.projects as p where p.user_id = :user_id order by p.id limit 1;

-- @reset
update spec.tasks set status = 'todo', completed = false, completed_at = null
where user_id = :user_id and status = 'done';

-- @query project_page
select id, parent_id, title, status, completed, priority, due_date, position, created_at
from spec.tasks
where user_id = :user_id and project_id = :project_id and deleted_at is null
order by position, id limit 50;

-- @query today
select id, project_id, title, status, priority, due_date from spec.tasks
where user_id = :user_id and due_date = :today and not completed and deleted_at is null
order by due_date, id limit 50;

-- @query overdue
select id, project_id, title, status, priority, due_date from spec.tasks
where user_id = :user_id and due_date < :today and not completed and deleted_at is null
order by due_date, id limit 50;

-- @query upcoming
select id, project_id, title, status, priority, due_date from spec.tasks
where user_id = :user_id and due_date > :today and not completed and deleted_at is null
order by due_date, id limit 50;

-- @query by_status
select id, project_id, title, status, priority, due_date, created_at from spec.tasks
where user_id = :user_id and status = 'in_progress' and deleted_at is null
order by created_at desc, id desc limit 50;

-- @query by_priority
select id, project_id, title, status, priority, due_date, created_at from spec.tasks
where user_id = :user_id and priority = 2 and not completed and deleted_at is null
order by created_at desc, id desc limit 50;

-- @query one_task
select
    t.id, t.project_id, t.parent_id, t.title, t.description, t.status, t.priority,
    t.due_date, t.created_at, t.updated_at,
    array(
        select g.name from spec.task_tags as m
        inner join spec.tags as g on m.tag_id = g.id
        where m.task_id = t.id
    ) as tags,
    array(select s.title from spec.tasks as s where s.parent_id = t.id) as subtasks
from spec.tasks as t
where t.id = :task_id and t.user_id = :user_id;

-- @query create
insert into spec.tasks (id, user_id, project_id, title, priority, due_date)
values (gen_random_uuid(), :user_id, :project_id, 'Call the plumber', 2, :today)
returning id, created_at;

-- @query patch
update spec.tasks set title = 'Call the plumber at ' || clock_timestamp(), updated_at = now()
where id = :task_id and user_id = :user_id and position >= 0
returning updated_at;

-- @query complete
update spec.tasks
set
    status = case when status = 'done' then 'todo' else 'done' end,
    completed = not completed,
    completed_at = case when status = 'done' then null else now() end,
    updated_at = now()
where id = :task_id and user_id = :user_id
returning status;

-- @query search
select id, project_id, title, status from spec.tasks
where user_id = :user_id and title ilike '%' || :word || '%' and deleted_at is null
order by created_at desc limit 20;

-- @query tags_any
select t.id, t.title, t.status, t.created_at from spec.tasks as t
where t.user_id = :user_id and t.deleted_at is null
and exists (
    select from spec.task_tags as m
    where m.task_id = t.id and m.tag_id in (:tag_id, :other_tag_id)
)
order by t.created_at desc, t.id desc limit 50;

-- @query tags_all
select t.id, t.title, t.status, t.created_at from spec.tasks as t
where t.user_id = :user_id and t.deleted_at is null
and exists (
    select from spec.task_tags as m where m.task_id = t.id and m.tag_id = :tag_id
)
and exists (
    select from spec.task_tags as m where m.task_id = t.id and m.tag_id = :other_tag_id
)
order by t.created_at desc, t.id desc limit 50;

-- @query reorder
update spec.tasks set position = position + 1, updated_at = now()
where id = :task_id and user_id = :user_id
returning position;

-- @query batch
insert into spec.tasks (id, user_id, project_id, title)
select gen_random_uuid(), :user_id, :project_id, 'Item ' || i
from generate_series(1, 50) as i;

-- @query dashboard
select status, count(*) from spec.tasks
where user_id = :user_id and deleted_at is null group by status;

-- @query per_project
select project_id, count(*) from spec.tasks
where user_id = :user_id and not completed and deleted_at is null group by project_id;

-- @query timeline
select id, project_id, title, completed_at from spec.tasks
where user_id = :user_id and completed_at is not null and deleted_at is null
order by completed_at desc, id desc limit 50;

-- @grants
grant usage on schema spec to bench_peer;
-- The owner is not bound by the policies that the two others add.
alter table spec.users owner to bench_peer;
alter table spec.projects owner to bench_peer;
alter table spec.tasks owner to bench_peer;
alter table spec.tags owner to bench_peer;
alter table spec.task_tags owner to bench_peer;
