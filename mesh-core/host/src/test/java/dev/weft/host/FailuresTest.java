package dev.weft.host;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import dev.weft.bridge.Failure;
import java.io.EOFException;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.net.ConnectException;
import java.net.NoRouteToHostException;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.net.http.HttpConnectTimeoutException;
import java.net.http.HttpTimeoutException;
import java.nio.channels.ClosedChannelException;
import java.security.cert.CertificateException;
import java.util.concurrent.ExecutionException;
import java.util.stream.Stream;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLHandshakeException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class FailuresTest {
  @ParameterizedTest
  @MethodSource("errors")
  void whatAnErrorSaysOfTheAttempt(Throwable error, Failure expected) {
    assertThat(Failures.of(error, null)).isEqualTo(expected);
    assertThat(Failures.of(new ExecutionException(error), null)).isEqualTo(expected);
  }

  static Stream<Arguments> errors() {
    return Stream.of(
        arguments(new ConnectException("Connection refused"), Failure.CONNECTION_REFUSED),
        arguments(new NoRouteToHostException("No route to host"), Failure.CONNECTION_REFUSED),
        arguments(
            new HttpConnectTimeoutException("HTTP connect timed out"), Failure.CONNECTION_TIMEOUT),
        arguments(new SocketTimeoutException("Connect timed out"), Failure.CONNECTION_TIMEOUT),
        arguments(new SSLHandshakeException("Remote host terminated"), Failure.TLS_ERROR),
        arguments(
            new SSLException("Received fatal alert: certificate_required"), Failure.TLS_ERROR),
        arguments(
            new IOException("wrapped", new CertificateException("somebody else")),
            Failure.TLS_ERROR),
        arguments(
            new SSLException("Received fatal alert: internal_error"),
            Failure.CONNECTION_TERMINATED),
        arguments(new SSLException("Connection reset"), Failure.CONNECTION_TERMINATED),
        arguments(new SocketException("Connection reset"), Failure.CONNECTION_TERMINATED),
        arguments(new EOFException("unexpected end"), Failure.CONNECTION_TERMINATED),
        arguments(new ClosedChannelException(), Failure.CONNECTION_TERMINATED),
        arguments(
            new IOException("header parser received no bytes"), Failure.CONNECTION_TERMINATED),
        arguments(new SocketTimeoutException("Read timed out"), Failure.READ_TIMEOUT),
        arguments(new HttpTimeoutException("request timed out"), Failure.READ_TIMEOUT),
        arguments(new InterruptedIOException("interrupted"), Failure.OTHER),
        arguments(new IllegalStateException("the body's publisher"), Failure.OTHER));
  }

  @Test
  void whatTheAdapterKnows_countsUnlessTheServerWasNotEvenReached() {
    assertThat(Failures.of(new IOException("GOAWAY"), Failure.UNSENT)).isEqualTo(Failure.UNSENT);
    assertThat(Failures.of(new ConnectException("refused"), Failure.UNSENT))
        .isEqualTo(Failure.CONNECTION_REFUSED);
  }

  /** A library's own classes mean what it says they do. */
  @Test
  void whatTheLibrarySays_counts() {
    IllegalStateException own = new IllegalStateException("pool shut down");
    assertThat(Failures.of(own, Failure.CONNECTION_TERMINATED))
        .isEqualTo(Failure.CONNECTION_TERMINATED);
    assertThat(Failures.of(new ConnectException("wrapped"), Failure.OTHER))
        .isEqualTo(Failure.OTHER);
  }

  @Test
  void aCircleOfCauses_endsTheSearch() {
    IllegalStateException one = new IllegalStateException();
    IllegalStateException two = new IllegalStateException(one);
    one.initCause(two);
    assertThat(Failures.of(one, null)).isEqualTo(Failure.OTHER);
  }
}
