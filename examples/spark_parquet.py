"""Read articles from Parquet and write their records to Parquet, on Spark:

    python examples/spark_parquet.py articles.parquet records.parquet

Needs the extra, pip install 'bizextract[spark]', and Java 17. On a cluster, use spark-submit.
"""

import argparse
import os
import sys

from pyspark.sql import SparkSession

from bizextract import spark

# The workers' Python is this one, unless another is chosen.
os.environ.setdefault("PYSPARK_PYTHON", sys.executable)

if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="Records of a Parquet file of articles.")
    parser.add_argument("source", help="Parquet with a column text; id, title and date if known")
    parser.add_argument("target", help="the Parquet to write")
    parser.add_argument("--engine", choices=["both", "rules", "reader"])
    parser.add_argument("--master", default="local[2]", help="two workers here, by default")
    options = parser.parse_args()

    session = SparkSession.builder.master(options.master).getOrCreate()
    articles = session.read.parquet(options.source)
    records = spark.extract(articles, engine=options.engine)
    records.write.mode("overwrite").parquet(options.target)

    written = session.read.parquet(options.target)
    written.groupBy("type", "status").count().orderBy("type", "status").show(truncate=False)
    written.where("error is not null").select("document", "error").show(truncate=False)
    session.stop()
