-- Ids sort by the time they were made, so that new rows land side by side in an index.
-- PostgreSQL 18 has uuidv7(); this one is the same layout (RFC 9562, section 5.7) on 15
-- and later: 48 bits of milliseconds, then version, variant and 74 random bits.

create function app.uuid_v7()
returns uuid
language sql
volatile
parallel safe
set search_path = pg_catalog, pg_temp
begin atomic
    -- A random UUID is version 4 (0100): setting bits 52 and 53 makes it 7 (0111).
    select encode(
        set_bit(
            set_bit(
                substr(
                    int8send((extract(epoch from clock_timestamp()) * 1000)::bigint), 3
                )
                || substr(uuid_send(gen_random_uuid()), 7),
                52,
                1
            ),
            53,
            1
        ),
        'hex'
    )::uuid;
end;

comment on function app.uuid_v7() is
'A new UUID version 7 (RFC 9562): sortable by the millisecond in which it was made.';
grant execute on function app.uuid_v7() to todo_user, todo_registrar;
