-- Which projects are possible.

begin;
set local search_path = tap, tests, pg_catalog;
select no_plan();

select columns_are('app_data', 'projects', array['user_id', 'id', 'name', 'colour', 'position', 'is_favourite', 'is_inbox', 'archived_at', 'deleted_at', 'deletion_id', 'version', 'created_at', 'updated_at', 'space_number']);
select col_is_pk('app_data', 'projects', array['user_id', 'id'], 'a project is known within its space');
select fk_ok('app_data', 'projects', 'user_id', 'app_data', 'users', 'id');
select has_index('app_data', 'projects', 'projects_sidebar_idx', array['user_id', '"position"', 'id'], 'the sidebar has an index');
select act_as(alice());
select is(tests.outcome($$ insert into app.projects (user_id, name) values (tests.alice(), E' \t\n ') $$), '23514 projects_name_is_not_blank', 'a name is not blank');
select is(tests.outcome($$ insert into app.projects (user_id, name) values (tests.alice(), repeat('x', 121)) $$), '23514 projects_name_is_short', 'a name is short');
select lives_ok($$ insert into app.projects (user_id, name) values (tests.alice(), repeat('🧺', 120)) $$, '120 emoji are 120 characters');
select is(tests.outcome($$ update app.projects set colour = 'red' $$), '23514 projects_colour_is_hexadecimal', 'a colour is #rrggbb');
select is(tests.outcome($$ update app.projects set position = 'a0' $$), '23514 projects_position_has_form', 'a position ends in something');
select is(tests.outcome($$ update app.projects set archived_at = now() where is_inbox $$), '23514 projects_inbox_stays', 'the inbox is not archived');
select is(tests.outcome($$ update app.projects set deletion_id = gen_random_uuid() where not is_inbox $$), '42501', 'nobody names an act of deletion');
select act_as_superuser();
select is(tests.outcome($$ update app.projects set deletion_id = gen_random_uuid() where not is_inbox $$), '23514 projects_deletion_is_dated', 'a deletion has a date and an act');
select act_as(alice());
select results_eq(
    'select id from app.projects where is_inbox', array[alice()], 'there is one inbox'
);
select is(
    tests.outcome(format('insert into app.projects (user_id, id, name) values (%1$L, %1$L, ''second'')', alice())),
    '23505 projects_pkey', 'and no second one'
);

select * from finish();
rollback;
