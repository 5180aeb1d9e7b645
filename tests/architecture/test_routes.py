"""Every route carries a guard."""


def test_every_route_is_guarded(app):
    unguarded = sorted(
        rule.rule
        for rule in app.url_map.iter_rules()
        if rule.endpoint != "static" and not hasattr(app.view_functions[rule.endpoint], "__guard__")
    )

    assert unguarded == []
