"""Communities: made, found, joined, left."""

import pytest
from sqlalchemy import func, select

from creative_platform.communities import queries, service
from creative_platform.communities.models import Community, CommunityInvite, MemberRole
from creative_platform.communities.service import CommunityText, DeadInvite, LastCoordinator
from creative_platform.core import audit
from creative_platform.core.db import session
from creative_platform.core.errors import Invalid, NotAllowed, NotFound, Throttled
from creative_platform.core.text import LocalizedText
from tests.factories.accounts import PASSWORD, make_user
from tests.factories.communities import make_community
from tests.fixtures.people import csrf_of, post

pytestmark = pytest.mark.database

GIVEN = {
    "kind": "student_assembly",
    "name-kk": "Ұлытау ассамблеясы",
    "name-ru": "Ассамблея Улытау",
    "description-en": "We make *films*.",
    "region": "KZ-62",
    "settlement": "village",
}


def secret_of(link):
    return link.rsplit("/", 1)[1]


def roles(community):
    return {row.user_id: row.role.value for row in queries.members_of(community)}


def test_a_community_is_made_by_its_first_coordinator(app, sign_in, user):
    browser = sign_in(user)

    answer = post(browser, "/communities/new", GIVEN)

    [made] = queries.communities_of(user.as_actor())
    assert answer.location == f"/communities/{made.public_id}/members"
    assert (made.name, made.region, made.settlement) == (
        {"kk": "Ұлытау ассамблеясы", "ru": "Ассамблея Улытау"},
        "KZ-62",
        "village",
    )
    assert roles(made) == {user.id: "coordinator"}
    page = app.test_client().get(f"/communities/{made.public_id}").text
    assert "<em>films</em>" in page
    assert user.name not in page


@pytest.mark.parametrize(
    ("wrong", "fields"),
    [
        ({"kind": "gang"}, ["kind"]),
        ({"name": LocalizedText()}, ["name"]),
        ({"name": LocalizedText(en="x" * 151)}, ["name"]),
        ({"description": LocalizedText(kk="ә" * 4001)}, ["description"]),
        ({"region": "KZ-00", "settlement": "moon"}, ["region", "settlement"]),
    ],
)
def test_wrong_values_are_named(app, user, wrong, fields):
    right = {"kind": "representation", "name": LocalizedText(en="x"), "description": LocalizedText()}

    with pytest.raises(Invalid) as refused:
        service.create_community(user.as_actor(), CommunityText(**{**right, **wrong}))

    assert sorted(refused.value.fields) == fields
    assert session().scalar(select(func.count()).select_from(Community)) == 0


def test_a_refused_form_keeps_what_was_typed(app, sign_in, user):
    answer = post(sign_in(user), "/communities/new", {**GIVEN, "name-kk": "", "name-ru": " ", "kind": "gang"})

    assert answer.status_code == 422
    assert "We make *films*." in answer.text
    assert "Write this in at least one language." in answer.text


def test_nobody_makes_more_than_ten_a_day(app, user):
    given = CommunityText("representation", LocalizedText(en="x"), LocalizedText())
    for _ in range(10):
        service.create_community(user.as_actor(), given)

    with pytest.raises(Throttled):
        service.create_community(user.as_actor(), given)


def test_communities_are_found_by_words_and_region(app, client):
    make_community(name="Өнер", region="KZ-62")
    make_community(name="Theatre", region="KZ-75")

    assert "Theatre" not in client.get("/communities?q=онер").text
    assert "Өнер" in client.get("/communities?q=ӨНЕР").text
    assert "Өнер" not in client.get("/communities?region=KZ-75").text
    assert client.get("/communities?region=nowhere&page=9x").status_code == 200


def test_the_list_takes_the_same_statements_for_one_and_three(app, client, count_queries):
    counts = []
    for count in (1, 3):
        make_community()
        if count == 3:
            make_community()
        with count_queries() as statements:
            assert client.get("/communities").text.count('<th scope="row">') == count
        counts.append(len(statements))

    assert counts[0] == counts[1]


def test_the_members_page_takes_the_same_statements(app, sign_in, user, count_queries):
    browser = sign_in(user)
    counts = []
    for count in (1, 3):
        path = f"/communities/{make_community(user, *(make_user() for _ in range(count - 1))).public_id}/members"
        with count_queries() as statements:
            assert browser.get(path).text.count("/role") == count
        counts.append(len(statements))

    assert counts[0] == counts[1]


def test_people_join_by_a_link_even_when_they_have_to_sign_in_first(app, user):
    community = make_community(user)
    link = service.create_invite(user.as_actor(), community.public_id)
    newcomer, browser = make_user(), app.test_client()

    browser.get(link.removeprefix("http://localhost"))
    where = browser.get("/communities/join").location
    post(browser, where, {"email": newcomer.email, "password": PASSWORD})
    answer = post(browser, "/communities/join", {})

    assert answer.location == f"/communities/{community.public_id}/members"
    assert roles(community) == {user.id: "coordinator", newcomer.id: "member"}


def test_joining_twice_changes_nothing(app, user):
    community = make_community(user)
    secret = secret_of(service.create_invite(user.as_actor(), community.public_id))

    service.join(user.as_actor(), secret)

    assert roles(community) == {user.id: "coordinator"}


def test_a_link_dies_after_fourteen_days_or_when_it_is_ended(app, user, hands):
    community, newcomer = make_community(user), make_user()
    first, second = (secret_of(service.create_invite(user.as_actor(), community.public_id)) for _ in range(2))
    assert service.revoke_invites(user.as_actor(), community.public_id) == 2
    third = secret_of(service.create_invite(user.as_actor(), community.public_id))
    hands.forward(days=14)

    for secret in (first, second, third, ""):
        with pytest.raises(DeadInvite):
            service.join(newcomer.as_actor(), secret)
    assert roles(community) == {user.id: "coordinator"}


def test_the_secret_of_a_link_is_stored_hashed(app, user):
    community = make_community(user)
    secret = secret_of(service.create_invite(user.as_actor(), community.public_id))

    assert session().scalars(select(CommunityInvite)).one().digest != secret


def test_members_are_for_members(app, sign_in, user, client):
    community = make_community(user)
    path = f"/communities/{community.public_id}/members"

    assert client.get(path).status_code == 303
    assert sign_in(make_user()).get(path).status_code == 404
    assert user.name in sign_in(user).get(path).text


def test_the_last_coordinator_stays(app, sign_in, user):
    member = make_user()
    community = make_community(user, member)
    browser = sign_in(user)
    token = csrf_of(browser.get(f"/communities/{community.public_id}/members").text)

    answer = browser.post(f"/communities/{community.public_id}/leave", data={"csrf_token": token})
    assert (answer.status_code, "last coordinator" in answer.text) == (409, True)
    with pytest.raises(LastCoordinator):
        service.set_role(user.as_actor(), community.public_id, user.public_id, MemberRole.MEMBER)

    service.set_role(user.as_actor(), community.public_id, member.public_id, MemberRole.COORDINATOR)
    service.leave(user.as_actor(), community.public_id)
    assert roles(community) == {member.id: "coordinator"}
    with pytest.raises(LastCoordinator):
        service.remove_member(member.as_actor(), community.public_id, member.public_id)


def test_a_coordinator_removes_a_member_and_others_do_not(app, user):
    member, stranger = make_user(), make_user()
    community = make_community(user, member)

    for person in (member, stranger):
        with pytest.raises(NotAllowed):
            service.remove_member(person.as_actor(), community.public_id, user.public_id)
        with pytest.raises(NotAllowed):
            service.create_invite(person.as_actor(), community.public_id)
    with pytest.raises(NotFound):
        service.remove_member(user.as_actor(), community.public_id, stranger.public_id)

    service.remove_member(user.as_actor(), community.public_id, member.public_id)
    assert roles(community) == {user.id: "coordinator"}
    newest = audit.events_about(audit.ACCOUNTS)[0]
    assert (newest.verb, newest.data) == ("community.member_removed", {"member": member.public_id})


def test_only_a_coordinator_edits(app, sign_in, user):
    member = make_user()
    community = make_community(user, member)
    path = f"/communities/{community.public_id}/edit"

    assert [sign_in(person).get(path).status_code for person in (member, make_user())] == [403, 403]
    assert post(sign_in(user), path, GIVEN).status_code == 303
    assert queries.community_by_public_id(community.public_id).name.in_("ru") == "Ассамблея Улытау"
