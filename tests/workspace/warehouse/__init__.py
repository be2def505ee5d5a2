"""The SQL warehouse: the connector's own Thrift service over HTTPS, before an engine that runs SQL."""
