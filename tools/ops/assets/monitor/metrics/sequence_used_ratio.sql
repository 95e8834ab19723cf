-- How much of its numbers a sequence has given, of the fullest ten.
--
-- type: gauge

select
    schemaname as schema, sequencename as sequence,
    coalesce(last_value, 0)::float8 / max_value as value
from pg_sequences
where increment_by > 0
order by value desc
limit 10
