package dev.weft.testkit.server;

import static dev.weft.testkit.server.KitPolicy.to;
import static org.assertj.core.api.Assertions.assertThat;

import dev.weft.engine.inbound.PathNormalizer;
import dev.weft.fuzz.Bytes;
import dev.weft.fuzz.Fuzz;
import dev.weft.testkit.Http1;
import dev.weft.testkit.TestListener;
import dev.weft.testkit.TestMesh;
import dev.weft.testkit.Weaver;
import java.io.IOException;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Locale;
import java.util.SplittableRandom;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Targets by chance, sent as they are to a real server under a policy that denies {@code /admin*}:
 * its application is never asked for what it reads as that itself. A page of the contract of its
 * own, so that {@code bin/test --fuzz} finds it.
 */
public abstract class AbstractPathFuzzTest implements ServerKit {
  /** Each input has connections of its own. */
  private static final int SHORT_RUN = 600;

  /** Longer than the lines and heads that servers take. */
  private static final int LONGEST = 20_000;

  private static final int ORDINARY = 150;
  private static final long SEED = 20_261_130;
  private static final String END =
      "GET /end HTTP/1.1\r\nHost: orders\r\nConnection: close\r\n\r\n";

  private static final String[] WORDS = {
    "/",
    "//",
    "/.",
    "/..",
    ";",
    ";a=b",
    "%2F",
    "%2f",
    "%3B",
    "%25",
    "%2e",
    "%5C",
    "%00",
    "%0a",
    "%0d",
    "%3F",
    "%23",
    "%C3%A9",
    "%c0%ae",
    "%c1%a1",
    "%e0%80%af",
    "%E2%82%AC",
    "%ed%a0%80",
    "%EF%BC%8F",
    "%252e",
    "%2561",
    "%u0061",
    "%",
    "admin",
    "ADMIN",
    "%61dmin",
    "facts",
    "?",
    "#",
    "\\",
    "\0",
    " ",
    "\t",
    "\r",
    "\n",
    "\r\n",
    " HTTP/1.1\r\n",
    "*",
    ":80",
    "@",
    "http://orders",
    "HTTP://orders/",
    "https://orders",
    "http:/",
    "http:",
    "\u00c3\u00a9",
    "\u00e1",
    "\u00ff"
  };

  private final ServerFixture fixture;

  protected AbstractPathFuzzTest(ServerFixture fixture) {
    this.fixture = fixture;
  }

  @Override
  public final ServerFixture fixture() {
    return fixture;
  }

  @BeforeEach
  final void forget() {
    TestMesh.get().reset();
  }

  @AfterEach
  final void nothingWentWrong() {
    assertThat(Weaver.errors()).isEmpty();
    assertThat(TestMesh.get().faults()).isEmpty();
  }

  private static ServerUnderTest denying(ServerUnderTest server) {
    server.listener().rule(new KitPolicy().with("no-admin", "DENY", to("paths", "/admin*")));
    return server;
  }

  @ParameterizedTest
  @EnumSource(names = {"PLAIN", "H2C"})
  final void theApplicationIsNeverAskedForWhatItReadsAsDenied(Wire wire) throws Exception {
    try (ServerUnderTest server = denying(start(wire.setup()))) {
      Fuzz.run(
          "targets-" + wire.name().toLowerCase(Locale.ROOT),
          new Bytes(LONGEST, WORDS),
          seeds(),
          SHORT_RUN,
          input -> attempt(wire, server, new String(input, StandardCharsets.ISO_8859_1)));
    }
  }

  private static List<byte[]> seeds() {
    return Stream.of(
            Stream.of(AuthorizationContract.TO_ADMIN),
            Stream.of(AuthorizationContract.ELSEWHERE),
            Stream.of("http://orders/admin", "http://orders/facts?/admin"))
        .flatMap(targets -> targets)
        .map(target -> target.getBytes(StandardCharsets.ISO_8859_1))
        .toList();
  }

  private static Object attempt(Wire wire, ServerUnderTest server, String target)
      throws IOException {
    String answer = wire.http2() ? overHttp2(server, target) : overHttp1(server, target);
    List<String> seen = seen(server);
    assertThat(seen)
        .noneMatch(
            line -> line.toLowerCase(Locale.ROOT).startsWith("/admin", line.indexOf(' ') + 1));
    // A long run has millions.
    TestListener listener = server.listener();
    listener.asked().clear();
    listener.statuses().clear();
    listener.callers().clear();
    return answer.substring(0, Math.min(12, answer.length()))
        + seen.size()
        + PathNormalizer.problem(PathNormalizer.path(target).split("\\?", 2)[0]);
  }

  /** Followed by a request that ends the connection, whatever was made of the first. */
  private static String overHttp1(ServerUnderTest server, String target) {
    try (Http1 client = Http1.plain(server.port())) {
      client.send("GET " + target + " HTTP/1.1\r\nHost: orders\r\n\r\n" + END);
      return new String(client.in().readAllBytes(), StandardCharsets.ISO_8859_1);
    } catch (SocketTimeoutException e) {
      throw new AssertionError("neither an answer nor an end", e);
    } catch (IOException e) {
      return ""; // closed without a word
    }
  }

  private static String overHttp2(ServerUnderTest server, String target) {
    try (Caller caller = Caller.open(Wire.H2C, server.port(), "shop")) {
      return caller.get(target);
    } catch (SocketTimeoutException e) {
      throw new AssertionError("neither an answer nor an end", e);
    } catch (IOException e) {
      return "";
    }
  }

  private static List<String> seen(ServerUnderTest server) throws IOException {
    try (Http1 client = Http1.plain(server.port())) {
      return List.of(client.get("/seen", "Connection: close").text().split("\n"));
    }
  }

  /** Else all of the above would be good if nobody were let in at all. */
  @ParameterizedTest
  @EnumSource(names = {"PLAIN", "H2C"})
  final void ordinaryPathsAreLetIn(Wire wire) throws Exception {
    SplittableRandom random = new SplittableRandom(SEED);
    try (ServerUnderTest server = denying(start(wire.setup()))) {
      for (int i = 0; i < ORDINARY; i++) {
        String target = ordinary(random);
        int before = server.listener().requestsStarted();
        try (Caller caller = Caller.open(wire, server.port(), "shop")) {
          caller.get(target);
        }
        assertThat(server.listener().requestsStarted()).as(target).isEqualTo(before + 1);
        assertThat(seen(server)).as(target).hasSize(1).doesNotContain("");
      }
    }
  }

  /** As browsers send them. */
  private static String ordinary(SplittableRandom random) {
    String[] parts = {
      "a",
      "Z",
      "7",
      "-",
      "_",
      "~",
      "!",
      "$",
      "&",
      "'",
      "(",
      ")",
      "*",
      "+",
      ",",
      "=",
      ":",
      "@",
      "x.y",
      "admin",
      "%20",
      "%C3%A9",
      "%E2%82%AC",
      "%F0%9F%98%80",
      "%7B",
      "%22"
    };
    StringBuilder target = new StringBuilder();
    for (int segments = 1 + random.nextInt(5); segments > 0; segments--) {
      target.append("/s");
      for (int more = random.nextInt(8); more > 0; more--) {
        target.append(parts[random.nextInt(parts.length)]);
      }
    }
    return target.append("?a=b&c=%2Fadmin").toString();
  }
}
