-- The way of Supabase: the role authenticated, the claims of a JWT that the gateway has
-- verified as a setting, auth.uid() in sub-queries so that it is evaluated once, and
-- membership of a project as the right to its tasks.

-- @like specification

-- @tables
create role bench_authenticated;
grant bench_authenticated to bench_peer;

create schema auth;
grant usage on schema auth to bench_authenticated;
create function auth.uid() returns uuid
language sql stable
return (
    nullif(current_setting('request.jwt.claims', true), '')::jsonb ->> 'sub'
)::uuid;

create table spec.project_members (
    project_id uuid not null references spec.projects (id) on delete cascade,
    user_id uuid not null references spec.users (id) on delete cascade,
    role text not null default 'owner',
    primary key (project_id, user_id)
);
create index project_members_user_id_idx on spec.project_members (user_id);
alter table spec.project_members owner to bench_peer;

grant usage on schema spec to bench_authenticated;
grant select, insert, update, delete
on all tables in schema spec to bench_authenticated;

alter table spec.project_members enable row level security;
create policy supabase on spec.project_members for select to bench_authenticated
using (user_id = (select auth.uid()));

alter table spec.projects enable row level security;
create policy supabase on spec.projects to bench_authenticated
using (
    id in (
        select m.project_id from spec.project_members as m
        where m.user_id = (select auth.uid())
    )
);

alter table spec.tasks enable row level security;
create policy supabase on spec.tasks to bench_authenticated
using (
    project_id in (
        select m.project_id from spec.project_members as m
        where m.user_id = (select auth.uid())
    )
);

alter table spec.tags enable row level security;
create policy supabase on spec.tags to bench_authenticated
using (user_id = (select auth.uid()));

alter table spec.task_tags enable row level security;
create policy supabase on spec.task_tags to bench_authenticated
using (
    tag_id in (select g.id from spec.tags as g where g.user_id = (select auth.uid()))
);

-- @load
insert into spec.project_members (project_id, user_id)
select p.id, p.user_id from spec.projects as p;

-- @open
select
    set_config('role', 'bench_authenticated', true),
    set_config(
        'request.jwt.claims',
        '{"role": "authenticated", "sub": "' || :user_id || '"}', true
    );
