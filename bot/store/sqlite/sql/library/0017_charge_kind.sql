-- Not only questions cost: what a charge is for ("question", "embedding" or "exam").
ALTER TABLE charge ADD COLUMN kind TEXT NOT NULL DEFAULT 'question';
