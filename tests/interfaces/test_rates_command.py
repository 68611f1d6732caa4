"""`upswell rates`: where each rate is from, and which days lack one."""

from __future__ import annotations

import json
from pathlib import Path

from tests.interfaces.command import done, upswell_command

ITEMS = """customer_id,plan_id,unit_amount,currency,starts_at,ends_at
london,team,100.00,GBP,2025-01-10,2025-03-05
tokyo,team,9000,JPY,2025-02-10,
kuwait,team,12.345,BHD,2025-02-10,
boston,team,50.00,USD,2025-01-10,
"""


def company(folder: Path, rates: str) -> Path:
    (folder / "items.csv").write_text(ITEMS, "utf-8")
    (folder / "rates.csv").write_text("date,currency,rate\n" + rates, "utf-8")
    done("init", folder / "w")
    done("-w", folder / "w", "import", folder / "items.csv", "--as", "items")
    done("-w", folder / "w", "import", folder / "rates.csv", "--as", "rates")
    done("-w", folder / "w", "build", "--as-of", "2025-04-02")
    return folder / "w"


def test_every_rate_names_its_file_and_row(tmp_path: Path) -> None:
    workspace = company(
        tmp_path, "2025-01-01,GBP,1.20\n2025-02-01,GBP,1.25\n2025-01-01,JPY,0.0065\n2025-01-01,BHD,2.65\n"
    )
    rows = json.loads(done("-w", workspace, "rates", "gbp", "--format", "json").out)
    assert rows["lacking"] == []
    assert [(row["starts_on"], row["ends_on"], row["rate"], row["file"], row["row"]) for row in rows["rates"]] == [
        ("2025-01-01", "2025-02-01", "1.2", "rates.csv", 2),
        ("2025-02-01", None, "1.25", "rates.csv", 3),
    ]
    closing = done(
        "-w", workspace, "metrics", "closing_mrr", "--from", "2025-03", "--by", "currency", "--format", "csv"
    )
    # 9000 JPY x 0.0065, 12.345 BHD x 2.65, 50 USD: currencies of no, three and two decimals.
    values = [line.split(",")[3] for line in closing.out.splitlines()[1:]]
    assert values == ["32.714250", "0.000000", "58.500000", "50.000000"]


def test_days_that_lack_a_rate_are_named_with_what_they_are_needed_for(tmp_path: Path) -> None:
    workspace = company(tmp_path, "2025-02-01,GBP,1.25\n2025-03-01,JPY,0.0065\n")
    answer = upswell_command("-w", workspace, "rates")
    assert answer.code == 1
    bhd, gbp, jpy = answer.err.splitlines()
    assert bhd.startswith("BHD has no rate on 2025-02-10 (a movement), 2025-02-28 (the close of 2025-02), 2025-03-31")
    assert bhd.endswith("2025-04-02 (the book's own day); import rates of these days")
    assert gbp == (
        "GBP has no rate on 2025-01-10 (a movement), 2025-01-31 (the close of 2025-01); import rates of these days"
    )
    assert jpy == (
        "JPY has no rate on 2025-02-10 (a movement), 2025-02-28 (the close of 2025-02); import rates of these days"
    )
    refused = done("-w", workspace, "metrics", "closing_mrr", "--from", "2025-01", "--to", "2025-01", "--format", "csv")
    assert "no rate for GBP on 2025-01-31; import rates" in refused.out
