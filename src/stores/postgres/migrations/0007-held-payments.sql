-- needs 0007
-- What is to be captured of an authorization, and what becomes of a payment by itself at a time that is set: it is captured or given up. A
-- server that does not know of it would capture what was authorized in place of what was agreed, and take a time for nothing: stop it first.

alter table payment
  add column to_capture bigint,
  add column due bigint,
  add column due_act text collate "C",
  add constraint takes_no_more_than_authorized check (to_capture is null or (to_capture > 0 and to_capture <= authorized)) not valid,
  add constraint only_what_is_held_is_due check (
    (due is null) = (due_act is null) and (due is null or state = 'authorized' or (state = 'initiated' and due_act = 'capture'))
  ) not valid,
  add constraint due_act_is_known check (due_act is null or due_act in ('capture', 'cancel')) not valid;

-- Only of those that are held: all others are in no index for it.
create index payment_due on payment (due) where due is not null;

-- What happened, in the order in which it did: it grows at its end alone.
create index event_by_time on event (merchant, id);
