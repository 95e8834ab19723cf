-- Which rows of people are possible.

begin;
set local search_path = tap, tests, pg_catalog;
select no_plan();

select columns_are('app_data', 'users', array['id', 'email', 'first_name', 'last_name', 'password_hash', 'is_active', 'time_zone', 'email_verified_at', 'last_login_at', 'version', 'created_at', 'updated_at', 'tokens_valid_since', 'space_number']);
select col_is_pk('app_data', 'users', 'id', 'a person has one id');
select is(tests.outcome($$ insert into app_data.users (email, password_hash) values ('nobody', tests.password_hash('x')) $$), '23514 users_email_has_form', 'an address has two parts');
select is(tests.outcome($$ insert into app_data.users (email, password_hash) values ('no body@x', tests.password_hash('x')) $$), '23514 users_email_has_form', 'an address has no blank');
select is(tests.outcome($$ insert into app_data.users (email, password_hash) values ('a@b@c', tests.password_hash('x')) $$), '23514 users_email_has_form', 'an address has one at-sign');
select is(tests.outcome($$ insert into app_data.users (email, password_hash) values (repeat('x', 249) || '@x.org', tests.password_hash('x')) $$), '23514 users_email_is_short', 'an address is at most 254 characters long');
select lives_ok($$ insert into app_data.users (email, password_hash) values (repeat('x', 248) || '@x.org', tests.password_hash('x')) $$, 'an address of 254 characters is taken');
select is(tests.outcome($$ insert into app_data.users (email, password_hash) values ('x@y.z', 'secret') $$), '23514 users_password_hash_is_argon2id', 'a password is kept as Argon2id only');
select is(tests.outcome($$ insert into app_data.users (email, password_hash) values ('x@y.z', replace(tests.password_hash('x'), 'm=65536', 'm=64')) $$), '23514 users_password_hash_is_argon2id', 'weaker parameters are refused');
select is(tests.outcome($$ insert into app_data.users (email, password_hash) values ('ALICE@EXAMPLE.ORG', tests.password_hash('x')) $$), '23505 users_email_key', 'one address is one person, whatever its case');
select is(tests.outcome($$ update app_data.users set time_zone = 'Europe/Atlantis' $$), '23514 users_time_zone_is_known', 'a zone is a known one');
select is(tests.outcome($$ update app_data.users set first_name = repeat('x', 101) $$), '23514 users_first_name_is_short', 'a first name is short');
select is(tests.outcome($$ update app_data.users set last_name = repeat('x', 101) $$), '23514 users_last_name_is_short', 'so is a last name');

select * from finish();
rollback;
