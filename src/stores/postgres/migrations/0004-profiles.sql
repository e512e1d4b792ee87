-- needs 0004
-- Customers, and instruments on file for them. Payments and attempts may name them. None is ever taken away, so a name that was
-- looked for when it was written leads somewhere for ever. A server that does not know of them would
-- leave the name out of what it tries of a payment that has one: stop it first.

create table profile (
  merchant text collate "C" not null,
  id text collate "C" not null check (length(id) = 24),
  kind text collate "C" not null check (kind in ('customer', 'instrument')),
  created_at bigint not null,
  updated_at bigint not null,
  version bigint not null check (version >= 1),
  state text collate "C" not null check (state in ('active', 'spent', 'deleted')),
  owner text collate "C",
  preferred text collate "C",
  email text collate "C",
  type text collate "C",
  instrument text collate "C",
  token text collate "C",
  notes text collate "C" not null,
  primary key (merchant, id),
  constraint instrument_is_told check ((kind = 'instrument') = (instrument is not null) and (kind = 'instrument') = (type is not null) and (kind = 'instrument') = (token is not null)),
  constraint customer_is_owned_by_none check (kind = 'instrument' or owner is null),
  constraint instrument_prefers_none check (kind = 'customer' or (preferred is null and email is null))
);

create index customers on profile (merchant, id) where kind = 'customer' and state = 'active';
create index customer_by_email on profile (merchant, email, id) where kind = 'customer' and state = 'active' and email is not null;
create index instrument_of_owner on profile (merchant, owner, id) where owner is not null;
create index instrument_of_owner_by_type on profile (merchant, owner, type, id) where owner is not null;

create function refuse_another_profile() returns trigger language plpgsql as $$
begin
  if (old.merchant, old.id, old.kind, old.type, old.instrument, old.token)
    is distinct from (new.merchant, new.id, new.kind, new.type, new.instrument, new.token)
  then
    raise exception using errcode = 'restrict_violation', message = 'what a profile is, is never changed';
  end if;
  return new;
end
$$;
create trigger profile_stays_what_it_is before update on profile for each row execute function refuse_another_profile();
create trigger profile_is_kept before delete on profile for each row execute function refuse_change();
create trigger profile_is_kept_whole before truncate on profile for each statement execute function refuse_change();

alter table payment
  add column customer text collate "C",
  add column on_file text collate "C";
alter table attempt
  add column customer text collate "C",
  add column on_file text collate "C",
  add column requested bigint,
  add column currency text collate "C",
  add constraint attempt_requested_check check (requested > 0) not valid,
  add constraint attempt_currency_check check ((currency is null) = (requested is null)) not valid;

-- What names no customer is in neither.
create index intents_of_customer on payment (merchant, customer, id) where customer is not null and intent = 1;
create index attempt_of_customer on attempt (merchant, customer, id) where customer is not null;
