-- A mailed secret works once.

begin;
set local search_path = tap, tests, pg_catalog;
select no_plan();

insert into app.auth_tokens (user_id, purpose, token_hash, created_at, expires_at) values
(id('c', 'user'), 'verify_email', sha256('good'), now(), now() + interval '1 day'),
(id('c', 'user'), 'verify_email', sha256('old'), now() - interval '2 days', now() - interval '1 day'),
(id('c', 'user'), 'reset_password', sha256('other'), now(), now() + interval '1 day');
create function pg_temp.verify(p text) returns uuid language plpgsql as $$
begin
    perform tests.act_for('verify_email', encode(sha256(p::bytea), 'hex'));
    return app.verify_email(sha256(p::bytea));
end
$$;
select is(pg_temp.verify('wrong'), null, 'an unknown one is nothing');
select is(pg_temp.verify('old'), null, 'an expired one is nothing');
select is(pg_temp.verify('other'), null, 'one for another purpose is nothing');
select is(pg_temp.verify('good'), id('c', 'user'), 'the right one is Carol');
select is(pg_temp.verify('good'), null, 'once');
select act_as_superuser();
select is((select email_verified_at from app.users where id = id('c', 'user')), now(), 'she is verified');

select * from finish();
rollback;
