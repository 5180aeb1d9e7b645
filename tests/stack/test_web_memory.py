"""What the web processes of `make run` take, warm."""

from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from creative_platform.stack import keys
from creative_platform.stack.ports import free_ports
from tests.bench.web.bench_memory import BUDGET_MIB, sizes, web_processes
from tests.bench.web.visitor import Visitor
from tests.factories.accounts import PASSWORD, make_user
from tests.factories.contests import make_contest
from tests.factories.entries import make_entry
from tests.factories.files import picture
from tests.factories.judging import drawn, seat
from tests.stack.running import Run

pytestmark = [pytest.mark.storage, pytest.mark.timeout(500)]

MOST_GROWTH_MIB = 4
BESIDE_MIB = 110  # the process for the upload form, while somebody sends one
FILE_BYTES = 12 * 1024 * 1024


@pytest.fixture
def run(tmp_path: Path) -> Iterator[Run]:
    running = Run(tmp_path / "var", free_ports("127.0.0.1", 1)[0])
    yield running
    running.stop()


@pytest.fixture
def everybody(run: Run, application_on) -> tuple[list[str], str]:
    """The addresses of people who see every page between them, and the entry of the last that is still a draft."""
    environment = {"VAR_DIR": str(run.var_dir), "DATABASE_URL": run.database_url, "PORT": str(run.port)}
    with application_on(environment):
        admin, juror, participant = make_user(is_admin=True), make_user(), make_user()
        judged = make_contest(admin, phase="judging")
        seat(judged, juror)
        drawn(judged, admin)
        draft = make_entry(make_contest(admin), owner=participant, submitted=False)
        return [admin.email, juror.email, participant.email], draft.public_id


def test_all_web_processes_together_stay_within_their_budget_and_do_not_grow(run: Run, everybody) -> None:
    emails, draft = everybody
    visitors = [Visitor(f"http://127.0.0.1:{run.port}", language) for language in ("kk", "ru", "en")]
    for visitor, email in zip(visitors, emails, strict=True):
        visitor.sign_in({"email": email, "password": PASSWORD})
    visitors.append(Visitor(f"http://127.0.0.1:{run.port}"))
    file = picture() + bytes(FILE_BYTES)
    standing = web_processes(run.var_dir)

    found: list[float] = []
    statuses: Counter[int] = Counter()
    for _ in range(4):
        for visitor in visitors:
            statuses += visitor.walk()
        visitors[2].send_form(keys.read(run.var_dir)["UPLOAD_URL"], draft, "pages", file)
        found.append(sizes(standing)["pss_sum"])

    [uploader] = set(web_processes(run.var_dir)) - set(standing)
    assert statuses[200] > 500
    assert max(found) <= BUDGET_MIB
    assert found[-1] - found[1] < MOST_GROWTH_MIB
    assert sizes([uploader])["pss_sum"] <= BESIDE_MIB
