-- Which log-ins are possible, and that they go with the person.

begin;
set local search_path = tap, tests, pg_catalog;
select no_plan();

select fk_ok('app_auth', 'sessions', 'user_id', 'app_data', 'users', 'id');
select has_index('app_auth', 'sessions', 'sessions_expires_at_idx', array['expires_at'], 'those that are too old are found');
select is(
    tests.outcome($$ update app_auth.sessions set expires_at = created_at $$), '23514 sessions_expires_later',
    'it ends after it began'
);
select is(
    tests.outcome($$ insert into app_auth.sessions (user_id) values (gen_random_uuid()) $$),
    '23503 sessions_user_id_fkey', 'only a person logs in'
);
delete from app_data.users where id = id('c', 'user');
insert into app_data.users (id, email, password_hash) values (id('c', 'user'), 'carol@example.org', password_hash('c'));
insert into app_auth.sessions (user_id) values (id('c', 'user'));
delete from app_data.users where id = id('c', 'user');
select is_empty(format('select 1 from app_auth.sessions where user_id = %L', id('c', 'user')), 'it goes with the person');

select * from finish();
rollback;
