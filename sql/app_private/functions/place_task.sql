-- A task that is put somewhere must find the place alive, and still alive when the
-- transaction ends: the project's row is locked in share mode. Whatever deletes,
-- restores or moves a subtree locks the same row for itself first. With one lock per
-- project, no child slips under a parent that is on its way to the trash, and no two
-- such acts wait for each other in a circle.
--
-- A project or parent that cannot be seen is left to the foreign key: the answer is
-- then the same as for one that does not exist.

create function app_private.place_task()
returns trigger
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
declare
    v_project_deleted_at timestamptz;
    v_parent_deleted_at timestamptz;
begin
    if tg_op = 'UPDATE' and (new.deleted_at is null) <> (old.deleted_at is null) then
        select p.deleted_at into v_project_deleted_at
        from app.projects as p
        where p.user_id = new.user_id and p.id = new.project_id
        for no key update;
    else
        select p.deleted_at into v_project_deleted_at
        from app.projects as p
        where p.user_id = new.user_id and p.id = new.project_id
        for share;
    end if;

    if new.parent_id is null then
        new.depth := 0;
    elsif tg_op = 'INSERT' or new.parent_id is distinct from old.parent_id then
        select t.depth + 1, t.deleted_at into new.depth, v_parent_deleted_at
        from app.tasks as t
        where t.user_id = new.user_id
        and t.project_id = new.project_id
        and t.id = new.parent_id;
        new.depth := coalesce(new.depth, 1);
    end if;

    if new.deleted_at is null
        and (v_project_deleted_at is not null or v_parent_deleted_at is not null)
    then
        raise exception 'the project or the parent of this task is in the trash'
            using errcode = 'check_violation',
            schema = 'app', table = 'tasks',
            constraint = 'tasks_place_is_not_deleted',
            hint = 'Restore it first, or put the task somewhere else.';
    end if;
    return new;
end
$$;

comment on function app_private.place_task() is
'Trigger: keeps the depth of a task, and keeps a live task out of a deleted place.';
