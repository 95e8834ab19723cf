-- The usual policy: the application says by a plain setting of the transaction who is
-- asking. Whatever SQL runs on the connection can say so, too.

-- @like specification

-- @tables
create role bench_setting;
grant bench_setting to bench_peer;
grant usage on schema spec to bench_setting;
grant select, insert, update, delete on all tables in schema spec to bench_setting;

alter table spec.projects enable row level security;
create policy setting on spec.projects to bench_setting
using (user_id = current_setting('app.user_id', true)::uuid);

alter table spec.tasks enable row level security;
create policy setting on spec.tasks to bench_setting
using (user_id = current_setting('app.user_id', true)::uuid);

alter table spec.tags enable row level security;
create policy setting on spec.tags to bench_setting
using (user_id = current_setting('app.user_id', true)::uuid);

alter table spec.task_tags enable row level security;
create policy setting on spec.task_tags to bench_setting
using (
    exists (
        select from spec.tasks as t
        where t.id = task_id
        and t.user_id = current_setting('app.user_id', true)::uuid
    )
);

-- @open
select set_config('role', 'bench_setting', true), set_config('app.user_id', :user_id, true);
