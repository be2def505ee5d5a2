"""How Spark is set: as strict as Databricks, and quick with tables of few rows on few cores."""

from pathlib import Path

AS_DATABRICKS = {
    "spark.sql.ansi.enabled": "true",
    "spark.sql.storeAssignmentPolicy": "ANSI",
    "spark.sql.session.timeZone": "UTC",
    "spark.sql.charAsVarchar": "false",
    "spark.sql.extensions": "io.delta.sql.DeltaSparkSessionExtension",
    "spark.sql.catalog.spark_catalog": "org.apache.spark.sql.delta.catalog.DeltaCatalog",
    "spark.databricks.delta.identityColumn.enabled": "true",
    # Delta's parser hides the other way to bind parameters.
    "spark.sql.legacy.parameterSubstitution.constantsOnly": "true",
}
LITTLE_WORK = {
    "spark.master": "local[2]",
    "spark.app.name": "lakegate",
    "spark.driver.host": "127.0.0.1",
    "spark.driver.bindAddress": "127.0.0.1",
    "spark.sql.catalogImplementation": "in-memory",
    "spark.default.parallelism": "1",
    "spark.sql.shuffle.partitions": "1",
    "spark.sql.files.minPartitionNum": "1",
    "spark.sql.adaptive.enabled": "false",
    # To compile what few rows go through takes longer than to interpret it.
    "spark.sql.codegen.wholeStage": "false",
    "spark.sql.codegen.factoryMode": "NO_CODEGEN",
    "spark.sql.leafNodeDefaultParallelism": "1",
    # A LIMIT of more rows is sorted for: else it asks for the memory of so many, though there be fewer.
    "spark.sql.execution.topKSortFallbackThreshold": "100000",
    # Each plan is written down as text, which nobody reads.
    "spark.sql.maxPlanStringLength": "0",
    "spark.sql.ui.explainMode": "simple",
    "spark.ui.enabled": "false",
    "spark.ui.retainedJobs": "10",
    "spark.ui.retainedStages": "10",
    "spark.ui.retainedTasks": "10",
    "spark.sql.ui.retainedExecutions": "1",
    "spark.databricks.delta.snapshotPartitions": "1",
    # A checksum of the whole table after each commit.
    "spark.databricks.delta.writeChecksumFile.enabled": "false",
    "spark.databricks.delta.incremental.commit.enabled": "false",
    # Rows are counted all the same.
    "spark.databricks.delta.properties.defaults.dataSkippingNumIndexedCols": "0",
    "spark.databricks.delta.stats.skipping": "false",
    "spark.databricks.delta.optimizeMetadataQuery.enabled": "false",
    "spark.databricks.delta.merge.materializeSource": "none",
    "spark.databricks.delta.properties.defaults.checkpointInterval": "100000",
    "spark.databricks.delta.properties.defaults.enableDeletionVectors": "false",
}
# Hadoop starts a process wherever it looks at a link or sets a file's permissions; none of these does.
NO_PROCESSES = {
    "spark.hadoop.fs.file.impl": "com.globalmentor.apache.hadoop.fs.BareLocalFileSystem",
    "spark.delta.logStore.file.impl": "io.delta.storage.LocalLogStore",
    "spark.sql.streaming.checkpointFileManagerClass": (
        "org.apache.spark.sql.execution.streaming.checkpointing.FileSystemBasedCheckpointFileManager"
    ),
}


def configuration(folder: Path) -> dict[str, str]:
    """All settings of a Spark that keeps its files in a folder."""
    places = {
        "spark.sql.warehouse.dir": str(folder / "tables"),
        "spark.local.dir": str(folder / "scratch"),
    }
    return {**AS_DATABRICKS, **LITTLE_WORK, **NO_PROCESSES, **places}
