-- A reset can be asked for any address, and no account is looked at.

begin;
set local search_path = tap, tests, pg_catalog;
select no_plan();

create function pg_temp.request(p_email text, p text) returns void language plpgsql as $$
begin
    perform tests.act_for('request_reset', p_email);
    perform app_auth.request_reset(p_email, sha256(p::bytea));
    perform tests.act_as_superuser();
end
$$;
update app_data.users set is_active = false where id = bob();
create temporary table before as select xmin::text as made_by, ctid as place, * from app_data.users;
select lives_ok($$ select pg_temp.request('Alice@Example.org', '1') $$, 'for Alice');
select lives_ok($$ select pg_temp.request('nobody@example.org', '2') $$, 'for nobody, without a difference');
select lives_ok($$ select pg_temp.request('carol@example.org', '3') $$, 'for an unverified one, too');
select lives_ok($$ select pg_temp.request('bob@example.org', '4') $$, 'and for a closed one');
select results_eq(
    $$ select email, token_hash, expires_at - now() from app_auth.password_resets order by email collate "C" $$,
    $$
    values ('Alice@Example.org', sha256('1'), interval '1 hour'),
    ('bob@example.org', sha256('4'), interval '1 hour'),
    ('carol@example.org', sha256('3'), interval '1 hour'),
    ('nobody@example.org', sha256('2'), interval '1 hour')
    $$,
    'each is written down alike, for an hour'
);
select results_eq(
    $$ select xmin::text as made_by, ctid as place, * from app_data.users order by id $$, 'select * from before order by id', 'no account was touched'
);
select pg_temp.request('alice@example.org', '5');
select is(
    (select count(*) from app_auth.password_resets where lower(email) = 'alice@example.org'), 2::bigint,
    'who asks again makes no other link void'
);
update app_auth.password_resets set created_at = now() - interval '1 day', expires_at = now();
select pg_temp.request('alice@example.org', '6');
select is((select count(*) from app_auth.password_resets), 4::bigint, 'two that had expired are gone');

select * from finish();
rollback;
