-- One element, at the caller's own number; none for nobody.

begin;
set local search_path = tap, tests, pg_catalog;
select no_plan();

select act_as(alice());
select is(
    app.current_space_mask()::text,
    format('[%1$s:%1$s]={t}', app.space_number(alice())), 'it has one element'
);
select is(
    (app.current_space_mask())[app.space_number(bob())], null, 'and none at another number'
);
select act_as(null);
select is(app.current_space_mask(), null, 'nobody has none, and nothing is raised');
select set_config('app.token', 'v1.', true);
select is(app.current_space_mask(), null, 'nor is it for a token that is not valid');

select * from finish();
rollback;
