-- Age of the oldest transaction that was prepared and not ended.
--
-- type: gauge

select coalesce(max(extract(epoch from clock_timestamp() - prepared)), 0) as value
from pg_prepared_xacts
