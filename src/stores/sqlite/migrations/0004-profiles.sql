-- Customers, and instruments on file for them. Payments and attempts may name them. None is ever taken away, so a name that was
-- looked for when it was written leads somewhere for ever; a foreign key would look again with every payment, named or not.

create table profile (
  merchant text not null,
  id text not null check (length(id) = 24),
  kind text not null check (kind in ('customer', 'instrument')),
  created_at integer not null,
  updated_at integer not null,
  version integer not null check (version >= 1),
  state text not null check (state in ('active', 'spent', 'deleted')),
  owner text,
  preferred text,
  email text,
  type text,
  instrument text,
  token text,
  notes text not null,
  primary key (merchant, id),
  constraint instrument_is_told check ((kind = 'instrument') = (instrument is not null) and (kind = 'instrument') = (type is not null) and (kind = 'instrument') = (token is not null)),
  constraint customer_is_owned_by_none check (kind = 'instrument' or owner is null),
  constraint instrument_prefers_none check (kind = 'customer' or (preferred is null and email is null))
) strict;

create index customers on profile (merchant, id) where kind = 'customer' and state = 'active';
create index customer_by_email on profile (merchant, email, id) where kind = 'customer' and state = 'active' and email is not null;
create index instrument_of_owner on profile (merchant, owner, id) where owner is not null;
create index instrument_of_owner_by_type on profile (merchant, owner, type, id) where owner is not null;

create trigger profile_is_kept before delete on profile begin
  select raise(abort, 'a profile is never taken away');
end;
create trigger profile_stays_what_it_is before update of merchant, id, kind, type, instrument, token on profile
when (old.merchant, old.id, old.kind, old.type, old.instrument, old.token) is not (new.merchant, new.id, new.kind, new.type, new.instrument, new.token) begin
  select raise(abort, 'what a profile is, is never changed');
end;

alter table payment add column customer text;
alter table payment add column on_file text;
alter table attempt add column customer text;
alter table attempt add column on_file text;
alter table attempt add column requested integer check (requested > 0);
alter table attempt add column currency text check ((currency is null) = (requested is null));

-- What names no customer is in neither.
create index intents_of_customer on payment (merchant, customer, id) where customer is not null and intent = 1;
create index attempt_of_customer on attempt (merchant, customer, id) where customer is not null;
