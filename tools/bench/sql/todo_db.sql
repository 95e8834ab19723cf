-- Ours: the queries of the mix as an application asks them through todo_db, which adds
-- the plain predicate user_id = <me> to each. pgbench, `make explain` and the plan
-- budgets of the tests read this file.

-- @query project_page
-- A project's page in manual order, done tasks included.
select
    id, parent_id, title, status, completed, priority, due_date, due_time, position,
    version, created_at
from app.tasks
where user_id = :user_id and project_id = :project_id and deleted_at is null
order by position, id limit 50;

-- @query today
select id, project_id, title, status, priority, due_date, due_time from app.tasks
where user_id = :user_id and due_date = :today and not completed and deleted_at is null
order by due_date, due_time, id limit 50;

-- @query overdue
select id, project_id, title, status, priority, due_date, due_time from app.tasks
where user_id = :user_id and due_date < :today and not completed and deleted_at is null
order by due_date, due_time, id limit 50;

-- @query upcoming
select id, project_id, title, status, priority, due_date, due_time from app.tasks
where user_id = :user_id and due_date > :today and not completed and deleted_at is null
order by due_date, due_time, id limit 50;

-- @query by_status
-- Across projects, newest first: the id is the time of birth.
select id, project_id, title, status, priority, due_date, created_at from app.tasks
where user_id = :user_id and status = 'in_progress' and not completed
and deleted_at is null
order by id desc limit 50;

-- @query by_priority
select id, project_id, title, status, priority, due_date, created_at from app.tasks
where user_id = :user_id and priority = 2 and not completed and deleted_at is null
order by id desc limit 50;

-- @query one_task
-- One task with what belongs to it.
select
    t.id, t.project_id, t.parent_id, t.title, t.description, t.status, t.priority,
    t.due_date, t.due_time, t.version, t.created_at, t.updated_at,
    array(
        select g.name from app.task_tags as m
        inner join app.tags as g on m.user_id = g.user_id and m.tag_id = g.id
        where m.user_id = t.user_id and m.task_id = t.id
    ) as tags,
    array(
        select s.title from app.tasks as s
        where s.user_id = t.user_id and s.parent_id = t.id
    ) as subtasks
from app.tasks as t
where t.user_id = :user_id and t.id = :task_id;

-- @query create
insert into app.tasks (user_id, id, project_id, title, priority, due_date)
values (:user_id, app.uuid_v7(), :project_id, 'Call the plumber', 2, :today)
returning id, version, created_at;

-- @query patch
-- If the version is still the one that was read; the comparison never fails here.
update app.tasks set title = 'Call the plumber at ' || clock_timestamp()
where user_id = :user_id and id = :task_id and version >= 1
returning version, updated_at;

-- @query describe
-- Not of the mix: an edit that no index sees, for the rate of HOT updates.
update app.tasks set description = 'It drips since ' || clock_timestamp()
where user_id = :user_id and id = :task_id
returning version, updated_at;

-- @query complete
-- And back, so that there is always something to do.
update app.tasks set status = case when status = 'done' then 'todo' else 'done' end
where user_id = :user_id and id = :task_id
returning status, version;

-- @query search
select id, project_id, title, status from app.search_tasks(:word, 20);

-- @query tags_any
-- The newest of each tag, then the newest of them: both tags would be read whole.
(
    select t.id, t.title, t.status, t.created_at from app.task_tags as m
    inner join app.tasks as t on m.user_id = t.user_id and m.task_id = t.id
    where m.user_id = :user_id and m.tag_id = :tag_id and t.deleted_at is null
    order by m.task_id desc limit 50
)
union
(
    select t.id, t.title, t.status, t.created_at from app.task_tags as m
    inner join app.tasks as t on m.user_id = t.user_id and m.task_id = t.id
    where m.user_id = :user_id and m.tag_id = :other_tag_id and t.deleted_at is null
    order by m.task_id desc limit 50
)
order by id desc limit 50;

-- @query tags_all
-- What has both tags is found in the index alone, before a task is read.
select t.id, t.title, t.status, t.created_at from (
    select m.task_id from app.task_tags as m
    inner join app.task_tags as o on m.user_id = o.user_id and m.task_id = o.task_id
    where m.user_id = :user_id and m.tag_id = :tag_id
    and o.user_id = :user_id and o.tag_id = :other_tag_id
    order by m.task_id desc
) as m
inner join app.tasks as t on t.user_id = :user_id and m.task_id = t.id
where t.deleted_at is null
order by m.task_id desc limit 50;

-- @query reorder
update app.tasks set position = app.position_between(position, null)
where user_id = :user_id and id = :task_id
returning position, version;

-- @query batch
insert into app.tasks (user_id, id, project_id, title)
select :user_id, app.uuid_v7(), :project_id, 'Item ' || i
from generate_series(1, 50) as i;

-- @query dashboard
-- Counts are kept; nothing is counted.
select
    sum(todo) as todo, sum(in_progress) as in_progress, sum(review) as review,
    sum(blocked) as blocked, sum(done) as done
from app.task_counts
where user_id = :user_id;

-- @query per_project
select project_id, todo + in_progress + review + blocked as open from app.task_counts
where user_id = :user_id;

-- @query timeline
select id, project_id, title, completed_at from app.tasks
where user_id = :user_id and completed and deleted_at is null
order by completed_at desc, id desc limit 50;

-- @reset
update app.tasks set status = 'todo' where user_id = :user_id and status = 'done';

-- @settle
insert into app_data.spaces (user_id, task_count)
select u.id, count(t.id) from app_data.users as u
left join app_data.tasks as t on u.id = t.user_id
group by u.id
on conflict (user_id) do update set task_count = excluded.task_count;
insert into app_data.task_counts (
    user_id, project_id, todo, in_progress, review, blocked, done, deleted
)
select
    p.user_id, p.id,
    count(*) filter (where t.deleted_at is null and t.status = 'todo'),
    count(*) filter (where t.deleted_at is null and t.status = 'in_progress'),
    count(*) filter (where t.deleted_at is null and t.status = 'review'),
    count(*) filter (where t.deleted_at is null and t.status = 'blocked'),
    count(*) filter (where t.deleted_at is null and t.status = 'done'),
    count(*) filter (where t.deleted_at is not null)
from app_data.projects as p
left join app_data.tasks as t on p.user_id = t.user_id and p.id = t.project_id
group by p.user_id, p.id
order by p.user_id, p.id -- as projects are made, so their counts
on conflict (user_id, project_id) do update set
    todo = excluded.todo, in_progress = excluded.in_progress,
    review = excluded.review, blocked = excluded.blocked, done = excluded.done,
    deleted = excluded.deleted;
