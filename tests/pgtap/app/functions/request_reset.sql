-- A reset can be asked for any address; only a real one has a token.

begin;
set local search_path = tap, tests, pg_catalog;
select no_plan();

create function pg_temp.request(p_email text, p text) returns void language plpgsql as $$
begin
    perform tests.act_for('request_reset', p_email);
    perform app.request_reset(p_email, sha256(p::bytea));
    perform tests.act_as_superuser();
end
$$;
select lives_ok($$ select pg_temp.request('Alice@Example.org', '1') $$, 'for Alice');
select lives_ok($$ select pg_temp.request('nobody@example.org', '2') $$, 'for nobody, without a difference');
select lives_ok($$ select pg_temp.request('carol@example.org', '3') $$, 'for an unverified one, too');
select results_eq(
    $$ select user_id, expires_at - now() from app.auth_tokens where purpose = 'reset_password' $$,
    format($$ values (%L::uuid, interval '1 hour') $$, alice()), 'one token, for an hour'
);
select pg_temp.request('alice@example.org', '4');
select results_eq(
    $$ select token_hash = sha256('4') from app.auth_tokens where purpose = 'reset_password' and used_at is null $$,
    'values (true)', 'the newest link alone is good'
);

select * from finish();
rollback;
