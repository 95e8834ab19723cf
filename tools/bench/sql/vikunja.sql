-- The tables of Vikunja and what its server asks of them for the same operations,
-- written anew from what they do: bigint keys, no foreign keys, rights by ownership,
-- shares and teams down a tree of projects, a position for each of a project's views.
--
-- Its server asks in several round trips; here each operation is one statement, which is
-- kinder to it than the truth. Status is its `done` alone. The next index of a project
-- gets a random addition, so that two clients at once do not fail as they would there.

-- @tables
create schema vikunja;

create table vikunja.users (
    id bigserial primary key,
    name text,
    username varchar(250) not null unique,
    password varchar(250),
    email varchar(250),
    created timestamp not null default now(),
    updated timestamp not null default now()
);

create table vikunja.projects (
    id bigserial primary key,
    title varchar(250) not null,
    description text,
    hex_color varchar(6),
    owner_id bigint not null,
    parent_project_id bigint,
    is_archived boolean not null default false,
    position double precision,
    created timestamp not null default now(),
    updated timestamp not null default now()
);
create index projects_owner_id_idx on vikunja.projects (owner_id);
create index projects_parent_idx on vikunja.projects (parent_project_id);

create table vikunja.project_views (
    id bigserial primary key,
    project_id bigint not null,
    view_kind smallint not null
);
create index project_views_project_id_idx on vikunja.project_views (project_id);

create table vikunja.users_projects (
    id bigserial primary key,
    user_id bigint not null,
    project_id bigint not null,
    permission bigint not null default 0
);
create index users_projects_user_id_idx on vikunja.users_projects (user_id);
create index users_projects_project_id_idx on vikunja.users_projects (project_id);

create table vikunja.team_projects (
    id bigserial primary key,
    team_id bigint not null,
    project_id bigint not null
);
create index team_projects_project_id_idx on vikunja.team_projects (project_id);

create table vikunja.team_members (
    id bigserial primary key,
    team_id bigint not null,
    user_id bigint not null
);
create index team_members_user_id_idx on vikunja.team_members (user_id);

create table vikunja.tasks (
    id bigserial primary key,
    title text not null,
    description text,
    done boolean,
    done_at timestamp,
    due_date timestamp,
    project_id bigint not null,
    repeat_after bigint,
    repeat_mode integer not null default 0,
    priority bigint,
    start_date timestamp,
    end_date timestamp,
    hex_color varchar(6),
    percent_done double precision,
    index bigint not null default 0,
    uid varchar(250),
    cover_image_attachment_id bigint default 0,
    created timestamp not null default now(),
    updated timestamp not null default now(),
    deleted_at timestamp,
    created_by_id bigint not null,
    unique (project_id, index)
);
create index tasks_done_idx on vikunja.tasks (done);
create index tasks_done_at_idx on vikunja.tasks (done_at);
create index tasks_due_date_idx on vikunja.tasks (due_date);
create index tasks_project_id_idx on vikunja.tasks (project_id);
create index tasks_repeat_after_idx on vikunja.tasks (repeat_after);
create index tasks_start_date_idx on vikunja.tasks (start_date);
create index tasks_end_date_idx on vikunja.tasks (end_date);
create index tasks_deleted_at_idx on vikunja.tasks (deleted_at);

create table vikunja.task_positions (
    task_id bigint not null,
    project_view_id bigint not null,
    position double precision not null,
    unique (task_id, project_view_id)
);
create index task_positions_task_id_idx on vikunja.task_positions (task_id);
create index task_positions_view_idx
on vikunja.task_positions (project_view_id, position);

create table vikunja.task_relations (
    id bigserial primary key,
    task_id bigint not null,
    other_task_id bigint not null,
    relation_kind varchar(50) not null,
    created_by_id bigint not null,
    created timestamp not null default now()
);
create index task_relations_task_id_idx on vikunja.task_relations (task_id);

create table vikunja.labels (
    id bigserial primary key,
    title varchar(250) not null,
    created_by_id bigint not null,
    created timestamp not null default now()
);

create table vikunja.label_tasks (
    id bigserial primary key,
    task_id bigint not null,
    label_id bigint not null,
    created timestamp not null default now()
);
create index label_tasks_task_id_idx on vikunja.label_tasks (task_id);
create index label_tasks_label_id_idx on vikunja.label_tasks (label_id);

-- The projects that a person may see, with everything below them.
create function vikunja.visible(p_user_id bigint) returns setof bigint
language sql stable
begin atomic
    with recursive visible as (
        select p.id from vikunja.projects as p
        left join vikunja.users_projects as u on p.id = u.project_id
        left join vikunja.team_projects as t on p.id = t.project_id
        left join vikunja.team_members as m on t.team_id = m.team_id
        where p.owner_id = p_user_id or u.user_id = p_user_id or m.user_id = p_user_id
        union all
        select p.id from vikunja.projects as p
        inner join visible as v on p.parent_project_id = v.id
    )
    select distinct v.id from visible as v;
end;

-- @load
insert into vikunja.users (id, username)
select n + 1, 'user' || n from bench.people;
insert into vikunja.projects (id, title, owner_id, position)
select n + 1, name, person + 1, n from bench.projects;
insert into vikunja.project_views (id, project_id, view_kind)
select p.n * 4 + k + 1, p.n + 1, k
from bench.projects as p cross join generate_series(0, 3) as k;
insert into vikunja.labels (id, title, created_by_id)
select n + 1, name, person + 1 from bench.tags;

-- @piece
insert into vikunja.tasks (
    id, title, description, done, done_at, due_date, project_id, priority, index, uid,
    created, updated, deleted_at, created_by_id
)
select
    t.n + 1, t.title, t.description, t.status = 'done', to_timestamp(t.done), t.due,
    t.project + 1, 5 - t.priority, t.n + 1, t.id4::text, to_timestamp(t.made),
    to_timestamp(coalesce(t.done, t.made)),
    case when t.trashed then to_timestamp(t.made) end, t.person + 1
from bench.tasks as t
where t.n >= :low and t.n < :high
order by t.n;
insert into vikunja.task_positions (task_id, project_view_id, position)
select t.n + 1, t.project * 4 + k + 1, (t.n + 1) * 65536.0
from bench.tasks as t cross join generate_series(0, 3) as k
where t.n >= :low and t.n < :high;
insert into vikunja.task_relations (task_id, other_task_id, relation_kind, created_by_id)
select t.parent + 1, t.n + 1, 'subtask', t.person + 1 from bench.tasks as t
where t.n >= :low and t.n < :high and t.parent is not null
union all
select t.n + 1, t.parent + 1, 'parenttask', t.person + 1 from bench.tasks as t
where t.n >= :low and t.n < :high and t.parent is not null;
insert into vikunja.label_tasks (task_id, label_id)
select m.task + 1, m.tag + 1 from bench.task_tags as m
where m.task >= :low and m.task < :high;

-- @settle
select
    setval('vikunja.tasks_id_seq', (select max(id) from vikunja.tasks)),
    setval('vikunja.label_tasks_id_seq', (select max(id) from vikunja.label_tasks));

-- @grants
grant usage on schema vikunja to bench_peer;
grant select, insert, update, delete on all tables in schema vikunja to bench_peer;
grant usage on all sequences in schema vikunja to bench_peer;

-- @query project_page
select
    t.id, t.title, t.done, t.priority, t.due_date, t.created, p.position
from vikunja.tasks as t
left join vikunja.task_positions as p
    on t.id = p.task_id
    and p.project_view_id = (
        select min(v.id) from vikunja.project_views as v
        where v.project_id = :project_id
    )
where t.project_id = :project_id and t.deleted_at is null
and t.project_id in (select vikunja.visible(:user_id))
order by p.position, t.id limit 50;

-- @query today
select t.id, t.project_id, t.title, t.done, t.priority, t.due_date
from vikunja.tasks as t
where t.project_id in (select vikunja.visible(:user_id))
and t.due_date >= :today and t.due_date < :today::date + 1
and not t.done and t.deleted_at is null
order by t.due_date, t.id limit 50;

-- @query overdue
select t.id, t.project_id, t.title, t.done, t.priority, t.due_date
from vikunja.tasks as t
where t.project_id in (select vikunja.visible(:user_id))
and t.due_date < :today and not t.done and t.deleted_at is null
order by t.due_date, t.id limit 50;

-- @query upcoming
select t.id, t.project_id, t.title, t.done, t.priority, t.due_date
from vikunja.tasks as t
where t.project_id in (select vikunja.visible(:user_id))
and t.due_date > :today and not t.done and t.deleted_at is null
order by t.due_date, t.id limit 50;

-- @query by_status
select t.id, t.project_id, t.title, t.done, t.priority, t.due_date, t.created
from vikunja.tasks as t
where t.project_id in (select vikunja.visible(:user_id))
and not t.done and t.deleted_at is null
order by t.created desc, t.id desc limit 50;

-- @query by_priority
select t.id, t.project_id, t.title, t.done, t.priority, t.due_date, t.created
from vikunja.tasks as t
where t.project_id in (select vikunja.visible(:user_id))
and t.priority = 3 and not t.done and t.deleted_at is null
order by t.created desc, t.id desc limit 50;

-- @query one_task
select
    t.id, t.project_id, t.title, t.description, t.done, t.priority, t.due_date,
    t.created, t.updated,
    array(
        select l.title from vikunja.label_tasks as m
        inner join vikunja.labels as l on m.label_id = l.id
        where m.task_id = t.id
    ) as labels,
    array(
        select s.title from vikunja.task_relations as r
        inner join vikunja.tasks as s on r.other_task_id = s.id
        where r.task_id = t.id and r.relation_kind = 'subtask'
    ) as subtasks
from vikunja.tasks as t
where t.id = :task_id and t.project_id in (select vikunja.visible(:user_id));

-- @query create
with made as (
    insert into vikunja.tasks (
        title, done, project_id, priority, due_date, index, uid, created_by_id
    )
    select
        'Call the plumber', false, p.id, 3, :today::date,
        (
            select coalesce(max(t.index), 0) + 1 from vikunja.tasks as t
            where t.project_id = p.id
        ) + (random() * 1e9)::bigint,
        gen_random_uuid()::text, :user_id::bigint
    from vikunja.projects as p
    where p.id = :project_id and p.id in (select vikunja.visible(:user_id))
    returning id, project_id
),

placed as (
    insert into vikunja.task_positions (task_id, project_view_id, position)
    select m.id, v.id, m.id * 65536.0 from made as m
    inner join vikunja.project_views as v on m.project_id = v.project_id
)

update vikunja.projects set updated = now()
where id = (select project_id from made)
returning id;

-- @query patch
with done as (
    update vikunja.tasks set title = 'Call the plumber at ' || clock_timestamp(), updated = now()
    where id = :task_id and project_id in (select vikunja.visible(:user_id))
    returning project_id
)

update vikunja.projects set updated = now() where id = (select project_id from done);

-- @query complete
with done as (
    update vikunja.tasks
    set
        done = not done, done_at = case when done then null else now() end,
        updated = now()
    where id = :task_id and project_id in (select vikunja.visible(:user_id))
    returning project_id
)

update vikunja.projects set updated = now() where id = (select project_id from done);

-- @query search
select t.id, t.project_id, t.title, t.done from vikunja.tasks as t
where t.project_id in (select vikunja.visible(:user_id))
and (t.title ilike '%' || :word || '%' or t.description ilike '%' || :word || '%')
and t.deleted_at is null
order by t.created desc limit 20;

-- @query tags_any
select t.id, t.title, t.done, t.created from vikunja.tasks as t
where t.project_id in (select vikunja.visible(:user_id)) and t.deleted_at is null
and t.id in (
    select m.task_id from vikunja.label_tasks as m
    where m.label_id in (:tag_id, :other_tag_id)
)
order by t.created desc, t.id desc limit 50;

-- @query tags_all
select t.id, t.title, t.done, t.created from vikunja.tasks as t
where t.project_id in (select vikunja.visible(:user_id)) and t.deleted_at is null
and t.id in (select m.task_id from vikunja.label_tasks as m where m.label_id = :tag_id)
and t.id in (
    select m.task_id from vikunja.label_tasks as m where m.label_id = :other_tag_id
)
order by t.created desc, t.id desc limit 50;

-- @query reorder
update vikunja.task_positions set position = position + 1
where task_id = :task_id
and project_view_id = (
    select min(v.id) from vikunja.project_views as v
    inner join vikunja.tasks as t on v.project_id = t.project_id
    where t.id = :task_id and t.project_id in (select vikunja.visible(:user_id))
);

-- @query batch
with made as (
    insert into vikunja.tasks (title, done, project_id, index, uid, created_by_id)
    select
        'Item ' || i, false, p.id,
        i + (
            select coalesce(max(t.index), 0) from vikunja.tasks as t
            where t.project_id = p.id
        ) + (random() * 1e9)::bigint,
        gen_random_uuid()::text, :user_id::bigint
    from vikunja.projects as p cross join generate_series(1, 50) as i
    where p.id = :project_id and p.id in (select vikunja.visible(:user_id))
    returning id, project_id
),

placed as (
    insert into vikunja.task_positions (task_id, project_view_id, position)
    select m.id, v.id, m.id * 65536.0 from made as m
    inner join vikunja.project_views as v on m.project_id = v.project_id
)

update vikunja.projects set updated = now()
where id = (select min(project_id) from made);

-- @query dashboard
select t.done, count(*) from vikunja.tasks as t
where t.project_id in (select vikunja.visible(:user_id)) and t.deleted_at is null
group by t.done;

-- @query per_project
select t.project_id, count(*) from vikunja.tasks as t
where t.project_id in (select vikunja.visible(:user_id))
and not t.done and t.deleted_at is null
group by t.project_id;

-- @query timeline
select t.id, t.project_id, t.title, t.done_at from vikunja.tasks as t
where t.project_id in (select vikunja.visible(:user_id))
and t.done_at is not null and t.deleted_at is null
order by t.done_at desc, t.id desc limit 50;
