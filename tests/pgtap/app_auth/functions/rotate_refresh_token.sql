-- A refresh token is good once; a copied one ends the log-in, whoever came first.

begin;
set local search_path = tap, tests, pg_catalog;
select no_plan();

create function pg_temp.rotate(p_old text, p_new text) returns uuid language plpgsql as $$
begin
    perform tests.act_for('rotate_refresh_token', encode(sha256(p_old::bytea), 'hex'));
    return app_auth.rotate_refresh_token(sha256(p_old::bytea), sha256(p_new::bytea));
end
$$;
create function pg_temp.begin_session(p text) returns void language plpgsql as $$
begin
    perform tests.act_as_superuser();
    delete from app_auth.sessions where user_id = tests.alice();
    insert into app_auth.sessions (user_id, id) values (tests.alice(), tests.id('a', 'home'));
    insert into app_auth.refresh_tokens (token_hash, user_id, session_id)
    values (sha256(p::bytea), tests.alice(), tests.id('a', 'home'));
end
$$;
select is(pg_temp.rotate('a', 'a1'), alice(), 'Alice''s device goes on');
select is(pg_temp.rotate('a1', 'a2'), alice(), 'and on');
select is(pg_temp.rotate('a2', 'a3'), alice(), 'and on');
-- The answer was lost: the same request again.
select is(pg_temp.rotate('a2', 'a3'), alice(), 'the same request again has the same answer');
select is(pg_temp.rotate('a3', 'a4'), alice(), 'and ends nothing');
select is(pg_temp.rotate('a2', 'a3'), null, 'when the successor was used it is a copy');
select is(pg_temp.rotate('a4', 'a5'), null, 'and the log-in has ended');
select is(pg_temp.rotate('b', 'b1'), bob(), 'but not Bob''s');
select is(pg_temp.rotate('unknown', 'x'), null, 'an unknown one is nothing');
-- At once, without any time between.
select pg_temp.begin_session('o');
select is(pg_temp.rotate('o', 'thief'), alice(), 'a thief comes first');
select is(pg_temp.rotate('o', 'owner'), null, 'the owner comes second and gets nothing');
select is(pg_temp.rotate('thief', 'thief2'), null, 'nor does the thief, from then on');
select pg_temp.begin_session('o');
select is(pg_temp.rotate('o', 'owner'), alice(), 'the owner comes first');
select is(pg_temp.rotate('o', 'thief'), null, 'the thief comes second and gets nothing');
select is(pg_temp.rotate('owner', 'owner2'), null, 'and the log-in has ended');
select act_as_superuser();
select is_empty(format('select 1 from app_auth.refresh_tokens where user_id = %L', alice()), 'nothing of it is left');
select pg_temp.begin_session('o');
select is(pg_temp.rotate('o', 'owner'), alice(), 'the owner comes first');
select is(pg_temp.rotate('o', 'b1'), null, 'a token that is good for somebody else is no successor');
select is(pg_temp.rotate('owner', 'owner2'), null, 'and the log-in has ended');
-- Ages.
select pg_temp.begin_session('o');
update app_auth.refresh_tokens set created_at = now() - interval '30 days', expires_at = now()
where user_id = alice();
select is(pg_temp.rotate('o', 'o1'), null, 'a token has an age');
select pg_temp.begin_session('o');
update app_auth.sessions set created_at = now() - interval '90 days', expires_at = now() where user_id = alice();
select is(pg_temp.rotate('o', 'o1'), null, 'and a log-in has one, however often it went on');
select pg_temp.begin_session('o');
insert into app_auth.refresh_tokens (token_hash, user_id, session_id, created_at, expires_at, successor_hash)
values (sha256('long ago'), alice(), id('a', 'home'), now() - interval '30 days', now(), sha256('x'));
select is(pg_temp.rotate('o', 'o1'), alice(), 'going on');
select act_as_superuser();
select is_empty($$ select 1 from app_auth.refresh_tokens where token_hash = sha256('long ago') $$, 'removes what has expired');
-- Whose log-in it is.
update app_data.users set tokens_valid_since = now() + interval '1 s' where id = alice();
select is(pg_temp.rotate('o1', 'o2'), null, 'a person may have ended everything older');
select act_as_superuser();
update app_data.users set is_active = false where id = bob();
select is(pg_temp.rotate('b1', 'b2'), null, 'a closed account has no log-in');

select * from finish();
rollback;
