"""Changed links: one setting changed, nothing that the radio refuses, never the link itself."""

import pytest

from link_sim.changed_links import ChangedLink, changed_links
from link_sim.link import Link
from link_sim.links import link_names, load_link


def by_setting(link: Link) -> dict[str, ChangedLink]:
    return {one.setting: one for one in changed_links(link)}


@pytest.mark.parametrize("name", link_names())
def test_every_changed_link_carries_a_payload_and_differs_from_its_link(name: str) -> None:
    link = load_link(name)

    changed = changed_links(link)
    assert len({one.setting for one in changed}) == len(changed)
    for one in changed:
        assert one.link != link
        assert one.link.name == name
        assert one.link.estimate(200).duration_s > 0


def test_a_data_rate_changes_the_reach_and_the_time() -> None:
    link = load_link("eu868-dr3")
    changed = by_setting(link)

    assert "DR3" not in changed
    assert changed["DR5"].changes_reach
    took_s = [changed[f"DR{rate}"].link.estimate(2000).duration_s for rate in (0, 1, 2, 4, 5)]
    assert took_s == sorted(took_s, reverse=True)


def test_coded_fragments_cost_their_share_and_repeats_replace_them() -> None:
    link = load_link("eu868-dr5-fuota")
    changed = by_setting(link)

    assert "20 % coded" not in changed
    ten, fifty = (changed[f"{share} % coded"].link.estimate(20_000) for share in (10, 50))
    assert fifty.time_on_air_s / ten.time_on_air_s == pytest.approx(1.5 / 1.1, rel=0.03)
    assert "repeats" in changed
    assert not changed["10 % coded"].changes_reach


def test_halved_fragments_are_twice_as_many() -> None:
    link = load_link("eu868-dr3")
    (setting,) = [setting for setting in by_setting(link) if setting.startswith("fragments of")]

    assert by_setting(link)[setting].link.max_fragment_bytes == link.max_fragment_bytes // 2


def test_an_interval_that_the_supervision_timeout_forbids_is_left_out() -> None:
    settings = by_setting(load_link("ble-1m"))

    assert "interval 15 ms" in settings
    assert "interval 50 ms" not in settings  # its own
    assert settings["MTU 23"].link.max_fragment_bytes == 20
    assert settings["PHY S8"].changes_reach


def test_coap_offers_other_block_sizes() -> None:
    settings = by_setting(load_link("nbiot-ce0"))

    assert set(settings) == {"blocks of 256 bytes", "blocks of 1024 bytes"}
