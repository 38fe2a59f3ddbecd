-- Posted answers that cite an article which has a new version since, until their cards say so.
CREATE TABLE changed_answer (
    answer_id INTEGER PRIMARY KEY REFERENCES answer (id) ON DELETE CASCADE
);
