package dev.weft.instrumentation.netty;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.weft.bridge.Refusal;
import dev.weft.testkit.Await;
import dev.weft.testkit.Http1;
import dev.weft.testkit.Http2;
import dev.weft.testkit.LibraryLoader;
import dev.weft.testkit.TestListener;
import dev.weft.testkit.TestMesh;
import dev.weft.testkit.Weaver;
import dev.weft.testkit.grpc.GrpcUnderTest;
import dev.weft.testkit.grpc.GrpcUnderTest.Call;
import dev.weft.testkit.grpc.GrpcUnderTest.Client;
import dev.weft.testkit.grpc.GrpcUnderTest.Outcome;
import java.io.IOException;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.FieldSource;

/** Servers of gRPC, which HTTP's contract says too little of: streams, trailers, its own words. */
@Timeout(120)
@ParameterizedClass(name = "gRPC {0}")
@FieldSource("VERSIONS")
class GrpcServerTest {
  private static final int LOWEST_JDK_OF_THE_NEWEST = 25;

  /** The lowest version, and on the newest JDK the newest; others with {@code -Dgrpcs=…,…}. */
  static final List<String> VERSIONS =
      List.of(
          System.getProperty(
                  "grpcs",
                  Runtime.version().feature() < LOWEST_JDK_OF_THE_NEWEST ? "1.42.2" : "1.85.1")
              .split(","));

  private static final String METHOD = "pkg.Service/Method";
  private static final int MEGA = 1024 * 1024;
  private static final Duration LONG = Duration.ofSeconds(30);

  /** How a client comes. */
  enum Way {
    PLAINTEXT(null, null),
    MESH_TLS("shop", "TLSv1.3");

    private final @Nullable String peer;
    private final @Nullable String protocol;

    Way(@Nullable String peer, @Nullable String protocol) {
      this.peer = peer;
      this.protocol = protocol;
    }

    Client client(GrpcUnderTest server) {
      return peer == null ? server.plaintext() : server.meshTls(peer);
    }
  }

  private final String version;
  private GrpcUnderTest server;
  private TestListener listener;

  GrpcServerTest(String version) {
    this.version = version;
  }

  @BeforeEach
  void start() {
    TestMesh.get().reset();
    NettyWeaving.install();
    server = LibraryLoader.make("grpc-" + version, GrpcUnderTest.class, GrpcApplication.class);
    Await.until("a listener", () -> !TestMesh.get().listeners().isEmpty());
    listener = server.listener();
  }

  @AfterEach
  void nothingWentWrong() {
    server.close();
    assertAllEnded();
    Await.until("the end of the listener", listener::closed);
    assertThat(Weaver.errors()).isEmpty();
    assertThat(TestMesh.get().faults()).isEmpty();
  }

  private void assertAllEnded() {
    Await.until(
        "the end of every request", () -> listener.requestsEnded() == listener.requestsStarted());
    Await.until(
        "the end of every call in the application",
        () -> server.over().size() == server.seen().size());
  }

  // ---- calls of all kinds

  @ParameterizedTest
  @EnumSource
  void unaryCallsOfAnySize(Way way) {
    try (Client client = way.client(server)) {
      for (int size : new int[] {0, 1, 300 * 1024, 5 * MEGA}) {
        byte[] request = random(size);
        Outcome outcome = client.unary("Method", request);
        assertOk(outcome);
        assertThat(outcome.messages()).hasSize(1);
        assertThat(outcome.messages().get(0)).isEqualTo(request);
      }
    }
    assertThat(server.seen()).hasSize(4).containsOnly(METHOD);
    assertThat(server.connections()).isEqualTo(1);
    assertAllEnded();
    assertThat(listener.requestsStarted()).isEqualTo(4);
    assertThat(listener.statuses()).hasSize(4).containsOnly("POST /pkg.Service/Method 200");
  }

  @ParameterizedTest
  @EnumSource
  void clientStreaming(Way way) {
    try (Client client = way.client(server)) {
      Call call = client.call("Collect");
      for (int i = 0; i < 300; i++) {
        call.send(random(10_000));
      }
      Outcome outcome = call.end().outcome();
      assertOk(outcome);
      assertThat(text(outcome)).isEqualTo("3000000");
      assertThat(text(client.call("Collect").end().outcome())).isEqualTo("0");
    }
  }

  @ParameterizedTest
  @EnumSource
  void serverStreaming(Way way) {
    try (Client client = way.client(server)) {
      for (String asked : List.of("0 0", "1000 3", "300 10000")) {
        Outcome outcome = client.unary("Spread", bytes(asked));
        assertOk(outcome);
        String[] parts = asked.split(" ");
        assertThat(outcome.messages())
            .hasSize(Integer.parseInt(parts[0]))
            .allMatch(message -> message.length == Integer.parseInt(parts[1]));
      }
    }
  }

  @ParameterizedTest
  @EnumSource
  void bothWaysInTurn(Way way) {
    try (Client client = way.client(server)) {
      Call call = client.call("Chat");
      for (int i = 0; i < 200; i++) {
        byte[] message = random(i * 100);
        assertThat(call.send(message).read()).isEqualTo(message);
      }
      assertOk(call.end().outcome());
    }
  }

  @ParameterizedTest
  @EnumSource
  void bothWaysAtOnce(Way way) {
    try (Client client = way.client(server)) {
      List<Call> calls = new ArrayList<>();
      for (int i = 0; i < 20; i++) {
        calls.add(client.call("Chat"));
      }
      byte[] message = random(20_000);
      for (int i = 0; i < 20; i++) {
        calls.forEach(call -> call.send(message));
      }
      for (Call call : calls) {
        Outcome outcome = call.end().outcome();
        assertOk(outcome);
        assertThat(outcome.messages()).hasSize(20).allMatch(each -> each.length == 20_000);
      }
    }
    assertThat(server.connections()).isEqualTo(1);
  }

  // ---- what goes along

  @ParameterizedTest
  @EnumSource
  void metadataBothWays(Way way) {
    StringBuilder all = new StringBuilder();
    for (char each = 0; each < 256; each++) {
      all.append(each);
    }
    try (Client client = way.client(server)) {
      Outcome outcome =
          client.unary(
              "Metadata",
              new byte[0],
              "app-one=1",
              "app-twice=a",
              "app-twice=b, c",
              "app-all-bin=" + all,
              "app-none-bin=");
      assertOk(outcome);
      assertThat(text(outcome)).contains("app-one=1", "app-twice=a", "app-twice=b, c");
      assertThat(outcome.headers())
          .contains(
              "app-one=1", "app-twice=a", "app-twice=b, c", "app-all-bin=" + all, "app-none-bin=");
      assertThat(outcome.trailers())
          .contains(
              "end-app-one=1",
              "end-app-twice=a",
              "end-app-twice=b, c",
              "end-app-all-bin=" + all,
              "end-app-none-bin=");
    }
  }

  @ParameterizedTest
  @EnumSource
  void reservedFieldsAreTheMeshs(Way way) {
    listener.forward();
    try (Client client = way.client(server)) {
      Outcome outcome =
          client.unary(
              "Metadata",
              new byte[0],
              "app-first-bin=\u0000\u00ff",
              "weft-hops=7",
              "app-second=2",
              "weft-anything=forged",
              "weft-anything=forged again",
              "weft-octets-bin=\u0000",
              "app-third-bin=\u0001\u00fe",
              "x-forwarded-client-cert=URI=admin",
              "x-forwarded-client-cert=URI=root",
              "app-last=weft-hops");
      assertOk(outcome);
      List<String> shown = List.of(text(outcome).split("\n"));
      assertThat(shown).noneMatch(line -> line.startsWith("weft-"));
      assertThat(shown).contains("app-second=2", "app-last=weft-hops");
      assertThat(outcome.headers())
          .contains(
              "app-first-bin=\u0000\u00ff",
              "app-second=2",
              "app-third-bin=\u0001\u00fe",
              "app-last=weft-hops");
      if (way.peer == null) {
        assertThat(shown).noneMatch(line -> line.startsWith("x-forwarded-client-cert"));
      } else {
        assertThat(shown)
            .filteredOn(line -> line.startsWith("x-forwarded-client-cert"))
            .containsExactly("x-forwarded-client-cert=URI=shop");
      }
    }
  }

  @ParameterizedTest
  @EnumSource
  void theCallerIsShownWithoutForgery(Way way) {
    listener.forward();
    try (Client client = way.client(server)) {
      Outcome outcome = client.unary("Metadata", new byte[0]);
      assertOk(outcome);
      assertThat(text(outcome).contains("x-forwarded-client-cert=URI=shop"))
          .isEqualTo(way.peer != null);
    }
  }

  @ParameterizedTest
  @EnumSource
  void statusesWithAnyMessage(Way way) {
    try (Client client = way.client(server)) {
      for (String message : List.of("plain", "100 % größer\n„日本語“ 🦊 \"\\", "%41", "")) {
        Outcome outcome = client.unary("Fail", bytes(message));
        assertThat(outcome.code()).isEqualTo("ABORTED");
        assertThat(outcome.description()).isEqualTo(message);
        assertThat(outcome.messages()).isEmpty();
      }
    }
  }

  @ParameterizedTest
  @EnumSource
  void methodsThatAreNotThere(Way way) {
    try (Client client = way.client(server)) {
      assertThat(client.unary("Nothing", random(100_000)).code()).isEqualTo("UNIMPLEMENTED");
      assertOk(client.unary("Method", new byte[0]));
    }
    assertAllEnded();
    assertThat(listener.statuses())
        .containsExactlyInAnyOrder("POST /pkg.Service/Nothing 200", "POST /pkg.Service/Method 200");
  }

  // ---- ends before the end

  @ParameterizedTest
  @EnumSource
  void deadlines(Way way) {
    try (Client client = way.client(server)) {
      assertOk(client.unary("Method", new byte[0])); // connected
      Call waits = client.call(Duration.ofMillis(300), "Wait");
      assertThat(waits.send(bytes("never")).end().outcome().code()).isEqualTo("DEADLINE_EXCEEDED");
      Call drips = client.call(Duration.ofMillis(300), "Drip");
      Outcome outcome = drips.send(bytes("drop")).end().outcome();
      assertThat(outcome.code()).isEqualTo("DEADLINE_EXCEEDED");
      assertThat(outcome.messages()).hasSize(1);
      assertAllEnded();
      assertThat(listener.requestsStarted()).isEqualTo(3);
      assertOk(client.call(LONG, "Method").send(random(9)).end().outcome());
    }
    assertThat(server.connections()).isEqualTo(1);
  }

  @ParameterizedTest
  @EnumSource
  void cancelledAfterTheBegin(Way way) {
    try (Client client = way.client(server)) {
      Call waits = client.call("Wait").send(bytes("never")).end();
      Call uploads = client.call("Collect").send(random(200_000));
      Await.until("both", () -> server.seen().size() == 2);
      waits.cancel();
      uploads.cancel();
      assertThat(waits.outcome().code()).isEqualTo("CANCELLED");
      assertThat(uploads.outcome().code()).isEqualTo("CANCELLED");
      assertAllEnded();
      assertThat(listener.requestsStarted()).isEqualTo(2);
      assertThat(server.over())
          .containsExactlyInAnyOrder("pkg.Service/Wait CANCELLED", "pkg.Service/Collect CANCELLED");
      assertOk(client.unary("Method", random(MEGA)));
    }
    assertThat(server.connections()).isEqualTo(1);
  }

  @ParameterizedTest
  @EnumSource
  void cancelledAfterTheFirstResponse(Way way) {
    try (Client client = way.client(server)) {
      Call drips = client.call("Drip").send(bytes("drop")).end();
      assertThat(drips.read()).isEqualTo(bytes("drop"));
      Call chats = client.call("Chat").send(bytes("hello"));
      assertThat(chats.read()).isEqualTo(bytes("hello"));
      drips.cancel();
      chats.cancel();
      assertThat(drips.outcome().code()).isEqualTo("CANCELLED");
      assertThat(chats.outcome().code()).isEqualTo("CANCELLED");
      assertAllEnded();
      assertThat(listener.requestsStarted()).isEqualTo(2);
      assertThat(listener.statuses())
          .containsExactlyInAnyOrder("POST /pkg.Service/Drip 200", "POST /pkg.Service/Chat 200");
      assertOk(client.unary("Method", random(MEGA)));
    }
    assertThat(server.connections()).isEqualTo(1);
  }

  @ParameterizedTest
  @EnumSource
  void clientsThatGoAwayInTheMiddle(Way way) {
    try (Client client = way.client(server)) {
      Call drips = client.call("Drip").send(bytes("drop")).end();
      assertThat(drips.read()).isEqualTo(bytes("drop"));
      client.call("Wait").send(bytes("never")).end();
      Await.until("both", () -> server.seen().size() == 2);
    }
    assertAllEnded();
    assertThat(listener.requestsEnded()).isEqualTo(2);
  }

  // ---- who may come in

  @ParameterizedTest
  @EnumSource
  void everyCallIsAskedAbout(Way way) {
    try (Client client = way.client(server)) {
      assertOk(client.unary("Method", new byte[0]));
      assertOk(client.unary("Spread", bytes("2 2")));
      assertOk(client.call("Chat").end().outcome());
      assertOk(client.call("Collect").end().outcome());
    }
    assertThat(listener.asked())
        .extracting(TestListener.Asked::path)
        .containsExactly(
            "/pkg.Service/Method",
            "/pkg.Service/Spread",
            "/pkg.Service/Chat",
            "/pkg.Service/Collect");
    assertThat(listener.asked())
        .allSatisfy(
            asked -> {
              assertThat(asked.method()).isEqualTo("POST");
              assertThat(asked.peer()).isEqualTo(way.peer);
              assertThat(asked.protocol()).isEqualTo(way.protocol);
            });
  }

  @ParameterizedTest
  @EnumSource
  void rulesReadMetadata(Way way) {
    List<String> read = new ArrayList<>();
    listener.rule(
        asked -> {
          synchronized (read) {
            read.add(asked.head().authority() + " " + asked.head().header("app-who"));
          }
          return null;
        });
    try (Client client = way.client(server)) {
      assertOk(client.unary("Method", new byte[0], "app-who=me", "app-who=you"));
      assertOk(client.unary("Method", new byte[0]));
    }
    String authority = way.peer == null ? "127.0.0.1:" + server.port() : TestListener.SNI;
    synchronized (read) {
      assertThat(read).hasSize(2).allMatch(line -> line.contains("["));
      assertThat(read.get(0)).endsWith(" [me, you]");
      assertThat(read.get(1)).endsWith(" []");
      if (way.peer != null) {
        assertThat(read).allMatch(line -> line.startsWith(authority));
      }
    }
  }

  @ParameterizedTest
  @CsvSource({
    "PLAINTEXT, 403, PERMISSION_DENIED",
    "MESH_TLS, 403, PERMISSION_DENIED",
    "PLAINTEXT, 429, RESOURCE_EXHAUSTED",
    "MESH_TLS, 429, RESOURCE_EXHAUSTED",
    "PLAINTEXT, 503, UNAVAILABLE",
    "MESH_TLS, 503, UNAVAILABLE",
    "MESH_TLS, 401, UNAUTHENTICATED",
    "MESH_TLS, 504, DEADLINE_EXCEEDED",
    "MESH_TLS, 508, UNKNOWN"
  })
  void refusalsInGrpcsWords(Way way, int status, String code) {
    refuse("Method", status);
    try (Client client = way.client(server)) {
      assertOk(client.unary("Metadata", new byte[0]));
      for (int size : new int[] {0, 300 * 1024}) {
        Outcome outcome = client.unary("Method", random(size));
        assertThat(outcome.code()).isEqualTo(code);
        assertThat(outcome.description()).contains(status + " weft; error=http_request_denied");
        assertThat(outcome.messages()).isEmpty();
        assertOk(client.unary("Metadata", new byte[0]));
      }
    }
    assertThat(server.seen()).hasSize(3).containsOnly("pkg.Service/Metadata");
    assertThat(server.connections()).isEqualTo(1);
    assertAllEnded();
    assertThat(listener.requestsStarted()).isEqualTo(3);
  }

  @ParameterizedTest
  @EnumSource
  void refusalsSayWhichRule(Way way) {
    String why = "rule=default/größe, 100 % „nein“";
    listener.rule(
        asked ->
            new Refusal(
                403,
                "weft; error=http_request_denied; details=\"" + why + "\"",
                new byte[0],
                null));
    try (Client client = way.client(server)) {
      assertThat(client.unary("Method", new byte[0]).description()).contains(why);
    }
  }

  @ParameterizedTest
  @EnumSource
  void refusedCallsOfEveryKind(Way way) {
    refuse("", 403);
    try (Client client = way.client(server)) {
      List<Call> calls = new ArrayList<>();
      for (String method : List.of("Method", "Collect", "Spread", "Chat", "Wait", "Nothing")) {
        calls.add(client.call(method).send(random(100)));
      }
      for (Call call : calls) {
        assertThat(call.outcome().code()).isEqualTo("PERMISSION_DENIED");
      }
    }
    assertThat(server.seen()).isEmpty();
    assertThat(listener.requestsStarted()).isZero();
  }

  @ParameterizedTest
  @EnumSource
  void refusedUploadsHarmNobody(Way way) {
    refuse("Collect", 403);
    try (Client client = way.client(server)) {
      Call beside = client.call("Chat");
      for (int i = 0; i < 12; i++) {
        Call call = client.call("Collect");
        for (int j = 0; j < 48; j++) {
          call.send(random(64 * 1024));
        }
        assertThat(beside.send(bytes("still there")).read()).isEqualTo(bytes("still there"));
        assertThat(call.end().outcome().code()).isEqualTo("PERMISSION_DENIED");
      }
      byte[] large = random(4 * MEGA);
      Outcome outcome = client.unary("Method", large);
      assertOk(outcome);
      assertThat(outcome.messages().get(0)).isEqualTo(large);
      assertThat(beside.send(large).read()).isEqualTo(large);
      assertOk(beside.end().outcome());
    }
    assertThat(server.seen()).containsExactlyInAnyOrder("pkg.Service/Chat", METHOD);
    assertThat(server.connections()).isEqualTo(1);
  }

  /** What is kept of such a stream goes when the client ends or resets it. */
  @ParameterizedTest
  @EnumSource
  void refusedUploadsThatAreNeverEndedHarmNobody(Way way) {
    refuse("Collect", 403);
    try (Client client = way.client(server)) {
      for (int i = 0; i < 100; i++) {
        Call call = client.call("Collect").send(random(64 * 1024));
        assertThat(call.outcome().code()).isEqualTo("PERMISSION_DENIED");
        call.cancel();
      }
      byte[] large = random(4 * MEGA);
      assertThat(client.unary("Method", large).messages().get(0)).isEqualTo(large);
    }
    assertThat(server.seen()).containsExactly(METHOD);
    assertThat(server.connections()).isEqualTo(1);
  }

  /** gRPC's clients reset what has been answered before they were done with it. */
  @ParameterizedTest
  @EnumSource
  void manyRefusedCallsHarmNobody(Way way) {
    refuse("Collect", 403);
    try (Client client = way.client(server)) {
      Call beside = client.call("Chat");
      for (int i = 0; i < 300; i++) {
        Outcome outcome = client.call("Collect").send(random(100)).outcome();
        assertThat(outcome.code()).as("call %s: %s", i, outcome).isEqualTo("PERMISSION_DENIED");
      }
      assertThat(beside.send(bytes("still there")).read()).isEqualTo(bytes("still there"));
      assertOk(beside.end().outcome());
    }
    assertThat(server.connections()).isEqualTo(1);
  }

  @Test
  void strictLetsInTheMeshOnly() {
    listener.strict();
    try (Client plain = server.plaintext();
        Client mesh = server.meshTls("shop")) {
      Outcome refused = plain.unary("Method", new byte[0]);
      assertThat(refused.code()).isEqualTo("PERMISSION_DENIED");
      assertOk(mesh.unary("Method", new byte[0]));
      assertThat(plain.unary("Method", new byte[0]).code()).isEqualTo("PERMISSION_DENIED");
    }
    assertThat(server.seen()).containsExactly(METHOD);
  }

  @Test
  void callersAreToldApart() {
    try (Client shop = server.meshTls("shop");
        Client cart = server.meshTls("cart");
        Client plain = server.plaintext()) {
      for (Client client : List.of(shop, cart, plain, cart, shop)) {
        assertOk(client.unary("Method", new byte[0]));
      }
    }
    assertThat(listener.asked())
        .extracting(TestListener.Asked::peer)
        .containsExactly("shop", "cart", null, "cart", "shop");
    assertThat(server.connections()).isEqualTo(3);
  }

  // ---- ends of connections and servers

  @ParameterizedTest
  @EnumSource
  void drainingLosesNoCall(Way way) {
    try (Client client = way.client(server)) {
      Call waits = client.call("Wait").send(bytes("gate")).end();
      Call chats = client.call("Chat").send(bytes("hello"));
      assertThat(chats.read()).isEqualTo(bytes("hello"));
      Await.until("both", () -> server.seen().size() == 2);
      listener.draining(true);
      assertOk(client.unary("Method", random(MEGA)));
      assertOk(client.unary("Method", random(MEGA)));
      Await.until("another connection", () -> server.connections() > 1);
      assertThat(chats.send(bytes("still there")).read()).isEqualTo(bytes("still there"));
      server.open("gate");
      assertOk(waits.outcome());
      assertOk(chats.end().outcome());
      listener.draining(false);
      assertOk(client.unary("Method", random(MEGA)));
    }
  }

  @ParameterizedTest
  @EnumSource
  void drainingInTheMiddleOfManyCallsLosesNone(Way way) throws Exception {
    ExecutorService callers = Executors.newFixedThreadPool(4);
    try (Client client = way.client(server)) {
      List<Future<List<Outcome>>> all = new ArrayList<>();
      for (int i = 0; i < 4; i++) {
        all.add(
            callers.submit(
                () -> {
                  List<Outcome> outcomes = new ArrayList<>();
                  for (int j = 0; j < 100; j++) {
                    outcomes.add(client.unary("Method", random(20_000)));
                  }
                  return outcomes;
                }));
      }
      Await.until("some calls", () -> server.seen().size() > 40);
      listener.draining(true);
      Await.until("more calls", () -> server.seen().size() > 200);
      listener.draining(false);
      for (Future<List<Outcome>> each : all) {
        each.get().forEach(GrpcServerTest::assertOk);
      }
    } finally {
      callers.shutdownNow();
    }
    assertThat(server.connections()).isGreaterThan(1);
    assertThat(server.seen()).hasSize(400);
  }

  @ParameterizedTest
  @EnumSource
  void theServerShutsDownCleanly(Way way) throws InterruptedException {
    refuse("Collect", 403);
    try (Client client = way.client(server)) {
      Call waits = client.call("Wait").send(bytes("gate")).end();
      Call chats = client.call("Chat").send(bytes("hello"));
      assertThat(chats.read()).isEqualTo(bytes("hello"));
      assertThat(client.call("Collect").send(random(100)).end().outcome().code())
          .isEqualTo("PERMISSION_DENIED");
      Await.until("both", () -> server.seen().size() == 2);
      server.shutdown();
      Await.until("the end of the listener", listener::closed);
      assertThat(chats.send(bytes("still there")).read()).isEqualTo(bytes("still there"));
      server.open("gate");
      assertOk(waits.outcome());
      assertOk(chats.end().outcome());
      assertThat(server.terminated(LONG)).isTrue();
      assertThat(client.unary("Method", new byte[0]).code()).isEqualTo("UNAVAILABLE");
    }
  }

  @ParameterizedTest
  @EnumSource
  void connectionsThatCarriedNothingEndWithTheServer(Way way) throws InterruptedException {
    try (Client client = way.client(server)) {
      assertOk(client.unary("Method", new byte[0]));
      server.shutdown();
      assertThat(server.terminated(LONG)).isTrue();
    }
  }

  // ---- a server that speaks first

  @Test
  void theServerHoldsItsFirstWordUntilMeshTlsHasBegun() throws IOException {
    try (Socket raw = silent();
        Http1 tls = Http1.tls(raw, "shop", TestListener.SNI, "h2")) {
      assertServes(tls);
    }
    assertThat(listener.asked()).extracting(TestListener.Asked::peer).containsExactly("shop");
  }

  @Test
  void theServerHoldsItsFirstWordUntilPlaintextHasBegun() throws IOException {
    try (Socket raw = silent();
        Http1 plain = Http1.over(raw)) {
      assertServes(plain);
    }
    assertThat(listener.asked())
        .extracting(TestListener.Asked::peer)
        .containsExactly((String) null);
  }

  @Test
  void theServerEndsWhileConnectionsAreSilent() throws IOException, InterruptedException {
    try (Socket raw = silent()) {
      server.shutdown();
      assertThat(server.terminated(LONG)).isTrue();
      assertThat(Http1.over(raw).closedByPeer()).isTrue();
    }
  }

  @Test
  void clientsThatLeaveWithoutAWord() throws IOException {
    try (Socket raw = Http1.connect(server.port())) {
      raw.setTcpNoDelay(true);
    }
    try (Socket raw = Http1.connect(server.port())) {
      raw.getOutputStream().write(0x16);
    }
    try (Client client = server.meshTls("shop")) {
      assertOk(client.unary("Method", new byte[0]));
    }
  }

  /** A connection on which nobody has said anything for two seconds. */
  private Socket silent() throws IOException {
    Socket raw = Http1.connect(server.port());
    int patience = raw.getSoTimeout();
    raw.setSoTimeout(2_000);
    assertThatThrownBy(() -> raw.getInputStream().read())
        .isInstanceOf(SocketTimeoutException.class);
    raw.setSoTimeout(patience);
    return raw;
  }

  /** Speaks HTTP/2, frame by frame: SETTINGS, and what is no call of gRPC's. */
  private static void assertServes(Http1 connection) throws IOException {
    Http2 http2 = Http2.over(connection);
    assertThat(http2.next().type()).isEqualTo(Http2.SETTINGS);
    http2.get(1, "http", "/pkg.Service/Method");
    Http2.Frame frame = http2.next();
    while (frame.stream() != 1) {
      frame = http2.next();
    }
    assertThat(frame.type()).isEqualTo(Http2.HEADERS);
  }

  // ---- what they share

  private void refuse(String method, int status) {
    listener.rule(
        asked ->
            asked.path().startsWith("/pkg.Service/" + method)
                    && (method.isEmpty() || asked.path().endsWith("/" + method))
                ? TestListener.refusal(status, "not this one")
                : null);
  }

  private static void assertOk(Outcome outcome) {
    assertThat(outcome.code()).as(outcome::description).isEqualTo("OK");
  }

  private static String text(Outcome outcome) {
    return new String(outcome.messages().get(0), UTF_8);
  }

  private static byte[] bytes(String text) {
    return text.getBytes(UTF_8);
  }

  private static byte[] random(int size) {
    byte[] bytes = new byte[size];
    new Random(size).nextBytes(bytes);
    return bytes;
  }
}
