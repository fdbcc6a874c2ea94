"""Commands: what editors and operators type, with the real content, engine and database."""

import json
import shutil
import subprocess
import sys
import zipfile
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from sqlalchemy import insert, select, update

from webapp import cli, create_app
from webapp.db import Database
from webapp.settings import ROOT, Settings
from webapp.tables import delivery, milliseconds, ticket


@pytest.fixture
def content(tmp_path: Path) -> Path:
    """A copy of the real content, to be spoiled."""
    return Path(shutil.copytree(ROOT / "content", tmp_path / "content"))


@pytest.fixture
def environment(tmp_path: Path, content: Path) -> dict[str, str]:
    return {
        "GUICHET_DATA": str(tmp_path / "var"),
        "GUICHET_CONTENT": str(content),
        "GUICHET_INDEX": str(tmp_path / "index"),
        "GUICHET_ENV": "development",
    }


def run(environment: dict[str, str], *arguments: str) -> Result:
    return CliRunner(env=environment).invoke(cli.main, list(arguments))


def spoil(content: Path) -> Path:
    article = next((content / "fr" / "cartes").glob("*.md"))
    article.write_text(article.read_text(encoding="utf-8").replace("question:", "qestion:", 1), encoding="utf-8")
    return article


def test_check_content_explains_a_mistake_with_its_file_and_fails(environment: dict[str, str], content: Path) -> None:
    assert run(environment, "check-content").exit_code == 0
    article = spoil(content)
    refused = run(environment, "check-content")
    assert refused.exit_code == 1
    assert article.name in refused.output
    assert "erreur" in refused.output


def test_check_content_speaks_json_and_checks_another_folder(environment: dict[str, str], content: Path) -> None:
    spoil(content)
    refused = run(environment, "check-content", "--json")
    assert refused.exit_code == 1
    body = json.loads(refused.output)
    assert body["errors"] == len([each for each in body["problems"] if each["severity"] == "error"]) > 0
    good = run(environment, "check-content", "--json", "--content", str(ROOT / "content"))
    assert good.exit_code == 0
    assert json.loads(good.output)["errors"] == 0


def test_publish_puts_good_content_online_and_refuses_bad(
    environment: dict[str, str], content: Path, tmp_path: Path
) -> None:
    first = run(environment, "publish")
    assert first.exit_code == 0, first.output
    pointer = (tmp_path / "index" / "current").read_text().strip()
    assert f"En ligne : version {pointer}." in first.output
    assert "Déjà en ligne" in run(environment, "publish").output
    spoil(content)
    refused = run(environment, "publish")
    assert refused.exit_code == 1
    assert "Rien n'a changé en ligne." in refused.output
    assert (tmp_path / "index" / "current").read_text().strip() == pointer


def test_evaluate_prints_the_figures_of_the_engine(tmp_path: Path) -> None:
    articles, queries = tmp_path / "articles.jsonl", tmp_path / "queries.jsonl"
    articles.write_text(
        "".join(
            json.dumps({"id": id, "title": title, "body": title, "lang": "fr", "theme": "cartes"}) + "\n"
            for id, title in [("a", "J'ai perdu ma carte bancaire"), ("b", "Faire un virement à l'étranger")]
        ),
        encoding="utf-8",
    )
    queries.write_text(
        json.dumps({"id": "q", "query": "carte perdue", "expected": ["a"], "lang": "fr"}) + "\n", encoding="utf-8"
    )
    done = CliRunner().invoke(cli.main, ["evaluate", "--articles", str(articles), "--queries", str(queries), "--json"])
    assert done.exit_code == 0, done.output
    figures = json.loads(done.output)
    assert figures["n"] == 1
    assert {"n", "top1", "top3", "top5", "mrr5", "p50_ms", "p95_ms", "p99_ms", "build_s", "index_mb"} <= set(figures)


def test_evaluate_names_the_line_of_a_malformed_set(tmp_path: Path) -> None:
    broken = tmp_path / "broken.jsonl"
    broken.write_text("{}\n", encoding="utf-8")
    refused = CliRunner().invoke(cli.main, ["evaluate", "--articles", str(broken), "--queries", str(broken)])
    assert refused.exit_code == 1
    assert refused.output.startswith("Error: broken.jsonl, line 1")


class TestRoute:
    def ask(self, environment: dict[str, str], content: Path, tmp_path: Path, rule: str) -> Result:
        (content / "routes.yaml").write_text(rule, encoding="utf-8")
        (tmp_path / "d.toml").write_text('[rt]\nkind = "mail"\nto = "rt@bank.example"\n', encoding="utf-8")
        environment["GUICHET_DESTINATIONS"] = str(tmp_path / "d.toml")
        assert run(environment, "publish").exit_code == 0
        return run(environment, "route", "--nature", "complaint", "--theme", "cartes")

    def test_it_says_in_french_which_rule_won_and_why(
        self, environment: dict[str, str], content: Path, tmp_path: Path
    ) -> None:
        rule = "rules: [{name: Plaintes, nature: [complaint], to: [rt]}]\n"
        done = self.ask(environment, content, tmp_path, rule)
        assert done.exit_code == 0, done.output
        assert done.output.splitlines() == [
            "Règle 1 « Plaintes » (routes.yaml, ligne 1) : elle l'emporte, la nature est « complaint ».",
            "Destinations : rt.",
        ]

    def test_a_destination_that_does_not_exist_here_is_said(
        self, environment: dict[str, str], content: Path, tmp_path: Path
    ) -> None:
        done = self.ask(environment, content, tmp_path, "default: [rt-plaintes]\n")
        assert done.exit_code == 1
        assert "« rt-plaintes » n'existe pas ici" in done.output

    def test_before_the_first_publication_it_says_what_to_do(self, environment: dict[str, str]) -> None:
        refused = run(environment, "route", "--nature", "complaint")
        assert refused.exit_code == 1
        assert "flask publish" in refused.output


class Outbox:
    """One request refused for good, one acknowledgement still due."""

    @pytest.fixture
    def database(self, environment: dict[str, str], tmp_path: Path) -> Database:
        assert run(environment, "upgrade").exit_code == 0
        return Database(f"sqlite:///{tmp_path / 'var' / 'guichet.sqlite3'}")

    def fill(self, database: Database) -> None:
        since = datetime.now(UTC) - timedelta(hours=3, minutes=5)
        moment = round(since.timestamp() * 1000)
        row = {"form_key": "f", "body_digest": "", "nature": "question", "theme": "", "language": "fr"}
        row |= {"surface": "hub", "state": "open", "sealed_person": b"canary"}
        with database.transaction() as connection:
            connection.execute(insert(ticket), row | {"id": "t", "reference": "7K4M-29XQ-C", "created_at": moment})
            for kind, state, reason in (("request", "failed", "smtp-550"), ("acknowledgement", "due", "smtp-451")):
                values = {"key": f"7K4M-29XQ-C:{kind}", "ticket_id": "t", "kind": kind, "destination": "smtp"}
                values |= {"state": state, "due_at": moment, "attempts": 4, "reason": reason}
                connection.execute(insert(delivery), values)


class TestDeliveries(Outbox):
    def test_the_list_shows_codes_and_ages_and_nothing_of_the_customer(
        self, environment: dict[str, str], database: Database
    ) -> None:
        self.fill(database)
        shown = run(environment, "deliveries")
        assert shown.exit_code == 0, shown.output
        dead, due, total = shown.output.splitlines()
        assert dead.split()[:3] == ["failed", "7K4M-29XQ-C:request", "request"]
        assert "smtp-550" in dead
        assert "3 h 05" in dead
        assert due.startswith("due")
        assert total == "Due: 1 (oldest: 3 h 05). Dead letters: 1."
        database.dispose()

    def test_dead_letters_are_resent_one_or_all(self, environment: dict[str, str], database: Database) -> None:
        self.fill(database)
        unknown = run(environment, "deliveries", "--resend", "nothing")
        assert unknown.exit_code == 1
        assert "No dead letter has the key nothing." in unknown.output
        assert run(environment, "deliveries", "--resend", "7K4M-29XQ-C:request").output == "Due again: 1.\n"
        assert run(environment, "deliveries", "--resend", "all").output == "Due again: 0.\n"
        with database.reading() as connection:
            states = connection.execute(select(delivery.c.state, delivery.c.attempts).order_by(delivery.c.id)).all()
        assert [tuple(each) for each in states] == [("due", 1), ("due", 4)]  # 1: it may have arrived
        database.dispose()


class TestPurge(Outbox):
    def test_it_counts_what_went_and_shows_the_oldest_left_without_content(
        self, environment: dict[str, str], database: Database
    ) -> None:
        self.fill(database)
        long_ago = datetime.now(UTC) - timedelta(days=91)  # nobody has closed them
        with database.transaction() as connection:
            connection.execute(update(ticket).values(created_at=milliseconds(long_ago)))
        held = run(environment, "purge")
        assert held.exit_code == 0, held.output
        assert "Kept beyond their period: 1 for a dead letter, 1 for a sending still due." in held.output
        assert f"Oldest ticket with words: {long_ago:%Y-%m-%d %H:%M} UTC." in held.output
        assert "canary" not in held.output

        with database.transaction() as connection:
            connection.execute(update(delivery).values(state="delivered", delivered_at=milliseconds(long_ago)))
        done = run(environment, "purge").output
        assert done.startswith("Tickets emptied of words and person: 1. Tickets deleted: 0.\n")
        assert "Oldest ticket with words: none." in done
        assert f"Oldest ticket: {long_ago:%Y-%m-%d %H:%M} UTC." in done
        database.dispose()

    def test_a_dead_letter_is_abandoned_by_its_key(self, environment: dict[str, str], database: Database) -> None:
        self.fill(database)
        assert run(environment, "deliveries", "--abandon", "acknowledgements").output == "Abandoned: 0.\n"
        assert run(environment, "deliveries", "--abandon", "7K4M-29XQ-C:acknowledgement").exit_code == 1  # still due
        assert run(environment, "deliveries", "--abandon", "7K4M-29XQ-C:request").output == "Abandoned: 1.\n"
        assert "Dead letters: 0." in run(environment, "deliveries").output
        assert run(environment, "deliveries", "--resend", "all").output == "Due again: 0.\n"
        database.dispose()


def test_settings_lists_every_option_as_text_and_as_a_page(environment: dict[str, str]) -> None:
    assert "GUICHET_SMTP_HOST=" in run(environment, "settings").output
    page = run(environment, "settings", "--markdown").output
    rows = [line for line in page.splitlines() if line.startswith("| `GUICHET_")]
    assert len(rows) == len(Settings.__dataclass_fields__)
    assert all(row.count("|") == 5 for row in rows)


def test_new_key_prints_two_halves_that_settings_accept() -> None:
    from webapp.confidential.safe import Safe

    def printed(*words: str) -> dict[str, str]:
        lines = CliRunner().invoke(cli.main, ["new-key", *words]).output.splitlines()
        return dict(line.split("=", 1) for line in lines if not line.startswith("#"))

    first, second, named = printed(), printed(), printed("--id", "november")
    assert first != second
    assert named["GUICHET_SEALING_KEY"].startswith("november:")
    both = Safe.from_setting(
        f"{named['GUICHET_OPENING_KEYS']},{first['GUICHET_OPENING_KEYS']}", sealing=named["GUICHET_SEALING_KEY"]
    )
    assert both.open(Safe.sealing_only(first["GUICHET_SEALING_KEY"]).seal(b"x", "a/b/c"), "a/b/c") == b"x"


def test_new_key_refuses_a_name_that_no_setting_could_hold() -> None:
    assert CliRunner().invoke(cli.main, ["new-key", "--id", "a,b"]).exit_code == 1


def test_a_missing_setting_is_named_without_a_trace(environment: dict[str, str]) -> None:
    refused = run(environment | {"GUICHET_ENV": "production", "GUICHET_SECRET_KEY": ""}, "publish")
    assert refused.exit_code == 1
    assert "GUICHET_SECRET_KEY" in refused.output
    assert "Traceback" not in refused.output


def test_flask_runs_the_commands_with_the_application_s_own_settings(tmp_path: Path, content: Path) -> None:
    settings = Settings.from_environ(
        {
            "GUICHET_DATA": str(tmp_path / "var"),
            "GUICHET_CONTENT": str(content),
            "GUICHET_INDEX": str(tmp_path / "of the application"),
        }
    )
    done = create_app(settings).test_cli_runner().invoke(args=["publish"])
    assert done.exit_code == 0, done.output
    assert (tmp_path / "of the application" / "current").exists()


def test_the_delivery_worker_loads_neither_web_nor_search_nor_markdown() -> None:
    code = (
        "import sys, webapp.delivery.service, webapp.cli\n"
        "loaded = {name.partition('.')[0] for name in sys.modules}\n"
        "print(sorted(loaded & {'flask', 'whoosh', 'markdown_it', 'nh3', 'holidays', 'watchfiles', 'alembic'}))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT, check=True)
    assert done.stdout == "[]\n"


class TestRotateKeys:
    def test_says_what_it_did_and_which_keys_are_still_needed(self, environment: dict[str, str]) -> None:
        from webapp.confidential.safe import Safe, new_key, public_half
        from webapp.tables import ticket

        old, new = new_key("old"), new_key("new")
        run(environment, "upgrade")
        database = Database(Settings.from_environ(environment).database)
        row = {"id": "t1", "reference": "r", "form_key": "f", "body_digest": "d", "nature": "question", "theme": ""}
        row |= {"language": "fr", "surface": "hub", "state": "received", "created_at": 1}
        sealed = Safe.from_setting(old).seal(b"{}", "ticket/t1/sealed_person")
        with database.transaction() as connection:
            connection.execute(ticket.insert(), row | {"sealed_person": sealed})
        database.dispose()
        keys = {"GUICHET_SEALING_KEY": public_half(new), "GUICHET_OPENING_KEYS": new}
        lost = run(environment | keys, "rotate-keys")
        assert lost.exit_code == 1
        assert "Left as it is: ticket/t1/sealed_person, key old: UnknownKey" in lost.output
        assert "Key old: 1 values." in run(environment | keys, "rotate-keys", "--check").output
        done = run(environment | keys | {"GUICHET_OPENING_KEYS": f"{new},{old}"}, "rotate-keys")
        assert (done.exit_code, done.output) == (0, "Sealed again: 1.\nKey new: 1 values.\n")


class TestPerson:
    def kept(self, environment: dict[str, str], *, with_files: bool = False) -> str:
        """A request handed in with the settings of these tests; its reference."""
        from tests.tickets.conftest import Counter
        from tests.tickets.test_attachments import arrived
        from webapp.confidential.digest import Digester
        from webapp.confidential.safe import Safe
        from webapp.tables import delivery
        from webapp.tickets.attachments import not_taken
        from webapp.tickets.filestore import Store

        run(environment, "upgrade")
        settings = Settings.from_environ(environment)
        database = Database(settings.database)
        counter = Counter(database, safe=Safe.of(settings), digester=Digester(settings.lookup_key))
        store = Store(settings.files_folder, settings.files_quota)
        files = (arrived(store, "relevé.pdf", b"%PDF-1.7 mine"), not_taken("contrat.docx")) if with_files else ()
        reference = counter.submit(files=files).reference
        with database.transaction() as connection:
            connection.execute(delivery.update().values(state="delivered", delivered_at=1))
        database.dispose()
        return reference

    def test_is_given_out_into_a_file_for_its_owner_alone(self, environment: dict[str, str], tmp_path: Path) -> None:
        reference, file = self.kept(environment), tmp_path / "person.json"
        done = run(environment, "person", "export", "--email", "zoe@customer.example", "--output", str(file))
        assert done.exit_code == 0, done.output
        assert file.stat().st_mode & 0o777 == 0o600
        assert json.loads(file.read_text(encoding="utf-8"))["requests"][0]["reference"] == reference
        assert "Zoé" not in done.output

    def test_files_are_given_out_beside_the_data_or_in_one_archive(
        self, environment: dict[str, str], tmp_path: Path
    ) -> None:
        reference = self.kept(environment, with_files=True)
        asking = ["person", "export", "--email", "zoe@customer.example"]
        named = run(environment, *asking)
        assert "Files named and not written: 2." in named.stderr
        assert "relevé.pdf" in named.stdout
        done = run(environment, *asking, "--output", str(tmp_path / "person.json"))
        assert "Files: 1." in done.stderr, done.output
        told = json.loads((tmp_path / "person.json").read_text(encoding="utf-8"))["requests"][0]["files"]
        assert [(each["name"], each["taken"], each["path"]) for each in told] == [
            ("relevé.pdf", True, f"{reference}/01-relevé.pdf"),
            ("contrat.docx", False, None),
        ]
        written = tmp_path / "person-files" / told[0]["path"]
        assert written.read_bytes() == b"%PDF-1.7 mine"
        assert [each.stat().st_mode & 0o777 for each in (written, written.parent)] == [0o600, 0o700]
        again = run(environment, *asking, "--output", str(tmp_path / "person.json"))
        assert again.exit_code == 1
        assert "files of two persons must not meet there" in again.output
        run(environment, *asking, "--output", str(tmp_path / "zoe.zip"))
        with zipfile.ZipFile(tmp_path / "zoe.zip") as archive:
            assert archive.namelist() == [f"zoe/files/{reference}/01-relevé.pdf", "zoe/zoe.json"]
            assert archive.read(archive.namelist()[0]) == b"%PDF-1.7 mine"
        assert (tmp_path / "zoe.zip").stat().st_mode & 0o777 == 0o600

    def test_files_are_gone_from_the_disk_when_it_is_erased(self, environment: dict[str, str]) -> None:
        from webapp.tickets.filestore import Store

        self.kept(environment, with_files=True)
        settings = Settings.from_environ(environment)
        store = Store(settings.files_folder, settings.files_quota)
        assert len(store.ids()) == 1
        assert run(environment, "person", "erase", "--email", "zoe@customer.example", "--yes").exit_code == 0
        assert store.ids() == []

    def test_is_erased_once_it_is_confirmed(self, environment: dict[str, str]) -> None:
        self.kept(environment)
        erased = run(environment, "person", "erase", "--email", "zoe@customer.example", "--yes")
        assert (erased.exit_code, erased.output) == (0, "Requests deleted: 1.\n")
        assert '"requests": []' in run(environment, "person", "export", "--email", "zoe@customer.example").output
        assert "erased           1" in run(environment, "purge", "--proofs", "2").output
