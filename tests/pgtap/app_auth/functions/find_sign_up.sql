-- There is always a hash to verify against.

begin;
set local search_path = tap, tests, pg_catalog;
select no_plan();

insert into app_auth.sign_ups (token_hash, email, first_name, last_name, password_hash, time_zone, created_at, expires_at)
values
(sha256('good'), 'dora@example.org', '', '', password_hash('d'), 'UTC', now(), now() + interval '1 s'),
(sha256('old'), 'dora@example.org', '', '', password_hash('o'), 'UTC', now() - interval '1 s', now());
create function pg_temp.find(p text) returns text language plpgsql as $$
begin
    perform tests.act_for('find_sign_up', encode(sha256(p::bytea), 'hex'));
    return app_auth.find_sign_up(sha256(p::bytea));
end
$$;
select is(pg_temp.find('good'), password_hash('d'), 'that of the attempt which the link belongs to');
select isnt(pg_temp.find('old'), password_hash('o'), 'not when it has expired');
select matches(pg_temp.find('old'), '^\$argon2id\$v=19\$m=65536,t=3,p=4\$', 'but a decoy');
select matches(pg_temp.find('unknown'), '^\$argon2id\$v=19\$m=65536,t=3,p=4\$', 'as for an unknown one');
select act_for('find_sign_up', 'x');
select throws_ok($$ select app_auth.find_sign_up(sha256('good')) $$, '28000', null, 'a token for another link is no good');

select * from finish();
rollback;
