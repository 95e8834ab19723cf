-- A trading house: small and padded types, composite keys, a tree of employees.

create schema app;

-- What create_all makes.

create table app.categories (
    category_id smallint primary key,
    category_name varchar(15) not null,
    description text,
    picture bytea
);
create table app.customer_demographics (
    customer_type_id bpchar primary key,
    customer_desc text
);
create table app.customers (
    customer_id char(5) primary key,
    company_name varchar(40) not null,
    contact_title varchar(30),
    postal_code varchar(10)
);
create table app.customer_customer_demo (
    customer_id char(5) references app.customers,
    customer_type_id bpchar references app.customer_demographics,
    primary key (customer_id, customer_type_id)
);
create table app.employees (
    employee_id smallint primary key,
    last_name varchar(20) not null,
    title_of_courtesy varchar(25)
    check (title_of_courtesy in ('Dr.', 'Mr.', 'Mrs.', 'Ms.')),
    birth_date date,
    hire_date date,
    photo bytea,
    notes text,
    reports_to smallint references app.employees,
    check (hire_date > birth_date)
);
create table app.region (
    region_id smallint primary key,
    region_description varchar(60) not null
);
create table app.territories (
    territory_id varchar(20) primary key,
    territory_description varchar(60) not null,
    region_id smallint not null references app.region
);
create table app.employee_territories (
    employee_id smallint not null references app.employees,
    territory_id varchar(20) not null references app.territories,
    primary key (employee_id, territory_id)
);
create table app.shippers (
    shipper_id smallint primary key,
    company_name varchar(40) not null
);
create table app.suppliers (
    supplier_id smallint primary key,
    company_name varchar(40) not null,
    homepage text
);
create table app.products (
    product_id smallint primary key,
    product_name varchar(40) not null,
    supplier_id smallint references app.suppliers,
    category_id smallint references app.categories,
    unit_price real check (unit_price >= 0),
    units_in_stock smallint check (units_in_stock >= 0),
    discontinued integer not null check (discontinued in (0, 1))
);
create table app.orders (
    order_id smallint primary key,
    customer_id char(5) references app.customers,
    employee_id smallint references app.employees,
    order_date date,
    required_date date,
    shipped_date date,
    ship_via smallint references app.shippers,
    freight real default 0,
    check (shipped_date >= order_date)
);
create table app.order_details (
    order_id smallint references app.orders,
    product_id smallint references app.products,
    unit_price real not null,
    quantity smallint not null check (quantity > 0),
    discount real not null default 0 check (discount between 0 and 1),
    primary key (order_id, product_id)
);
create table app.us_states (
    state_id smallint primary key,
    state_name varchar(100),
    state_abbr varchar(2) check (state_abbr ~ '^[A-Z]{2}$')
);

create view app.order_totals as
select o.order_id, c.company_name,
    sum(d.unit_price * d.quantity * (1 - d.discount)) as total
from app.orders as o
join app.order_details as d using (order_id)
left join app.customers as c using (customer_id)
group by o.order_id, c.company_name;
