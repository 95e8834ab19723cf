"""What monitoring reads of a database, the alerts on it, and their dashboards.

The exporter logs in as todo_monitor, who sees statistics and no row of anybody. Each
metric is a query in tools/ops/assets/monitor/metrics/, so that it works wherever SQL
does: on PostgreSQL 15 to 18, and on Neon.
"""
