-- What each question cost. A row is written with the most that its model calls can cost before
-- they are made, and corrected after them: what a crash leaves counts in full.
CREATE TABLE charge (
    id                INTEGER PRIMARY KEY AUTOINCREMENT,
    day               TEXT NOT NULL,  -- UTC, when it was asked
    event_id          INTEGER,        -- Discord's: one event, one charge
    user_id           INTEGER,        -- NULL: the operator
    prompt_tokens     INTEGER NOT NULL,
    completion_tokens INTEGER NOT NULL,
    cost              INTEGER         -- millionths of the price table's currency; NULL: no price
);
CREATE INDEX charge_day ON charge (day, user_id, prompt_tokens, completion_tokens, cost);
CREATE UNIQUE INDEX charge_event ON charge (event_id) WHERE event_id IS NOT NULL;
