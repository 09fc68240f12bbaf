package dev.weft.instrumentation.javahttpclient;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.weft.testkit.KitOptions;
import dev.weft.testkit.TestAttempt;
import dev.weft.testkit.TestEndpoint;
import dev.weft.testkit.client.AbstractHttpClientTest;
import dev.weft.testkit.client.Answer;
import dev.weft.testkit.client.Ask;
import dev.weft.testkit.client.BigTransfer;
import dev.weft.testkit.client.ClientCapability;
import dev.weft.testkit.client.KitServer;
import dev.weft.testkit.client.Pending;
import dev.weft.testkit.client.Reply;
import dev.weft.testkit.client.Wire;
import dev.weft.tooling.WeftModule;
import java.io.ByteArrayInputStream;
import java.net.Authenticator;
import java.net.PasswordAuthentication;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

/** The contract, by the asynchronous way and the blocking one in turn. */
class JavaHttpClientTest extends AbstractHttpClientTest {
  private final HttpClient client =
      HttpClient.newBuilder().followRedirects(HttpClient.Redirect.NORMAL).build();

  @Override
  protected WeftModule module() {
    return new JavaHttpClientModule();
  }

  @Override
  public KitOptions<ClientCapability> options() {
    return KitOptions.of("java-http-client", ClientCapability.class)
        .cannot(ClientCapability.KEEP_PLAINTEXT_APART, "the client's pool knows addresses only")
        .cannot(
            ClientCapability.REFUSE_FOREIGN_REDIRECTS,
            "a `ConnectException`, whose message ends in `[weft: 403 …]`");
  }

  @Override
  public Class<? extends BigTransfer.Client> bigClient() {
    return BigBodies.class;
  }

  private static HttpRequest request(Ask ask) {
    HttpRequest.Builder request =
        HttpRequest.newBuilder(URI.create(ask.url()))
            .version(ask.isHttp2() ? HttpClient.Version.HTTP_2 : HttpClient.Version.HTTP_1_1);
    byte[] body = ask.body();
    request.method(
        ask.method(),
        body == null
            ? HttpRequest.BodyPublishers.noBody()
            : ask.isStreamed()
                ? HttpRequest.BodyPublishers.ofInputStream(() -> new ByteArrayInputStream(body))
                : HttpRequest.BodyPublishers.ofByteArray(body));
    for (String[] header : ask.headers()) {
      request.header(header[0], header[1]);
    }
    if (ask.timeout() != null) {
      request.timeout(ask.timeout());
    }
    return request.build();
  }

  private static Reply reply(HttpResponse<String> response) {
    Map<String, List<String>> headers = new HashMap<>();
    response
        .headers()
        .map()
        .forEach((name, values) -> headers.put(name.toLowerCase(java.util.Locale.ROOT), values));
    return new Reply(
        response.statusCode(),
        headers,
        response.body(),
        response.uri().toString(),
        response.sslSession().isPresent());
  }

  @Test
  void challengesAreAnsweredByACallOfTheirOwn() throws Exception {
    KitServer server = server(Wire.MTLS);
    server.answer(
        seen ->
            seen.headers().containsKey("authorization")
                ? Answer.ok("hello")
                : Answer.of(401, "who?", "WWW-Authenticate", "Basic realm=\"r\""));
    outbound().route("orders", endpoint(Wire.MTLS, "orders", server));
    HttpResponse<String> response =
        known().send(request(Ask.get("http://orders/")), HttpResponse.BodyHandlers.ofString());
    assertThat(response.body()).isEqualTo("hello");
    assertThat(response.previousResponse()).isPresent();
    assertThat(outbound().outcomes()).containsExactly(List.of("401"), List.of("200"));
    assertThat(outbound().described()).hasSize(2);
  }

  @Test
  void aChallengeWhoseAnswerIsRefusedIsTheOutcome() throws Exception {
    KitServer server = server(Wire.MTLS);
    server.answer(seen -> Answer.of(401, "who?", "WWW-Authenticate", "Basic realm=\"r\""));
    AtomicInteger calls = new AtomicInteger();
    outbound()
        .route(
            "orders",
            () ->
                calls.getAndIncrement() == 0
                    ? TestAttempt.to(endpoint(Wire.MTLS, "orders", server))
                    : TestAttempt.refused(NOBODY));
    HttpResponse<String> response =
        known().send(request(Ask.get("http://orders/")), HttpResponse.BodyHandlers.ofString());
    assertThat(response.statusCode()).isEqualTo(503);
    assertThat(outbound().outcomes()).containsExactly(List.of("401"), List.of("abandoned"));
  }

  /** A client that answers challenges. */
  private static HttpClient known() {
    return HttpClient.newBuilder()
        .authenticator(
            new Authenticator() {
              @Override
              protected PasswordAuthentication getPasswordAuthentication() {
                return new PasswordAuthentication("user", "secret".toCharArray());
              }
            })
        .build();
  }

  @Test
  void previousResponsesAndTheRequestAreTheClientsOwn() throws Exception {
    KitServer server = server(Wire.MTLS);
    server.answer(
        seen ->
            seen.target().equals("/c")
                ? Answer.ok("there")
                : Answer.of(302, "", "Location", seen.target().equals("/a") ? "/b" : "/c"));
    outbound().route("orders", endpoint(Wire.MTLS, "orders", server));
    HttpResponse<String> response =
        client.send(
            request(Ask.get("http://orders/a").header("X-Mine", "1")),
            HttpResponse.BodyHandlers.ofString());
    assertThat(response.uri()).isEqualTo(URI.create("http://orders/c"));
    assertThat(response.request().headers().firstValue("X-Mine")).contains("1");
    HttpResponse<String> second = response.previousResponse().orElseThrow();
    assertThat(second.uri()).isEqualTo(URI.create("http://orders/b"));
    assertThat(second.statusCode()).isEqualTo(302);
    HttpResponse<String> first = second.previousResponse().orElseThrow();
    assertThat(first.uri()).isEqualTo(URI.create("http://orders/a"));
    assertThat(first.previousResponse()).isEmpty();
  }

  @Test
  void redirectsAreNotFollowedForEver() throws Exception {
    KitServer server = server(Wire.MTLS);
    server.answer(seen -> Answer.of(302, "", "Location", seen.target() + "x"));
    outbound().route("orders", endpoint(Wire.MTLS, "orders", server));
    assertThat(send(Ask.get("http://orders/")).status()).isEqualTo(302);
    assertThat(server.requests()).hasSize(5);
  }

  /** The client is on its own until it meets the mesh, and then its attempt ends with it. */
  @Test
  void anAttemptThatARedirectFromElsewhereLedToEnds() throws Exception {
    KitServer elsewhere = server(Wire.PLAINTEXT);
    elsewhere.answer(seen -> Answer.of(302, "", "Location", "http://orders" + seen.target()));
    String outside = "http://127.0.0.1:" + elsewhere.port();
    CountDownLatch arrived = new CountDownLatch(1);
    KitServer server = stalling(arrived);
    outbound().route("orders", endpoint(Wire.MTLS, "orders", server));
    Pending pending = start(Ask.get(outside + "/stalls"));
    assertThat(arrived.await(30, TimeUnit.SECONDS)).isTrue();
    pending.cancel();
    assertThat(outbound().attempts().get(0).awaitOutcome()).isEqualTo("abandoned");

    server.answer(seen -> Answer.ok("ok"));
    assertThat(send(Ask.get(outside + "/whole")).text()).isEqualTo("ok");
    assertThat(outbound().outcomes()).containsExactly(List.of("abandoned"), List.of("200"));
  }

  @Test
  void anInterruptReachesTheAttempt() throws Exception {
    CountDownLatch arrived = new CountDownLatch(1);
    KitServer server = stalling(arrived);
    outbound().route("orders", endpoint(Wire.MTLS, "orders", server));
    CompletableFuture<Throwable> thrown = new CompletableFuture<>();
    Thread caller =
        new Thread(
            () -> {
              try {
                send(Ask.get("http://orders/"));
              } catch (Throwable t) {
                thrown.complete(t);
              }
            });
    caller.start();
    assertThat(arrived.await(30, TimeUnit.SECONDS)).isTrue();
    caller.interrupt();
    assertThat(thrown.get(30, TimeUnit.SECONDS)).isInstanceOf(InterruptedException.class);
    assertThat(outbound().attempts().get(0).awaitOutcome()).isEqualTo("abandoned");
  }

  @Test
  void derivedFuturesCancelTheAttemptToo() throws Exception {
    CountDownLatch arrived = new CountDownLatch(1);
    KitServer server = stalling(arrived);
    outbound().route("orders", endpoint(Wire.MTLS, "orders", server));
    CompletableFuture<Integer> derived =
        client
            .sendAsync(request(Ask.get("http://orders/")), HttpResponse.BodyHandlers.ofString())
            .thenApply(HttpResponse::statusCode);
    assertThat(arrived.await(30, TimeUnit.SECONDS)).isTrue();
    derived.cancel(true);
    assertThat(outbound().attempts().get(0).awaitOutcome()).isEqualTo("abandoned");
  }

  @Test
  void derivedFuturesCancelACallThatWaitsForAName() throws Exception {
    outbound().route("orders", TestEndpoint.plain("orders", 1));
    outbound().hold();
    CompletableFuture<HttpResponse<String>> future =
        client.sendAsync(request(Ask.get("http://orders/")), HttpResponse.BodyHandlers.ofString());
    CompletableFuture<Integer> derived = future.thenApply(HttpResponse::statusCode);
    assertThat(derived.cancel(true)).isTrue();
    assertThat(derived).isCancelled();
    assertThatThrownBy(() -> future.get(30, TimeUnit.SECONDS))
        .isInstanceOf(CancellationException.class);
    outbound().tell();
    assertThat(outbound().awaitAttempt().awaitOutcome()).isEqualTo("abandoned");
  }

  @Test
  void whatTheClientThrowsAtOnceItThrowsAtOnce() {
    outbound().route("orders", TestEndpoint.plain("orders", 1));
    assertThatThrownBy(
            () ->
                client.sendAsync(
                    HttpRequest.newBuilder(URI.create("http://orders/"))
                        .method("CONNECT", HttpRequest.BodyPublishers.noBody())
                        .build(),
                    HttpResponse.BodyHandlers.ofString()))
        .isInstanceOf(IllegalArgumentException.class);
    assertThat(outbound().outcomes()).allSatisfy(told -> assertThat(told).contains("abandoned"));
  }

  /** A server that answers nothing, and says when it has been asked. */
  private KitServer stalling(CountDownLatch arrived) throws Exception {
    KitServer server = server(Wire.MTLS);
    server.answer(
        seen -> {
          arrived.countDown();
          return Answer.stall();
        });
    return server;
  }

  @Override
  public Reply send(Ask ask) throws Exception {
    HttpClient with =
        ask.connectTimeout() == null
            ? client
            : HttpClient.newBuilder().connectTimeout(ask.connectTimeout()).build();
    return reply(with.send(request(ask), HttpResponse.BodyHandlers.ofString()));
  }

  @Override
  public Pending start(Ask ask) {
    CompletableFuture<HttpResponse<String>> future =
        client.sendAsync(request(ask), HttpResponse.BodyHandlers.ofString());
    return Pending.of(future, JavaHttpClientTest::reply, () -> future.cancel(true));
  }
}
