select i + 100 as id
