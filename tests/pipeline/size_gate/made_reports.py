"""A report with every kind of verdict, for tests of what is made of it."""

from datetime import date

from pipeline.images.firmware_image import FirmwareImage, ImageFormat, Symbol
from pipeline.size_gate.baseline import Baseline
from pipeline.size_gate.budgets import Budget, BudgetPlan, Limits, Measure, Override
from pipeline.size_gate.judging import Report, judge
from pipeline.size_gate.measuring import Item, Measured, Value

TODAY = date(2027, 1, 31)
IMAGE_BYTES = 4000

IMAGE = Item(measure=Measure.IMAGE)
FULL = Item(measure=Measure.FULL_IMAGE)
DELTA_1, DELTA_2 = (Item(measure=Measure.DELTA, release=v) for v in ("1.0.0", "2.0.0"))
DELIVERY = Item(measure=Measure.DELIVERY, release="1.0.0", link="eu868-dr3")

PLAN = BudgetPlan(
    source="airdelta.toml",
    budgets=(
        Budget(
            name="flash", measure=Measure.IMAGE, limits=Limits(maximum=5000, growth=100), line=5
        ),
        Budget(name="full", measure=Measure.FULL_IMAGE, limits=Limits(growth_percent=5), line=9),
        Budget(name="a|b<c>`", measure=Measure.DELTA, limits=Limits(maximum=500), line=13),
        Budget(
            name="air: 50 %, at most",
            measure=Measure.DELIVERY,
            limits=Limits(maximum=60, growth=1),
            release="1.0.0",
            link="eu868-dr3",
            line=17,
        ),
    ),
    overrides=(
        Override(
            budget="flash", limits=Limits(maximum=1), reason="was small", expires=date(2026, 1, 1)
        ),
    ),
)


def make_image(name: str = "new.elf", *, grown: str = "grown") -> FirmwareImage:
    """Return an image of 4000 bytes with two functions."""
    return FirmwareImage(
        name=name,
        data=bytes(IMAGE_BYTES),
        load_address=0,
        source_format=ImageFormat.ELF,
        symbols=(
            Symbol(name=grown, address=0, size=300, is_function=True),
            Symbol(name="same", address=300, size=50, is_function=True),
        ),
    )


def make_report() -> Report:
    """Return a report: within, no baseline, over, no update needed, over."""
    measured = Measured(
        new=make_image(),
        device="sensor-node",
        values={
            IMAGE: Value(amount=IMAGE_BYTES),
            FULL: Value(amount=3000),
            DELTA_1: Value(amount=501),
            DELTA_2: Value(amount=None, trouble="no update is needed", not_needed=True),
            DELIVERY: Value(amount=90.5),
        },
    )
    baseline = Baseline(
        source="main",
        image_sha256="",
        image_bytes=3950,
        device="sensor-node",
        values={IMAGE.key: 3950, DELIVERY.key: 80.0},
        symbols={"grown": 100, "same": 50, "gone": 40},
    )
    return judge(PLAN, measured, ["1.0.0", "2.0.0"], baseline, TODAY)
