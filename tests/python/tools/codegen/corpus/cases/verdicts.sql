-- Sums that overflow, sets that meet, numbers that are rounded, texts that are trimmed.

create schema verdicts;
create type verdicts.mood as enum ('sad', 'ok', 'happy');

create table verdicts.things (
    id integer primary key,
    both_sets text constraint one_set check (both_sets in ('x', 'y'))
    constraint other_set check (both_sets in ('y', 'z')),
    far integer constraint far_sum check (far + 5000000000 > 0),
    small smallint constraint small_product check (small * small >= 0),
    size integer constraint size_is_large check (abs(size) >= 5),
    turned integer constraint turned_is_not check (-turned <> 3),
    real_free real,
    real_most real constraint real_has_most check (real_most <= 0.1),
    real_least real constraint real_has_least check (real_least > 0.1),
    real_same real constraint real_is_same check (real_same <> 0.1::real),
    real_kept real constraint real_is_not check (real_kept <> 0.1),
    begins date,
    ends date constraint ends_in_a_year check (ends <= begins + 365),
    short varchar(3) constraint short_is_not check (short <> 'abd'),
    optional text constraint optional_is_short
    check (optional is null or length(optional) <= 5),
    mood verdicts.mood constraint mood_is_not check (mood <> 'sad'),
    moody verdicts.mood constraint moody_is check (moody in ('ok', 'happy'))
);
