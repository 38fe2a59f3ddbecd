-- Every table of a server's begins with its id, in all keys and indexes, and a policy shows its rows
-- only to a transaction that has named the server (footnote.server). Flags are booleans. Times are
-- seconds since 1970 where they are numbers. What the columns hold is described where SQLite's
-- tables are made; postings, vectors, tokens and blocks are the same bytes.

-- Which libraries exist. A row is written by whoever uses the library.
CREATE TABLE library (
    server_id text COLLATE "C" PRIMARY KEY,
    used_at   text NOT NULL,
    waiting   boolean NOT NULL DEFAULT false
);

-- The ids that a library has given, which rise in the order of the commits, and what its index must
-- read: whoever writes to the library locks this row first.
CREATE TABLE library_state (
    server_id  text COLLATE "C" PRIMARY KEY,
    article    bigint NOT NULL DEFAULT 0,
    version    bigint NOT NULL DEFAULT 0,
    passage    bigint NOT NULL DEFAULT 0,
    segment    bigint NOT NULL DEFAULT 0,
    embedder   bigint NOT NULL DEFAULT 0,
    answer     bigint NOT NULL DEFAULT 0,
    job        bigint NOT NULL DEFAULT 0,
    charge     bigint NOT NULL DEFAULT 0,
    erasure    bigint NOT NULL DEFAULT 0,
    setting_change bigint NOT NULL DEFAULT 0,
    additions  bigint NOT NULL DEFAULT 0,  -- to the index
    removals   bigint NOT NULL DEFAULT 0   -- from the index, and changes in place
);

-- The bot's own notes, e.g. the hash of the commands last synced with Discord.
CREATE TABLE note (
    key   text PRIMARY KEY,
    value text NOT NULL
);

CREATE TABLE model_profile (
    address              text NOT NULL,
    model                text NOT NULL,
    "window"             bigint,
    reading_tokens_per_s double precision,
    writing_tokens_per_s double precision,
    cites                bigint,
    examined             text,
    reasons_first        boolean NOT NULL DEFAULT false,
    PRIMARY KEY (address, model)
);

-- What only one process may do at a time, and until when it has it. A process is a lease, too.
CREATE TABLE lease (
    kind  text NOT NULL,
    name  text NOT NULL,
    owner text NOT NULL,
    until double precision NOT NULL,
    PRIMARY KEY (kind, name)
);

CREATE TABLE membership (
    server_id      text COLLATE "C" PRIMARY KEY,
    application_id bigint NOT NULL,
    left_at        double precision
);

CREATE TABLE erased_library (
    server_id text COLLATE "C" NOT NULL,
    at        double precision NOT NULL,
    PRIMARY KEY (server_id, at)
);

-- Questions and additions in hand.
CREATE TABLE question (
    server_id   text COLLATE "C" NOT NULL,
    event_id    bigint NOT NULL,
    channel_id  bigint NOT NULL,
    message_id  bigint NOT NULL,
    asker_id    bigint NOT NULL,
    private     boolean NOT NULL,
    question    text NOT NULL,
    article     text NOT NULL,
    tag         text NOT NULL,
    since       text NOT NULL,
    interrupted boolean NOT NULL,
    adds        boolean NOT NULL,
    asked_at    text NOT NULL,
    PRIMARY KEY (server_id, event_id)
);

CREATE TABLE article (
    server_id         text COLLATE "C" NOT NULL,
    id                bigint NOT NULL,
    version_id        bigint,
    title             text NOT NULL CHECK (title <> ''),
    url               text,
    author            text,
    published         text COLLATE "C",
    date_kind         text NOT NULL DEFAULT 'published',
    date_source       text NOT NULL DEFAULT '',
    language          text,
    source            text NOT NULL,
    channel_id        bigint,
    submitter_id      bigint,
    submitter_name    text NOT NULL DEFAULT '',
    added_at          text COLLATE "C" NOT NULL,
    address           text,
    etag              text,
    last_modified     text,
    removed_at        double precision,
    removal_id        bigint,
    kept_longer_s     double precision NOT NULL DEFAULT 0,
    message_link      text,
    message_id        bigint,
    message_author_id bigint,
    first_day         text COLLATE "C" GENERATED ALWAYS AS (
        CASE WHEN published LIKE '____-Q_'
             THEN substr(published, 1, 5) || lpad((3 * substr(published, 7, 1)::integer - 2)::text, 2, '0')
             ELSE published END) STORED,
    last_day          text COLLATE "C" GENERATED ALWAYS AS (
        CASE WHEN published LIKE '____-Q_'
             THEN substr(published, 1, 5) || lpad((3 * substr(published, 7, 1)::integer)::text, 2, '0') || '-31'
             ELSE published || substr('-12-31', length(published) - 3) END) STORED,
    PRIMARY KEY (server_id, id)
);
CREATE INDEX article_address ON article (server_id, address) WHERE address IS NOT NULL;
CREATE INDEX article_removed ON article (server_id, removed_at) WHERE removed_at IS NOT NULL;
CREATE INDEX article_message ON article (server_id, message_id) WHERE message_id IS NOT NULL;
CREATE INDEX article_removal ON article (server_id, removal_id) WHERE removal_id IS NOT NULL;

CREATE TABLE version (
    server_id  text COLLATE "C" NOT NULL,
    id         bigint NOT NULL,
    article_id bigint NOT NULL,
    number     bigint NOT NULL,
    text       text NOT NULL,
    hash       text COLLATE "C" NOT NULL,
    characters bigint NOT NULL,
    cleaner    bigint NOT NULL,
    splitter   bigint NOT NULL,
    reader     bigint NOT NULL,
    tokens     bigint,
    notes      text NOT NULL,
    original   text COLLATE "C" NOT NULL,
    created_at text NOT NULL,
    blocks     bytea,
    page_unit  text NOT NULL,
    by_ocr     boolean NOT NULL,
    PRIMARY KEY (server_id, id),
    UNIQUE (server_id, article_id, number),
    FOREIGN KEY (server_id, article_id) REFERENCES article (server_id, id) ON DELETE CASCADE
);
CREATE INDEX version_hash ON version (server_id, hash);
CREATE INDEX version_original ON version (server_id, original);
CREATE INDEX version_tokens ON version (server_id, tokens) WHERE tokens IS NOT NULL;

CREATE TABLE minhash (
    server_id  text COLLATE "C" NOT NULL,
    version_id bigint NOT NULL,
    scheme     bigint NOT NULL,
    data       bytea NOT NULL,
    PRIMARY KEY (server_id, version_id),
    FOREIGN KEY (server_id, version_id) REFERENCES version (server_id, id) ON DELETE CASCADE
);

CREATE TABLE passage (
    server_id  text COLLATE "C" NOT NULL,
    id         bigint NOT NULL,
    article_id bigint NOT NULL,
    version_id bigint NOT NULL,
    position   bigint NOT NULL,
    start      bigint NOT NULL,
    "end"      bigint NOT NULL,
    tokens     bigint NOT NULL,
    heading    text NOT NULL,
    page       bigint,
    text       text NOT NULL,
    PRIMARY KEY (server_id, id) INCLUDE (version_id, article_id, position, tokens),
    UNIQUE (server_id, version_id, position),
    FOREIGN KEY (server_id, article_id) REFERENCES article (server_id, id) ON DELETE CASCADE,
    FOREIGN KEY (server_id, version_id) REFERENCES version (server_id, id) ON DELETE CASCADE
);
CREATE INDEX passage_article ON passage (server_id, article_id);

CREATE TABLE sentence (
    server_id  text COLLATE "C" NOT NULL,
    passage_id bigint NOT NULL,
    position   bigint NOT NULL,
    start      bigint NOT NULL,
    "end"      bigint NOT NULL,
    page       bigint,
    kind       text,
    PRIMARY KEY (server_id, passage_id, position),
    FOREIGN KEY (server_id, passage_id) REFERENCES passage (server_id, id) ON DELETE CASCADE
);

CREATE TABLE passage_tokens (
    server_id  text COLLATE "C" NOT NULL,
    passage_id bigint NOT NULL,
    data       bytea NOT NULL,
    PRIMARY KEY (server_id, passage_id),
    FOREIGN KEY (server_id, passage_id) REFERENCES passage (server_id, id) ON DELETE CASCADE
);

CREATE TABLE embedder (
    server_id text COLLATE "C" NOT NULL,
    id        bigint NOT NULL,
    model     text NOT NULL,
    dimension bigint NOT NULL,
    PRIMARY KEY (server_id, id),
    UNIQUE (server_id, model, dimension)
);

CREATE TABLE vector (
    server_id   text COLLATE "C" NOT NULL,
    embedder_id bigint NOT NULL,
    passage_id  bigint NOT NULL,
    data        bytea NOT NULL,
    PRIMARY KEY (server_id, embedder_id, passage_id),
    FOREIGN KEY (server_id, embedder_id) REFERENCES embedder (server_id, id),
    FOREIGN KEY (server_id, passage_id) REFERENCES passage (server_id, id) ON DELETE CASCADE
);
CREATE INDEX vector_passage ON vector (server_id, passage_id);
ALTER TABLE vector ALTER COLUMN data SET STORAGE PLAIN;  -- 516 bytes, which don't compress

CREATE TABLE segment (
    server_id      text COLLATE "C" NOT NULL,
    id             bigint NOT NULL,
    level          bigint NOT NULL,
    tokens_version bigint NOT NULL,
    first          bigint NOT NULL,
    last           bigint NOT NULL,
    PRIMARY KEY (server_id, id)
);

CREATE TABLE posting (
    server_id  text COLLATE "C" NOT NULL,
    term       text COLLATE "C" NOT NULL,
    segment_id bigint NOT NULL,
    data       bytea NOT NULL,
    PRIMARY KEY (server_id, term, segment_id),
    FOREIGN KEY (server_id, segment_id) REFERENCES segment (server_id, id) ON DELETE CASCADE
);
CREATE INDEX posting_segment ON posting (server_id, segment_id);

CREATE TABLE tag (
    server_id  text COLLATE "C" NOT NULL,
    article_id bigint NOT NULL,
    name       text NOT NULL,
    PRIMARY KEY (server_id, article_id, name),
    FOREIGN KEY (server_id, article_id) REFERENCES article (server_id, id) ON DELETE CASCADE
);
CREATE INDEX tag_name ON tag (server_id, name);

CREATE TABLE answer (
    server_id        text COLLATE "C" NOT NULL,
    id               bigint NOT NULL,
    asker_id         bigint,
    channel_id       bigint,
    given_at         text COLLATE "C" NOT NULL,
    event_id         bigint,
    private          boolean NOT NULL,
    question         text NOT NULL,
    standalone       text NOT NULL,
    body             text NOT NULL,
    waits            boolean NOT NULL,
    withheld         text NOT NULL DEFAULT '[]',
    alert_article_id bigint,
    PRIMARY KEY (server_id, id)
);
CREATE UNIQUE INDEX answer_event ON answer (server_id, event_id) WHERE event_id IS NOT NULL;
CREATE INDEX answer_asker ON answer (server_id, asker_id, id);
CREATE INDEX answer_channel ON answer (server_id, channel_id, id);
CREATE INDEX answer_waits ON answer (server_id, id) WHERE waits;
CREATE INDEX answer_unforgotten ON answer (server_id, given_at)
WHERE question <> '' OR body <> '' OR standalone <> '' OR event_id IS NOT NULL OR asker_id IS NOT NULL;

CREATE TABLE citation (
    server_id  text COLLATE "C" NOT NULL,
    answer_id  bigint NOT NULL,
    n          bigint NOT NULL,
    version_id bigint NOT NULL,
    start      bigint NOT NULL,
    "end"      bigint NOT NULL,
    PRIMARY KEY (server_id, answer_id, n),
    FOREIGN KEY (server_id, answer_id) REFERENCES answer (server_id, id) ON DELETE CASCADE,
    FOREIGN KEY (server_id, version_id) REFERENCES version (server_id, id) ON DELETE CASCADE
);
CREATE INDEX citation_version ON citation (server_id, version_id);

-- No reference to the article: an id that is gone must stay known.
CREATE TABLE answer_article (
    server_id  text COLLATE "C" NOT NULL,
    answer_id  bigint NOT NULL,
    article_id bigint NOT NULL,
    PRIMARY KEY (server_id, answer_id, article_id),
    FOREIGN KEY (server_id, answer_id) REFERENCES answer (server_id, id) ON DELETE CASCADE
);
CREATE INDEX answer_article_article ON answer_article (server_id, article_id);

CREATE TABLE answer_scope (
    server_id  text COLLATE "C" NOT NULL,
    answer_id  bigint NOT NULL,
    channel_id bigint NOT NULL,
    PRIMARY KEY (server_id, answer_id, channel_id),
    FOREIGN KEY (server_id, answer_id) REFERENCES answer (server_id, id) ON DELETE CASCADE
);

CREATE TABLE feedback (
    server_id text COLLATE "C" NOT NULL,
    answer_id bigint NOT NULL,
    user_id   bigint NOT NULL,
    kind      text NOT NULL CHECK (kind IN
        ('helpful', 'wrong source', 'unsupported', 'missing', 'outdated', 'other')),
    given_at  text NOT NULL,
    PRIMARY KEY (server_id, answer_id, user_id),
    FOREIGN KEY (server_id, answer_id) REFERENCES answer (server_id, id) ON DELETE CASCADE
);

-- No triggers here, which Citus does not distribute: the queries that blank an answer or take a
-- rating back delete its case.
CREATE TABLE feedback_case (
    server_id text COLLATE "C" NOT NULL,
    answer_id bigint NOT NULL,
    kept_at   text NOT NULL,
    details   text NOT NULL,
    PRIMARY KEY (server_id, answer_id),
    FOREIGN KEY (server_id, answer_id) REFERENCES answer (server_id, id) ON DELETE CASCADE
);

CREATE TABLE answer_card (
    server_id  text COLLATE "C" NOT NULL,
    answer_id  bigint NOT NULL,
    position   bigint NOT NULL,
    channel_id bigint NOT NULL,
    message_id bigint NOT NULL,
    PRIMARY KEY (server_id, answer_id, position),
    FOREIGN KEY (server_id, answer_id) REFERENCES answer (server_id, id) ON DELETE CASCADE
);

CREATE TABLE answer_nearest (
    server_id  text COLLATE "C" NOT NULL,
    answer_id  bigint NOT NULL,
    article_id bigint NOT NULL,
    PRIMARY KEY (server_id, answer_id, article_id),
    FOREIGN KEY (server_id, answer_id) REFERENCES answer (server_id, id) ON DELETE CASCADE,
    FOREIGN KEY (server_id, article_id) REFERENCES article (server_id, id) ON DELETE CASCADE
);
CREATE INDEX answer_nearest_article ON answer_nearest (server_id, article_id);

CREATE TABLE article_card (
    server_id  text COLLATE "C" NOT NULL,
    article_id bigint NOT NULL,
    message_id bigint NOT NULL,
    channel_id bigint NOT NULL,
    PRIMARY KEY (server_id, article_id, message_id),
    FOREIGN KEY (server_id, article_id) REFERENCES article (server_id, id) ON DELETE CASCADE
);
CREATE INDEX article_card_message ON article_card (server_id, message_id);

CREATE TABLE due_card (
    server_id  text COLLATE "C" NOT NULL,
    message_id bigint NOT NULL,
    channel_id bigint NOT NULL,
    is_answer  boolean NOT NULL,
    PRIMARY KEY (server_id, message_id)
);

-- owner: the process that has a running job, a lease of kind "process".
CREATE TABLE job (
    server_id    text COLLATE "C" NOT NULL,
    id           bigint NOT NULL,
    event_id     bigint,
    submitter_id bigint,
    state        text NOT NULL DEFAULT 'queued'
                 CHECK (state IN ('queued', 'running', 'done', 'refused', 'cancelled')),
    owner        text,
    failures     bigint NOT NULL DEFAULT 0,
    interrupted  bigint NOT NULL DEFAULT 0,
    not_before   double precision NOT NULL,
    ended_at     double precision,
    article_id   bigint,
    status       text NOT NULL DEFAULT '',
    code         text NOT NULL DEFAULT '',
    reason       text NOT NULL DEFAULT '',
    details      text NOT NULL,
    is_text      boolean NOT NULL,
    data         bytea,
    message_id   bigint,
    withdrawn    boolean NOT NULL DEFAULT false,
    attached_to  bigint,
    name         text NOT NULL DEFAULT '',
    PRIMARY KEY (server_id, id),
    UNIQUE (server_id, event_id),
    FOREIGN KEY (server_id, article_id) REFERENCES article (server_id, id) ON DELETE CASCADE
);
CREATE INDEX job_pending ON job (server_id, id) WHERE ended_at IS NULL;
CREATE INDEX job_ended ON job (server_id, ended_at) WHERE ended_at IS NOT NULL;
CREATE INDEX job_article ON job (server_id, article_id) WHERE article_id IS NOT NULL;
CREATE INDEX job_message ON job (server_id, message_id) WHERE message_id IS NOT NULL;
CREATE INDEX job_attached ON job (server_id, attached_to) WHERE attached_to IS NOT NULL;

CREATE TABLE job_card (
    server_id  text COLLATE "C" NOT NULL,
    job_id     bigint NOT NULL,
    channel_id bigint NOT NULL,
    message_id bigint NOT NULL,
    name       text NOT NULL,
    PRIMARY KEY (server_id, job_id),
    FOREIGN KEY (server_id, job_id) REFERENCES job (server_id, id) ON DELETE CASCADE
);

CREATE TABLE recognized_page (
    server_id text COLLATE "C" NOT NULL,
    job_id    bigint NOT NULL,
    page      bigint NOT NULL,
    text      text NOT NULL,
    PRIMARY KEY (server_id, job_id, page),
    FOREIGN KEY (server_id, job_id) REFERENCES job (server_id, id) ON DELETE CASCADE
);

CREATE TABLE charge (
    server_id         text COLLATE "C" NOT NULL,
    id                bigint NOT NULL,
    day               text COLLATE "C" NOT NULL,
    event_id          bigint,
    user_id           bigint,
    prompt_tokens     bigint NOT NULL,
    completion_tokens bigint NOT NULL,
    cost              bigint,
    kind              text NOT NULL,
    outcome           text,
    seconds           double precision,
    PRIMARY KEY (server_id, id)
);
CREATE INDEX charge_day ON charge (server_id, day) INCLUDE (user_id, prompt_tokens, completion_tokens, cost);
CREATE UNIQUE INDEX charge_event ON charge (server_id, event_id) WHERE event_id IS NOT NULL;

CREATE TABLE erasure (
    server_id text COLLATE "C" NOT NULL,
    number    bigint NOT NULL,
    kind      text NOT NULL,
    id        bigint NOT NULL,
    at        double precision NOT NULL,
    PRIMARY KEY (server_id, number)
);

CREATE TABLE setting_change (
    server_id text COLLATE "C" NOT NULL,
    id        bigint NOT NULL,
    at        text NOT NULL,
    user_id   bigint,
    user_name text NOT NULL,
    name      text NOT NULL,
    value     text NOT NULL,
    PRIMARY KEY (server_id, id)
);
CREATE INDEX setting_change_name ON setting_change (server_id, name, id);

CREATE TABLE question_count (
    server_id text COLLATE "C" NOT NULL,
    day       text COLLATE "C" NOT NULL,
    user_id   bigint NOT NULL,
    questions bigint NOT NULL,
    PRIMARY KEY (server_id, day, user_id)
);

CREATE TABLE approval (
    server_id  text COLLATE "C" NOT NULL,
    article_id bigint NOT NULL,
    asked_at   text NOT NULL,
    channel_id bigint,
    message_id bigint,
    PRIMARY KEY (server_id, article_id),
    FOREIGN KEY (server_id, article_id) REFERENCES article (server_id, id) ON DELETE CASCADE
);

CREATE TABLE blocked_address (
    server_id  text COLLATE "C" NOT NULL,
    address    text NOT NULL,
    blocked_at text NOT NULL,
    PRIMARY KEY (server_id, address)
);

-- A second lock behind the queries' own conditions, also for the tables' owner. The bot's own data
-- is read over all servers by a transaction that names "*"; a library's never is.
DO $$
DECLARE
    protected text;
BEGIN
    FOREACH protected IN ARRAY ARRAY[
        'library', 'membership', 'erased_library', 'question', 'library_state', 'article', 'version',
        'minhash', 'passage', 'sentence', 'passage_tokens', 'embedder', 'vector', 'segment', 'posting',
        'tag', 'answer', 'citation', 'answer_article', 'answer_scope', 'feedback', 'feedback_case',
        'answer_card', 'answer_nearest', 'article_card', 'due_card', 'job', 'job_card',
        'recognized_page', 'charge', 'erasure', 'setting_change', 'question_count', 'approval',
        'blocked_address']
    LOOP
        EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', protected);
        EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', protected);
        EXECUTE format(
            'CREATE POLICY of_server ON %I USING (server_id = current_setting(''footnote.server'', true)%s)',
            protected,
            CASE WHEN protected IN ('library', 'membership', 'erased_library', 'question')
                 THEN ' OR current_setting(''footnote.server'', true) = ''*''' ELSE '' END);
        -- What was deleted is vacuumed at the next round of autovacuum (a minute), not after 20 %.
        EXECUTE format(
            'ALTER TABLE %I SET (autovacuum_vacuum_threshold = 0, autovacuum_vacuum_scale_factor = 0)',
            protected);
    END LOOP;
END $$;
