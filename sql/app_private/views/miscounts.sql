-- Where counts and rows differ. Empty, always; whoever finds a row here has found a
-- fault of the triggers on app_data.tasks. Reads every task: for tests and for
-- operators with BYPASSRLS, whom row-level security does not filter.

create view app_private.miscounts
with (security_invoker = true)
as
with states as (
    select
        t.user_id,
        t.project_id,
        case when t.deleted_at is null then t.status else 'deleted' end as state
    from app_data.tasks as t
),

counted as (
    select
        s.user_id,
        s.project_id,
        count(*) as tasks,
        count(*) filter (where s.state = 'todo') as todo,
        count(*) filter (where s.state = 'in_progress') as in_progress,
        count(*) filter (where s.state = 'review') as review,
        count(*) filter (where s.state = 'blocked') as blocked,
        count(*) filter (where s.state = 'done') as done,
        count(*) filter (where s.state = 'deleted') as deleted
    from states as s
    group by s.user_id, s.project_id
),

whole as (
    select
        c.user_id,
        sum(c.tasks) as tasks
    from counted as c
    group by c.user_id
)

select
    p.user_id,
    p.id as project_id
from app_data.projects as p
left join app_data.task_counts as n on p.user_id = n.user_id and p.id = n.project_id
left join counted as c on p.user_id = c.user_id and p.id = c.project_id
where
    n.todo is distinct from coalesce(c.todo, 0)
    or n.in_progress is distinct from coalesce(c.in_progress, 0)
    or n.review is distinct from coalesce(c.review, 0)
    or n.blocked is distinct from coalesce(c.blocked, 0)
    or n.done is distinct from coalesce(c.done, 0)
    or n.deleted is distinct from coalesce(c.deleted, 0)
union all
select
    u.id as user_id,
    null as project_id
from app_data.users as u
left join app_data.spaces as s on u.id = s.user_id
left join whole as w on u.id = w.user_id
where s.task_count is distinct from coalesce(w.tasks, 0);

comment on view app_private.miscounts is
'Projects and spaces whose counts are not what their tasks say; always empty.';
comment on column app_private.miscounts.user_id is
'The space.';
comment on column app_private.miscounts.project_id is
'The project; null where the count of the whole space is wrong.';
