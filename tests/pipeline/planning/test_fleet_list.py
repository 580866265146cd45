"""The fleet list: what it may hold, and what its errors say."""

import pytest

from pipeline.errors import InputError
from pipeline.planning.fleet_list import FleetRow, parse_fleet

HEAD = "version,device_class,link,count\n"


def test_columns_come_in_any_order_and_equal_rows_are_added_up() -> None:
    head = "\ufeffcount, link ,version,device_class\n"
    text = head + "5,ble-1m,1.0,node\n2,ble-1m,1.1,node\n3,ble-1m,1.0,node\n"

    assert parse_fleet(text, "f.csv") == (
        FleetRow(version="1.0", device_class="node", link="ble-1m", devices=8),
        FleetRow(version="1.1", device_class="node", link="ble-1m", devices=2),
    )


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "f.csv: needs the columns version, device_class, link, count; it has none"),
        ("version,link,count\n", "it has version, link, count"),
        (HEAD, "f.csv: holds no devices"),
        (HEAD + "1.0,node,ble-1m\n", "f.csv, line 2: needs 4 values"),
        (HEAD + "1.0,node,ble-1m,3,4\n", "f.csv, line 2: needs 4 values"),
        (HEAD + "1.0,node,ble-1m,3\n1.0,,ble-1m,3\n", "f.csv, line 3: device_class is empty"),
        (HEAD + "1.0,node,ble-1m,many\n", "f.csv, line 2: count 'many' is not a number"),
        (HEAD + "1.0,node,ble-1m,0\n", "f.csv, line 2: count '0'"),
        (HEAD + "1.0,node,ble-1m,-3\n", "f.csv, line 2: count '-3'"),
        (HEAD + "1.0,node,ble-1m,999999999999\n", "f.csv, line 2: count '999999999999'"),
    ],
)
def test_what_is_no_fleet_list_is_refused_with_the_line(text: str, told: str) -> None:
    with pytest.raises(InputError) as refused:
        parse_fleet(text, "f.csv")
    assert told in str(refused.value)
