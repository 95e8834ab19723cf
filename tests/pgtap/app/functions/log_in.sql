-- The right hash logs in; a wrong one is nobody.

begin;
set local search_path = tap, tests, pg_catalog;
select no_plan();

create function pg_temp.log_in(p_email text, p_hash text) returns uuid language plpgsql as $$
begin
    perform tests.act_for('log_in', p_email);
    return app.log_in(p_email, p_hash, sha256('r'));
end
$$;
select is(pg_temp.log_in('Alice@example.org', password_hash('alice')), alice(), 'Alice logs in');
select is(pg_temp.log_in('alice@example.org', password_hash('bob')), null, 'not with another hash');
select is(pg_temp.log_in('nobody@example.org', password_hash('alice')), null, 'not with another address');
select is(pg_temp.log_in('carol@example.org', password_hash('carol')), null, 'not before the address is verified');
select act_as_superuser();
select results_eq(
    format('select last_login_at = now() from app.users where id = %L', alice()), 'values (true)', 'it is noted'
);
select results_eq(
    $$ select user_id, purpose from app.auth_tokens where token_hash = sha256('r') $$,
    format($$ values (%L::uuid, 'refresh') $$, alice()), 'with one refresh token'
);
update app.users set is_active = false where id = alice();
select is(pg_temp.log_in('alice@example.org', password_hash('alice')), null, 'not when the account is closed');

select * from finish();
rollback;
