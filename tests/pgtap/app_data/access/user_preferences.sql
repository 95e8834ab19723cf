-- A person reads and changes the own preferences.

begin;
set local search_path = tap, tests, pg_catalog;
select no_plan();

select act_as(alice());
select results_eq('select user_id from app.user_preferences', array[alice()], 'Alice sees her own');
select is(rows($$ update app.user_preferences set theme = 'dark' $$), 1::bigint, 'and changes them');
select is(
    rows(format($$ update app.user_preferences set theme = 'dark' where user_id = %L $$, bob())),
    0::bigint, 'but not Bob''s'
);
select throws_ok(
    format('update app.user_preferences set user_id = %L', bob()), '42501', null,
    'they cannot be given away'
);
select throws_ok('delete from app.user_preferences', '42501', null, 'nor removed');
select throws_ok(
    format('insert into app.user_preferences (user_id) values (%L)', alice()), '42501', null,
    'nor made twice'
);
select act_as(null);
select is_empty('select * from app.user_preferences', 'nobody sees none');

select * from finish();
rollback;
