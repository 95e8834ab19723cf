-- What the text of an expression depends on, fixed for this transaction: run this
-- first, in the transaction of the facts. pg_dump fixes the same. No percent sign may
-- stand in any file of this folder: database drivers read it as a parameter.
select
    set_config('search_path', 'pg_catalog', true),
    set_config('quote_all_identifiers', 'off', true),
    set_config('standard_conforming_strings', 'on', true),
    set_config('bytea_output', 'hex', true),
    set_config('datestyle', 'iso, ymd', true),
    set_config('intervalstyle', 'postgres', true),
    set_config('timezone', 'UTC', true),
    set_config('extra_float_digits', '1', true),
    set_config('xmlbinary', 'base64', true),
    set_config('jit', 'off', true)
