package dev.weft.host;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import dev.weft.engine.call.Failure;
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
    assertThat(Failures.of(error, false)).isEqualTo(expected);
    assertThat(Failures.of(new ExecutionException(error), false)).isEqualTo(expected);
  }

  static Stream<Arguments> errors() {
    return Stream.of(
        arguments(new ConnectException("Connection refused"), Failure.UNREACHED),
        arguments(new NoRouteToHostException("No route to host"), Failure.UNREACHED),
        arguments(new HttpConnectTimeoutException("HTTP connect timed out"), Failure.UNREACHED),
        arguments(new SocketTimeoutException("Connect timed out"), Failure.UNREACHED),
        arguments(new SSLHandshakeException("Remote host terminated"), Failure.UNREACHED),
        arguments(
            new SSLException("Received fatal alert: certificate_required"), Failure.UNREACHED),
        arguments(
            new IOException("wrapped", new CertificateException("somebody else")),
            Failure.UNREACHED),
        arguments(new SSLException("Received fatal alert: internal_error"), Failure.BROKEN),
        arguments(new SSLException("Connection reset"), Failure.BROKEN),
        arguments(new SocketException("Connection reset"), Failure.BROKEN),
        arguments(new EOFException("unexpected end"), Failure.BROKEN),
        arguments(new ClosedChannelException(), Failure.BROKEN),
        arguments(new IOException("header parser received no bytes"), Failure.BROKEN),
        arguments(new SocketTimeoutException("Read timed out"), Failure.TOO_SLOW),
        arguments(new HttpTimeoutException("request timed out"), Failure.TOO_SLOW),
        arguments(new InterruptedIOException("interrupted"), Failure.OTHER),
        arguments(new IllegalStateException("the body's publisher"), Failure.OTHER));
  }

  @Test
  void whatTheAdapterKnows_countsUnlessTheServerWasNotEvenReached() {
    assertThat(Failures.of(new IOException("GOAWAY"), true)).isEqualTo(Failure.UNSENT);
    assertThat(Failures.of(new ConnectException("refused"), true)).isEqualTo(Failure.UNREACHED);
  }

  @Test
  void aCircleOfCauses_endsTheSearch() {
    IllegalStateException one = new IllegalStateException();
    IllegalStateException two = new IllegalStateException(one);
    one.initCause(two);
    assertThat(Failures.of(one, false)).isEqualTo(Failure.OTHER);
  }
}
