-- Each of many tables refers to the three before it.

create schema ladder;

do $$
begin
    for i in 1..26 loop
        execute format(
            'create table ladder.t%s (space integer not null, id integer not null, %s'
            ' primary key (space, id)%s)',
            i,
            (select coalesce(string_agg(format('r%s integer not null,', j), ' '), '')
             from generate_series(greatest(1, i - 3), i - 1) as j),
            (select coalesce(string_agg(
                format(', foreign key (space, r%s) references ladder.t%s', j, j), ''
             ), '')
             from generate_series(greatest(1, i - 3), i - 1) as j)
        );
    end loop;
end
$$;
