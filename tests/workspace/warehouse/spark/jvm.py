"""A Java virtual machine that holds Spark, and the way into it."""

import importlib.util
import os
import struct
import subprocess
import time
from pathlib import Path
from typing import Any

from py4j.clientserver import ClientServer, JavaParameters, PythonParameters

DELTA_JARS = Path(__file__).parents[4] / "data" / ".spark"
TOLD = "_PYSPARK_DRIVER_CONN_INFO_PATH"  # where it writes its port and a secret
START_SECONDS = 60
STOP_SECONDS = 30
OPTIONS = (
    "-XX:+UseSerialGC", "-Xms1g", "-Xmn700m", "-Xmx2g", "-Xss8m", "-XX:ReservedCodeCacheSize=384m",
    "-Duser.timezone=UTC",
)  # fmt: skip
# It lives for minutes, and its compiler took a third of them: only what is run four times as often as usual
# is optimized. And it need not check the classes that it is given.
HASTE = (
    "-XX:Tier4InvocationThreshold=20000", "-XX:Tier4MinInvocationThreshold=2400",
    "-XX:Tier4CompileThreshold=60000", "-XX:Tier4BackEdgeThreshold=160000",
    "-XX:+UnlockDiagnosticVMOptions", "-XX:-BytecodeVerificationRemote",
)  # fmt: skip
# Spark reaches into these packages of Java's.
OPENED = (
    "java.lang", "java.lang.invoke", "java.lang.reflect", "java.io", "java.net", "java.nio", "java.util",
    "java.util.concurrent", "java.util.concurrent.atomic", "jdk.internal.ref", "sun.nio.ch", "sun.nio.cs",
    "sun.security.action", "sun.util.calendar",
)  # fmt: skip
SPARKS_OWN = ("-Djdk.reflect.useDirectMethodHandle=false", "-Dio.netty.tryReflectionSetAccessible=true")
LOGGING = """
rootLogger.level = error
rootLogger.appenderRef.out.ref = out
appender.out.type = Console
appender.out.name = out
appender.out.target = SYSTEM_ERR
appender.out.layout.type = PatternLayout
appender.out.layout.pattern = %d %p %c{1}: %m%n%ex
"""


class Jvm:
    """A running Java virtual machine.

    Attributes:
        java: where its classes are found: `java.java.util.ArrayList`.
        gateway: what py4j's own functions want.
    """

    def __init__(self, folder: Path) -> None:
        """Start it; its log is `folder`/spark.log.

        Raises:
            RuntimeError: it does not start, or the jars are missing.
        """
        settings = folder / "settings"
        settings.mkdir(parents=True)
        (settings / "log4j2.properties").write_text(LOGGING)
        told = folder / "gateway"
        with (folder / "spark.log").open("wb") as log:
            self._process = subprocess.Popen(
                _command(settings),
                stdin=subprocess.PIPE,  # it ends when this does
                stdout=log,
                stderr=log,
                cwd=folder,
                env={
                    **os.environ,
                    "_PYSPARK_DRIVER_CONN_INFO_PATH": str(told),
                    "SPARK_LOCAL_IP": "127.0.0.1",
                },
            )
        port, secret = self._told(told)
        self.gateway = ClientServer(
            java_parameters=JavaParameters(port=port, auth_token=secret),
            python_parameters=PythonParameters(port=0),
        )
        self.java: Any = self.gateway.jvm

    def stop(self) -> None:
        """End it."""
        self.gateway.shutdown()
        assert self._process.stdin
        self._process.stdin.close()
        try:
            self._process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    def module(self, name: str) -> Any:
        """A Scala object by its class's full name."""
        package, _, simple = name.rpartition(".")
        found = self.java
        for part in package.split("."):
            found = getattr(found, part)
        return getattr(getattr(found, f"{simple}$"), "MODULE$")

    def _told(self, path: Path) -> tuple[int, str]:
        deadline = time.monotonic() + START_SECONDS
        while not path.exists():
            if self._process.poll() is not None or time.monotonic() > deadline:
                self._process.kill()
                raise RuntimeError(f"Spark does not start; see '{path.parent / 'spark.log'}'")
            time.sleep(0.02)
        port, length = struct.unpack("!ii", (content := path.read_bytes())[:8])
        return port, content[8 : 8 + length].decode()


def _command(settings: Path) -> list[str]:
    opened = [f"--add-opens=java.base/{package}=ALL-UNNAMED" for package in OPENED]
    path = ":".join((str(settings), f"{DELTA_JARS}/*", f"{_spark_jars()}/*"))
    main = "org.apache.spark.api.python.PythonGatewayServer"
    return [_java(), *OPTIONS, *HASTE, *opened, *SPARKS_OWN, "-cp", path, main]


def _java() -> str:
    home = os.environ.get("JAVA_HOME")
    return str(Path(home, "bin", "java")) if home else "java"


def _spark_jars() -> Path:
    spec = importlib.util.find_spec("pyspark")
    if spec is None or spec.origin is None or not any(DELTA_JARS.glob("delta-spark_*.jar")):
        raise RuntimeError("Spark is not installed: `make test-spark` does that")
    return Path(spec.origin).parent / "jars"
