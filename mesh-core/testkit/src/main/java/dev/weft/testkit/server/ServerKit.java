package dev.weft.testkit.server;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weft.testkit.Await;
import dev.weft.testkit.Identities;
import dev.weft.testkit.TestListener;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.util.ArrayList;
import java.util.List;
import javax.net.ssl.SNIHostName;
import javax.net.ssl.SSLParameters;
import org.junit.jupiter.api.Assumptions;

/** What the pages of the contract share. */
interface ServerKit {
  ServerFixture fixture();

  /** Starts a server, or skips the test if the server speaks no HTTP/2 and has to. */
  default ServerUnderTest start(Setup setup) throws Exception {
    if (setup.http2()) {
      needs(ServerCapability.HTTP_2);
    }
    return fixture().start(setup);
  }

  /** Skips the test if the adapter has declared that it cannot do this. */
  default void needs(ServerCapability capability) {
    Assumptions.assumeTrue(
        can(capability), () -> capability + ": " + fixture().options().reason(capability));
  }

  default boolean can(ServerCapability capability) {
    return fixture().options().can(capability);
  }

  /** As {@link Setup#HTTP_2} where the server speaks it, else as it comes. */
  default Setup most() {
    return can(ServerCapability.HTTP_2) ? Setup.HTTP_2 : Setup.PLAIN;
  }

  /** The wires that the server speaks when started with {@link #most}. */
  default List<Wire> wires() {
    List<Wire> wires = new ArrayList<>();
    for (Wire wire : Wire.values()) {
      if (!wire.http2() || can(ServerCapability.HTTP_2)) {
        wires.add(wire);
      }
    }
    return wires;
  }

  /** A finished client that speaks mesh TLS as {@code shop}, HTTP/2 if the server will. */
  static HttpClient meshClient() {
    SSLParameters parameters = new SSLParameters();
    parameters.setServerNames(List.of(new SNIHostName(TestListener.SNI)));
    parameters.setProtocols(new String[] {"TLSv1.3"});
    return HttpClient.newBuilder()
        .sslContext(Identities.context("shop"))
        .sslParameters(parameters)
        .build();
  }

  /** A request for {@link #meshClient}. */
  static HttpRequest.Builder request(ServerUnderTest server, String target) {
    return HttpRequest.newBuilder(URI.create("https://127.0.0.1:" + server.port() + target));
  }

  /** Waits until everything that has started is over, and says that it was this much. */
  static void assertAllEnded(TestListener listener, int requests) {
    Await.until("the end of " + requests + " requests", () -> listener.requestsEnded() >= requests);
    assertThat(listener.requestsStarted()).isEqualTo(requests);
    assertThat(listener.requestsEnded()).isEqualTo(requests);
  }

  /** Checks what {@code /download} sends. */
  static void assertCounts(byte[] body, int size) {
    assertThat(body).hasSize(size);
    for (int i = 0; i < size; i++) {
      if (body[i] != (byte) i) {
        throw new AssertionError("byte " + i + " is " + body[i]);
      }
    }
  }
}
