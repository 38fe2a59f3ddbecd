"""The command line, through its door: what it prints, as JSON and for people, and its status."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from bot.__main__ import main
from bot.ingest import READER_VERSION, outdated, pipeline
from bot.settings import Settings
from bot.terminal import commands
from bot.text.tokenize import TOKENS_VERSION
from tests.ingest.test_mail import attach, message
from tests.store.outdated import outdate

TEXT = (
    "Joint Mars mission floated\n\nKirill Dmitriev heads the Russian Direct Investment Fund. "
    "He attended Harvard and Stanford. The year 2029 was suggested for the mission."
)


@pytest.fixture
def article(tmp_path: Path) -> Path:
    path = tmp_path / "mars.txt"
    path.write_text(TEXT, "utf-8")
    return path


def run(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, Any]:
    """Exit status and the one JSON document."""
    status = main([*arguments, "--json"])
    return status, json.loads(capsys.readouterr().out)


def test_added_asked_shown_and_removed(capsys: pytest.CaptureFixture[str], article: Path) -> None:
    status, added = run(capsys, "add", str(article))
    (row,) = added["articles"]
    assert (status, row["id"], row["version"], row["status"]) == (0, 1, 1, "added")
    assert (row["source"], row["title"]) == (str(article), "Joint Mars mission floated")
    assert row["characters"] == len(TEXT)

    status, answer = run(capsys, "ask", "Who heads the Russian Direct Investment Fund?")
    (citation,) = answer["citations"]
    assert (status, answer["answered"], answer["mode"]) == (0, True, "quotes")
    assert answer["answer"].endswith("Direct Investment Fund.¹")
    assert (answer["supported"], answer["sentences"]) == (1, 1)

    _, shown = run(capsys, "show", "1")
    assert shown["text"][citation["start"] : citation["end"]] == citation["quote"]
    assert [v["version"] for v in shown["versions"]] == [1]

    status, listed = run(capsys, "list")
    assert [a["title"] for a in listed["articles"]] == ["Joint Mars mission floated"]

    status, removed = run(capsys, "remove", "1", "7")
    assert (status, removed) == (1, {"removed": [1]})
    assert run(capsys, "list")[1] == {"articles": []}


def test_a_question_that_the_library_does_not_answer_is_done(
    capsys: pytest.CaptureFixture[str], article: Path
) -> None:
    run(capsys, "add", str(article))

    status, answer = run(capsys, "ask", "How tall is the Eiffel Tower?")

    assert (status, answer["answered"], answer["citations"]) == (0, False, [])
    assert (answer["state"], answer["nearest"]) == ("nothing", [])  # nothing is near


def test_search_gives_the_best_passages(capsys: pytest.CaptureFixture[str], article: Path) -> None:
    run(capsys, "add", str(article))

    _, found = run(capsys, "search", "Dmitriev's fund", "-k", "1")

    (hit,) = found["hits"]
    assert hit["text"] == TEXT[hit["start"] : hit["end"]]
    assert 0 <= found["answerable"] <= 1


def test_one_bad_source_does_not_stop_the_others(
    capsys: pytest.CaptureFixture[str], article: Path, tmp_path: Path
) -> None:
    status, added = run(capsys, "add", str(tmp_path / "no.txt"), str(article), str(article))

    assert status == 1
    assert [row["status"] for row in added["articles"]] == ["refused", "added", "duplicate"]
    assert added["articles"][0]["reason"].startswith("The file can't be read: ")


def test_what_is_attached_to_a_mail_is_added_after_it(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    mail = message("The plan is attached.", "The harbour")
    attach(mail, TEXT.encode(), "mars.txt", "text/plain")
    attach(mail, b"%PDF-1.4 broken", "plan.pdf", "application/pdf")
    path = tmp_path / "a.eml"
    path.write_bytes(mail.as_bytes())

    status, added = run(capsys, "add", str(path))

    rows = [(row["status"], row["title"]) for row in added["articles"]]
    assert rows == [
        ("added", "The harbour"),
        ("added", "Joint Mars mission floated"),
        ("refused", None),
    ]
    assert status == 1
    assert added["articles"][2]["source"] == f"plan.pdf, attached to {path}"


@pytest.mark.parametrize("name", ["nonexist.pdf", "notes.md", "Budget.XLSX", "mail.eml"])
def test_a_missing_file_is_not_taken_for_a_site(
    capsys: pytest.CaptureFixture[str], name: str
) -> None:
    _status, added = run(capsys, "add", name)
    assert added["articles"][0]["reason"] == "The file can't be read: No such file or directory."


def _probes(path: Path, pictures: int) -> str:
    ordinals = ("first", "second", "third", "fourth", "fifth", "sixth", "seventh")
    lines = (
        f"The {n} probe reached Mars in {1960 + i} and sent {i * 7 + pictures} pictures home."
        for i, n in enumerate(ordinals)
    )
    path.write_text(" ".join(lines), "utf-8")
    return str(path)


def test_almost_the_same_text_is_told_and_stored_on_demand(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    text = _probes(tmp_path / "a.txt", 3)
    other = tmp_path / "b.txt"
    other.write_text(Path(text).read_text("utf-8").replace("fourth probe", "4th probe"), "utf-8")
    run(capsys, "add", text)

    status, told = run(capsys, "add", str(other))
    (row,) = told["articles"]
    assert (status, row["status"], row["id"]) == (0, "similar", 1)
    assert "% the same as article 1" in row["reason"]

    _, kept = run(capsys, "add", str(other), "--keep-similar")
    assert (kept["articles"][0]["status"], kept["articles"][0]["id"]) == ("added", 2)


def test_what_was_not_fetched_cannot_be_refreshed(
    capsys: pytest.CaptureFixture[str], article: Path
) -> None:
    run(capsys, "add", str(article))
    assert run(capsys, "refresh") == (0, {"articles": []})
    status, failed = run(capsys, "refresh", "1")
    assert (status, failed["error"]["code"]) == (1, "article_not_found")


def test_many_sources_end_in_a_table(capsys: pytest.CaptureFixture[str], article: Path) -> None:
    assert main(["add", str(article), str(article), "nowhere.txt"]) == 1
    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[0] for line in lines[:3]] == ["added", "duplicate", "refused"]
    assert lines[-1] == "1 added, 1 duplicate, 1 refused"


def test_a_folder_is_every_file_in_it(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    folder = tmp_path / "texts"
    (folder / "more").mkdir(parents=True)
    (folder / "b.txt").write_text("Bread is baked at four.", "utf-8")
    (folder / "more" / "a.md").write_text("# Mars\n\nMars is cold.", "utf-8")
    (folder / ".hidden.txt").write_text("Never seen.", "utf-8")

    status, added = run(capsys, "add", str(folder))

    assert status == 0
    assert [row["title"] for row in added["articles"]] == ["Bread is baked at four.", "Mars"]


@pytest.mark.parametrize("address", ["http://127.0.0.1/a", "http://[::1]/", "http://2130706433/"])
def test_an_address_that_is_not_public_is_refused_unvisited(
    capsys: pytest.CaptureFixture[str], address: str
) -> None:
    status, added = run(capsys, "add", address)

    (row,) = added["articles"]
    assert (status, row["status"], row["code"]) == (1, "refused", "address_refused")


def test_a_title_and_a_date_can_be_given(capsys: pytest.CaptureFixture[str], article: Path) -> None:
    run(capsys, "add", str(article), "--title", "Mars", "--published", "2025-03-18")

    _, listed = run(capsys, "list")

    assert listed["articles"][0]["title"] == "Mars"
    assert listed["articles"][0]["published"] == "2025-03-18"


def test_servers_have_libraries_of_their_own(
    capsys: pytest.CaptureFixture[str], article: Path
) -> None:
    run(capsys, "add", str(article), "--server", "1")

    assert run(capsys, "list", "--server", "2")[1] == {"articles": []}


def test_a_question_can_be_asked_of_some_articles_only(
    capsys: pytest.CaptureFixture[str], article: Path
) -> None:
    run(capsys, "add", str(article))
    count = "How many articles are there?"
    for limits, found in (
        (("--article", "1"), "1 article "),
        (("--article", "7"), "There are no articles "),
        (("--since", "2999"), "There are no articles "),
        (("--tag", "mars"), "There are no articles "),
    ):
        status, answer = run(capsys, "ask", count, *limits)
        assert (status, answer["mode"]) == (0, "library")
        assert answer["answer"].startswith(found)
    assert main(["ask", "mars"]) == 0
    assert "What would you" not in capsys.readouterr().out  # one article: nothing to ask back


def test_an_error_is_one_json_document_too(capsys: pytest.CaptureFixture[str]) -> None:
    status, failed = run(capsys, "show", "5")

    assert status == 1
    assert failed["error"]["code"] == "article_not_found"
    assert "no article 5" in failed["error"]["message"]


def test_people_read_words(capsys: pytest.CaptureFixture[str], article: Path) -> None:
    assert main(["list"]) == 0
    assert "The library is empty" in capsys.readouterr().out
    assert main(["add", str(article)]) == 0
    assert "added" in capsys.readouterr().out
    assert main(["ask", "Who heads the Russian Direct Investment Fund?"]) == 0
    out = capsys.readouterr().out
    assert "Fund.¹" in out
    assert "¹ Joint Mars mission floated (article 1)" in out
    assert main(["ask", "How tall is the Eiffel Tower?"]) == 0
    assert "I couldn't find a clear answer." in capsys.readouterr().out


def test_passages_get_the_vectors_of_another_embedder(
    capsys: pytest.CaptureFixture[str], article: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run(capsys, "add", str(article))
    assert run(capsys, "reembed") == (0, {"embedded": 0, "passages": 1})
    monkeypatch.setattr("bot.embedding.OfflineEmbedder.model", "another/1")
    assert run(capsys, "reembed") == (0, {"embedded": 1, "passages": 1})
    assert main(["reembed"]) == 0
    assert "Embedded: 0 of 1 passage" in capsys.readouterr().out


def test_an_error_goes_to_standard_error(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["ask", "?!"]) == 1

    captured = capsys.readouterr()
    assert captured.out == ""
    assert "What would you like to know?" in captured.err


@pytest.mark.parametrize(
    "arguments",
    [
        [],
        ["ask"],
        ["search", "x", "-k", "0"],
        ["search", "x", "-k", "many"],
        ["cite", "0"],
        ["chat", "--json"],
        ["frobnicate"],
        ["ask", "x", "--since", "yesterday"],
        ["add", "x", "--published", "2024-13-45"],
    ],
)
def test_wrong_usage_ends_with_two(
    capsys: pytest.CaptureFixture[str], arguments: list[str]
) -> None:
    with pytest.raises(SystemExit) as end:
        main(arguments)

    assert end.value.code == 2


def test_a_question_only_of_what_is_not_there_is_told_so(
    capsys: pytest.CaptureFixture[str], article: Path
) -> None:
    run(capsys, "add", str(article))
    for limits in (("--article", "9"), ("--tag", "space"), ("--since", "2999-12")):
        _, answer = run(capsys, "ask", "Who heads the fund?", *limits)
        assert not answer["answered"]
        assert answer["note"].startswith("No article matches")
    assert run(capsys, "ask", "Who heads the fund?", "--article", "1")[1]["note"] is None


def test_the_data_folder_may_be_named_before_the_command(
    capsys: pytest.CaptureFixture[str], article: Path, tmp_path: Path
) -> None:
    folder = str(tmp_path / "elsewhere")
    main(["--data", folder, "add", str(article)])
    main(["list", "--data", folder])
    assert capsys.readouterr().out.count("Joint Mars mission floated") == 2


def test_ctrl_c_is_no_traceback_even_while_starting(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def pressed() -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("bot.settings.load_env_file", pressed)
    assert main(["list"]) == 130
    assert capsys.readouterr().err == "Stopped.\n"


def test_what_an_older_version_read_is_listed_until_it_is_added_again(
    capsys: pytest.CaptureFixture[str], article: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run(capsys, "add", str(article))
    assert run(capsys, "list", "--outdated") == (0, {"articles": []})
    newer = READER_VERSION + 1
    for module in (outdated, pipeline, commands):
        monkeypatch.setattr(module, "READER_VERSION", newer)
    assert [a["id"] for a in run(capsys, "list", "--outdated")[1]["articles"]] == [1]
    main(["list", "--outdated"])
    assert "Add the same file or text again" in capsys.readouterr().out
    (row,) = run(capsys, "add", str(article))[1]["articles"]
    assert (row["id"], row["status"]) == (1, "unchanged")
    assert run(capsys, "list", "--outdated")[1] == {"articles": []}


def test_an_outdated_index_answers_and_is_renewed_behind_the_answer(
    capsys: pytest.CaptureFixture[str], article: Path, tmp_path: Path
) -> None:
    run(capsys, "add", str(article))
    (file,) = Settings().data_dir.glob("libraries/*.db")
    outdate(file)
    assert run(capsys, "ask", "Who heads the Russian Direct Investment Fund?")[1]["answered"]
    with closing(sqlite3.connect(file)) as connection:
        kept = connection.execute("SELECT DISTINCT tokens_version FROM segment").fetchall()
    assert kept == [(TOKENS_VERSION,)]


def test_articles_are_summed_up_with_footnotes_that_cite_opens(
    capsys: pytest.CaptureFixture[str], article: Path
) -> None:
    run(capsys, "add", str(article))
    status, summary = run(capsys, "summarise", "1", "--sentences", "1")
    assert (status, summary["state"], summary["mode"]) == (0, "answered", "summary")
    assert (summary["sentences"], summary["model"]) == (1, None)
    assert run(capsys, "cite", "1")[1]["quote"] == summary["citations"][0]["quote"]
    status, refused = run(capsys, "summarise", "1", "7")
    assert (status, refused["error"]["code"]) == (1, "article_not_found")
