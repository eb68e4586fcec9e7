-- What has settled moves into the tally; every row then says until when it counts.
WITH fresh AS (
{tallies_since}
), folded AS (
    INSERT INTO workflow_tally AS t (measure, workflow, outcome, count, counted_until)
    SELECT measure, workflow, outcome, count, %(until)s::timestamptz FROM fresh
    ON CONFLICT (measure, workflow, outcome) DO UPDATE
    SET count = t.count + excluded.count, counted_until = excluded.counted_until
    RETURNING t.id
)
UPDATE workflow_tally SET counted_until = %(until)s::timestamptz WHERE id NOT IN (SELECT id FROM folded)
