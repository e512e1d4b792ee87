-- The first refunds of a payment are named in its own row, which each of them changes anyway. An index of them would have one more
-- page, anywhere in the book, written with every refund; it is kept for what comes after them, and for events of other kinds.
alter table payment add column first_refunds text not null default '';
alter table event add column listed integer not null default 1 check (listed in (0, 1));

drop index event_of_payment;
create index event_of_payment on event (merchant, payment_id, id) where listed = 1;
