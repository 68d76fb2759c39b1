"""Taking a change back looks at what stands and sets it in one step: two presses are one revert."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from flask import Flask

from halo.audit import history
from halo.audit.history import Wanted
from halo.ground.database import db
from halo.ground.errors import Mistake
from halo.ledger import reverts
from halo.oauth import admission
from halo.oauth.admission import Admission, Admits
from tests import cast
from tests.oauth.test_admission import member


@pytest.mark.parametrize("round_", range(3))
def test_two_presses_at_the_same_moment_take_a_change_back_once(app: Flask, round_: int) -> None:
    with app.app_context():
        who, acme = member(), cast.workspace().id
        admission.change(Admission(cimd=Admits.OFF, dcr=Admits.OFF), principal=who)
        change_id = history.page(acme, Wanted(event="admission.changed"))[0][0].id
        db.session.rollback()
    start = threading.Barrier(2)

    def press(_: int) -> bool:
        with app.app_context():
            start.wait()
            try:
                reverts.revert(change_id, "", principal=who)
            except Mistake:
                return False
            return True

    with ThreadPoolExecutor(2) as pool:
        assert sorted(pool.map(press, range(2))) == [False, True]
    with app.app_context():
        assert admission.policy_of(acme) == Admission()
        assert len(history.page(acme, Wanted(event="admission.changed"))[0]) == 2
