-- The right hash logs in; a wrong one is nobody.

begin;
set local search_path = tap, tests, pg_catalog;
select no_plan();

create function pg_temp.log_in(p_email text, p_hash text, p_secret text) returns uuid language plpgsql as $$
begin
    perform tests.act_for('log_in', p_email);
    return app_auth.log_in(p_email, p_hash, sha256(p_secret::bytea));
end
$$;
delete from app_auth.sessions;
insert into app_auth.login_attempts (email_hash, free_at) values
(sha256('alice@example.org'), now() + interval '20 min'), (sha256('bob@example.org'), now() + interval '20 min'),
(sha256('carol@example.org'), now() + interval '30 min'), (sha256('alic@example.org'), now() + interval '40 min');
select is(pg_temp.log_in('Alice@example.org', password_hash('alice'), 'r'), alice(), 'Alice logs in');
select is(pg_temp.log_in('alice@example.org', password_hash('bob'), 'x'), null, 'not with another hash');
select is(pg_temp.log_in('nobody@example.org', password_hash('alice'), 'x'), null, 'not with another address');
select is(pg_temp.log_in('alic@example.org', password_hash('alice'), 'x'), null, 'not by the next in order');
select is(pg_temp.log_in('carol@example.org', password_hash('carol'), 'x'), null, 'not before the address is verified');
select act_as_superuser();
select results_eq(
    format('select last_login_at = now(), version from app_data.users where id = %L', alice()),
    'values (true, 1)', 'it is noted, and the row that she may be editing is not stale by it'
);
select results_eq(
    $$
    select s.user_id, s.expires_at - now(), t.token_hash, t.expires_at - now(), t.successor_hash is null
    from app_auth.sessions as s
    inner join app_auth.refresh_tokens as t on s.user_id = t.user_id and s.id = t.session_id
    $$,
    format($$ values (%L::uuid, interval '90 days', sha256('r'), interval '30 days', true) $$, alice()),
    'with one log-in and its first refresh token'
);
select results_eq(
    $$ select free_at - now() from app_auth.login_attempts where free_at > now() order by 1 $$,
    $$ values (interval '14 min'), (interval '20 min'), (interval '30 min'), (interval '40 min') $$,
    'and the try is taken back, hers alone'
);
-- Log-ins that are too old go, two with each new one.
insert into app_auth.sessions (user_id, created_at, expires_at)
select bob(), now() - interval '1 day', now() from generate_series(1, 3);
select is(pg_temp.log_in('alice@example.org', password_hash('alice'), 's'), alice(), 'Alice logs in again');
select act_as_superuser();
select is((select count(*) from app_auth.sessions where user_id = bob()), 1::bigint, 'two old ones are gone');
update app_data.users set is_active = false where id = alice();
select is(pg_temp.log_in('alice@example.org', password_hash('alice'), 't'), null, 'not when the account is closed');
select act_as_superuser();
select is(
    (select free_at - now() from app_auth.login_attempts where email_hash = sha256('alice@example.org')),
    interval '8 min', 'and the try counts'
);

select * from finish();
rollback;
