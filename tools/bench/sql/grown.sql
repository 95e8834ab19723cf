-- What the specification's tables become in an application that is used: composite
-- indexes for its pages, full-text search, a trigger that dates changes; ten indexes on
-- tasks beside the key. Isolation is still by WHERE.

-- @like specification
-- @schema grown

-- @tables
create schema grown;

create table grown.users (
    id uuid primary key default gen_random_uuid(),
    email varchar(255) not null unique,
    password_hash varchar(255) not null,
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now()
);

create table grown.projects (
    id uuid primary key default gen_random_uuid(),
    user_id uuid not null references grown.users (id) on delete cascade,
    name varchar(255) not null,
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now()
);
create index projects_user_id_idx on grown.projects (user_id);

create table grown.tasks (
    id uuid primary key default gen_random_uuid(),
    user_id uuid not null references grown.users (id) on delete cascade,
    project_id uuid references grown.projects (id) on delete cascade,
    parent_id uuid references grown.tasks (id) on delete cascade,
    title varchar(500) not null,
    description text,
    status varchar(20) not null default 'todo' check (
        status in ('todo', 'in_progress', 'review', 'done', 'blocked')
    ),
    completed boolean not null default false,
    priority smallint not null default 4 check (priority between 1 and 4),
    due_date date,
    position integer not null default 0,
    completed_at timestamptz,
    deleted_at timestamptz,
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now(),
    words tsvector generated always as (
        to_tsvector('simple', title || ' ' || coalesce(description, ''))
    ) stored
);
create index tasks_page_idx on grown.tasks (user_id, project_id, position);
create index tasks_project_id_idx on grown.tasks (project_id);
create index tasks_parent_id_idx on grown.tasks (parent_id);
create index tasks_status_idx on grown.tasks (user_id, status, created_at desc);
create index tasks_priority_idx on grown.tasks (user_id, priority, created_at desc);
create index tasks_due_date_idx on grown.tasks (user_id, due_date)
where not completed and deleted_at is null;
create index tasks_completed_at_idx on grown.tasks (user_id, completed_at desc);
create index tasks_created_at_idx on grown.tasks (user_id, created_at desc);
create index tasks_deleted_at_idx on grown.tasks (user_id, deleted_at)
where deleted_at is not null;
create index tasks_words_idx on grown.tasks using gin (words);

create function grown.date_change() returns trigger language plpgsql as $$
begin
    new.updated_at := now();
    return new;
end
$$;
create trigger date_change before update on grown.tasks
for each row execute function grown.date_change();

create table grown.tags (
    id uuid primary key default gen_random_uuid(),
    user_id uuid not null references grown.users (id) on delete cascade,
    name varchar(60) not null,
    unique (user_id, name)
);

create table grown.task_tags (
    task_id uuid not null references grown.tasks (id) on delete cascade,
    tag_id uuid not null references grown.tags (id) on delete cascade,
    primary key (task_id, tag_id)
);
create index task_tags_tag_id_idx on grown.task_tags (tag_id);

-- @query search
select id, project_id, title, status from grown.tasks
where user_id = :user_id and words @@ plainto_tsquery('simple', :word)
and deleted_at is null
order by created_at desc limit 20;
