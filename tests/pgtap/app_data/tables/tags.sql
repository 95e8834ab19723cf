-- Which tags are possible.

begin;
set local search_path = tap, tests, pg_catalog;
select no_plan();

select fk_ok('app_data', 'tags', 'user_id', 'app_data', 'users', 'id');
select act_as(alice());
select is(tests.outcome($$ insert into app.tags (user_id, name) values (tests.alice(), '  ') $$), '23514 tags_name_is_visible', 'a name is not blank');
select is(tests.outcome($$ insert into app.tags (user_id, name) values (tests.alice(), U&'\200B') $$), '23514 tags_name_is_visible', 'a name can be seen');
select results_eq(
    (
        select format(
            'select count(*) from generate_series(1, 1114111) as c'
            ' cross join lateral (select chr(c) as name) as sign'
            ' where c not between 55296 and 57343'
            ' and (%s) is distinct from (app.fold_name(name) <> %L)',
            pg_get_expr(conbin, conrelid), ''
        )
        from pg_constraint where conname = 'tags_name_is_visible'
    ),
    array[0::bigint],
    'a sign can be seen exactly if it leaves something of the key, of all that Unicode has'
);
select is(tests.outcome($$ insert into app.tags (user_id, name) values (tests.alice(), repeat('x', 61)) $$), '23514 tags_name_is_short', 'a name is short');
select is(tests.outcome($$ update app.tags set colour = '#FFF' $$), '23514 tags_colour_is_hexadecimal', 'a colour is #rrggbb');
select is(tests.outcome($$ insert into app.tags (user_id, name) values (tests.alice(), ' ＵＲＧＥＮＴ ') $$), '23505 tags_name_key_key', 'what reads the same is the same tag');
select is(tests.outcome($$ update app.tags set name = 'Urgent' where name = 'later' $$), '23505 tags_name_key_key', 'a tag is not renamed onto another');
select lives_ok($$ update app.tags set name = 'LATER' where name = 'later' $$, 'a tag may change its case');
select act_as(bob());
select lives_ok($$ insert into app.tags (user_id, name) values (tests.bob(), 'Garden') $$, 'two people may have the same tag');
select act_as(alice());
select lives_ok($$ insert into app.tags (user_id, name) values (tests.alice(), 'garden') $$, 'and do not learn of each other by it');

select * from finish();
rollback;
