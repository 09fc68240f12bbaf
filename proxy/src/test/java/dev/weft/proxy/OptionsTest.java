package dev.weft.proxy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class OptionsTest {
  private static Options parse(String line) throws UsageException {
    Options options = Options.parse(List.of(line.split(" ")));
    assertThat(options).isNotNull();
    return options;
  }

  @Test
  void defaults() throws UsageException {
    Options options = parse("--app-port 5000");
    assertThat(options.applicationPort()).isEqualTo(5000);
    assertThat(options.settings()).isEmpty();
    assertThat(options.proxy().toString()).isEqualTo("/127.0.0.1:0");
    assertThat(options.inbound().toString()).isEqualTo("/0.0.0.0:0");
    assertThat(options.services()).isEmpty();
    assertThat(options.command()).isEmpty();
  }

  @Test
  void everything() throws UsageException {
    Options options =
        parse(
            "--service inventory --namespace=shop --app-port=5000 --listen [::1]:15001"
                + " --inbound 127.0.0.1:15006 --ready-path /health --listen-service orders=7001"
                + " --listen-service stock.other:8080=7002 -- python3 app.py --app-port 1 -- x");
    assertThat(options.settings())
        .isEqualTo(
            Map.of(
                "weft.service", "inventory",
                "weft.namespace", "shop",
                "weft.ready.path", "/health"));
    assertThat(options.proxy().getPort()).isEqualTo(15001);
    assertThat(options.proxy().getAddress().isLoopbackAddress()).isTrue();
    assertThat(options.inbound().toString()).isEqualTo("/127.0.0.1:15006");
    assertThat(options.services())
        .isEqualTo(
            Map.of(
                7001, new Options.Service("orders", -1),
                7002, new Options.Service("stock.other", 8080)));
    assertThat(options.command())
        .containsExactly("python3", "app.py", "--app-port", "1", "--", "x");
  }

  @Test
  void aProgramThatOnlyCalls_needsNoPort() throws UsageException {
    Options options = parse("--service nightly --listen-service orders=7001 -- ./report.sh");
    assertThat(options.serves()).isFalse();
    assertThat(options.command()).containsExactly("./report.sh");
    assertThat(parse("--app-port 5000").serves()).isTrue();
  }

  @Test
  void help() throws UsageException {
    assertThat(Options.parse(List.of("--service", "a", "--help"))).isNull();
    assertThat(Options.parse(List.of("-h"))).isNull();
  }

  @ParameterizedTest
  @MethodSource("wrong")
  void wrong_isSaidByOption(String line, String expected) {
    assertThatThrownBy(() -> Options.parse(List.of(line.split(" "))))
        .isInstanceOf(UsageException.class)
        .hasMessage(expected);
  }

  static Stream<Arguments> wrong() {
    return Stream.of(
        arguments(
            "--service a --ready-path /health",
            "--app-port is missing (expected beside --ready-path: where the application listens)"),
        arguments(
            "--service a --inbound 127.0.0.1:0",
            "--app-port is missing (expected beside --inbound: where the application listens)"),
        arguments("--app-port", "--app-port: a value is missing"),
        arguments("--app-port --", "--app-port: a value is missing"),
        arguments("--app-port x", "--app-port: x (expected: a port, 1 to 65535)"),
        arguments("--app-port 0", "--app-port: 0 (expected: a port, 1 to 65535)"),
        arguments("--app-port 65536", "--app-port: 65536 (expected: a port, 1 to 65535)"),
        arguments("--app-port 1 --", "--: nothing follows (expected: a command)"),
        arguments("--app-port 1 --ap 2", "--ap: unknown option"),
        arguments(
            "--app-port 1 python3",
            "python3: unexpected (expected: an option; a command comes after --)"),
        arguments("--app-port 1 --listen 15001", "--listen: 15001 (expected: HOST:PORT)"),
        arguments(
            "--app-port 1 --listen 0.0.0.0:15001",
            "--listen: 0.0.0.0:15001 (expected: a loopback address, for whoever reaches it calls"
                + " as this service)"),
        arguments(
            "--app-port 1 --inbound 127.0.0.1:x", "--inbound: x (expected: a port, 0 to 65535)"),
        arguments(
            "--app-port 1 --ready-path health",
            "--ready-path: health (expected: a path that begins with /)"),
        arguments(
            "--app-port 1 --listen-service orders",
            "--listen-service: orders (expected: NAME=PORT)"),
        arguments("--app-port 1 --listen-service =1", "--listen-service: =1 (expected: NAME=PORT)"),
        arguments(
            "--app-port 1 --listen-service a=0",
            "--listen-service: 0 (expected: a port, 1 to 65535)"),
        arguments(
            "--app-port 1 --listen-service a=7 --listen-service b=7",
            "--listen-service: port 7 is given twice"));
  }
}
