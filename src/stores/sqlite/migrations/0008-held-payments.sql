-- What is to be captured of an authorization, and what becomes of a payment by itself at a time that is set: it is captured or given up.
alter table payment add column to_capture integer
  constraint takes_no_more_than_authorized check (to_capture is null or (to_capture > 0 and to_capture <= authorized));
alter table payment add column due integer;
alter table payment add column due_act text
  constraint only_what_is_held_is_due check (
    (due is null) = (due_act is null) and (due is null or state = 'authorized' or (state = 'initiated' and due_act = 'capture'))
  )
  constraint due_act_is_known check (due_act is null or due_act in ('capture', 'cancel'));

-- Only of those that are held: all others are in no index for it.
create index payment_due on payment (due) where due is not null;
