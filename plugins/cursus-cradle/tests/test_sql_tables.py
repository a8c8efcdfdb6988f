"""Which tables SQL reads: texts as users write them, and texts that only look as if they read a table."""

from __future__ import annotations

import json
import time
from pathlib import Path

import pytest
from cursus_cradle.sql_tables import tables_read

CASES = Path(__file__).parents[4] / "shared" / "cases"
READ = [
    ("SELECT * FROM A", "A"),
    ("select a.x, b.y from A a join B b on a.id = b.id", "A B"),
    ("SELECT * FROM A AS a LEFT OUTER JOIN B USING (id, day) WHERE x > 1", "A B"),
    ("SELECT * FROM A, B b, C AS c WHERE A.id = b.id", "A B C"),
    ("SELECT * FROM A CROSS JOIN B, C", "A B C"),
    ("SELECT * FROM A a ANTI JOIN B b ON a.id = b.id SEMI JOIN C ON true", "A B C"),
    ("SELECT * FROM `A`", "A"),
    ("SELECT * FROM `my``table-1` JOIN `b c` ON true", "my`table-1|b c"),
    ('SELECT * FROM "A"', "A"),
    ("SELECT * FROM db.orders JOIN cat.db.`o x` ON true", "db.orders|cat.db.o x"),
    ("SELECT * FROM a UNION ALL SELECT * FROM A UNION SELECT * FROM B", "a B"),
    ("SELECT * FROM A EXCEPT SELECT * FROM B MINUS SELECT * FROM C INTERSECT SELECT * FROM D", "A B C D"),
    ("(SELECT * FROM A) UNION ALL (SELECT * FROM B)", "A B"),
    ("SELECT * FROM (SELECT * FROM A) t JOIN (SELECT * FROM B WHERE y IN (SELECT y FROM C)) u ON true", "A B C"),
    ("SELECT * FROM ((SELECT * FROM A) UNION (SELECT * FROM B)) t", "A B"),
    ("SELECT * FROM (A JOIN B ON A.x = B.x) JOIN C ON true", "A B C"),
    ("SELECT * FROM ((A)) x", "A"),
    ("SELECT (SELECT max(d) FROM A) AS d, EXISTS (SELECT 1 FROM B WHERE B.id = C.id) FROM C", "A B C"),
    ("WITH t AS (SELECT * FROM A) SELECT * FROM t JOIN B ON true", "A B"),
    ("WITH t (a, b) AS (SELECT 1, x FROM A), u AS (SELECT * FROM T) SELECT * FROM t, u", "A"),
    ("WITH A AS (SELECT * FROM A) SELECT * FROM a", "A"),
    ("WITH t AS (SELECT * FROM u), u AS (SELECT * FROM A) SELECT * FROM t", "u A"),
    ("WITH t AS (WITH u AS (SELECT * FROM A) SELECT * FROM u) SELECT * FROM t JOIN u ON true", "A u"),
    ("SELECT * FROM (WITH t AS (SELECT * FROM A) SELECT * FROM t) x JOIN t ON true", "A t"),
    ("WITH RECURSIVE t AS (SELECT 1 AS n UNION ALL SELECT n + 1 FROM t WHERE n < 9) SELECT * FROM t", ""),
    ("WITH recursive AS (SELECT * FROM A) SELECT * FROM recursive", "A"),
    ("WITH t AS (SELECT * FROM A); SELECT * FROM t", "A t"),
    ("SELECT EXTRACT(year FROM d), EXTRACT(DAY FROM b.ts) FROM A", "A"),
    ("SELECT TRIM(BOTH ' ' FROM name), TRIM(LEADING FROM x), trim(FROM y) FROM A", "A"),
    ("SELECT substring(s FROM 2 FOR 3), overlay(s PLACING 'x' FROM 2), position('a' IN s) FROM A", "A"),
    ("SELECT * FROM A JOIN B ON A.x IS NOT DISTINCT FROM B.x AND A.y IS DISTINCT FROM B.y", "A B"),
    ("SELECT DISTINCT x FROM A", "A"),
    ("SELECT 'it is FROM nowhere', \"JOIN nobody\", 'a\\' FROM b', 'it''s FROM c' FROM A", "A"),
    ("SELECT r'\\' , R\"FROM x\" FROM A", "A"),
    ("SELECT 1 -- FROM nowhere\n/* JOIN nobody /* nested FROM x */ FROM y */ FROM A -- ' quote", "A"),
    ("SELECT /*+ BROADCAST(B), REPARTITION(10) */ * FROM A JOIN B ON true", "A B"),
    ("SELECT * FROM A LATERAL VIEW explode(m) e AS k, v LATERAL VIEW OUTER posexplode(l) p AS i, w WHERE k > 1", "A"),
    ("SELECT * FROM A LATERAL VIEW explode(m) e AS k, v JOIN B ON true, C", "A B C"),
    ("SELECT * FROM A, LATERAL (SELECT A.x + y AS z FROM B) l, LATERAL explode(A.m) AS t(k)", "A B"),
    ("SELECT * FROM VALUES (1, 'a'), (2, 'b') AS v(id, s), A", "A"),
    ("SELECT * FROM (VALUES (1), (2)) AS v(id) JOIN A ON true", "A"),
    ("SELECT * FROM range(0, 10) r JOIN explode(array(1, 2)) JOIN A ON true", "A"),
    ("SELECT * FROM A TABLESAMPLE (10 PERCENT) s, B PIVOT (sum(x) FOR y IN ('a', 'b'))", "A B"),
    ("SELECT a, b, count(*) FROM A GROUP BY a, b WITH ROLLUP HAVING count(*) > 1 ORDER BY a, b", "A"),
    ("SELECT x, sum(y) OVER (PARTITION BY a, b ORDER BY c, d ROWS BETWEEN 1 PRECEDING AND CURRENT ROW) FROM A", "A"),
    ("SELECT sum(y) OVER w, max(y) OVER v FROM A WINDOW w AS (PARTITION BY a), v AS (ORDER BY b)", "A"),
    ("SELECT t.from, t.`join`, t.* FROM A t", "A"),
    ("SELECT CAST(s AS STRUCT<a: INT, b: ARRAY<STRING>>), x -> x + 1 FROM A", "A"),
    ("SELECT * FROM A WHERE d BETWEEN '${startDate}' AND '${endDate}' AND x IN (1, 2, 3)", "A"),
    ("SELECT * FROM ${table} JOIN pre_${x} JOIN ${schema}.t JOIN A ON true", "A"),
    ("SELECT CASE WHEN a IN (SELECT k FROM B) THEN 1 ELSE 2 END AS c, d FROM A", "B A"),
    ("FROM A SELECT x, y WHERE x > 1", "A"),
    ("SELECT * FROM A a LEFT JOIN (FROM B SELECT id) b ON true", "A B"),
    ("SELECT * FROM été JOIN _x1 ON true", "été _x1"),
    ("select*from(select*from A)where 1=1", "A"),
    ("CREATE OR REPLACE TEMP VIEW v AS SELECT * FROM A; SELECT * FROM v JOIN B ON true", "A B"),
    ("create temporary view if not exists v (x, y) AS SELECT * FROM A; SELECT * FROM V", "A"),
    ("SELECT 1 FROM A; CREATE VIEW `v 1` AS SELECT * FROM B; SELECT * FROM `v 1`", "A B"),
    ("CREATE TABLE t USING parquet AS SELECT * FROM A; INSERT INTO t SELECT * FROM B; SELECT * FROM t", "A B"),
    ("CACHE LAZY TABLE c AS SELECT * FROM A; SELECT * FROM c", "A"),
    ("CACHE TABLE c OPTIONS ('storageLevel' 'DISK_ONLY') SELECT * FROM A; SELECT * FROM c", "A"),
    ("CACHE TABLE c; SELECT * FROM c", "c"),
    ("SELECT * FROM STREAM A JOIN STREAM(B) ON true JOIN C ON true", "C"),
    ("SELECT * FROM ONLY A, ONLY (B), C", "C"),
    ("SELECT * FROM stream, only AS o", "stream only"),
    ("SELECT create, cache FROM A", "A"),
    ("SELECT 1", ""),
    ("", ""),
    ("SELECT * FROM", ""),
    ("SELECT * FROM A)) JOIN B ON (((", "A B"),
    ("SELECT * FROM A WHERE x = 'never closed FROM B", "A"),
]  # fmt: skip


@pytest.mark.parametrize(("sql", "tables"), READ, ids=[sql[:60] for sql, _ in READ])
def test_the_tables_are_those_that_are_read(sql: str, tables: str) -> None:
    expected = tables.split("|" if "|" in tables else None)
    assert list(tables_read(sql)) == expected


LONG = """
-- Daily snapshot of claims with the latest tag of each order
WITH ranked_tags AS (
    SELECT
        order_id,
        marketplace_id,
        tag_date, -- from the tagging service
        ROW_NUMBER() OVER (PARTITION BY order_id, marketplace_id ORDER BY tag_date DESC) AS rank
    FROM TAGS
    WHERE tag_date BETWEEN TO_TIMESTAMP('${startDate}', 'yyyy-MM-dd') AND TO_TIMESTAMP('${endDate}', 'yyyy-MM-dd')
),
latest_tags (order_id, marketplace_id, tag_date) AS (
    SELECT order_id, marketplace_id, tag_date FROM ranked_tags WHERE rank = 1
),
customers AS (
    SELECT c.customer_id, COALESCE(TRIM(BOTH '"' FROM c.segment), 'from unknown') AS segment,
           EXTRACT(YEAR FROM c.created) AS since
    FROM `D_CUSTOMERS` c
    LEFT ANTI JOIN (SELECT DISTINCT customer_id FROM blocked, allowed WHERE blocked.id = allowed.id) b
        ON c.customer_id = b.customer_id
)
SELECT
{columns}
    latest_tags.tag_date
FROM RAW_MDS_NA
JOIN latest_tags ON RAW_MDS_NA.objectId = latest_tags.order_id
LEFT JOIN Customers cu ON cu.customer_id = RAW_MDS_NA.customerId
LATERAL VIEW OUTER explode(RAW_MDS_NA.items) exploded AS item, quantity
WHERE NOT EXISTS (SELECT 1 FROM raw_mds_na x WHERE x.objectId = latest_tags.order_id)
"""


def test_a_query_of_hundreds_of_lines_is_read_whole() -> None:
    columns = "\n".join(f"    RAW_MDS_NA.`a__DOT__column_{i}`, -- from x" for i in range(300))
    found = tables_read(LONG.replace("{columns}", columns))
    assert found == ("TAGS", "D_CUSTOMERS", "blocked", "allowed", "RAW_MDS_NA")


@pytest.mark.skipif(not CASES.is_dir(), reason="the shared cases are not here")
def test_the_sql_of_a_real_document_reads_its_sources() -> None:
    text = (CASES / "xgboost_complete_e2e_2025_09" / "expected.json").read_text("utf-8")
    steps = json.loads(text)["PIPELINE_STEP_CONFIGS"]
    loads = [steps[f"CradleDataLoading-{name}"]["STEP_CONFIG"] for name in ("Training", "Calibration")]  # fmt: skip
    for load in loads:
        names = [source["dataSourceName"] for source in load["dataSources"]["dataSources"]]
        assert list(tables_read(load["transformSpecification"]["transformSQL"])) == names


@pytest.mark.parametrize(
    "part",
    ["'\\'", "/*", "(((", "``", '"\\', "with a as (", "a.", "from a,", "with a(", "${", "r'", "join "],
)  # fmt: skip
def test_a_text_of_any_form_is_read_in_time_that_grows_with_its_length(part: str) -> None:
    def seconds(size: int) -> float:
        start = time.process_time()
        tables_read("select 1 from x where " + part * (size // len(part)))  # noqa: S608 - not run
        return time.process_time() - start

    # Ten times the text takes ten times the time, and a hundred times where a pattern looks back.
    assert seconds(300_000) < 40 * max(seconds(30_000), 0.005)


def test_a_megabyte_of_sql_is_read_in_a_moment() -> None:
    columns = ", ".join(f"RAW_MDS_NA.column_{i} AS `c{i}`" for i in range(28_000))
    sql = f"SELECT {columns} FROM RAW_MDS_NA"  # noqa: S608 - not run
    start = time.process_time()
    assert tables_read(sql) == ("RAW_MDS_NA",)
    assert len(sql) > 1_000_000
    assert time.process_time() - start < 3
